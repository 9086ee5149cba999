/* check.c - the gradient check from C: which node of a recording is wrong, and how; and a
 * look at two nodes at every step of a training.
 *
 *   cc check.c $(pkg-config --cflags --libs retrograd) -lm -o check
 */
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdbool.h>
#include <stdio.h>

enum { ROWS = 16, STEPS = 50 };

/* An op of our own, y = x/(1 + |x|), with slope 1/(1 + |x|)^2. Its first rule forgets the
 * square. */
static void softsign_f32(int64_t n, void *to, const void *const *in, const rg_attr *attr)
{
    const float *x = (const float *)in[0];
    (void)attr;
    for (int64_t i = 0; i < n; i++) ((float *)to)[i] = x[i] / (1 + fabsf(x[i]));
}

static void softsign_f64(int64_t n, void *to, const void *const *in, const rg_attr *attr)
{
    const double *x = (const double *)in[0];
    (void)attr;
    for (int64_t i = 0; i < n; i++) ((double *)to)[i] = x[i] / (1 + fabs(x[i]));
}

static void wrong_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *below = rg_offset(rg_abs(rg_in(y, 0)), 1);
    if (wanted[0]) out[0] = rg_div(g, below);
}

static void right_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *below = rg_offset(rg_abs(rg_in(y, 0)), 1);
    if (wanted[0]) out[0] = rg_div(g, rg_square(below));
}

static rg_op softsign = {.abi = RG_OP_ABI,
                         .name = "softsign",
                         .formula = "{a}/(1 + |{a}|)",
                         .kind = RG_ELEMENTWISE,
                         .nin = 1,
                         .tile = {softsign_f32, softsign_f64}};

static rg_node *loss_of(rg_node *x, rg_node *const *w, rg_node *target)
{
    rg_node *z = rg_matmul(x, w[0]), *h = rg_apply(&softsign, 1, &z, NULL);
    return rg_mse(rg_matmul(h, w[1]), target);
}

static void say(const rg_nodes_report *r)
{
    char text[RG_NODE_FINDING_TEXT];
    if (r->first.node) printf("%s\n", rg_node_finding_text(&r->first, text));
    printf("%s\n", rg_nodes_report_text(r, text));
}

/* Gradient descent, two nodes of each step checked, drawn anew. */
static int64_t train(rg_tape *t, rg_node *x, rg_node *const *w, rg_node *target)
{
    rg_node *g[2];
    int64_t failed = 0;
    for (int step = 0; step < STEPS; step++) {
        int64_t mark = rg_step_begin(t);
        rg_nodes_report r;
        rg_check_how how = {.nodes = 2, .seed = (uint64_t)step};
        rg_node *loss = loss_of(x, w, target);
        if (!rg_check_nodes(loss, 2, w, &how, NULL, NULL, &r)) failed += r.failed;
        rg_grad(loss, NULL, 2, w, g);
        for (int i = 0; i < 2; i++) rg_assign(w[i], rg_sub(w[i], rg_scale(g[i], .1)));
        if (step == STEPS - 1) printf("loss %.4f after %d steps\n", rg_value(loss), STEPS);
        rg_step_end(t, mark);
    }
    return failed;
}

/* A gradient is a value: asked for twice, it is the same number twice. */
static bool ask_twice(rg_tape *t)
{
    rg_node *a = rg_scalar(t, -4), *d = rg_mul(rg_offset(a, 2), rg_scalar(t, 1)), *once, *again;
    rg_grad(d, NULL, 1, &a, &once);
    rg_grad(d, NULL, 1, &a, &again);
    printf("asked twice: %g and %g\n", rg_value(once), rg_value(again));
    return rg_value(once) == 1 && rg_value(again) == 1;
}

int main(void)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F32, rg_shape2(ROWS, 3)), *target = rg_normal(t, RG_F32, rg_shape2(ROWS, 1));
    rg_node *w[] = {rg_leaf(t, RG_F32, rg_shape2(3, 8)), rg_leaf(t, RG_F32, rg_shape2(8, 1))};
    double number[24];
    for (int i = 0; i < 24; i++) number[i] = sin(i + 1.);
    rg_write(w[0], RG_F64, number, 24);
    rg_write(w[1], RG_F64, number, 8);
    rg_nodes_report wrong, right;
    softsign.vjp = wrong_rule;
    rg_check_nodes(loss_of(x, w, target), 2, w, NULL, NULL, NULL, &wrong);
    say(&wrong);
    softsign.vjp = right_rule;
    rg_check_nodes(loss_of(x, w, target), 2, w, NULL, NULL, NULL, &right);
    say(&right);
    int64_t failed = train(t, x, w, target);
    printf("%lld of %d nodes failed while training\n", (long long)failed, 2 * STEPS);
    bool good = wrong.verdict == RG_FAIL && wrong.first.node->op == &softsign && right.verdict == RG_PASS;
    good &= ask_twice(t);
    int status = !good || failed || rg_error_of(t)->status;
    rg_tape_free(t);
    return status;
}
