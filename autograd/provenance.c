/* provenance.c - from a result that is not finite back to the node that made it so. */
#include "internal.h"
#include "provenance.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- one node ----------------------------------------------------------------------- */

enum { LOOK_AT_ONCE = 512 };

static double element_as_f64(const rg_node *n, int64_t i)
{
    double v;
    char raw[sizeof v];
    rg_tensor w = rg_window(n);
    rg_pack(raw, &w, i, 1);
    rg_convert(&v, RG_F64, raw, w.dtype, 1);
    return v;
}

static bool finite_at(rg_dtype dtype, const void *v, int64_t i)
{
    return dtype == RG_F32 ? isfinite(((const float *)v)[i]) : isfinite(((const double *)v)[i]);
}

int64_t rg_first_nonfinite(const rg_node *n)
{
    double some[LOOK_AT_ONCE];
    rg_tensor w = rg_window(n);
    int64_t count = n->layout->count;
    if ((w.dtype != RG_F32 && w.dtype != RG_F64) || !w.data) return -1;
    for (int64_t i = 0; i < count; i += LOOK_AT_ONCE) {
        int64_t many = count - i < LOOK_AT_ONCE ? count - i : LOOK_AT_ONCE;
        rg_pack(some, &w, i, many);
        for (int64_t j = 0; j < many; j++)
            if (!finite_at(w.dtype, some, j)) return i + j;
    }
    return -1;
}

/* The first input that is not finite; -1: none. */
static int bad_input(const rg_node *n)
{
    for (int k = 0; k < n->nin; k++)
        if (rg_first_nonfinite(rg_in(n, k)) >= 0) return k;
    return -1;
}

int64_t rg_made_nonfinite(const rg_node *n)
{
    int64_t at = rg_first_nonfinite(n);
    return at >= 0 && bad_input(n) < 0 ? at : -1;
}

/* ---- back to where it was made ------------------------------------------------------- */

/* From a node that is not finite; *wire: that of the last rule entered on the way. */
static rg_node *birthplace(rg_node *n, int *wire)
{
    const rg_node *rule = NULL;
    for (int k; (k = bad_input(n)) >= 0; n = rg_in(n, k)) {
        if (n->origin != rule) *wire = n->wire;
        rule = n->origin;
    }
    if (n->origin != rule) *wire = n->wire;
    return n;
}

static void describe_birth(rg_nonfinite *f, rg_node *n)
{
    f->op = n->op;
    f->element = rg_first_nonfinite(n);
    f->value = element_as_f64(n, f->element);
    if (n->op->kind != RG_ELEMENTWISE) return;
    for (f->nin = 0; f->nin < n->nin; f->nin++)
        f->in[f->nin] = element_as_f64(rg_in(n, f->nin), f->element);
}

/* The nodes from f->node to y, each the first that reads the one before. */
static void find_path(rg_nonfinite *f, const rg_node *y)
{
    const rg_tape *t = rg_owner(y);
    rg_node *at = f->node;
    while (at) {
        rg_node *next = NULL;
        if (f->steps < RG_TRACE_PATH) f->path[f->steps] = at;
        f->steps++;
        for (uint32_t id = at->id + 1; id <= y->id && !next; id++)
            for (int k = 0; k < t->node[id]->nin; k++)
                if (rg_in(t->node[id], k) == at) next = t->node[id];
        at = at == y ? NULL : next;
    }
}

static rg_status trace_backward(rg_node *y, int n, rg_node *const *x, rg_nonfinite *f)
{
    rg_tape *t = rg_owner(y);
    size_t bytes = (size_t)n * sizeof(rg_node *);
    rg_node **g = rg_scratch(t, bytes);
    if (!g) return rg_owned_up(t, RG_NOMEM);
    int64_t mark = rg_mark(t);
    rg_node *ones = rg_const(t, y->layout->dtype, rg_shape_of(y), 1);
    rg_status s = rg_grad(y, ones, n, x, g);
    for (int i = 0; i < n && !s && !f->node; i++) {
        s = g[i] ? rg_eval(g[i]) : RG_OK;
        if (s || !g[i] || rg_first_nonfinite(g[i]) < 0) continue;
        rg_node *made = birthplace(g[i], &f->wire);
        describe_birth(f, made);
        f->backward = true;
        f->node = made->origin ? made->origin : y;
    }
    rg_error error = t->error;
    rg_rewind(t, mark);
    t->error = error;
    rg_scratch_free(t, g, bytes);
    return s;
}

rg_status rg_trace_nonfinite(rg_node *y, int n, rg_node *const *x, rg_nonfinite *f)
{
    rg_tape *t = rg_tape_of(y);
    *f = (rg_nonfinite){0};
    if (!t) return RG_USAGE;
    rg_status s = rg_eval(y);
    if (s) return s;
    if (rg_first_nonfinite(y) >= 0) {
        f->node = birthplace(y, &f->wire);
        f->wire = 0;
        describe_birth(f, f->node);
    } else if (n > 0)
        s = trace_backward(y, n, x, f);
    if (f->node) find_path(f, y);
    return s;
}

/* ---- in words ------------------------------------------------------------------------ */

typedef struct sentence {
    char *buf;
    size_t used;
} sentence;

static void add_words(sentence *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add_words(sentence *s, const char *fmt, ...)
{
    va_list ap;
    if (s->used >= RG_TRACE_TEXT) return;
    va_start(ap, fmt);
    s->used += (size_t)vsnprintf(s->buf + s->used, RG_TRACE_TEXT - s->used, fmt, ap);
    va_end(ap);
}

const char *rg_nonfinite_text(const rg_nonfinite *f, char buf[RG_TRACE_TEXT])
{
    sentence s = {buf, 0};
    char node[RG_TEXT];
    if (!f->node) return "everything is finite";
    if (f->backward)
        add_words(&s, "in the gradient of %s, input %d, ", f->node->op->name, f->wire + 1);
    add_words(&s, "%s gives %s", f->op->name,
              isnan(f->value) ? "NaN"
              : f->value > 0  ? "inf"
                              : "-inf");
    for (int k = 0; k < f->nin; k++) add_words(&s, "%s%g", k ? " and " : " for ", f->in[k]);
    add_words(&s, ", element %lld; the node is %s", (long long)f->element,
              rg_node_text(f->node, node));
    for (int i = 0; i < f->steps && i < RG_TRACE_PATH; i++)
        add_words(&s, "%s%s", i ? ", " : "; on the way to the result: ", f->path[i]->op->name);
    if (f->steps > RG_TRACE_PATH) add_words(&s, " and %d more", f->steps - RG_TRACE_PATH);
    return buf;
}
