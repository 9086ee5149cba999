/* diagnose.c - compares a wrong gradient with what the usual mistakes would give. The
 * gradient is known everywhere; slopes are measured at a sample of the elements. */
#include "internal.h"
#include "diagnose.h"
#include <string.h>

enum { SAMPLE = 64 };

/* Slopes of one input at some of its elements, and what its gradient should equal. */
typedef struct sample {
    const rg_side *in;
    int64_t n;
    int64_t i[SAMPLE];
    double slope[SAMPLE], slack[SAMPLE];
    double largest; /* of the slopes */
} sample;

/* ---- the sample --------------------------------------------------------------------- */

static int64_t spread_out(int64_t j, int64_t n, int64_t count)
{
    return n == count ? j : (int64_t)((double)j * (double)count / (double)n);
}

/* Elements without a slope, at corners and edges, are left out. */
static void take_sample(rg_probe *c, int k, sample *s)
{
    const rg_side *in = &c->in[k];
    int64_t n = in->count < SAMPLE ? in->count : SAMPLE;
    *s = (sample){.in = in};
    for (int64_t j = 0; j < n; j++) {
        int64_t i = spread_out(j, n, in->count);
        rg_slope a = rg_probe_slope(c, (rg_way){k, i});
        if (a.point != RG_SMOOTH || !isfinite(a.bar)) continue;
        s->i[s->n] = i;
        s->slope[s->n] = a.value / in->unit[i];
        s->slack[s->n] = a.bar / in->unit[i] + in->spread[i];
        s->largest = rg_wider(s->largest, fabs(s->slope[s->n++]));
    }
}

/* v is what the slope of sample j says. */
static bool matches(const sample *s, int64_t j, double v, double slope)
{
    return fabs(v - slope) <= s->slack[j] + 1e-6 * fabs(slope) + 1e-9 * s->largest;
}

static bool is_right(const sample *s, int64_t j)
{
    return matches(s, j, s->in->exact[s->i[j]], s->slope[j]);
}

/* 0, where it should not be. */
static bool got_nothing(const sample *s, int64_t j)
{
    return s->in->exact[s->i[j]] == 0 && !is_right(s, j);
}

static int64_t how_many(const sample *s, bool (*which)(const sample *s, int64_t j))
{
    int64_t n = 0;
    for (int64_t j = 0; j < s->n; j++) n += which(s, j);
    return n;
}

/* ---- one number for all elements ----------------------------------------------------- */

static bool is_scaled(const sample *s, double *factor)
{
    double top = 0, bottom = 0;
    bool all = true;
    for (int64_t j = 0; j < s->n; j++) {
        top += s->in->exact[s->i[j]] * s->slope[j];
        bottom += s->slope[j] * s->slope[j];
    }
    *factor = top / bottom;
    for (int64_t j = 0; j < s->n; j++)
        all &= matches(s, j, s->in->exact[s->i[j]], *factor * s->slope[j]);
    return all && isfinite(*factor);
}

static bool nearly(double a, double b) { return fabs(a - b) <= 1e-6 * fabs(b); }

/* A size of the node that the factor, or one over it, is equal to; 0: none. Factors of
 * 2 are too common to mean an axis. */
static int64_t size_like(const rg_probe *c, double factor)
{
    for (int k = -1; k < c->n; k++) {
        rg_shape shape = k < 0 ? rg_shape_of(c->y) : c->in[k].shape;
        int64_t count = k < 0 ? c->m : c->in[k].count;
        for (int i = 0; i < shape.rank; i++)
            if (shape.dim[i] > 2 && nearly(factor, (double)shape.dim[i])) return shape.dim[i];
        if (count > 2 && nearly(factor, (double)count)) return count;
    }
    return 0;
}

static bool try_factor(const rg_probe *c, const sample *s, rg_cause *a)
{
    if (!is_scaled(s, &a->factor)) return false;
    a->mistake = RG_FACTOR_OFF;
    if (nearly(a->factor, -1)) a->mistake = RG_SIGN_FLIPPED;
    if ((a->count = size_like(c, 1 / a->factor)) != 0) a->mistake = RG_MEAN_FOR_SUM;
    if (a->mistake == RG_FACTOR_OFF && (a->count = size_like(c, a->factor)) != 0)
        a->mistake = RG_SUM_FOR_MEAN;
    return true;
}

static bool try_constant(const sample *s, rg_cause *a)
{
    a->factor = s->in->exact[s->i[0]] - s->slope[0];
    for (int64_t j = 0; j < s->n; j++)
        if (!matches(s, j, s->in->exact[s->i[j]] - a->factor, s->slope[j])) return false;
    a->mistake = RG_CONSTANT_ADDED;
    return s->n > 2;
}

static bool try_upstream(const rg_probe *c, const sample *s, rg_cause *a)
{
    if (c->m != s->in->count || s->n < 2) return false;
    for (int64_t j = 0; j < s->n; j++)
        if (!matches(s, j, s->in->exact[s->i[j]] * c->v[s->i[j]], s->slope[j])) return false;
    a->mistake = RG_UPSTREAM_IGNORED;
    return true;
}

/* ---- the gradient of something else -------------------------------------------------- */

/* Where element i stands when the last two axes are exchanged. */
static int64_t transposed_place(const rg_shape *s, int64_t i)
{
    int64_t cols = s->dim[s->rank - 1], rows = s->dim[s->rank - 2];
    int64_t matrix = i / (rows * cols), r = i / cols % rows, col = i % cols;
    return matrix * rows * cols + col * rows + r;
}

static bool try_transposed(const sample *s, rg_cause *a)
{
    const rg_shape *shape = &s->in->shape;
    if (shape->rank < 2) return false;
    for (int64_t j = 0; j < s->n; j++)
        if (!matches(s, j, s->in->exact[transposed_place(shape, s->i[j])], s->slope[j]))
            return false;
    a->mistake = RG_IS_TRANSPOSED;
    return true;
}

static bool try_other(rg_probe *c, int k, rg_cause *a)
{
    for (int other = 0; other < c->n; other++) {
        sample s;
        bool all = other != k && c->in[other].count == c->in[k].count;
        if (!all) continue;
        take_sample(c, other, &s);
        for (int64_t j = 0; j < s.n; j++) all &= matches(&s, j, c->in[k].exact[s.i[j]], s.slope[j]);
        if (!all || !s.n) continue;
        *a = (rg_cause){RG_IS_OF_OTHER, 0, 0, other};
        return true;
    }
    return false;
}

/* Where the step leads outside, something else may stand; half of the sample must
 * stay inside. */
static bool is_shifted(const sample *s, int64_t by)
{
    int64_t inside = 0;
    for (int64_t j = 0; j < s->n; j++) {
        int64_t from = s->i[j] + by;
        if (from < 0 || from >= s->in->count) continue;
        inside++;
        if (!matches(s, j, s->in->exact[from], s->slope[j])) return false;
    }
    return inside > 1 && 2 * inside >= s->n;
}

static bool try_shifted(const sample *s, rg_cause *a)
{
    int64_t step = 1;
    for (int axis = s->in->shape.rank; axis-- > 0; step *= s->in->shape.dim[axis])
        for (int sign = -1; sign <= 1; sign += 2)
            if (is_shifted(s, sign * step)) {
                *a = (rg_cause){RG_IS_SHIFTED, 0, -sign * step, 0};
                return true;
            }
    return false;
}

/* ---- right in places ----------------------------------------------------------------- */

/* The gradient is 0 throughout row r along the first axis. */
static bool is_zero_row(const rg_side *in, int64_t r)
{
    int64_t size = in->count / in->shape.dim[0];
    for (int64_t i = r * size; i < (r + 1) * size; i++)
        if (in->exact[i] != 0) return false;
    return true;
}

/* How many such rows, when whatever is missing is missing with its row; else 0. */
static int64_t zero_rows(const sample *s)
{
    const rg_side *in = s->in;
    int64_t rows = in->shape.rank ? in->shape.dim[0] : 0, zero = 0;
    for (int64_t j = 0; j < s->n && rows; j++)
        if (got_nothing(s, j) && !is_zero_row(in, s->i[j] / (in->count / rows))) return 0;
    for (int64_t r = 0; r < rows; r++) zero += is_zero_row(in, r);
    return zero;
}

static bool right_exactly_where(const sample *s, int sign)
{
    for (int64_t j = 0; j < s->n; j++)
        if (is_right(s, j) != (sign * s->in->base[s->i[j]] > 0)) return false;
    return true;
}

static bool try_places(const sample *s, rg_cause *a)
{
    int64_t right = how_many(s, is_right), missing = how_many(s, got_nothing);
    if (right == 0) return false;
    a->count = right;
    if (right + missing == s->n) {
        int64_t rows = zero_rows(s);
        if (!rows && !missing) return false;
        a->mistake = rows ? RG_ZERO_ROWS : RG_ZERO_SOMEWHERE;
        a->count = rows ? rows : missing;
    } else if (right_exactly_where(s, 1))
        a->mistake = RG_RIGHT_IF_POSITIVE;
    else if (right_exactly_where(s, -1))
        a->mistake = RG_RIGHT_IF_NEGATIVE;
    else
        a->mistake = RG_RIGHT_SOMEWHERE;
    return true;
}

/* ---- all of them --------------------------------------------------------------------- */

static bool any_nan(const rg_side *in)
{
    for (int64_t i = 0; i < in->count; i++)
        if (!isfinite(in->said[i]) || !isfinite(in->exact[i])) return true;
    return false;
}

static bool all_zero(const rg_side *in)
{
    for (int64_t i = 0; i < in->count; i++)
        if (in->exact[i] != 0) return false;
    return true;
}

/* Further off in f32 than rounding explains, or NaN there. */
static bool imprecise(const rg_probe *c, const rg_side *in)
{
    for (int64_t i = 0; i < in->count; i++) {
        double most = rg_probe_narrow(c, in->exact[i], in->spread[i], in->narrow[i]);
        if (!(fabs(in->said[i] - in->exact[i]) <= most)) return true;
    }
    return false;
}

static bool try_all(rg_probe *c, int k, const sample *s, rg_cause *a)
{
    if (how_many(s, is_right) == s->n) return try_places(s, a);
    return try_factor(c, s, a) || try_upstream(c, s, a) || try_transposed(s, a) ||
           try_other(c, k, a) || try_constant(s, a) || try_shifted(s, a) || try_places(s, a);
}

rg_cause rg_diagnose(rg_probe *c, int k)
{
    const rg_cause unlike = {.mistake = RG_UNLIKE_ANY};
    sample s;
    const rg_side *in = &c->in[k];
    rg_cause a = {.mistake = RG_NAN_OR_INF};
    if (any_nan(in)) return a;
    a.mistake = RG_NOTHING_FLOWS;
    if (all_zero(in)) return a;
    a.mistake = RG_IMPRECISE;
    if (c->f32 && imprecise(c, in)) return a;
    take_sample(c, k, &s);
    return s.n && try_all(c, k, &s, &a) ? a : unlike;
}
