/* page.h - lines of text with columns, and the sections of an explanation. For
 * autograd/report/ only. */
#ifndef RG_PAGE_H
#define RG_PAGE_H
#include "story.h"

enum { RG_PAGE_WIDTH = 80, RG_PAGE_LINE = 1024 };

typedef struct rg_page {
    void (*write)(void *ud, const char *text, size_t n);
    void *ud;
    int digits, width; /* of a line, > 0 */
    bool symbolic; /* names and rules, no numbers */
    size_t len;
    char line[RG_PAGE_LINE];
} rg_page;

/* Add to the line; go on in a column (at least `gap` blanks further); end the line.
 * A line that is too long goes on below, a little further in. */
void rg_page_put(rg_page *p, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
void rg_page_to(rg_page *p, size_t column, size_t gap);
void rg_page_end(rg_page *p);

/* Text that ends in the last column, on the next line if there is no room. */
void rg_page_right(rg_page *p, const char *text);

/* ---- sections, a file each -------------------------------------------------------------- */

void rg_tell_forward(rg_page *p, const rg_story *s);
void rg_tell_circuit(rg_page *p, const rg_story *s); /* nothing where it would not fit */
void rg_tell_backward(rg_page *p, rg_story *s);
void rg_tell_fan_in(rg_page *p, rg_story *s);
void rg_tell_large(rg_page *p, const rg_story *s);
void rg_tell_result(rg_page *p, rg_story *s);
void rg_tell_table(rg_page *p, rg_story *s);
void rg_tell_naive(rg_page *p, rg_story *s);
void rg_tell_paths(rg_page *p, rg_story *s, const rg_node *x);
void rg_tell_csv(rg_page *p, rg_story *s);
void rg_tell_dot(rg_page *p, rg_story *s);

/* All numbers of the wire that what names, with a part of it perhaps: "W[0:2,3]", and of its
 * gradient. False: no wire is called that, or the part is none. */
bool rg_tell_wire(rg_page *p, const rg_story *s, const char *what);

/* "dL/dv3": the gradient of wire x. Returns buf. */
const char *rg_gradient_name(const rg_story *s, const rg_node *x, char buf[RG_TEXT]);

/* "W[0,1]": entry i, in row-major order, of wire x. Returns buf. */
const char *rg_entry_name(const rg_story *s, const rg_node *x, int64_t i, char buf[RG_TEXT]);

/* A whole number, "1,048,576". Returns buf. */
const char *rg_grouped_text(double n, char buf[RG_LABEL]);

/* 1,048,576 or 2^40 or 1.5e+20. Returns buf. */
const char *rg_count_text(double n, char buf[RG_LABEL]);

/* A product of two matrices, drawn: rows below each other. False: not such a product,
 * or too large to draw. The line p holds so far is its beginning. */
bool rg_draw_product(rg_page *p, const rg_node *product);

/* The numbers of x, to the end of the line; a small matrix that needs it is drawn. */
void rg_draw_numbers(rg_page *p, const rg_node *x);

#endif
