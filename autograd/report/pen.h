/* pen.h - characters on their way to whoever reads an explanation: plain, as JSON, as
 * text inside HTML. A pen asks for no memory. For autograd/report/ only. */
#ifndef RG_PEN_H
#define RG_PEN_H
#include "story.h"

typedef struct rg_pen {
    void (*write)(void *ud, const char *text, size_t n);
    void *ud;
    bool comma; /* the next value of JSON needs one before it */
    size_t n;   /* characters that wait */
    char buf[4096];
} rg_pen;

void rg_pen_bytes(rg_pen *p, const char *text, size_t n);
void rg_pen_text(rg_pen *p, const char *text);
void rg_pen_put(rg_pen *p, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Hand on what waits: once, at the end. */
void rg_pen_flush(rg_pen *p);

/* ---- JSON: plain ASCII, numbers that JSON lacks as "inf" "-inf" "nan". Commas come by
 * themselves. What is no UTF-8 becomes U+FFFD, and < is escaped, so that JSON may stand
 * inside HTML. ---------------------------------------------------------------------------- */

void rg_json_open(rg_pen *p, char bracket);
void rg_json_close(rg_pen *p, char bracket);
void rg_json_line(rg_pen *p, int indent); /* the next value begins a line */
void rg_json_key(rg_pen *p, const char *key);
void rg_json_string(rg_pen *p, const char *text);
void rg_json_null(rg_pen *p);
void rg_json_bool(rg_pen *p, bool v);
void rg_json_whole(rg_pen *p, int64_t v);
void rg_json_real(rg_pen *p, rg_dtype dtype, double v);

/* The numbers of a node, nested by its shape; of NULL: null. */
void rg_json_numbers(rg_pen *p, const rg_node *x);

/* ---- HTML: text and the values of attributes --------------------------------------------- */

void rg_html_text(rg_pen *p, const char *text);
void rg_html_put(rg_pen *p, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#endif
