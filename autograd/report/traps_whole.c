/* traps_whole.c - wrong answers to gates that are not elementwise: products of matrices,
 * sums, and softmax with a label. */
#include "snare.h"
#include <string.h>

/* ---- Y = A B ---------------------------------------------------------------------------- */

typedef struct matrix { /* element (i, j), or (j, i) of it */
    const rg_node *x;
    int64_t rows, columns;
    bool turned;
} matrix;

static matrix whole_matrix(const rg_node *x, bool turned)
{
    const rg_layout *l = x->layout;
    return (matrix){x, l->dim[turned], l->dim[!turned], turned};
}

static double at_place(const matrix *m, int64_t i, int64_t j)
{
    return rg_entry(m->x, m->turned ? j * m->rows + i : i * m->columns + j);
}

/* Entry i of a b, when those can be multiplied and the product has the shape of like. */
static bool product_entry(const matrix *a, const matrix *b, const rg_node *like, int64_t i,
                          double *v)
{
    const int64_t *dim = like->layout->dim;
    if (a->columns != b->rows || a->rows != dim[0] || b->columns != dim[1]) return false;
    *v = 0;
    for (int64_t k = 0; k < a->columns; k++)
        *v += at_place(a, i / dim[1], k) * at_place(b, k, i % dim[1]);
    return true;
}

static void traps_of_matmul(rg_snare *w, const rg_story_step *step, int64_t i)
{
    static const char missing[] =
        "A transpose is missing: with respect to the left factor it is upstream times B^T, with "
        "respect to the right factor A^T times upstream.";
    static const char turned[] =
        "That is the product the wrong way round: rows and columns have changed places. A gradient "
        "has the shape of its wire.";
    const rg_node *y = step->y, *x = rg_in(y, step->wire), *other = rg_in(y, 1 - step->wire);
    if (y->layout->rank != 2 || x->layout->rank != 2 || other->layout->rank != 2) return;
    matrix u = whole_matrix(step->upstream, false), plain = whole_matrix(other, false);
    bool left = step->wire == 0;
    double v;
    if (product_entry(left ? &u : &plain, left ? &plain : &u, x, i, &v))
        rg_lay_trap(w, "Q12", v, missing);
    const int64_t *dim = x->layout->dim;
    if (w->n != x->layout->count || x->layout->count == 1) return;
    int64_t mirrored = (i % dim[0]) * dim[1] + i / dim[0]; /* entry i of the transpose */
    rg_lay_trap(w, "Q13", w->answer[mirrored], turned);
    for (int k = 0; k < w->traps; k++)
        if (w->trap[k].text == turned) w->trap[k].turned = dim[0] != dim[1];
}

/* ---- the others ------------------------------------------------------------------------- */

/* Whole-number element i of the labels. */
static void traps_of_labels(rg_snare *w, const rg_story_step *step, int64_t i)
{
    const rg_node *x = rg_in(step->y, 0);
    int64_t classes = x->layout->dim[x->layout->rank - 1], row = i / classes;
    bool here = (int64_t)rg_entry(rg_in(step->y, 1), row) == i % classes;
    double u = rg_entry(step->upstream, row), v = w->answer[w->at];
    if (step->wire != 0) return;
    rg_lay_trap(w, "Q14", here ? v + u : v,
                "Those are the probabilities alone. One is still to be taken away at the label.");
    rg_lay_trap(w, "Q14", -v,
                "That is label minus probabilities. It is probabilities minus label: what is too "
                "likely has to come down.");
}

static void traps_of_sum(rg_snare *w, const rg_story_step *step)
{
    const rg_node *x = rg_in(step->y, 0);
    double per = (double)x->layout->count / (double)step->y->layout->count;
    rg_lay_trap(w, "Q15", w->answer[w->at] / per,
                "That is divided by how many there are, as for a mean. Every entry of a sum gets "
                "the whole upstream.");
}

void rg_traps_of_whole(rg_snare *w, const rg_story_step *step, int64_t i)
{
    const rg_node *y = step->y;
    if (rg_is_op(y, "matmul")) traps_of_matmul(w, step, i);
    if (rg_is_op(y, "nll")) traps_of_labels(w, step, i);
    if (rg_is_op(y, "sum") && y->layout->count) traps_of_sum(w, step);
    if (step->upstream->layout->count == rg_in(y, step->wire)->layout->count)
        rg_lay_trap(w, "Q2", rg_entry(step->upstream, i),
                    "That is the upstream alone: the gate has not done anything yet.");
}
