/* inside.c - a network seen from inside, batch by batch. */
#define RG_NO_HERE
#include "inside.h"
#include "memory.h"
#include "ops.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums over the rows so far; they become a layer_look. */
typedef struct layer_sum {
    double n, sum, squares, zeros, beyond, gradient;
    bool *alive;   /* per unit */
    double lo, hi; /* what counts as saturated lies outside; NaN: nothing does */
} layer_sum;

typedef struct looking {
    look *k;
    learner *l;
    layer_sum layer[RG_LAYERS];
    rg_node *out[RG_LAYERS]; /* of the batch at hand; NULL: the layer recorded nothing */
} looking;

/* ---- layers ----------------------------------------------------------------------------- */

/* What each layer hands on is the last node of its scope, "I name". */
static void find_outputs(looking *w, int64_t from)
{
    rg_tape *t = w->l->tape;
    memset(w->out, 0, sizeof w->out);
    for (int64_t i = from; i < rg_len(t); i++) {
        const char *scope;
        rg_node *n = rg_node_at(t, i);
        if (rg_scope_of(n, &scope, 1) < 1) continue;
        int layer = atoi(scope);
        if (layer >= 0 && layer < w->k->layers && !rg_is_leaf(n)) w->out[layer] = n;
    }
}

static double *read_node(rg_node *x, int64_t *count)
{
    *count = rg_count_of(x);
    double *v = memory_new((size_t)*count, sizeof *v);
    rg_read(x, RG_F64, v, (size_t)*count);
    return v;
}

static void add_forward(layer_sum *s, layer_look *y, rg_node *out, int64_t rows)
{
    int64_t count;
    double *v = read_node(out, &count);
    y->units = count / rows;
    if (!s->alive) s->alive = memory_new((size_t)y->units, sizeof *s->alive);
    for (int64_t i = 0; i < count; i++) {
        s->n++;
        s->sum += v[i];
        s->squares += v[i] * v[i];
        s->zeros += v[i] == 0;
        s->beyond += v[i] < s->lo || v[i] > s->hi;
        if (v[i] != 0) s->alive[i % y->units] = true;
    }
    free(v);
}

static double sum_of_squares(rg_node *x)
{
    int64_t count;
    double *v = read_node(x, &count), sum = 0;
    for (int64_t i = 0; i < count; i++) sum += v[i] * v[i];
    free(v);
    return sum;
}

/* Gradients of the batch's loss by every layer's output and by every parameter. */
static void add_backward(looking *w, rg_node *loss, double share)
{
    enum { MOST = RG_LAYERS + 2 * RG_LAYERS };
    rg_model *m = &w->l->model;
    rg_node *x[MOST], *g[MOST];
    int n = 0, layer[RG_LAYERS];
    for (int i = 0; i < w->k->layers; i++)
        if (w->out[i]) layer[n] = i, x[n++] = w->out[i];
    int layers = n;
    for (int i = 0; i < m->params; i++) x[n++] = m->param[i];
    if (rg_grad(loss, NULL, n, x, g)) return;
    for (int i = 0; i < layers; i++)
        if (g[i]) w->layer[layer[i]].gradient += sum_of_squares(g[i]);
    for (int i = 0; i < m->params; i++)
        if (g[layers + i]) w->k->param[i].gradient += share * sum_of_squares(g[layers + i]);
}

/* ---- classes ---------------------------------------------------------------------------- */

static bool is_worse(const mistake *a, const mistake *b)
{
    return a->p_said > b->p_said || (a->p_said == b->p_said && a->p_truth < b->p_truth);
}

/* Keep it if it is among the worst: those sure of the wrong class. */
static void keep_mistake(look *k, const mistake *m)
{
    int at = k->mistakes;
    while (at > 0 && is_worse(m, &k->worst[at - 1])) at--;
    if (at == LOOK_WORST) return;
    if (k->mistakes < LOOK_WORST) k->mistakes++;
    memmove(k->worst + at + 1, k->worst + at, (size_t)(k->mistakes - 1 - at) * sizeof *k->worst);
    k->worst[at] = *m;
}

static void judge_rows(look *k, const int64_t *row, const int64_t *label, int64_t n,
                       rg_node *logits)
{
    int64_t count;
    double *p = read_node(rg_softmax(logits, -1), &count);
    for (int64_t i = 0; i < n; i++) {
        const double *of = p + i * k->classes;
        int said = 0;
        for (int c = 1; c < k->classes; c++)
            if (of[c] > of[said]) said = c;
        int truth = (int)label[i];
        mistake m = {row[i], truth, said, of[truth], of[said]};
        k->confusion[truth * k->classes + said]++;
        if (said != truth) keep_mistake(k, &m);
    }
    free(p);
}

/* What was measured and what was said, in the target's own units. */
static void compare_rows(look *k, const learner *l, const int64_t *row, int64_t n, rg_node *out)
{
    int64_t count;
    double *v = read_node(out, &count);
    for (int64_t i = 0; i < n; i++, k->rows++) {
        k->truth[k->rows] = l->data->target[row[i]];
        k->said[k->rows] = v[i] * l->standard->target_deviation + l->standard->target_mean;
    }
    free(v);
}

/* ---- all rows -------------------------------------------------------------------------------- */

static void begin_looking(looking *w, int64_t rows)
{
    rg_model *m = &w->l->model;
    look *k = w->k;
    k->layers = m->spec.layers;
    for (int i = 0; i < k->layers; i++) {
        const rg_layer *y = &m->spec.layer[i];
        bool tanh_like = !strcmp(y->name, "tanh"), sigmoid_like = !strcmp(y->name, "sigmoid");
        k->layer[i].name = y->name;
        w->layer[i].lo = tanh_like ? -0.99 : sigmoid_like ? 0.01 : (double)NAN;
        w->layer[i].hi = tanh_like || sigmoid_like ? 0.99 : (double)NAN;
    }
    k->params = m->params;
    for (int i = 0; i < m->params; i++) {
        k->param[i].name = rg_name_of(m->param[i]);
        k->param[i].count = rg_count_of(m->param[i]);
        k->param[i].size = sqrt(sum_of_squares(m->param[i]) / (double)k->param[i].count);
    }
    if (w->l->data->task == RG_REGRESS) {
        k->truth = memory_new((size_t)rows, sizeof *k->truth);
        k->said = memory_new((size_t)rows, sizeof *k->said);
    }
    if (w->l->data->task != RG_CLASSIFY) return;
    k->classes = w->l->data->classes;
    k->confusion = memory_new((size_t)k->classes * (size_t)k->classes, sizeof *k->confusion);
}

static void look_at_batch(looking *w, const int64_t *row, int64_t n, double share)
{
    int64_t mark = rg_mark(w->l->tape);
    int members = w->l->members;
    w->l->members = 0; /* layers are of the first network */
    rg_measured m = learner_measure(w->l, n, RG_MODE_PREDICT);
    w->l->members = members;
    rg_node *last = NULL;
    find_outputs(w, mark);
    for (int i = 0; i < w->k->layers; i++) {
        if (!w->out[i]) continue;
        last = w->out[i];
        add_forward(&w->layer[i], &w->k->layer[i], last, n);
    }
    if (members > 1) last = learner_output(w->l, n, RG_MODE_PREDICT);
    if (w->k->classes && last) judge_rows(w->k, row, w->l->label, n, last);
    if (w->k->said && last) compare_rows(w->k, w->l, row, n, last);
    add_backward(w, m.loss, share);
    if (!rg_error_of(w->l->tape)->status) rg_rewind(w->l->tape, mark);
}

static void finish_layer(layer_look *y, const layer_sum *s)
{
    if (!y->units) return;
    y->mean = s->sum / s->n;
    y->deviation = sqrt(fmax(s->squares / s->n - y->mean * y->mean, 0));
    y->zeros = s->zeros / s->n;
    y->saturated = isnan(s->hi) ? s->hi : s->beyond / s->n;
    y->gradient = sqrt(s->gradient / s->n);
    for (int64_t u = 0; u < y->units; u++) y->dead += !s->alive[u];
}

rg_status look_at(look *k, learner *l, const int64_t *row, int64_t n, int64_t batch)
{
    looking *w = memory_new(1, sizeof *w);
    rg_status s = RG_OK;
    *k = (look){0};
    w->k = k;
    w->l = l;
    begin_looking(w, n);
    for (int64_t from = 0; from < n && !s; from += batch) {
        int64_t some = n - from < batch ? n - from : batch;
        s = learner_put(l, row + from, some);
        if (!s) look_at_batch(w, row + from, some, (double)some / (double)n);
        if (!s) s = rg_error_of(l->tape)->status;
    }
    for (int i = 0; i < k->layers; i++) finish_layer(&k->layer[i], &w->layer[i]);
    for (int i = 0; i < k->params; i++)
        k->param[i].gradient = sqrt(k->param[i].gradient / (double)k->param[i].count);
    for (int i = 0; i < k->layers; i++) free(w->layer[i].alive);
    free(w);
    return s;
}

void look_free(look *k)
{
    free(k->confusion);
    free(k->truth);
    free(k->said);
    *k = (look){0};
}
