/* gradcheck.c - the check of a recorded graph: the gradient as the tape has it, a copy
 * in f64 to move about, slopes of the copy, and a finding for every input. */
#include "internal.h"
#include "gradcheck.h"
#include "chance.h"
#include "judge.h"
#include "rerun.h"
#include <string.h>

enum {
    ELEMENTS = 32, /* of an input, looked at one by one                            */
    DIRECTIONS = 4,
    SAMPLES = 4,  /* of rounding in another way; the most that they move a figure */
    SURELY = 4,   /* times this is taken for the most that rounding can           */
    BLUR_F64 = 3, /* bits that rounding may touch: 8 units in the last place      */
    BLUR_F32 = 29 /* all bits that f32 has not                                    */
};

/* One input. All arrays have count numbers. */
typedef struct side {
    rg_node *x, *g; /* copies: a leaf, and its gradient; g NULL: absent     */
    int64_t count;
    rg_shape shape;
    double *base;            /* where it stands                                      */
    double *said, *exact;    /* its gradient: on the tape, and in f64                */
    double *spread, *narrow; /* how far rounding moves it in f64 and in f32          */
    double *unit;            /* the scale on which an element is moved               */
    double *u;               /* a direction                                          */
    double typical;          /* size of an element                                   */
} side;

typedef struct check {
    const rg_check_how *how;
    rg_rerun r;
    rg_node *y, *seed;      /* copies: what is checked, and the leaf of its upstream */
    int64_t m;              /* elements of y                                        */
    double *v;              /* upstream                                             */
    double *seen;           /* the values of y on the tape                          */
    double *y0, *up, *down; /* at the point and at both sides                       */
    double *noise, *narrow; /* how far rounding moves y in f64 and in f32           */
    double *work;           /* room for the largest gradient                        */
    double volume;          /* sum of |v y|: what slopes are measured against       */
    double per;             /* figures are divided by it                            */
    bool f32;               /* something on the tape is f32                         */
    int n;
    side *in;
    rg_chance chance;
} check;

/* Where to move: element i of an input, or all of them along u (input -1). */
typedef struct way {
    int input;
    int64_t i;
} way;

static double widest(double a, double b) { return a > b ? a : b; }

/* ---- the gradient on the tape, and the copy -------------------------------------- */

static double *some(check *c, int64_t n)
{
    return rg_arena_get(&c->r.t->arena, (size_t)n * sizeof(double), 64);
}

static void numbers_of(const rg_node *n, double *to)
{
    rg_tensor w = rg_window(n);
    rg_pack(to, &w, 0, n->layout->count);
}

/* Never all of one sign, never near 0; for a single output a power of two, so that
 * dividing by it is exact. */
static rg_node *draw_upstream(check *c, rg_node *y)
{
    rg_tape *t = rg_owner(y);
    rg_node *v = rg_leaf(t, y->layout->dtype, rg_shape_of(y));
    size_t n = (size_t)y->layout->count;
    double *number = rg_scratch(t, n * sizeof *number);
    if (!number || (v->flags & RG_ERRONEOUS)) return t->failed;
    for (size_t i = 0; i < n; i++) {
        double z = rg_chance_normal(&c->chance);
        number[i] = n == 1 ? -2 : z < 0 ? z - .25 : z + .25;
    }
    c->per = n == 1 ? -2 : 1;
    rg_write(v, RG_F64, number, n);
    rg_scratch_free(t, number, n * sizeof *number);
    return v;
}

static rg_status give_arrays(check *c, rg_node *const *x)
{
    int64_t most = c->m;
    bool given = true;
    for (int k = 0; k < c->n; k++) {
        side *s = &c->in[k];
        s->count = x[k]->layout->count;
        s->shape = rg_shape_of(x[k]);
        double **array[] = {&s->base, &s->said, &s->exact, &s->spread, &s->narrow, &s->unit, &s->u};
        for (size_t a = 0; a < sizeof array / sizeof *array; a++) {
            given &= (*array[a] = some(c, s->count)) != NULL;
            if (given) memset(*array[a], 0, (size_t)s->count * sizeof(double));
        }
        if (s->count > most) most = s->count;
    }
    double **array[] = {&c->v, &c->seen, &c->y0, &c->up, &c->down, &c->noise, &c->narrow};
    for (size_t a = 0; a < sizeof array / sizeof *array; a++) {
        given &= (*array[a] = some(c, c->m)) != NULL;
        if (given) memset(*array[a], 0, (size_t)c->m * sizeof(double));
    }
    given &= (c->work = some(c, most)) != NULL;
    return given ? RG_OK : RG_NOMEM;
}

static bool any_f32(const rg_tape *t, const rg_rerun *r)
{
    for (int64_t id = 0; id < r->nodes; id++)
        if (r->copy[id] && t->node[id]->layout->dtype == RG_F32) return true;
    return false;
}

/* Without marking the node as read by the program. */
static rg_status look_at(rg_node *n, double *to)
{
    uint16_t flags = n->flags;
    rg_status s = rg_read(n, RG_F64, to, (size_t)n->layout->count);
    n->flags = flags;
    return s;
}

/* Everything that is read from the tape is read here; it may be rewound afterwards. */
static rg_status take_copy(check *c, rg_node *y, rg_node *v, rg_node *const *x, rg_node *const *g,
                           rg_node **list)
{
    int ny = 0, nx = 0;
    rg_node **from = list, **cut = list + c->n + 1;
    from[ny++] = y;
    for (int k = 0; k < c->n; k++) {
        cut[nx++] = x[k];
        if (g[k]) from[ny++] = g[k];
    }
    cut[nx++] = v;
    rg_status s = RG_OK;
    for (int i = 0; i < ny && !s; i++) s = rg_eval(from[i]);
    if (!s) s = rg_rerun_open(&c->r, ny, from, nx, cut, true);
    if (s) return s;
    c->in = rg_arena_get(&c->r.t->arena, (size_t)c->n * sizeof *c->in, 64);
    if (!c->in || give_arrays(c, x)) return rg_refuse(rg_owner(y), RG_NOMEM, NULL, "out of memory");
    c->f32 = any_f32(rg_owner(y), &c->r);
    c->y = rg_rerun_of(&c->r, y);
    c->seed = rg_rerun_of(&c->r, v);
    numbers_of(c->seed, c->v);
    for (int k = 0; k < c->n && !s; k++) {
        side *in = &c->in[k];
        in->x = rg_rerun_of(&c->r, x[k]);
        in->g = rg_rerun_of(&c->r, g[k]);
        numbers_of(in->x, in->base);
        if (g[k]) s = look_at(g[k], in->said);
    }
    return s ? s : look_at(y, c->seen);
}

static rg_status record_on(check *c, rg_node *y, rg_node *const *x, rg_node **g, rg_node **list)
{
    c->m = y->layout->count;
    rg_node *v = draw_upstream(c, y);
    rg_status s = rg_grad(y, v, c->n, x, g);
    return s ? s : take_copy(c, y, v, x, g, list);
}

/* Records, copies, and leaves the tape as it was, but for an error. */
static rg_status record_gradient(check *c, rg_node *y, rg_node *const *x)
{
    rg_tape *t = rg_owner(y);
    rg_status s = rg_eval(y);
    for (int k = 0; k < c->n && !s; k++) s = rg_eval(x[k]);
    if (s) return s;
    size_t room = (3 * (size_t)c->n + 2) * sizeof(rg_node *);
    rg_node **list = rg_scratch(t, room);
    if (!list) return RG_NOMEM;
    int64_t mark = rg_mark(t), random_ops = t->random_ops;
    void (*watch)(void *ud, const rg_step *s) = t->watch;
    t->watch = NULL;
    s = record_on(c, y, x, list, list + c->n);
    rg_error error = t->error;
    rg_rewind(t, mark);
    t->error = error;
    t->error_at = mark;
    t->watch = watch;
    t->random_ops = random_ops;
    rg_scratch_free(t, list, room);
    return s;
}

/* ---- what rounding does ---------------------------------------------------------- */

static void put(side *s, int64_t i, double v) { *rg_rerun_place(s->x, i) = v; }

/* All inputs and the upstream with other last bits; 0 bits: as they were. */
static void blur_leaves(check *c, int bits, uint64_t seed)
{
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count; i++)
            put(&c->in[k], i, rg_rerun_blur(c->in[k].base[i], bits, seed));
    for (int64_t j = 0; j < c->m; j++)
        *rg_rerun_place(c->seed, j) = rg_rerun_blur(c->v[j], bits, seed);
}

static void widen(double *spread, const double *a, const double *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (SURELY * fabs(a[i] - b[i]) > spread[i]) spread[i] = SURELY * fabs(a[i] - b[i]);
}

/* Everything once more with other last bits, a few times: how far y and the gradients
 * move. A play that a kernel refused tells nothing. */
static void measure_rounding(check *c, int bits)
{
    bool wide = bits == BLUR_F32;
    for (uint64_t seed = 1; seed <= SAMPLES; seed++) {
        blur_leaves(c, bits, seed);
        if (rg_rerun_play(&c->r, NULL, bits, seed)) continue;
        numbers_of(c->y, c->up);
        widen(wide ? c->narrow : c->noise, c->up, c->y0, c->m);
        for (int k = 0; k < c->n; k++) {
            side *s = &c->in[k];
            if (!s->g) continue;
            numbers_of(s->g, c->work);
            widen(wide ? s->narrow : s->spread, c->work, s->exact, s->count);
        }
    }
    blur_leaves(c, 0, 0);
}

/* A power of two near |x|; near the others' size where x is 0. */
static void choose_units(side *s)
{
    double sum = 0;
    for (int64_t i = 0; i < s->count; i++) sum += s->base[i] * s->base[i];
    s->typical = sum > 0 && isfinite(sum) ? sqrt(sum / (double)s->count) : 1;
    for (int64_t i = 0; i < s->count; i++) {
        double x = fabs(s->base[i]);
        s->unit[i] = ldexp(1, ilogb(x > 0 && isfinite(x) ? x : s->typical));
    }
}

static void stand_still(check *c)
{
    numbers_of(c->y, c->y0);
    for (int k = 0; k < c->n; k++) {
        if (c->in[k].g) numbers_of(c->in[k].g, c->in[k].exact);
        choose_units(&c->in[k]);
    }
    measure_rounding(c, BLUR_F64);
    if (c->f32) measure_rounding(c, BLUR_F32);
    for (int64_t j = 0; j < c->m; j++) {
        c->volume += fabs(c->v[j] * c->y0[j]);
        c->noise[j] += 0x1p-50 * fabs(c->y0[j]); /* samples may agree by chance */
    }
}

/* ---- slopes ---------------------------------------------------------------------- */

static void move(check *c, way w, double h)
{
    if (w.input >= 0) {
        side *s = &c->in[w.input];
        put(s, w.i, s->base[w.i] + h * s->unit[w.i]);
        return;
    }
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count; i++)
            put(&c->in[k], i, c->in[k].base[i] + h * c->in[k].u[i]);
}

static void values_at(check *c, way w, double h, double *to)
{
    move(c, w, h);
    if (!rg_rerun_play(&c->r, c->y, 0, 0))
        numbers_of(c->y, to);
    else
        for (int64_t j = 0; j < c->m; j++) to[j] = (double)NAN;
}

/* Outputs that do not move at all carry no noise. */
static rg_rung rung_of(check *c, way w, double h)
{
    rg_rung r = {.h = h};
    values_at(c, w, h, c->up);
    values_at(c, w, -h, c->down);
    for (int64_t j = 0; j < c->m; j++) {
        double up = c->up[j], down = c->down[j], at = c->y0[j], v = c->v[j];
        if (up == at && down == at) continue;
        r.mean += v * (up - down);
        r.gap += v * ((up - at) + (down - at));
        r.noise += fabs(v) * c->noise[j];
    }
    r.mean /= 2 * h;
    r.gap /= h;
    return r;
}

static bool sharp(const check *c, const rg_slope *s)
{
    return s->point == RG_SMOOTH &&
           (s->bar <= 1e-7 * fabs(s->value) || s->bar <= 1e-11 * c->volume);
}

/* Ladders of several sizes, until one gives a sharp answer; the last is for an element
 * that is small among large ones. Only a point that is odd on every ladder is odd. */
static rg_slope slope_along(check *c, way w)
{
    double reach = w.input < 0 ? 1 : c->in[w.input].typical / c->in[w.input].unit[w.i];
    const double start[] = {0x1p-6, 0x1p-13, 0x1p-20, 0x1p-1, 0x1p-6 * reach};
    rg_slope best = {RG_EDGE, (double)NAN, (double)INFINITY, 0, 0}, odd = best;
    for (size_t a = 0; a < sizeof start / sizeof *start && !sharp(c, &best); a++) {
        rg_rung rung[RG_RUNGS];
        double h = start[a];
        for (int i = 0; i < RG_RUNGS; i++, h /= 2) rung[i] = rung_of(c, w, h);
        rg_slope s = rg_slope_of(rung, RG_RUNGS);
        if (s.point == RG_SMOOTH && s.bar < best.bar) best = s;
        if (s.point == RG_CORNER || s.point == RG_JUMP) odd = s;
    }
    move(c, w, 0);
    bool told = best.bar <= 1e-3 * fabs(best.value) || best.bar <= 1e-8 * c->volume;
    return told || odd.point == RG_EDGE ? best : odd;
}

/* ---- findings -------------------------------------------------------------------- */

static double narrow_bar(const check *c, double exact, double spread, double narrow)
{
    return c->f32 ? 4 * narrow + 0x1p-20 * fabs(exact) : spread + 0x1p-48 * fabs(exact);
}

static rg_claim per_unit(const check *c, rg_claim a, rg_slope *s, double unit)
{
    double to = unit * c->per, size = fabs(to);
    rg_slope t = {s->point, s->value / to, s->bar / size, (to > 0 ? s->left : s->right) / to,
                  (to > 0 ? s->right : s->left) / to};
    *s = t;
    return (rg_claim){a.said / c->per, a.exact / c->per, a.spread / fabs(c->per),
                      a.narrow / fabs(c->per), a.size / fabs(c->per)};
}

static void judge_element(check *c, rg_finding *f, int64_t i, rg_slope s, double largest)
{
    const side *in = &c->in[f->input];
    double e = in->exact[i], size = widest(fabs(e), fabs(s.value) / in->unit[i]);
    size = widest(size, widest(.01 * largest, 1e-4 * c->volume / in->unit[i]));
    rg_claim claim = {in->said[i], e, in->spread[i], narrow_bar(c, e, in->spread[i], in->narrow[i]),
                      size};
    claim = per_unit(c, claim, &s, in->unit[i]);
    rg_judge(f, i, &claim, &s);
}

static int64_t element_number(const side *in, int64_t j, int64_t looked)
{
    return looked == in->count ? j : (int64_t)((double)j * (double)in->count / (double)looked);
}

static rg_status check_input(check *c, int k, rg_finding *f)
{
    side *in = &c->in[k];
    int64_t most = c->how->elements > 0 ? c->how->elements : ELEMENTS,
            looked = in->count < most ? in->count : most;
    rg_slope *slope = rg_scratch(c->r.t, (size_t)looked * sizeof *slope);
    if (!slope) return RG_NOMEM;
    double largest = 0;
    *f = (rg_finding){.input = k, .absent = !in->g, .shape = in->shape, .of = in->count};
    for (int64_t j = 0; j < looked; j++) {
        int64_t i = element_number(in, j, looked);
        slope[j] = slope_along(c, (way){k, i});
        if (slope[j].point == RG_SMOOTH && isfinite(slope[j].bar))
            largest = widest(largest, fabs(slope[j].value) / in->unit[i]);
    }
    for (int64_t j = 0; j < looked; j++)
        judge_element(c, f, element_number(in, j, looked), slope[j], largest);
    rg_scratch_free(c->r.t, slope, (size_t)looked * sizeof *slope);
    rg_judge_all(f);
    return RG_OK;
}

/* The first direction moves everything upward: at a tie of max only this tells that
 * both sides together must get the whole gradient. */
static void draw_direction(check *c, int number)
{
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count; i++) {
            double z = rg_chance_normal(&c->chance);
            c->in[k].u[i] = c->in[k].unit[i] * (number ? z : fabs(z));
        }
}

static void check_direction(check *c, rg_finding *f, int number)
{
    rg_claim claim = {0};
    double squares = 0;
    draw_direction(c, number);
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count; i++) {
            const side *in = &c->in[k];
            double u = in->u[i], e = u * in->exact[i];
            if (u == 0) continue;
            claim.said += u * in->said[i];
            claim.exact += e;
            claim.spread += fabs(u) * in->spread[i] + 0x1p-52 * fabs(e);
            claim.narrow += fabs(u) * narrow_bar(c, in->exact[i], in->spread[i], in->narrow[i]);
            squares += e * e;
        }
    rg_slope s = slope_along(c, (way){-1, 0});
    claim.size = widest(widest(fabs(claim.exact), fabs(s.value)),
                        widest(.01 * sqrt(squares), 1e-4 * c->volume));
    claim = per_unit(c, claim, &s, 1);
    rg_judge(f, number, &claim, &s);
}

static void check_together(check *c, rg_finding *f)
{
    int most = c->how->directions > 0 ? c->how->directions : DIRECTIONS;
    *f = (rg_finding){.input = -1, .of = most};
    for (int k = 0; k < c->n; k++)
        if (c->in[k].count == 0 && c->n == 1) f->of = 0;
    for (int i = 0; i < f->of; i++) check_direction(c, f, i);
    rg_judge_all(f);
}

/* The values on the tape against those of the copy; written so that NaN fails. */
static void check_values(check *c, rg_finding *f)
{
    *f = (rg_finding){.input = -1, .of = c->m, .looked = c->m};
    for (int64_t j = c->m; j-- > 0;) {
        double a = c->seen[j], b = c->y0[j], bar = narrow_bar(c, b, c->noise[j], c->narrow[j]);
        if (a == b || fabs(a - b) <= bar) continue;
        f->failed++;
        f->worst = j;
        f->analytic = a;
        f->numeric = b;
        f->bar = bar;
    }
    rg_judge_all(f);
}

/* ---- the functions --------------------------------------------------------------- */

static rg_status usable(rg_tape *t, int n, rg_node *const *x)
{
    if (!t) return RG_USAGE;
    for (int k = 0; k < n; k++)
        if (rg_tape_of(x[k]) != t)
            rg_fail(t, RG_USAGE, NULL, "check: input %d is NULL or of another tape", k + 1);
    if (n < 1) rg_fail(t, RG_USAGE, NULL, "check: with respect to nothing");
    return t->error.status;
}

static rg_status find_out(check *c, rg_finding *found, rg_report *r)
{
    rg_status s = RG_OK;
    stand_still(c);
    check_values(c, &r->values);
    if (r->values.verdict == RG_FAIL) r->verdict = RG_FAIL;
    for (int k = 0; k < c->n && !s; k++) {
        rg_finding one, *f = found ? &found[k] : &one;
        s = check_input(c, k, f);
        if (!s && f->verdict > r->verdict) r->verdict = f->verdict;
    }
    check_together(c, &r->together);
    if (r->together.verdict > r->verdict) r->verdict = r->together.verdict;
    return s;
}

rg_status rg_check_graph(rg_node *y, int n, rg_node *const *x, const rg_check_how *how,
                         rg_finding *found, rg_report *r)
{
    static const rg_check_how defaults = {0};
    rg_tape *t = rg_tape_of(y);
    rg_status s = usable(t, n, x);
    if (!how) how = &defaults;
    *r = (rg_report){.seed = how->seed};
    if (s) return s;
    check c = {.how = how, .n = n, .chance = {how->seed, 0}};
    s = record_gradient(&c, y, x);
    if (!s) s = find_out(&c, found, r);
    rg_rerun_close(&c.r);
    return s;
}
