/* svg_help.h - for the tests of drawings: what stands in an SVG text, and that nothing lies on
 * anything else. */
#ifndef RG_TEST_SVG_HELP_H
#define RG_TEST_SVG_HELP_H
#include "explain_help.h"
#include "random_graph.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int occurrences(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

typedef struct cell {
    double x, y, w, h;
} cell;

/* The rectangle that stands at `text`, or behind it. */
static inline cell read_rect(const char *text)
{
    cell c = {0};
    const char *rect = strstr(text, "<rect ");
    ck_assert_ptr_nonnull(rect);
    ck_assert_int_eq(sscanf(rect, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &c.x, &c.y,
                            &c.w, &c.h),
                     4);
    return c;
}

/* The room that a line of text takes, in the middle of whose foot x and y lie: letters of that
 * width. */
static inline cell read_label(const char *text, double letter)
{
    cell c = {0};
    char word[128];
    const char *x = strstr(text, " x=\"");
    ck_assert_ptr_nonnull(x);
    ck_assert_int_eq(sscanf(x, " x=\"%lf\" y=\"%lf\">%120[^<]", &c.x, &c.y, word), 3);
    c.w = letter * (double)strlen(word);
    c.x -= c.w / 2;
    c.y -= 10;
    c.h = 12;
    return c;
}

static inline void check_cells_apart(const cell *c, int n)
{
    ck_assert_int_gt(n, 0);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            ck_assert_msg(c[i].x + c[i].w <= c[k].x || c[k].x + c[k].w <= c[i].x ||
                              c[i].y + c[i].h <= c[k].y || c[k].y + c[k].h <= c[i].y,
                          "%d and %d of the drawing overlap", k, i);
}

/* Random graphs: drawn twice a graph is the same, the tape is as it was, and `look` finds no
 * fault. */
static inline void draw_random_graphs(uint32_t graphs,
                                      output (*draw)(rg_node *y, rg_node *const *x, uint32_t seed),
                                      void (*look)(const char *text))
{
    for (uint32_t seed = 0; seed < graphs; seed++) {
        dice_state = seed * 2654435761u;
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x[INPUTS], *y = random_graph(t, x, seed % 2 == 0);
        int64_t len = rg_len(t);
        output first = draw(y, x, seed), second = draw(y, x, seed);
        ck_assert_int_eq(rg_len(t), len);
        ck_assert_str_eq(first.text, second.text);
        look(first.text);
        free(first.text);
        free(second.text);
        rg_tape_free(t);
    }
}

#endif
