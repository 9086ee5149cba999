/* check_nets.c - the test of the tester, on networks: a bug is planted in the rule of one
 * node at a time, and the check must name that node. Says how many were caught, named,
 * missed, equivalent; how many clean networks raised an alarm; and what a check costs.
 *
 *   check_nets SEEDS CLEAN    bugs in every net for that many seeds; so many clean nets
 *
 * Exit 1 when a bug passes, fewer than 99 % are named, or a clean net fails. */
#include "named_op.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_LEAVES = 6 };

typedef struct net {
    rg_tape *t;
    rg_node *y, *x[MOST_LEAVES];
    int n;
} net;

/* ---- networks ------------------------------------------------------------------------ */

static rg_node *input(net *a, rg_dtype d, rg_shape s)
{
    return a->x[a->n++] = rg_detach(rg_normal(a->t, d, s));
}

static void record_mlp(net *a, rg_dtype d)
{
    const int64_t label[] = {2, 0, 1, 1, 2, 0};
    rg_node *x = input(a, d, rg_shape2(6, 5)), *w1 = input(a, d, rg_shape2(5, 4));
    rg_node *b = input(a, d, rg_shape1(4)), *w2 = input(a, d, rg_shape2(4, 4));
    rg_node *w3 = input(a, d, rg_shape2(4, 3));
    rg_node *h = rg_tanh(rg_add(rg_matmul(x, w1), b));
    rg_node *z = rg_matmul(rg_add(rg_relu(rg_matmul(h, w2)), h), w3);
    a->y = rg_cross_entropy(z, rg_leaf_from(a->t, RG_I64, rg_shape1(6), label, 6));
}

static void record_batchnorm(net *a, rg_dtype d)
{
    rg_node *x = input(a, d, rg_shape2(7, 3)), *w = input(a, d, rg_shape2(3, 4));
    rg_node *gamma = input(a, d, rg_shape1(4)), *beta = input(a, d, rg_shape1(4));
    rg_node *target = input(a, d, rg_shape2(7, 4));
    rg_node *z = rg_batchnorm(rg_matmul(x, w), gamma, beta, 1e-5);
    a->y = rg_mse(rg_swish(z, 1), target);
}

static void record_attention(net *a, rg_dtype d)
{
    rg_node *x = input(a, d, rg_shape2(5, 4)), *q = input(a, d, rg_shape2(4, 4));
    rg_node *k = input(a, d, rg_shape2(4, 4)), *v = input(a, d, rg_shape2(4, 3));
    rg_node *key = rg_transpose(rg_matmul(x, k));
    rg_node *score = rg_scale(rg_matmul(rg_matmul(x, q), key), .5);
    rg_node *mixed = rg_matmul(rg_softmax(score, 1), rg_matmul(x, v));
    a->y = rg_sum(rg_logsumexp(rg_square(mixed), 1), RG_ALL_AXES);
}

/* The loss after a step of gradient descent, differentiated through the step. */
static void record_optimizer(net *a, rg_dtype d)
{
    rg_node *w = input(a, d, rg_shape2(4, 3)), *x = input(a, d, rg_shape2(5, 4));
    rg_node *y = input(a, d, rg_shape2(5, 3)), *rate = input(a, d, rg_shape0()), *g;
    rg_node *loss = rg_mse(rg_sigmoid(rg_matmul(x, w)), y);
    rg_grad(loss, NULL, 1, &w, &g);
    rg_node *scaled = rg_div(g, rg_offset(rg_sqrt(rg_offset(rg_square(g), 1e-2)), 1e-1));
    rg_node *stepped = rg_sub(w, rg_mul(rate, scaled));
    a->y = rg_mse(rg_sigmoid(rg_matmul(x, stepped)), y);
}

static void record_shapes(net *a, rg_dtype d)
{
    rg_node *x = input(a, d, rg_shape2(4, 6)), *s = input(a, d, rg_shape2(3, 3));
    rg_node *part = rg_slice(x, 1, 1, 3, 2), *flat = rg_reshape(part, rg_shape2(3, 4));
    rg_node *m = rg_offset(rg_matmul(s, rg_transpose(s)), 1);
    rg_node *both[] = {
        rg_cumsum(rg_solve(rg_add(m, rg_diag_embed(rg_const(a->t, d, rg_shape1(3), 4))), flat), 1,
                  false),
        flat};
    rg_node *wide = rg_concat(2, both, 1);
    a->y = rg_add(rg_sum(rg_amax(wide, 1), 0), rg_norm(rg_max(wide, rg_neg(wide)), RG_ALL_AXES));
}

static void record_conv(net *a, rg_dtype d)
{
    rg_node *x = input(a, d, rg_shape4(2, 2, 7, 7)), *w = input(a, d, rg_shape4(3, 2, 3, 3));
    rg_node *v = input(a, d, rg_shape4(2, 3, 2, 2)), *last = input(a, d, rg_shape2(4, 3));
    rg_node *h = rg_maxpool2d(rg_tanh(rg_conv2d(x, w, 2, 1)), 2);
    rg_node *z = rg_avgpool2d(rg_relu(rg_conv2d(h, v, 1, 1)), 1);
    rg_node *flat = rg_slice(rg_reshape(z, rg_shape2(4, rg_count_of(z) / 4)), 1, 0, 4, 1);
    a->y = rg_mean(rg_square(rg_matmul(flat, last)), RG_ALL_AXES);
}

static const struct kind {
    const char *name;
    void (*record)(net *a, rg_dtype d);
} kinds[] = {
    {"MLP", record_mlp},          {"batch norm", record_batchnorm}, {"attention", record_attention},
    {"convolution", record_conv}, {"optimizer", record_optimizer},  {"shapes", record_shapes}};

enum { KINDS = sizeof kinds / sizeof *kinds };

static net open_net(const struct kind *k, rg_dtype d, uint64_t seed)
{
    rg_config cfg = {.seed = seed};
    net a = {.t = rg_tape_new(&cfg)};
    k->record(&a, d);
    return a;
}

/* ---- bugs ---------------------------------------------------------------------------- */

static rg_node *sign(rg_node *g) { return rg_neg(g); }
static rg_node *twice(rg_node *g) { return rg_scale(g, 2); }
static rg_node *slightly(rg_node *g) { return rg_scale(g, 1.0005); }
static rg_node *averaged(rg_node *g) { return rg_scale(g, 1 / (double)rg_shape_of(g).dim[0]); }
static rg_node *detached_part(rg_node *g) { return rg_offset(g, .01); }
static rg_node *clipped(rg_node *g) { return rg_clamp(g, -.02, .02); }
static rg_node *lost(rg_node *g) { return (void)g, NULL; }
static rg_node *row_lost(rg_node *g)
{
    int64_t n = rg_shape_of(g).dim[0];
    return rg_pad(rg_slice(g, 0, 1, n - 1, 1), 0, 1, 1, n);
}
static rg_node *off_by_one(rg_node *g)
{
    int64_t n = rg_shape_of(g).dim[0];
    rg_node *part[] = {rg_slice(g, 0, 1, n - 1, 1), rg_slice(g, 0, 0, 1, 1)};
    return rg_concat(2, part, 0);
}
static rg_node *turned(rg_node *g) { return rg_swap_last(g); }

static const struct bug {
    const char *name;
    rg_node *(*plant)(rg_node *g);
    int rank; /* of gradients that it can be planted in: at least this */
} bugs[] = {{"sign", sign, 0},
            {"times 2", twice, 0},
            {"times 1.0005", slightly, 0},
            {"mean for sum", averaged, 1},
            {"constant added", detached_part, 0},
            {"clipped", clipped, 0},
            {"left out", lost, 0},
            {"row dropped", row_lost, 1},
            {"off by one", off_by_one, 1},
            {"transposed", turned, 2}};

enum { BUGS = sizeof bugs / sizeof *bugs };

static const rg_op *right;
static rg_op wrong;
static int wrong_wire;
static const struct bug *planted;

static void wrong_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    right->vjp(y, g, wanted, out);
    if (out[wrong_wire]) out[wrong_wire] = planted->plant(out[wrong_wire]);
}

/* A bug fits where it leaves the shape as it was and changes something. */
static bool fits(const rg_node *n, int wire, const struct bug *b)
{
    rg_shape s = rg_shape_of(rg_in(n, wire));
    if (s.rank < b->rank || (b->rank > 0 && s.dim[0] < 2)) return false;
    return b->rank < 2 || s.dim[s.rank - 1] == s.dim[s.rank - 2];
}

/* The rule, spoilt, of n alone gives what the right one gives but for rounding. */
static bool is_equivalent(rg_node *n)
{
    rg_tape *t = rg_tape_of(n);
    rg_node *x = rg_in(n, wrong_wire), *g[2] = {NULL, NULL};
    int64_t mark = rg_mark(t);
    rg_node *v = rg_normal(t, rg_dtype_of(n), rg_shape_of(n));
    double most = 0, off = 0;
    rg_grad(n, v, 1, &x, &g[0]);
    n->op = right;
    rg_grad(n, v, 1, &x, &g[1]);
    n->op = &wrong;
    for (int64_t i = 0; g[0] && g[1] && i < rg_count_of(x); i++) {
        rg_node *e[2];
        for (int j = 0; j < 2; j++)
            e[j] = rg_index(rg_reshape(g[j], rg_shape1(rg_count_of(x))), 0, i);
        most = fmax(most, fabs(rg_value(e[1])));
        off = fmax(off, fabs(rg_value(e[0]) - rg_value(e[1])));
    }
    bool equal = g[0] && g[1] ? off <= 1e-14 * most : !g[0] && !g[1];
    rg_rewind(t, mark);
    return equal;
}

/* ---- counting ------------------------------------------------------------------------ */

static struct tally {
    int planted, equivalent, named, failed, unsure, passed, clean, alarms, clean_unsure;
} tally;

static void judge_bug(const struct kind *k, rg_dtype d, rg_node *n, const rg_nodes_report *r)
{
    tally.planted++;
    if (r->verdict != RG_FAIL && is_equivalent(n)) {
        tally.equivalent++;
        printf("equivalent: %s %s, %s of %s, operand %c\n", k->name, rg_dtype_text(d),
               planted->name, right->name, 'a' + wrong_wire);
        return;
    }
    tally.failed += r->verdict == RG_FAIL;
    tally.named += r->failed == 1 && r->first.node == n;
    tally.unsure += r->verdict == RG_CANNOT_TELL;
    tally.passed += r->verdict < RG_CANNOT_TELL;
    if (r->failed != 1 || r->first.node != n)
        printf("%s: %s %s, %s of %s, operand %c, node %d\n",
               r->verdict == RG_FAIL ? "other node named" : rg_verdict_text(r->verdict), k->name,
               rg_dtype_text(d), planted->name, right->name, 'a' + wrong_wire, (int)n->id);
}

static void plant_in(const struct kind *k, rg_dtype d, net *a, rg_node *n, uint64_t seed)
{
    right = n->op;
    wrong = *right;
    wrong.vjp = wrong_rule;
    for (wrong_wire = 0; wrong_wire < n->nin; wrong_wire++)
        for (int b = 0; b < BUGS; b++) {
            rg_nodes_report r;
            rg_check_how how = {.seed = seed};
            if (!right->wire[wrong_wire < RG_WIRES ? wrong_wire : RG_WIRES - 1].local ||
                !fits(n, wrong_wire, &bugs[b]))
                continue;
            planted = &bugs[b];
            n->op = &wrong;
            if (rg_check_nodes(a->y, a->n, a->x, &how, NULL, NULL, &r)) {
                fprintf(stderr, "%s\n", rg_error_of(a->t)->text);
                exit(2);
            }
            judge_bug(k, d, n, &r);
            n->op = right;
        }
}

static void keep_id(void *ud, const rg_node_finding *f)
{
    unsigned char *checked = ud;
    if (f->verdict != RG_UNTESTED) checked[f->node->id] = 1;
}

enum { MOST_NODES = 400 };

static void plant_everywhere(const struct kind *k, rg_dtype d, uint64_t seed)
{
    unsigned char checked[MOST_NODES] = {0};
    net a = open_net(k, d, seed);
    rg_nodes_report r;
    rg_check_how how = {.seed = seed};
    if (rg_len(a.t) > MOST_NODES ||
        rg_check_nodes(a.y, a.n, a.x, &how, keep_id, checked, &r) != RG_OK)
        exit(2);
    int64_t last = a.y->id;
    for (int64_t id = 0; id <= last; id++)
        if (checked[id]) plant_in(k, d, &a, rg_node_at(a.t, id), seed);
    rg_tape_free(a.t);
}

static void check_clean(const struct kind *k, rg_dtype d, uint64_t seed)
{
    rg_nodes_report r;
    rg_check_how how = {.seed = seed};
    net a = open_net(k, d, seed);
    rg_status s = rg_check_nodes(a.y, a.n, a.x, &how, NULL, NULL, &r);
    tally.clean++;
    tally.alarms += s || r.verdict == RG_FAIL;
    tally.clean_unsure += r.verdict == RG_CANNOT_TELL;
    if (!s && r.verdict == RG_FAIL && r.first.node) {
        char text[RG_NODE_FINDING_TEXT];
        printf("false alarm: %s, seed %d: %s\n", k->name, (int)seed,
               rg_node_finding_text(&r.first, text));
    }
    rg_tape_free(a.t);
}

/* ---- what it costs ------------------------------------------------------------------- */

/* Of this process: others that run do not count. */
static double now(void)
{
    struct timespec s;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &s);
    return (double)s.tv_sec + 1e-9 * (double)s.tv_nsec;
}

static rg_node *record_digits(rg_tape *t, rg_node *const *x)
{
    rg_node *h = rg_tanh(rg_add(rg_matmul(x[0], x[1]), x[2]));
    rg_node *z = rg_relu(rg_add(rg_matmul(h, x[3]), x[4]));
    return rg_cross_entropy(rg_matmul(z, x[5]), rg_const(t, RG_I64, rg_shape1(rg_shape_of(x[0]).dim[0]), 3));
}

static double seconds_of_forward(rg_tape *t, rg_node *const *x)
{
    double best = 1e9;
    for (int i = 0; i < 20; i++) {
        int64_t mark = rg_mark(t);
        double start = now();
        record_digits(t, x);
        best = fmin(best, now() - start);
        rg_rewind(t, mark);
    }
    return best;
}

static double seconds_of_check(rg_node *y, rg_node *const *x, int nodes)
{
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        rg_nodes_report r;
        rg_check_how how = {.nodes = nodes, .seed = (uint64_t)i};
        double start = now();
        if (rg_check_nodes(y, 6, x, &how, NULL, NULL, &r) || r.verdict != RG_PASS) exit(2);
        best = fmin(best, now() - start);
    }
    return best;
}

static void tell_cost(int64_t batch)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[] = {
        rg_normal(t, RG_F64, rg_shape2(batch, 784)), rg_normal(t, RG_F64, rg_shape2(784, 64)),
        rg_normal(t, RG_F64, rg_shape1(64)),     rg_normal(t, RG_F64, rg_shape2(64, 64)),
        rg_normal(t, RG_F64, rg_shape1(64)),     rg_normal(t, RG_F64, rg_shape2(64, 10))};
    for (int i = 1; i < 6; i++) x[i] = rg_detach(rg_scale(x[i], .05));
    double forward = seconds_of_forward(t, x);
    rg_node *y = record_digits(t, x);
    double every = seconds_of_check(y, x, 0), two = seconds_of_check(y, x, 2);
    printf("784-64-64-10, batch %d: forward %.3f ms; every node and the whole %.1f ms, %.0f forward passes; "
           "two nodes %.2f ms, %.0f\n",
           (int)batch, 1e3 * forward, 1e3 * every, every / forward, 1e3 * two, two / forward);
    rg_tape_free(t);
}

static rg_dtype dtype_number(int i) { return i % 2 ? RG_F32 : RG_F64; }

int main(int argc, char **argv)
{
    int seeds = argc > 1 ? atoi(argv[1]) : 1, clean = argc > 2 ? atoi(argv[2]) : 20;
    for (int i = 0; i < clean; i++)
        check_clean(&kinds[i % KINDS], dtype_number(i / KINDS), (uint64_t)i + 100);
    for (int i = 0; i < 2 * seeds * KINDS; i++)
        plant_everywhere(&kinds[i % KINDS], dtype_number(i / KINDS), (uint64_t)(i / KINDS / 2));
    int real = tally.planted - tally.equivalent;
    printf("%d bugs planted, %d equivalent; of %d: %d fail, %d cannot tell, %d pass; "
           "right node named: %d\n",
           tally.planted, tally.equivalent, real, tally.failed, tally.unsure, tally.passed,
           tally.named);
    printf("%d clean networks: %d false alarms, %d cannot tell\n", tally.clean, tally.alarms,
           tally.clean_unsure);
    tell_cost(8);
    tell_cost(256);
    return tally.passed || tally.alarms || 100 * tally.named < 99 * real;
}
