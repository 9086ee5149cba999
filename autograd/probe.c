/* probe.c - the gradient on the tape, a copy of the recording in f64, what rounding
 * does, and slopes of the copy. */
#include "internal.h"
#include "probe.h"
#include <string.h>

enum {
    SAMPLES = 4,  /* of rounding in another way; the most that they move a figure */
    SURELY = 4,   /* times this is taken for the most that rounding can           */
    DROP_F64 = 3, /* bits that rounding may touch: 8 units in the last place      */
    DROP_F32 = 29 /* all bits that f32 has not                                    */
};

/* ---- the gradient on the tape, and the copy ----------------------------------------- */

static double *some(rg_probe *c, int64_t n)
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
static rg_node *draw_upstream(rg_probe *c, rg_node *y)
{
    rg_tape *t = rg_owner(y);
    rg_node *v = rg_leaf(t, y->layout->dtype, rg_shape_of(y));
    size_t n = (size_t)y->layout->count;
    double *number = t->error.status ? NULL : rg_scratch(t, n * sizeof *number);
    if (!number) return t->failed;
    for (size_t i = 0; i < n; i++) {
        double z = rg_chance_normal(&c->chance);
        number[i] = n == 1 ? -2 : z < 0 ? z - .25 : z + .25;
    }
    c->per = n == 1 ? -2 : 1;
    rg_write(v, RG_F64, number, n);
    rg_scratch_free(t, number, n * sizeof *number);
    return v;
}

static rg_status give_arrays(rg_probe *c, rg_node *const *x)
{
    int64_t most = c->m;
    bool given = true;
    for (int k = 0; k < c->n; k++) {
        rg_side *s = &c->in[k];
        s->count = x[k]->layout->count;
        s->shape = rg_shape_of(x[k]);
        double **array[] = {&s->said, &s->exact, &s->spread, &s->narrow, &s->base, &s->unit, &s->u};
        for (size_t a = 0; a < sizeof array / sizeof *array; a++) {
            given &= (*array[a] = some(c, s->count)) != NULL;
            if (given && a < 4) memset(*array[a], 0, (size_t)s->count * sizeof(double));
        }
        if (s->count > most) most = s->count;
    }
    double **array[] = {&c->v,    &c->seen,  &c->y0,     &c->up,
                        &c->down, &c->noise, &c->narrow, &c->moved};
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

/* Without a word to plans that the program has read the node. */
static rg_status look_at(rg_node *n, double *to)
{
    rg_tape *t = rg_owner(n);
    int64_t read_at = t->read_at;
    uint16_t flags = n->flags;
    rg_status s = rg_read(n, RG_F64, to, (size_t)n->layout->count);
    n->flags = flags;
    t->read_at = read_at;
    return s;
}

/* Everything that is read from the tape is read here; it may be rewound afterwards. */
static rg_status take_copy(rg_probe *c, rg_node *y, rg_node *v, rg_node *const *x,
                           rg_node *const *g, rg_node **list)
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
    if (c->in) memset(c->in, 0, (size_t)c->n * sizeof *c->in);
    if (!c->in || give_arrays(c, x)) return rg_refuse(rg_owner(y), RG_NOMEM, NULL, "out of memory");
    c->f32 = any_f32(rg_owner(y), &c->r);
    c->y = rg_rerun_of(&c->r, y);
    c->seed = rg_rerun_of(&c->r, v);
    numbers_of(c->seed, c->v);
    for (int k = 0; k < c->n && !s; k++) {
        rg_side *in = &c->in[k];
        in->x = rg_rerun_of(&c->r, x[k]);
        in->g = rg_rerun_of(&c->r, g[k]);
        numbers_of(in->x, in->base);
        if (g[k]) s = look_at(g[k], in->said);
    }
    return s ? s : look_at(y, c->seen);
}

static rg_status record_on(rg_probe *c, rg_node *y, rg_node *const *x, rg_node **g, rg_node **list)
{
    c->m = y->layout->count;
    rg_node *v = draw_upstream(c, y);
    rg_status s = (c->grad ? c->grad : rg_grad)(y, v, c->n, x, g);
    return s ? s : take_copy(c, y, v, x, g, list);
}

/* Records, copies, and leaves the tape as it was, but for an error. */
static rg_status record_gradient(rg_probe *c, rg_node *y, rg_node *const *x)
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

/* ---- what rounding does -------------------------------------------------------------- */

static void put(rg_side *s, int64_t i, double v) { *rg_rerun_place(s->x, i) = v; }

/* Inputs and upstream with other last bits, equal ones alike; 0 bits: as they were. */
static void round_leaves(rg_probe *c, int bits, uint64_t seed)
{
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count; i++)
            put(&c->in[k], i, rg_rerun_round(c->in[k].base[i], bits, seed, 0));
    for (int64_t j = 0; j < c->m; j++)
        *rg_rerun_place(c->seed, j) = rg_rerun_round(c->v[j], bits, seed, 0);
}

static void widen(double *spread, const double *a, const double *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (SURELY * fabs(a[i] - b[i]) > spread[i]) spread[i] = SURELY * fabs(a[i] - b[i]);
}

/* Everything once more with other last bits, a few times: how far y and the gradients
 * move. A play that a kernel refused tells nothing. */
static void measure_rounding(rg_probe *c, int bits)
{
    bool wide = bits == DROP_F32;
    for (uint64_t seed = 1; seed <= SAMPLES; seed++) {
        round_leaves(c, bits, seed);
        if (rg_rerun_play(&c->r, NULL, bits, seed)) continue;
        numbers_of(c->y, c->up);
        widen(wide ? c->narrow : c->noise, c->up, c->y0, c->m);
        for (int k = 0; k < c->n; k++) {
            rg_side *s = &c->in[k];
            if (!s->g) continue;
            numbers_of(s->g, c->work);
            widen(wide ? s->narrow : s->spread, c->work, s->exact, s->count);
        }
    }
    round_leaves(c, 0, 0);
}

/* A power of two near |x|; near the others' size where x is 0. */
static void choose_units(rg_side *s)
{
    double sum = 0;
    for (int64_t i = 0; i < s->count; i++) sum += s->base[i] * s->base[i];
    s->typical = sum > 0 && isfinite(sum) ? sqrt(sum / (double)s->count) : 1;
    for (int64_t i = 0; i < s->count; i++) {
        double x = fabs(s->base[i]);
        s->unit[i] = ldexp(1, ilogb(x > 0 && isfinite(x) ? x : s->typical));
    }
}

/* A kernel that is no small op may cancel inside: log sum exp less a logit. */
static double largest_inside(const rg_probe *c)
{
    double largest = 0;
    int factors;
    for (uint32_t id = 0; id <= c->y->id; id++) {
        const rg_node *n = c->r.t->node[id];
        if (n->op->kind == RG_ROWS || n->op->kind == RG_WHOLE)
            largest = rg_wider(largest, rg_rerun_inside(n, &factors));
    }
    return isfinite(largest) ? largest : 0;
}

static double largest_entering(const rg_probe *c)
{
    double largest = 0;
    for (uint32_t id = 0; id <= c->y->id; id++) {
        const rg_node *n = c->r.t->node[id];
        if (n->op->kind != RG_ELEMENTWISE) continue;
        for (int k = 0; k < n->nin; k++) {
            const rg_node *in = rg_in(n, k);
            for (int64_t i = 0; i < in->layout->count && in->layout->dtype == RG_F64; i++)
                largest = rg_wider(largest, fabs(*rg_rerun_place(in, i)));
        }
    }
    return isfinite(largest) ? largest : 0;
}

static void stand_still(rg_probe *c)
{
    numbers_of(c->y, c->y0);
    for (int k = 0; k < c->n; k++) {
        if (c->in[k].g) numbers_of(c->in[k].g, c->in[k].exact);
        choose_units(&c->in[k]);
    }
    measure_rounding(c, DROP_F64);
    if (c->f32) measure_rounding(c, DROP_F32);
    if (c->f32) c->inside = largest_inside(c);
    if (c->f32) c->entering = largest_entering(c);
    for (int64_t j = 0; j < c->m; j++) {
        c->volume += fabs(c->v[j] * c->y0[j]);
        c->noise[j] += 0x1p-50 * fabs(c->y0[j]); /* samples may agree by chance */
    }
}

/* ---- slopes ------------------------------------------------------------------------- */

static void move(rg_probe *c, rg_way w, double h)
{
    if (w.input >= 0) {
        rg_side *s = &c->in[w.input];
        put(s, w.i, s->base[w.i] + h * s->unit[w.i]);
        return;
    }
    for (int k = 0; k < c->n; k++) {
        rg_side *s = &c->in[k];
        double *to = s->x->data;
        if (s->still) continue;
        if (s->x->layout->dense)
            for (int64_t i = 0; i < s->count; i++) to[i] = s->base[i] + h * s->u[i];
        else
            for (int64_t i = 0; i < s->count; i++) put(s, i, s->base[i] + h * s->u[i]);
    }
}

static void values_at(rg_probe *c, rg_way w, double h, double *to)
{
    move(c, w, h);
    if (!rg_rerun_play(&c->r, c->y, 0, 0))
        numbers_of(c->y, to);
    else
        for (int64_t j = 0; j < c->m; j++) to[j] = (double)NAN;
}

static double noise_at(const rg_probe *c, int64_t j)
{
    double largest = rg_wider(fabs(c->up[j]), fabs(c->down[j]));
    return fabs(c->v[j]) * rg_wider(c->noise[j], 0x1p-51 * largest);
}

/* Outputs that no step has moved carry no noise, but may hide a move below their last
 * bits. */
static rg_rung rung_of(rg_probe *c, rg_way w, double h)
{
    rg_rung r = {.h = h};
    values_at(c, w, h, c->up);
    values_at(c, w, -h, c->down);
    for (int64_t j = 0; j < c->m; j++) {
        double up = c->up[j], down = c->down[j], at = c->y0[j], v = c->v[j];
        if (up != at || down != at) c->moved[j] = 1;
        *(c->moved[j] != 0 ? &r.noise : &r.hidden) += noise_at(c, j);
        r.mean += v * (up - down);
        r.gap += v * ((up - at) + (down - at));
    }
    r.mean /= 2 * h;
    r.gap /= h;
    return r;
}

static bool sharp(const rg_slope *s, double volume)
{
    return s->point == RG_SMOOTH && (s->bar <= 1e-7 * fabs(s->value) || s->bar <= 1e-11 * volume);
}

/* After so many rungs a ladder may end: no smaller step can make this much better. */
enum { ENOUGH = 4 };

static bool enough(const rg_rung *rung, int n, double volume)
{
    if (n < ENOUGH || n == RG_RUNGS) return n == RG_RUNGS;
    rg_slope s = rg_slope_of(rung, n);
    return s.point == RG_SMOOTH && (s.bar <= 1e-11 * fabs(s.value) || s.bar <= 1e-14 * volume);
}

static const rg_slope not_known = {RG_EDGE, NAN, INFINITY, 0, 0, 0};

/* What several ladders say. Only a point that is odd on every ladder is odd. */
typedef struct sighting {
    rg_slope best, odd;
} sighting;

static void add_ladder(sighting *a, const rg_rung *rung, int n)
{
    rg_slope s = rg_slope_of(rung, n);
    if (s.point == RG_SMOOTH && s.bar < a->best.bar) a->best = s;
    if (s.point == RG_CORNER || s.point == RG_JUMP) a->odd = s;
}

static rg_slope conclusion(const sighting *a, double volume)
{
    if (isnan(volume)) return (rg_slope){RG_NOWHERE, (double)NAN, (double)INFINITY, 0, 0, 0};
    double corner = rg_wider(fabs(a->odd.left), fabs(a->odd.right));
    bool told = a->best.bar <= 1e-3 * fabs(a->best.value) || a->best.bar <= 1e-8 * volume ||
                a->best.bar <= 1e-3 * corner;
    return told || a->odd.point == RG_EDGE ? a->best : a->odd;
}

static const double first_step[] = {0x1p-6, 0x1p-13, 0x1p-20, 0x1p-1};

enum { LADDERS = sizeof first_step / sizeof *first_step };

/* Ladders of several sizes, until one gives a sharp answer; the last is for an element
 * that is small among large ones. */
rg_slope rg_probe_slope(rg_probe *c, rg_way w) { return rg_probe_slope_by(c, w, 1); }

rg_slope rg_probe_slope_by(rg_probe *c, rg_way w, double longer)
{
    sighting a = {not_known, not_known};
    memset(c->moved, 0, (size_t)c->m * sizeof *c->moved);
    double reach = w.input < 0 ? 1 : c->in[w.input].typical / c->in[w.input].unit[w.i];
    for (int ladder = 0; ladder <= LADDERS && !sharp(&a.best, c->volume); ladder++) {
        rg_rung rung[RG_RUNGS];
        double h = longer * (ladder < LADDERS ? first_step[ladder] : first_step[0] * reach);
        int n = 0;
        for (; !enough(rung, n, c->volume); h /= 2) rung[n++] = rung_of(c, w, h);
        add_ladder(&a, rung, n);
    }
    move(c, w, 0);
    return conclusion(&a, c->volume);
}

/* ---- slopes close by --------------------------------------------------------------- */

enum { NEIGHBOURS = 12 };

/* All inputs with a gradient moved by about `by` of their scale; by 0: where they were. */
static void step_aside(rg_probe *c, double by, rg_chance chance)
{
    for (int k = 0; k < c->n; k++) {
        rg_side *s = &c->in[k];
        for (int64_t i = 0; i < s->count && s->g; i++)
            s->base[i] += by * s->unit[i] * rg_chance_rough(&chance);
        for (int64_t i = 0; i < s->count; i++) put(s, i, s->base[i]);
    }
}

static double slope_at_once(rg_probe *c, rg_way w, double h, double *noise)
{
    double sum = 0;
    *noise = 0;
    values_at(c, w, h, c->up);
    values_at(c, w, -h, c->down);
    for (int64_t j = 0; j < c->m; j++) {
        sum += c->v[j] * (c->up[j] - c->down[j]);
        if (c->up[j] != c->down[j]) *noise += noise_at(c, j);
    }
    move(c, w, 0);
    *noise /= h;
    return sum / (2 * h);
}

/* How far the slopes at points about `by` away are apart, less what rounding may do. */
static double range_of_slopes(rg_probe *c, rg_way w, double by, double *low, double *high)
{
    double noise, most = 0;
    rg_chance chance = c->chance;
    *low = (double)INFINITY;
    *high = -(double)INFINITY;
    for (int i = 0; i < NEIGHBOURS; i++) {
        chance.next += (uint64_t)1 << 32;
        for (int k = 0; k < c->n; k++)
            memcpy(c->in[k].kept, c->in[k].base, (size_t)c->in[k].count * sizeof(double));
        step_aside(c, by, chance);
        double s = slope_at_once(c, w, by * 0x1p-8, &noise);
        for (int k = 0; k < c->n; k++)
            memcpy(c->in[k].base, c->in[k].kept, (size_t)c->in[k].count * sizeof(double));
        *low = fmin(*low, s);
        *high = fmax(*high, s);
        most = rg_wider(most, noise);
    }
    step_aside(c, 0, chance);
    return *high - *low - 8 * most;
}

bool rg_probe_nearby(rg_probe *c, rg_way w, double *low, double *high)
{
    for (int k = 0; k < c->n; k++)
        if (!c->in[k].kept && !(c->in[k].kept = some(c, c->in[k].count))) return false;
    double far = range_of_slopes(c, w, 0x1p-11, low, high), corners = 0;
    double near = range_of_slopes(c, w, 0x1p-16, low, high);
    if (!(near > 0 && near > .5 * far)) return false;
    for (int k = 0; k < c->n; k++) corners += c->in[k].g ? (double)c->in[k].count : 0;
    double middle = (*low + *high) / 2, half = (*high - *low) / 2 * sqrt(corners);
    *low = middle - half; /* of so many corners, a few looks see the root */
    *high = middle + half;
    return true;
}

/* ---- each element of an elementwise y, all at once ----------------------------------- */

static double volume_at(const rg_probe *c, int64_t i) { return fabs(c->v[i] * c->y0[i]); }

static rg_rung own_rung(const rg_probe *c, int64_t j, double h)
{
    double up = c->up[j], down = c->down[j], at = c->y0[j], v = c->v[j], noise = noise_at(c, j);
    if (up != at || down != at) c->moved[j] = 1;
    bool moved = c->moved[j] != 0;
    return (rg_rung){h, v * (up - down) / (2 * h), v * ((up - at) + (down - at)) / h,
                     moved ? noise : 0, moved ? 0 : noise};
}

static bool all_enough(const rg_probe *c, int64_t n, const int64_t *i, const rg_rung *rung,
                       int rungs)
{
    if (rungs != ENOUGH) return rungs == RG_RUNGS;
    for (int64_t j = 0; j < n; j++)
        if (!enough(&rung[j * RG_RUNGS], rungs, volume_at(c, i[j]))) return false;
    return true;
}

/* One ladder for all; true when every answer is sharp by now. */
static bool climb(rg_probe *c, double h, int64_t n, const int64_t *i, rg_rung *rung, sighting *a)
{
    bool all = true;
    int r = 0;
    for (; !all_enough(c, n, i, rung, r); r++, h /= 2) {
        values_at(c, (rg_way){RG_ALL_TOGETHER, 0}, h, c->up);
        values_at(c, (rg_way){RG_ALL_TOGETHER, 0}, -h, c->down);
        for (int64_t j = 0; j < n; j++) rung[j * RG_RUNGS + r] = own_rung(c, i[j], h);
    }
    for (int64_t j = 0; j < n; j++) {
        if (!sharp(&a[j].best, volume_at(c, i[j]))) add_ladder(&a[j], &rung[j * RG_RUNGS], r);
        all &= sharp(&a[j].best, volume_at(c, i[j]));
    }
    return all;
}

rg_status rg_probe_each(rg_probe *c, int k, int64_t n, const int64_t *i, rg_slope *slope)
{
    size_t bytes = (size_t)n * (sizeof(sighting) + RG_RUNGS * sizeof(rg_rung));
    sighting *a = rg_scratch(c->r.t, bytes);
    if (!a) return RG_NOMEM;
    bool all = false;
    memset(c->moved, 0, (size_t)c->m * sizeof *c->moved);
    for (int in = 0; in < c->n; in++) c->in[in].still = in != k;
    memcpy(c->in[k].u, c->in[k].unit, (size_t)c->in[k].count * sizeof(double));
    for (int64_t j = 0; j < n; j++) a[j] = (sighting){not_known, not_known};
    for (int ladder = 0; ladder < LADDERS && !all; ladder++)
        all = climb(c, first_step[ladder], n, i, (rg_rung *)(void *)(a + n), a);
    move(c, (rg_way){RG_ALL_TOGETHER, 0}, 0);
    for (int64_t j = 0; j < n; j++) slope[j] = conclusion(&a[j], volume_at(c, i[j]));
    rg_scratch_free(c->r.t, a, bytes);
    return RG_OK;
}

double rg_probe_narrow(const rg_probe *c, double exact, double spread, double narrow)
{
    if (!c->f32) return spread + 0x1p-48 * fabs(exact);
    return 4 * narrow + 0x1p-20 * fabs(exact) + 0x1p-120; /* what f32 has no numbers for */
}

rg_status rg_probe_open(rg_probe *c, rg_node *y, rg_node *const *x)
{
    rg_status s = record_gradient(c, y, x);
    if (!s) stand_still(c);
    return s;
}
