/* nll.c - the negative log likelihood of labels under softmax(logits): a fat op, so
 * that it is stable and one pass, and its gradient, an op with rules of its own. */
#define RG_NO_HERE
#include "axes.h"
#include "open.h"
#include "ops.h"
#include "rows.h"
#include <string.h>

/* labels: i64, one per row of the logits. */
static rg_status check_labels(const rg_making *m, int rank)
{
    const rg_layout *x = m->in[0]->layout, *l = m->in[1]->layout;
    char a[RG_TEXT], b[RG_TEXT];
    if (l->dtype != RG_I64)
        return rg_refuse(m->tape, RG_DTYPE, m->op, "labels are i64, got %s",
                         rg_node_text(m->in[1], b));
    if (x->rank < 1 || l->rank != rank || memcmp(x->dim, l->dim, (size_t)rank * sizeof *l->dim))
        return rg_refuse(m->tape, RG_SHAPE, m->op, "one label per row: logits are %s, labels %s",
                         rg_node_text(m->in[0], a), rg_node_text(m->in[1], b));
    return RG_OK;
}

/* RG_INDEX on the tape when a label is no class. */
static rg_status labels_are_classes(const rg_call *c, const int64_t *labels, int64_t rows,
                                    int64_t classes)
{
    for (int64_t r = 0; r < rows; r++)
        if (labels[r] < 0 || labels[r] >= classes)
            return rg_refuse(c->tape, RG_INDEX, c->op,
                             "label %lld of row %lld is not a class: classes are 0 to %lld",
                             (long long)labels[r], (long long)r, (long long)classes - 1);
    return RG_OK;
}

typedef struct nll_job {
    rg_dtype dtype;
    int64_t n, size; /* classes, bytes of a number */
    const char *x, *g;
    const int64_t *labels;
    char *y;
} nll_job;

/* ---- nll(logits, labels) --------------------------------------------------------- */

static rg_status nll_shape(rg_making *m)
{
    rg_status s = check_labels(m, m->shape.rank - 1);
    if (!s) m->shape.rank--;
    return s;
}

static void nll_at(const void *arg, int64_t r)
{
    const nll_job *j = arg;
    rg_nll_row(j->dtype, j->x + r * j->n * j->size, j->n, j->labels[r], j->y + r * j->size);
}

static rg_status nll_rows(const rg_call *c, const char *x, const int64_t *labels)
{
    rg_dtype d = c->out.dtype;
    int64_t n = c->in[0].dim[c->in[0].rank - 1], rows = rg_count(&c->out);
    nll_job job = {d, n, (int64_t)rg_dtype_size(d), x, NULL, labels, c->out.data};
    rg_status s = labels_are_classes(c, labels, rows, n);
    if (!s) rg_each_row(c->tape, rows, n, nll_at, &job);
    return s;
}

static rg_status nll_run(const rg_call *c)
{
    void *tmp_x, *tmp_l;
    const char *x = rg_dense_in(c, 0, &tmp_x);
    const int64_t *labels = rg_dense_in(c, 1, &tmp_l);
    rg_status s = x && labels ? nll_rows(c, x, labels) : RG_NOMEM;
    rg_dense_done(c, 1, tmp_l);
    rg_dense_done(c, 0, tmp_x);
    return s;
}

extern const rg_op rg_op_nll_back;

/* Logits, labels and upstream for nll_back, with the leading axes of g. */
static rg_node *nll_back_of(rg_node *g, const rg_node *y, rg_node *x, rg_node *labels)
{
    rg_node *wide = rg_broadcast(x, rg_shape_under(g, y, x));
    rg_node *each = rg_broadcast(labels, rg_shape_under(g, y, labels));
    return rg_apply(&rg_op_nll_back, 3, (rg_node *[]){wide, each, g}, NULL);
}

static void nll_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = nll_back_of(g, y, rg_in(y, 0), rg_in(y, 1));
}

const rg_op rg_op_nll = {.abi = RG_OP_ABI,
                         .name = "nll",
                         .formula = "-log softmax({a})[{b}]",
                         .section = "4.4",
                         .kind = RG_ROWS,
                         .refuses = true,
                         .nin = 2,
                         .shape = nll_shape,
                         .run = {nll_run, nll_run},
                         .vjp = nll_vjp,
                         .open = rg_open_nll,
                         .example = "3x4 i3<4;0x4 i0<4",
                         .wire = {{"softmax({a}) - onehot({b})",
                                   "upstream times the probabilities, less one at the label",
                                   {-3, 3, 0, 0}},
                                  {NULL, "a label: nothing flows", {0, 0, 0, 0}}}};

rg_node *rg_nll(rg_node *logits, rg_node *labels)
{
    return rg_apply(&rg_op_nll, 2, (rg_node *[]){logits, labels}, NULL);
}

/* ---- nll_back(logits, labels, g) = g (softmax(logits) - onehot(labels)) ---------- */

static rg_status nll_back_shape(rg_making *m)
{
    const rg_layout *g = m->in[2]->layout;
    rg_status s = check_labels(m, m->shape.rank - 1);
    char text[RG_TEXT];
    if (s) return s;
    if (g->dtype != m->dtype || g->rank != m->shape.rank - 1 ||
        memcmp(g->dim, m->shape.dim, (size_t)g->rank * sizeof *g->dim))
        return rg_refuse(m->tape, RG_SHAPE, m->op, "one upstream per row, got %s",
                         rg_node_text(m->in[2], text));
    return RG_OK;
}

static void nll_back_at(const void *arg, int64_t r)
{
    const nll_job *j = arg;
    rg_nll_back_row(j->dtype, j->x + r * j->n * j->size, j->n, j->labels[r], j->g + r * j->size,
                    j->y + r * j->n * j->size);
}

static rg_status nll_back_rows(const rg_call *c, const char *x, const int64_t *labels,
                               const void *g)
{
    rg_dtype d = c->out.dtype;
    int64_t n = c->out.dim[c->out.rank - 1], rows = rg_count(&c->in[2]);
    nll_job job = {d, n, (int64_t)rg_dtype_size(d), x, g, labels, c->out.data};
    rg_status s = labels_are_classes(c, labels, rows, n);
    if (!s) rg_each_row(c->tape, rows, n, nll_back_at, &job);
    return s;
}

static rg_status nll_back_run(const rg_call *c)
{
    void *tmp[3];
    const void *in[3];
    for (int k = 0; k < 3; k++) in[k] = rg_dense_in(c, k, &tmp[k]);
    rg_status s = in[0] && in[1] && in[2] ? nll_back_rows(c, in[0], in[1], in[2]) : RG_NOMEM;
    for (int k = 3; k-- > 0;) rg_dense_done(c, k, tmp[k]);
    return s;
}

static void nll_back_vjp(rg_node *y, rg_node *h, const unsigned char *wanted, rg_node **out)
{
    rg_node *x = rg_in(y, 0), *labels = rg_in(y, 1), *g = rg_in(y, 2);
    if (wanted[0]) {
        rg_node *p = rg_softmax(x, -1);
        rg_node *hp = rg_zmul(h, p);
        rg_node *mean = rg_sum_axes(hp, 1, 1);
        rg_node *slope = rg_sub(hp, rg_zmul(mean, p));
        out[0] = rg_zmul(slope, rg_along_rows(g, x));
    }
    if (wanted[2]) {
        rg_node *one = rg_const(rg_tape_of(g), rg_dtype_of(g), rg_shape_of(g), 1);
        rg_node *slope = rg_apply(&rg_op_nll_back, 3, (rg_node *[]){x, labels, one}, NULL);
        out[2] = rg_sum_axes(rg_zmul(h, slope), 1, 0);
    }
}

const rg_op rg_op_nll_back = {
    .abi = RG_OP_ABI,
    .name = "nll_back",
    .formula = "{c} (softmax({a}) - onehot({b}))",
    .section = "4.4",
    .kind = RG_ROWS,
    .refuses = true,
    .nin = 3,
    .shape = nll_back_shape,
    .run = {nll_back_run, nll_back_run},
    .vjp = nll_back_vjp,
    .example = "3x4 i3<4 3;0x4 i0<4 0",
    .wire = {{"{c} (diag(p) - p p^T)", "upstream times the softmax's own slope", {-3, 3, 0, 0}},
             {NULL, "a label: nothing flows", {0, 0, 0, 0}},
             {"softmax({a}) - onehot({b})",
              "upstream against the probabilities less the label",
              {-2, 2, 0, 0}}}};
