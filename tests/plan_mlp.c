/* plan_mlp.c - one training step of a network of two layers, compiled: the example of
 * docs/design.md and of tests/golden/plan_mlp.txt. */
#include "plan_mlp.h"

enum { BATCH = 64, INPUTS = 8, HIDDEN = 32, OUTPUTS = 4 };

static rg_node *noise(rg_tape *t, const char *name, int64_t rows, int64_t columns, uint32_t seed)
{
    float v[BATCH * HIDDEN];
    size_t n = (size_t)(rows * columns);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        v[i] = (float)(seed >> 8) / 16777216.f - 0.5f;
    }
    return rg_name(rg_leaf_from(t, RG_F32, rg_shape2(rows, columns), v, n), name);
}

/* b1 and b2 are vectors, added to every row. */
static rg_node *record_loss(plan_mlp *m)
{
    rg_node *z = rg_add(rg_matmul(m->x, m->w1), m->b1);
    rg_node *h = rg_tanh(z);
    rg_node *y = rg_add(rg_matmul(h, m->w2), m->b2);
    return rg_mse(y, m->target);
}

static void record_updates(plan_mlp *m, rg_node *loss)
{
    rg_node *w[] = {m->w1, m->b1, m->w2, m->b2}, *g[4];
    rg_grad(loss, NULL, 4, w, g);
    for (int i = 0; i < 4; i++) rg_assign(w[i], rg_sub(w[i], rg_scale(g[i], 0.1)));
}

plan_mlp plan_mlp_open(const rg_config *cfg, const rg_plan_config *how)
{
    plan_mlp m = {.t = rg_tape_new(cfg)};
    m.x = noise(m.t, "x", BATCH, INPUTS, 1);
    m.target = noise(m.t, "target", BATCH, OUTPUTS, 2);
    m.w1 = noise(m.t, "W1", INPUTS, HIDDEN, 3);
    m.b1 = rg_name(rg_leaf(m.t, RG_F32, rg_shape1(HIDDEN)), "b1");
    m.w2 = noise(m.t, "W2", HIDDEN, OUTPUTS, 4);
    m.b2 = rg_name(rg_leaf(m.t, RG_F32, rg_shape1(OUTPUTS)), "b2");
    rg_node *loss = record_loss(&m);
    record_updates(&m, loss);
    m.plan = rg_compile(m.t, 1, &loss, how);
    return m;
}

void plan_mlp_close(plan_mlp *m)
{
    rg_plan_free(m->plan);
    rg_tape_free(m->t);
}
