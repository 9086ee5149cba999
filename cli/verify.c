/* verify.c - the laws of an explanation, one function each. */
#include "judge.h"
#include "derive.h"
#include "memory.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const verify_rule_word[VERIFY_RULES] = {"value",   "upstream", "local",  "contribution",
                                                    "before",  "after",    "closed", "twice",
                                                    "missing", "account",  "route",  "gradient"};

enum { EVERY_ENTRY = 100000, DIRECTIONS = 4 };

/* ---- what is near enough -------------------------------------------------------------- */

double judge_tolerance(const judge *j, const trace_node *n)
{
    double fine = n->narrow ? 2e-5 : 1e-9;
    return j->coarse > fine ? j->coarse : fine;
}

/* What rounding alone may do to a number made of others of that size. */
static double grain_of(const judge *j, const trace_node *n)
{
    double fine = n->narrow ? 32 * (double)FLT_EPSILON : 32 * DBL_EPSILON;
    return j->coarse > fine ? j->coarse : fine;
}

bool judge_same(double is, double should, double slack)
{
    return is == should || fabs(is - should) <= slack || (isnan(is) && isnan(should));
}

bool judge_near(double is, double should, double slack)
{
    return isnan(should) || judge_same(is, should, slack);
}

static bool same_shape(const numbers *a, const numbers *b)
{
    return a->v && b->v && a->rank == b->rank && a->count == b->count &&
           !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

/* The first entry that is not the gradient of the node as added up here; -1: none. */
static int64_t first_difference(const judge *j, uint32_t node, const numbers *is,
                                const numbers *should)
{
    double tolerance = judge_tolerance(j, &j->t->node[node]),
           grain = grain_of(j, &j->t->node[node]);
    for (size_t i = 0; i < is->count; i++)
        if (!judge_same(is->v[i], should->v[i],
                        tolerance * fabs(should->v[i]) + grain * j->size[node][i]))
            return (int64_t)i;
    return -1;
}

/* ---- violations ------------------------------------------------------------------------- */

void judge_violate(judge *j, verify_rule rule, size_t step, uint32_t node, const char *fmt, ...)
{
    verification *v = j->v;
    v->found = memory_grow(v->found, &v->cap, v->violations + 1, sizeof *v->found);
    violation *w = &v->found[v->violations++];
    *w = (violation){.rule = rule, .step = step, .node = node};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(w->text, sizeof w->text, fmt, ap);
    va_end(ap);
}

/* " at entry 3", where there is more than one. */
enum { PLACE = 40 };
static const char *place_text(size_t count, int64_t entry, char buf[PLACE])
{
    buf[0] = 0;
    if (count > 1) snprintf(buf, PLACE, " at entry %lld", (long long)entry);
    return buf;
}

void judge_expect_sum(judge *j, verify_rule rule, size_t step, uint32_t node, const char *what,
                      const numbers *is)
{
    const numbers *should = &j->sum[node];
    char place[PLACE];
    if (!is->v && !should->v) return;
    if (!same_shape(is, should)) {
        judge_violate(j, rule, step, node, "%s %s", what,
                      !is->v       ? "is null, and something has arrived"
                      : !should->v ? "is there, but nothing has arrived"
                                   : "has another shape than it should have");
        return;
    }
    int64_t i = first_difference(j, node, is, should);
    if (i < 0) return;
    judge_violate(j, rule, step, node, "%s is %.9g%s, should be %.9g", what, is->v[i],
                  place_text(is->count, i, place), should->v[i]);
}

/* ---- deriving a gate again ---------------------------------------------------------------- */

/* Room for one gate: four arrays over the output, and the tangents of one input. */
typedef struct bench {
    derivation c;
    double *room, *tangent;
    const double **dx;
} bench;

static void bench_open(bench *b, const trace *t, const trace_node *y, int wire)
{
    size_t n = y->value.count, m = wire < 0 ? 0 : t->node[y->in[wire]].value.count;
    b->room = memory_new(4 * n + 1, sizeof *b->room);
    b->tangent = memory_new(m + 1, sizeof *b->tangent);
    b->dx = memory_new((size_t)y->nin + 1, sizeof *b->dx);
    if (wire >= 0) b->dx[wire] = b->tangent;
    b->c = (derivation){t, y, b->dx, b->room, b->room + n, b->room + 2 * n, b->room + 3 * n};
}

static bool bench_run(bench *b)
{
    memset(b->room, 0, 4 * b->c.y->value.count * sizeof *b->room);
    return derive(&b->c);
}

static void bench_close(bench *b)
{
    free(b->room);
    free(b->tangent);
    free(b->dx);
}

static bool is_gate(const trace_node *n)
{
    return n->nin > 0 && derive_kind_of(n->op) != DERIVE_GIVEN;
}

/* ---- values ------------------------------------------------------------------------------- */

/* Numbers that are given are believed; so they are made of nothing, or of the counter that says
 * which random numbers come next. */
static void check_given(judge *j, uint32_t i)
{
    const trace_node *y = &j->t->node[i];
    for (int k = 0; k < y->nin && derive_kind_of(y->op) == DERIVE_GIVEN; k++)
        if (!j->t->node[y->in[k]].integer) {
            judge_violate(j, VERIFY_VALUE, 0, i, "%s is given, not made of inputs", y->op);
            return;
        }
}

static void check_value(judge *j, uint32_t i)
{
    const trace_node *y = &j->t->node[i];
    char place[PLACE];
    bench b;
    check_given(j, i);
    if (!is_gate(y)) return;
    if (derive_kind_of(y->op) == DERIVE_UNKNOWN) {
        j->v->unknown++;
        j->v->unknown_op = y->op;
        return;
    }
    bench_open(&b, j->t, y, -1);
    if (!bench_run(&b))
        judge_violate(j, VERIFY_VALUE, 0, i, "the shapes do not fit %s", y->op);
    else
        for (size_t k = 0; k < y->value.count; k++) {
            double v = y->integer ? trunc(b.c.v[k]) : b.c.v[k],
                   size = fmax(fabs(v), fabs(y->value.v[k]));
            if (judge_same(y->value.v[k], v,
                           judge_tolerance(j, y) * size + grain_of(j, y) * (b.c.size[k] + 1e-3)))
                continue;
            judge_violate(j, VERIFY_VALUE, 0, i, "value is %.9g%s, should be %.9g", y->value.v[k],
                          place_text(y->value.count, (int64_t)k, place), v);
            break;
        }
    bench_close(&b);
}

/* ---- factors ------------------------------------------------------------------------------ */

typedef struct factor_check {
    judge *j;
    size_t n; /* of the step, from 1 */
    const trace_step *s;
    const trace_node *y;
    uint32_t to;
    bench b;
} factor_check;

/* Does upstream times how y moves equal the contribution along the same direction? */
static bool direction_agrees(const factor_check *f, double *is, double *should)
{
    double size = 0, loose = 0;
    const numbers *c = &f->s->contribution, *u = &f->s->upstream;
    *is = *should = 0;
    for (size_t i = 0; c->v && i < c->count; i++) {
        if (f->b.tangent[i] == 0) continue;
        *is += c->v[i] * f->b.tangent[i];
        size += fabs(c->v[i] * f->b.tangent[i]);
    }
    for (size_t o = 0; o < u->count; o++) {
        if (u->v[o] == 0) continue;
        *should += u->v[o] * f->b.c.d[o];
        size += fabs(u->v[o] * f->b.c.d[o]);
        loose += fabs(u->v[o]) * (1 + f->b.c.stir[o]);
    }
    return judge_near(*is, *should,
                      judge_tolerance(f->j, f->y) * size + grain_of(f->j, f->y) * loose);
}

static void report_contribution(const factor_check *f, double is, double should, int64_t entry)
{
    char place[PLACE];
    if (!f->s->contribution.v)
        judge_violate(f->j, VERIFY_CONTRIBUTION, f->n, f->to,
                      "nothing is said to arrive, but %.9g does", should);
    else if (entry < 0)
        judge_violate(f->j, VERIFY_CONTRIBUTION, f->n, f->to,
                      "along a random direction %.9g arrives, upstream times local is %.9g", is,
                      should);
    else
        judge_violate(f->j, VERIFY_CONTRIBUTION, f->n, f->to,
                      "contribution is %.9g%s, upstream times local is %.9g", is,
                      place_text(f->s->contribution.count, entry, place), should);
}

static double random_unit(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-52 - 1;
}

/* Entry by entry while that is cheap, else along directions drawn at random: what is wrong
 * anywhere is wrong along almost all of them. False: reported. */
static bool check_whole(factor_check *f)
{
    size_t count = f->j->t->node[f->to].value.count;
    bool each = count * f->y->value.count <= EVERY_ENTRY;
    uint64_t state = f->n;
    double is, should;
    for (size_t i = 0; i < (each ? count : DIRECTIONS); i++) {
        for (size_t k = 0; k < count; k++) f->b.tangent[k] = each ? k == i : random_unit(&state);
        bench_run(&f->b);
        if (direction_agrees(f, &is, &should)) continue;
        report_contribution(f, is, should, each ? (int64_t)i : -1);
        return false;
    }
    return true;
}

/* Each entry moves its own alone, so all can be moved at once. */
static void check_elementwise(factor_check *f)
{
    const trace_step *s = f->s;
    size_t count = f->y->value.count;
    char place[PLACE];
    for (size_t i = 0; i < count; i++) f->b.tangent[i] = 1;
    bench_run(&f->b);
    for (size_t i = 0; i < count; i++) {
        double u = s->upstream.v[i], d = f->b.c.d[i], should = u == 0 ? 0 : u * d,
               is = s->contribution.v ? s->contribution.v[i] : 0;
        double slack = judge_tolerance(f->j, f->y), grain = grain_of(f->j, f->y);
        if (s->local.v && s->local.count == count &&
            !judge_near(s->local.v[i], d, slack * fabs(d) + grain)) {
            judge_violate(f->j, VERIFY_LOCAL, f->n, f->to,
                          "local is %.9g%s, the derivative of %s is %.9g", s->local.v[i],
                          place_text(count, (int64_t)i, place), f->y->op, d);
            return;
        }
        if (!judge_near(is, should, slack * fmax(fabs(is), fabs(should)) + grain * fabs(u))) {
            report_contribution(f, is, should, (int64_t)i);
            return;
        }
    }
}

/* An op that is not known here: at least the product is checked. */
static void check_product(factor_check *f)
{
    const trace_step *s = f->s;
    if (!s->local.v || !s->contribution.v || s->local.count != s->upstream.count) return;
    for (size_t i = 0; i < s->local.count && i < s->contribution.count; i++) {
        double should = s->upstream.v[i] == 0 ? 0 : s->upstream.v[i] * s->local.v[i],
               is = s->contribution.v[i];
        if (judge_near(is, should, judge_tolerance(f->j, f->y) * fabs(should))) continue;
        report_contribution(f, is, should, (int64_t)i);
        return;
    }
}

/* The shapes are those of the two wires: the numbers can be compared. */
static bool shapes_fit(judge *j, size_t n, const trace_step *s, uint32_t to)
{
    const numbers *y = &j->t->node[s->node].value, *x = &j->t->node[to].value;
    if (!same_shape(&s->upstream, y)) {
        judge_violate(j, VERIFY_UPSTREAM, n, s->node, "upstream has another shape than the value");
        return false;
    }
    if (s->contribution.v && !same_shape(&s->contribution, x)) {
        judge_violate(j, VERIFY_CONTRIBUTION, n, to,
                      "contribution has another shape than the value");
        return false;
    }
    return true;
}

static void check_factor(judge *j, size_t n, const trace_step *s, uint32_t to)
{
    factor_check f = {.j = j, .n = n, .s = s, .y = &j->t->node[s->node], .to = to};
    derive_kind kind = derive_kind_of(f.y->op);
    bench_open(&f.b, j->t, f.y, s->wire);
    if (kind == DERIVE_UNKNOWN)
        check_product(&f);
    else if (bench_run(&f.b)) /* else its value has been complained about */
        kind == DERIVE_ELEMENTWISE ? check_elementwise(&f) : (void)check_whole(&f);
    bench_close(&f.b);
}

/* ---- the order of steps, and the sums ----------------------------------------------------- */

static void pay(judge *j, uint32_t to, const numbers *c)
{
    numbers *sum = &j->sum[to];
    if (!c->v) return;
    if (!sum->v) {
        *sum = *c;
        sum->v = memory_new(c->count + 1, sizeof *sum->v);
        j->size[to] = memory_new(c->count + 1, sizeof **j->size);
    }
    for (size_t i = 0; i < c->count; i++) {
        sum->v[i] += c->v[i];
        j->size[to][i] += fabs(c->v[i]);
    }
}

static void check_step(judge *j, size_t i)
{
    const trace_step *s = &j->t->step[i];
    const trace_node *y = &j->t->node[s->node];
    uint32_t to = y->in[s->wire];
    size_t n = i + 1;
    if (j->paid[s->node][s->wire])
        judge_violate(j, VERIFY_TWICE, n, s->node, "wire %d is paid, and has been before", s->wire);
    j->paid[s->node][s->wire] = true;
    if (j->closed[to]) judge_violate(j, VERIFY_CLOSED, n, to, "something arrives after its turn");
    j->closed[s->node] = true;
    if (!shapes_fit(j, n, s, to)) return;
    judge_expect_sum(j, VERIFY_UPSTREAM, n, s->node, "upstream", &s->upstream);
    check_factor(j, n, s, to);
    if (s->has_before) judge_expect_sum(j, VERIFY_BEFORE, n, to, "before", &s->before);
    pay(j, to, &s->contribution);
    if (s->has_after) judge_expect_sum(j, VERIFY_AFTER, n, to, "after", &s->after);
}

/* ---- nothing is left out ------------------------------------------------------------------ */

/* Can a gradient go from node y into its wire k? Not where it is stopped, nor to an index. */
static bool carries(const judge *j, const trace_node *y, int k)
{
    static const char *const by_index[] = {"nll", "nll_back", "gather", "scatter_add"};
    bool index = false;
    for (size_t i = 0; i < sizeof by_index / sizeof *by_index; i++)
        index = index || (k == 1 && !strcmp(y->op, by_index[i]));
    return strcmp(y->op, "detach") && !index && !y->integer && !j->t->node[y->in[k]].integer;
}

static void mark_what_matters(judge *j)
{
    for (size_t g = 0; g < j->t->gradients; g++) j->matters[j->t->gradient[g].node] = true;
    for (size_t i = 0; i < j->t->nodes; i++)
        for (int k = 0; k < j->t->node[i].nin; k++)
            j->matters[i] =
                j->matters[i] || (j->matters[j->t->node[i].in[k]] && carries(j, &j->t->node[i], k));
}

/* Every input that a gradient can reach has its result. A gate that is said to be constant does
 * not excuse it: then the result is null. If none is asked for, every leaf counts. */
static void check_results(judge *j)
{
    bool *reached = memory_new(j->t->nodes + 1, sizeof *reached),
         *given = memory_new(j->t->nodes + 1, sizeof *given);
    for (size_t g = 0; g < j->t->gradients; g++) given[j->t->gradient[g].node] = true;
    reached[j->t->output] = true;
    for (size_t i = j->t->nodes; i-- > 0;) {
        const trace_node *n = &j->t->node[i];
        for (int k = 0; k < n->nin && reached[i]; k++)
            reached[n->in[k]] = reached[n->in[k]] || carries(j, n, k);
    }
    for (uint32_t i = 0; i < j->t->nodes; i++) {
        const trace_node *n = &j->t->node[i];
        if (reached[i] && !given[i] && !strcmp(n->op, "leaf") && !n->integer &&
            (n->asked || !j->t->gradients))
            judge_violate(j, VERIFY_MISSING, 0, i,
                          "the output depends on it, and its gradient is not there");
    }
    free(reached);
    free(given);
}

/* What is said to be constant is taken at its word, and told: but not of the output. */
static void check_constants(judge *j)
{
    for (uint32_t i = 0; i < j->t->nodes; i++) {
        const trace_node *n = &j->t->node[i];
        if (!n->constant || !n->nin || !j->matters[i]) continue;
        j->v->constants++;
        if (i == j->t->output)
            judge_violate(j, VERIFY_MISSING, 0, i,
                          "the output is said to be constant, and gradients of "
                          "it are asked for");
    }
}

/* A wire without a step is fine if nothing flows along it. */
static void check_missing(judge *j, uint32_t i, int k)
{
    const trace_node *y = &j->t->node[i];
    uint32_t to = y->in[k];
    if (j->paid[i][k] || !j->matters[to] || j->t->node[to].integer || y->integer) return;
    trace_step none = {.node = i, .wire = k, .upstream = j->sum[i]};
    factor_check f = {.j = j, .s = &none, .y = y, .to = to};
    double is, should;
    bool fine = true;
    bench_open(&f.b, j->t, y, k);
    uint64_t state = i + 1;
    for (size_t e = 0; e < j->t->node[to].value.count; e++) f.b.tangent[e] = random_unit(&state);
    if (derive_kind_of(y->op) != DERIVE_UNKNOWN && bench_run(&f.b))
        fine = direction_agrees(&f, &is, &should);
    if (!fine)
        judge_violate(j, VERIFY_MISSING, 0, to, "%s owes it a step: something flows along wire %d",
                      y->name, k);
    bench_close(&f.b);
}

static void check_all_paid(judge *j)
{
    for (uint32_t i = 0; i < j->t->nodes; i++)
        for (int k = 0; k < j->t->node[i].nin && j->sum[i].v && is_gate(&j->t->node[i]) &&
                        !j->t->node[i].constant;
             k++)
            check_missing(j, i, k);
}

/* ---- all of it -------------------------------------------------------------------------- */

static void judge_open(judge *j)
{
    size_t n = j->t->nodes;
    numbers one = j->t->node[j->t->output].value;
    for (size_t i = 0; i < n; i++)
        j->paid[i] = memory_new((size_t)j->t->node[i].nin + 1, sizeof **j->paid);
    one.v = memory_new(one.count + 1, sizeof *one.v);
    for (size_t i = 0; i < one.count; i++) one.v[i] = 1;
    pay(j, j->t->output, &one);
    free(one.v);
    mark_what_matters(j);
}

static void judge_close(judge *j)
{
    for (size_t i = 0; i < j->t->nodes; i++) {
        free(j->sum[i].v);
        free(j->size[i]);
        free(j->paid[i]);
    }
    free(j->sum);
    free(j->size);
    free(j->paid);
    free(j->closed);
    free(j->matters);
}

void verify_trace(verification *v, const trace *t, int digits)
{
    judge j = {.v = v, .t = t, .coarse = digits ? 20 * pow(10, -digits) : 0};
    *v = (verification){0};
    j.sum = memory_new(t->nodes + 1, sizeof *j.sum);
    j.size = memory_new(t->nodes + 1, sizeof *j.size);
    j.closed = memory_new(t->nodes + 1, sizeof *j.closed);
    j.matters = memory_new(t->nodes + 1, sizeof *j.matters);
    j.paid = memory_new(t->nodes + 1, sizeof *j.paid);
    judge_open(&j);
    for (uint32_t i = 0; i < t->nodes; i++) check_value(&j, i);
    for (size_t i = 0; i < t->steps; i++) check_step(&j, i);
    check_all_paid(&j);
    check_results(&j);
    check_constants(&j);
    judge_accounts(&j);
    for (size_t i = 0; i < t->gradients; i++)
        judge_expect_sum(&j, VERIFY_GRADIENT, 0, t->gradient[i].node, "the gradient",
                         &t->gradient[i].value);
    judge_close(&j);
}

void verification_free(verification *v)
{
    free(v->found);
    *v = (verification){0};
}
