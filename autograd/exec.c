/* exec.c - computes a node: hands its kernel windows, or tiles of numbers, on the threads of the
 * tape; and the nodes that one needs, where values come later than the recording. */
#include "internal.h"
#include <string.h>

#ifdef RG_HOSTILE /* every loop has edges, every list needs scratch */
enum { TILE = 3, PIECE = 7, FEW = 1 };
#else
enum {
    TILE = 512,      /* elements of one input gathered at a time: 4 KiB of f64 */
    PIECE = 1 << 15, /* elements of one piece of elementwise work              */
    FEW = 8          /* inputs that need no scratch                            */
};
#endif

/* ---- elementwise: by tiles, so that any window will do --------------------------- */

typedef struct sweep {
    const rg_node *y;
    int64_t piece; /* elements of one piece */
} sweep;

/* Tiles of inputs that are not dense pass through `gather`. */
static void sweep_tiles(const rg_node *y, int64_t first, int64_t n, char *gather)
{
    int64_t size = (int64_t)rg_dtype_size(rg_in(y, 0)->layout->dtype);
    int64_t out_size = (int64_t)rg_dtype_size(y->layout->dtype);
    const void *in[RG_WIRES];
    for (int64_t i = first; i < first + n; i += TILE) {
        int64_t left = first + n - i, m = left < TILE ? left : TILE;
        for (int k = 0; k < y->nin; k++) {
            const rg_node *x = rg_in(y, k);
            in[k] = (const char *)x->data + i * size;
            if (x->layout->dense) continue;
            rg_tensor w = rg_window(x);
            rg_pack(gather + k * TILE * 8, &w, i, m);
            in[k] = gather + k * TILE * 8;
        }
        y->op->tile[rg_in(y, 0)->layout->dtype](m, (char *)y->data + i * out_size, in, y->attr);
    }
}

static void sweep_piece(void *arg, int i)
{
    const sweep *s = arg;
    const rg_node *y = s->y;
    rg_dtype d = rg_in(y, 0)->layout->dtype;
    int64_t first = i * s->piece, left = y->layout->count - first,
            n = left < s->piece ? left : s->piece;
    const void *in[RG_WIRES];
    bool dense = true;
    for (int k = 0; k < y->nin; k++) {
        in[k] = (const char *)rg_in(y, k)->data + first * (int64_t)rg_dtype_size(d);
        dense &= rg_in(y, k)->layout->dense;
    }
    if (dense) {
        y->op->tile[d](n, (char *)y->data + first * (int64_t)rg_dtype_size(y->layout->dtype), in,
                       y->attr);
        return;
    }
    double gather[RG_WIRES][TILE];
    sweep_tiles(y, first, n, (char *)gather);
}

static rg_status run_elementwise(rg_node *y)
{
    sweep s = {y, PIECE};
    int64_t pieces = (y->layout->count + PIECE - 1) / PIECE;
    if (pieces == 1)
        sweep_piece(&s, 0);
    else
        rg_parallel(rg_owner(y), (int)pieces, sweep_piece, &s);
    return RG_OK;
}

/* ---- everything else ------------------------------------------------------------- */

static rg_status run_kernel(rg_node *y)
{
    rg_tape *t = rg_owner(y);
    rg_tensor few[FEW], *in = few;
    size_t bytes = y->nin * sizeof *in;
    if (y->nin > FEW && !(in = rg_scratch(t, bytes))) return RG_NOMEM;
    for (int k = 0; k < y->nin; k++) in[k] = rg_window(rg_in(y, k));
    rg_call c = {t, y->op, y->attr, y->nin, in, rg_window(y)};
    rg_status s = y->op->run[y->nin ? in[0].dtype : c.out.dtype](&c);
    if (in != few) rg_scratch_free(t, in, bytes);
    return s;
}

/* The window of a view is where its shape rule says, counted from the input's. */
static rg_status run_view(rg_node *y)
{
    rg_node *x = rg_in(y, 0);
    rg_making m = {.tape = rg_owner(y),
                   .op = y->op,
                   .nin = y->nin,
                   .in = rg_ins(y),
                   .attr = y->attr,
                   .dtype = x->layout->dtype,
                   .shape = rg_shape_of(x)};
    rg_status s = y->op->shape(&m);
    y->data = (char *)x->data + m.offset * (int64_t)rg_dtype_size(x->layout->dtype);
    return s;
}

rg_status rg_compute(rg_node *y)
{
    switch (y->op->kind) {
    case RG_LEAF:
        return RG_OK;
    case RG_VIEW:
        return run_view(y);
    case RG_ELEMENTWISE:
        return run_elementwise(y);
    default:
        return run_kernel(y);
    }
}

void rg_parallel(rg_tape *t, int n, void (*fn)(void *arg, int i), void *arg)
{
    if (t->cfg.parallel)
        t->cfg.parallel(t->cfg.ud, n, fn, arg);
    else
        rg_pool_run(n, fn, arg);
}

void *rg_scratch(rg_tape *t, size_t bytes)
{
    void *p = rg_mem_get(&t->mem, bytes);
    if (!p) rg_fail(t, RG_NOMEM, NULL, "out of memory");
    return p;
}

void rg_scratch_free(rg_tape *t, void *p, size_t bytes) { rg_mem_put(&t->mem, p, bytes); }

/* ---- record-only tapes ----------------------------------------------------------- */

static rg_status give_and_compute(rg_tape *t, rg_node *n)
{
    if (n->op->kind != RG_VIEW && !rg_give_numbers(t, n))
        return rg_refuse(t, RG_NOMEM, n->op, "out of memory");
    rg_status s = rg_compute(n);
    if (!s) return RG_OK;
    n->data = NULL;
    return rg_refuse(t, s, n->op, "%s: %s", n->op->name, rg_status_text(s));
}

rg_status rg_eval(rg_node *y)
{
    rg_tape *t = rg_tape_of(y);
    if (!t) return RG_USAGE;
    if (t->error.status) return t->error.status;
    if (y->data) return RG_OK;
    size_t n = (size_t)y->id + 1;
    unsigned char *need = rg_scratch(t, n);
    if (!need) return RG_NOMEM;
    memset(need, 0, n);
    need[y->id] = 1;
    for (size_t i = n; i-- > 0;)
        for (int k = 0; need[i] && k < t->node[i]->nin; k++)
            if (!rg_in(t->node[i], k)->data) need[rg_in(t->node[i], k)->id] = 1;
    rg_status s = RG_OK;
    for (size_t i = 0; i < n && !s; i++)
        if (need[i] && !t->node[i]->data) s = give_and_compute(t, t->node[i]);
    rg_scratch_free(t, need, n);
    return s;
}
