/* large.c - tensors that are too large to print: what is known of their numbers, how they are
 * spread, a map of their signs; and all of a wire's numbers for whoever wants them. */
#include "page.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 64, BINS = 16, MAP_ROWS = 16, MAP_COLUMNS = 32, BAR = 24, MOST_LARGE = 8 };

/* ---- spread and signs ------------------------------------------------------------------- */

typedef struct spread {
    double lo, hi;
    int64_t bin[BINS], most;
    double sum[MAP_ROWS][MAP_COLUMNS], largest; /* of a cell's mean, without sign */
    int64_t rows, columns;                      /* of the map */
} spread;

static int bin_of(const spread *w, double v)
{
    if (w->hi / 2 <= w->lo / 2) return 0;
    int b = (int)((v / 2 - w->lo / 2) / (w->hi / 2 - w->lo / 2) * BINS); /* the whole may overflow */
    return b < BINS ? b : BINS - 1;
}

static void count_bins(spread *w, const rg_node *x)
{
    int64_t n = x->layout->count;
    w->lo = (double)INFINITY;
    w->hi = -(double)INFINITY;
    for (int64_t i = 0; i < n; i++) {
        double v = rg_entry(x, i);
        if (!isfinite(v)) continue;
        w->lo = fmin(w->lo, v);
        w->hi = fmax(w->hi, v);
    }
    for (int64_t i = 0; i < n; i++)
        if (isfinite(rg_entry(x, i))) w->bin[bin_of(w, rg_entry(x, i))]++;
    for (int b = 0; b < BINS; b++)
        if (w->bin[b] > w->most) w->most = w->bin[b];
}

/* Rows of the last axis below each other, pooled into cells by their mean. */
static void pool_signs(spread *w, const rg_node *x)
{
    const rg_layout *l = x->layout;
    int64_t columns = l->rank ? l->dim[l->rank - 1] : 1, rows = l->count / columns,
            n[MAP_ROWS][MAP_COLUMNS];
    memset(n, 0, sizeof n);
    w->rows = rows < MAP_ROWS ? rows : MAP_ROWS;
    w->columns = columns < MAP_COLUMNS ? columns : MAP_COLUMNS;
    for (int64_t i = 0; i < l->count; i++) {
        int64_t r = i / columns * w->rows / rows, c = i % columns * w->columns / columns;
        double v = rg_entry(x, i);
        if (isfinite(v)) w->sum[r][c] += v, n[r][c]++;
    }
    for (int64_t r = 0; r < w->rows; r++)
        for (int64_t c = 0; c < w->columns; c++) {
            if (n[r][c]) w->sum[r][c] /= (double)n[r][c];
            w->largest = fmax(w->largest, fabs(w->sum[r][c]));
        }
}

/* # + for large and smaller positive means, = - for negative ones, . for next to nothing */
static char sign_glyph(const spread *w, int64_t r, int64_t c)
{
    double share = w->largest > 0 ? w->sum[r][c] / w->largest : 0;
    if (share > 0.5) return '#';
    if (share > 0.1) return '+';
    if (share < -0.5) return '=';
    if (share < -0.1) return '-';
    return '.';
}

static void put_bin(rg_page *p, const spread *w, int b)
{
    char from[RG_LABEL];
    double width = w->hi / BINS - w->lo / BINS;
    int bar = w->most ? (int)((double)w->bin[b] / (double)w->most * BAR + 0.5) : 0;
    if (bar == 0 && w->bin[b]) bar = 1;
    rg_page_put(p, "%10s %-*.*s %lld", rg_number_text(w->lo + b * width, 3, from), BAR, bar,
                "************************", (long long)w->bin[b]);
}

static void tell_spread(rg_page *p, const rg_story *s, const rg_node *x, const char *what)
{
    char shape[RG_TEXT], facts[RG_TEXT];
    spread *w = rg_scratch(s->t, sizeof *w);
    if (!w) return;
    memset(w, 0, sizeof *w);
    count_bins(w, x);
    pool_signs(w, x);
    rg_page_put(p, "  %s  %s  %s", what, rg_shape_text(rg_shape_of(x), shape),
                rg_numbers_text(x, p->digits, 60, facts));
    rg_page_end(p);
    for (int b = 0; b < BINS && w->hi >= w->lo; b++) {
        rg_page_put(p, "    ");
        for (int64_t c = 0; c < w->columns && b < w->rows; c++)
            rg_page_put(p, "%c", sign_glyph(w, b, c));
        rg_page_to(p, (size_t)w->columns + 4, 0);
        put_bin(p, w, b);
        rg_page_end(p);
    }
    rg_scratch_free(s->t, w, sizeof *w);
}

static void tell_gradient_spread(rg_page *p, const rg_story *s, const rg_node *x)
{
    char g[RG_TEXT];
    rg_node *gradient = rg_story_wire_of(s, x)->gradient;
    if (gradient) tell_spread(p, s, gradient, rg_gradient_name(s, x, g));
}

void rg_tell_large(rg_page *p, const rg_story *s)
{
    int told = 0;
    char name[RG_LABEL];
    for (int i = 0; i < s->n && told < MOST_LARGE; i++) {
        const rg_node *x = s->x[i];
        if (x->layout->count <= SMALL) continue;
        if (!told++) {
            rg_page_put(
                p, "LARGE  signs by place (# + positive, = - negative, . near 0), and how many "
                   "where");
            rg_page_end(p);
        }
        tell_spread(p, s, x, rg_story_name(s, x, p->digits, name));
        tell_gradient_spread(p, s, x);
        rg_page_end(p);
    }
}

/* ---- every number ----------------------------------------------------------------------- */

/* from .. to-1 along every axis */
typedef struct part {
    int64_t from[RG_MAX_RANK], to[RG_MAX_RANK];
} part;

/* "0:2" or "3" or ":"; NULL: it is none, or not within 0 .. n-1. */
static const char *read_range(const char *text, int64_t n, int64_t *from, int64_t *to)
{
    char *end;
    *from = 0;
    *to = n;
    bool single = true, any = false;
    if (*text >= '0' && *text <= '9') {
        *from = strtoll(text, &end, 10);
        text = end;
        any = true;
    }
    if (*text == ':') {
        single = false;
        any = true;
        text++;
        if (*text >= '0' && *text <= '9') {
            *to = strtoll(text, &end, 10);
            text = end;
        }
    }
    if (single) *to = *from < n ? *from + 1 : n;
    return any && *from < *to && *to <= n ? text : NULL;
}

static bool read_part(const char *text, const rg_layout *l, part *r)
{
    for (int a = 0; a < l->rank; a++) r->from[a] = 0, r->to[a] = l->dim[a];
    if (!*text) return true;
    for (int a = 0; a < l->rank && *text != ']'; a++) {
        text = read_range(text + 1, l->dim[a], &r->from[a], &r->to[a]);
        if (!text || (*text != ',' && *text != ']')) return false;
    }
    return *text == ']' && !text[1];
}

static bool is_within(const rg_layout *l, const part *r, int64_t i, int axes)
{
    for (int a = l->rank - 1; a >= 0; a--) {
        int64_t at = i % l->dim[a];
        if (a < axes && (at < r->from[a] || at >= r->to[a])) return false;
        i /= l->dim[a];
    }
    return true;
}

/* A line for each row of the last axis. */
static void put_wire_rows(rg_page *p, const rg_story *s, const rg_node *x, const rg_node *numbers,
                          const part *r)
{
    const rg_layout *l = x->layout;
    char name[RG_TEXT], number[RG_LABEL];
    int64_t columns = l->rank ? l->dim[l->rank - 1] : 1;
    for (int64_t row = 0; row < l->count / columns; row++) {
        if (!is_within(l, r, row * columns, l->rank - 1)) continue;
        rg_entry_name(s, x, row * columns + (l->rank ? r->from[l->rank - 1] : 0), name);
        rg_page_put(p, "  %s", name);
        rg_page_to(p, 14, 2);
        for (int64_t c = l->rank ? r->from[l->rank - 1] : 0; c < (l->rank ? r->to[l->rank - 1] : 1);
             c++) {
            const char *text =
                rg_number_text(rg_entry(numbers, row * columns + c), p->digits, number);
            if (p->len + strlen(text) + 2 > (size_t)p->width) {
                rg_page_end(p);
                rg_page_to(p, 14, 2);
            }
            rg_page_put(p, "%s ", text);
        }
        rg_page_end(p);
    }
}

bool rg_tell_wire(rg_page *p, const rg_story *s, const char *what)
{
    size_t n = what ? strcspn(what, "[") : 0;
    char name[RG_LABEL], g[RG_TEXT], shape[RG_TEXT];
    part r;
    for (uint32_t id = 0; id < s->wires && n; id++) {
        const rg_node *x = s->t->node[id];
        if (s->wire[id].role < RG_ROLE_INPUT) continue;
        rg_story_name(s, x, 6, name);
        if (strlen(name) != n || memcmp(name, what, n) != 0) continue;
        if (!x->layout->count || !read_part(what + n, x->layout, &r)) return false;
        rg_page_put(p, "SHOW  %s  %s", what, rg_shape_text(rg_shape_of(x), shape));
        rg_page_end(p);
        put_wire_rows(p, s, x, x, &r);
        rg_page_put(p, "  %s%s", rg_gradient_name(s, x, g),
                    s->wire[id].gradient ? "" : ": nothing arrived");
        rg_page_end(p);
        if (s->wire[id].gradient) put_wire_rows(p, s, x, s->wire[id].gradient, &r);
        rg_page_end(p);
        return true;
    }
    return false;
}
