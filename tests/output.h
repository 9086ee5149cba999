/* output.h - what a writer wrote, as a string. */
#ifndef RG_TEST_OUTPUT_H
#define RG_TEST_OUTPUT_H
#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct output {
    char *text;
    size_t len;
} output;

static inline void collect(void *ud, const char *text, size_t n)
{
    output *o = ud;
    o->text = realloc(o->text, o->len + n + 1);
    ck_assert_ptr_nonnull(o->text);
    memcpy(o->text + o->len, text, n);
    o->len += n;
    o->text[o->len] = 0;
}

/* ASCII, and no line wider than that. */
static inline void check_lines(const output *o, size_t width)
{
    for (const char *line = o->text; *line; line += strcspn(line, "\n") + 1) {
        size_t n = strcspn(line, "\n"), plain = 0;
        while (plain < n && line[plain] >= ' ' && line[plain] <= '~') plain++;
        if (n > width || plain < n)
            ck_abort_msg("more than %zu columns, or not ASCII: %.*s", width, (int)n, line);
    }
    ck_assert_int_eq(o->text[o->len - 1], '\n');
}

#endif
