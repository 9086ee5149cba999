/* laws.c - linearity in the upstream, zero for zero, transposes of linear ops, and bits
 * that repeat. Scaling by a power of two is exact, and so are sums and products of short
 * fractions: no tolerance is needed, but where a transpose's gradient was rounded
 * (compare_products). */
#include "internal.h"
#include "laws.h"
#include <string.h>

typedef struct laws {
    rg_tape *t;
    rg_node *y;
    int n;
    rg_node *const *x;
    double *v;        /* upstream           */
    rg_node **g, **h; /* room for gradients */
    int *input;
    rg_cause *broken;
} laws;

static void break_law(const laws *a, int k, rg_mistake m)
{
    if (a->broken->mistake) return;
    *a->input = k;
    a->broken->mistake = m;
}

/* ---- the gradient for an upstream of c v -------------------------------------------- */

static rg_status gradients(const laws *a, double c, rg_node **g)
{
    size_t n = (size_t)a->y->layout->count;
    rg_node *seed = rg_leaf(a->t, a->y->layout->dtype, rg_shape_of(a->y));
    double *number = rg_scratch(a->t, (n + !n) * sizeof *number);
    if (!number) return RG_NOMEM;
    for (size_t i = 0; i < n; i++) number[i] = c * a->v[i];
    rg_write(seed, RG_F64, number, n);
    rg_scratch_free(a->t, number, (n + !n) * sizeof *number);
    return rg_grad(a->y, seed, a->n, a->x, g);
}

/* Like b times the power of two c, bit for bit; NaN like NaN, and what is too small for
 * its dtype like anything small. */
static bool scaled_alike(rg_dtype dtype, double a, double b, double c)
{
    const double tiny = dtype == RG_F32 ? 0x1p-120 : 0x1p-1000;
    if (isnan(b)) return isnan(a);
    return a == c * b || (fabs(a) < tiny && fabs(b) < tiny);
}

/* g[k] must be c times h[k], for all inputs. */
static rg_status obey(const laws *a, double c, rg_mistake m)
{
    for (int k = 0; k < a->n; k++) {
        if (!a->g[k] != !a->h[k] && c != 0) break_law(a, k, m);
        if (!a->g[k] || !a->h[k]) continue;
        size_t n = (size_t)a->x[k]->layout->count;
        double *v = rg_scratch(a->t, 2 * (n + !n) * sizeof *v);
        if (!v) return RG_NOMEM;
        rg_status s = rg_read(a->g[k], RG_F64, v, n);
        if (!s) s = rg_read(a->h[k], RG_F64, v + n, n);
        for (size_t i = 0; i < n && !s; i++)
            if (!scaled_alike(a->x[k]->layout->dtype, v[i], c == 0 ? 0 : v[n + i], c))
                break_law(a, k, m);
        rg_scratch_free(a->t, v, 2 * (n + !n) * sizeof *v);
        if (s) return s;
    }
    return RG_OK;
}

/* ---- the same bits, in another order -------------------------------------------------- */

static void last_piece_first(void *ud, int n, void (*fn)(void *arg, int i), void *arg)
{
    (void)ud;
    while (n-- > 0) fn(arg, n);
}

/* Plain bytes: even NaNs must be the same. */
static rg_status compare_values(const laws *a)
{
    size_t bytes = (size_t)a->y->layout->count * rg_dtype_size(a->y->layout->dtype);
    if (!a->y->layout->dense || a->y->op->kind == RG_VIEW) return RG_OK;
    void *before = rg_scratch(a->t, bytes + !bytes);
    if (!before) return RG_NOMEM;
    if (bytes) memcpy(before, a->y->data, bytes);
    rg_status s = rg_compute(a->y);
    if (!s && bytes && memcmp(before, a->y->data, bytes) != 0)
        break_law(a, RG_OF_VALUE, RG_NOT_REPEATED);
    rg_scratch_free(a->t, before, bytes + !bytes);
    return s;
}

static rg_status once_more(laws *a)
{
    void (*parallel)(void *, int, void (*)(void *, int), void *) = a->t->cfg.parallel;
    a->t->cfg.parallel = last_piece_first;
    rg_status s = compare_values(a);
    if (!s) s = gradients(a, 1, a->g);
    a->t->cfg.parallel = parallel;
    return s ? s : obey(a, 1, RG_NOT_REPEATED);
}

/* ---- linear ops and their transposes -------------------------------------------------- */

enum { QUARTERS = 16, MOST_SHORT = 1 << 14 };

/* Quarters from -4 to 4, which floor does not leave as they are; or, where they may be
 * divided by, powers of two. */
static rg_node *short_fractions(const laws *a, const rg_node *like, bool powers, rg_chance *chance)
{
    rg_node *x = rg_leaf(a->t, like->layout->dtype, rg_shape_of(like));
    for (int64_t i = 0; i < like->layout->count && !a->t->error.status; i++) {
        double n = (double)(rg_chance_below(chance, 2 * QUARTERS + 1) - QUARTERS) / 4;
        if (powers) n = ldexp(n < 0 ? -1 : 1, (int)rg_chance_below(chance, 3));
        if (like->layout->dtype == RG_F32)
            ((float *)x->data)[i] = (float)n;
        else
            ((double *)x->data)[i] = n;
    }
    return x;
}

static double number_of(const rg_node *n, int64_t i)
{
    double v;
    char raw[sizeof v];
    rg_tensor w = rg_window(n);
    rg_pack(raw, &w, i, 1);
    rg_convert(&v, RG_F64, raw, w.dtype, 1);
    return v;
}

/* The op of y, where input `which` of the laws is u and all others are in[]. */
static rg_node *once_at(const laws *a, rg_node **in, int which, rg_node *u)
{
    rg_node *at[RG_WIRES];
    for (int k = 0; k < a->y->nin; k++) at[k] = rg_in(a->y, k) == a->x[which] ? u : in[k];
    return rg_apply(a->y->op, a->y->nin, at, a->y->attr);
}

static bool is_short(double v) { return isfinite(v) && ldexp(v, 20) == floor(ldexp(v, 20)); }

/* y(u) + y(w) = y(u + w), where nothing is rounded. */
static bool adds_up(const laws *a, rg_node **in, int which, rg_node *u, rg_node *w)
{
    rg_node *both = rg_apply(&rg_op_add, 2, (rg_node *[]){u, w}, NULL);
    rg_node *yu = once_at(a, in, which, u), *yw = once_at(a, in, which, w),
            *sum = once_at(a, in, which, both);
    for (int64_t i = 0; i < a->y->layout->count && !a->t->error.status; i++) {
        double one = number_of(yu, i);
        if (!is_short(one) || one + number_of(yw, i) != number_of(sum, i)) return false;
    }
    return !a->t->error.status;
}

/* y(2u) = 2y(u) too, and at other points: one sum may add up by chance, as a square's where
 * one of the two is 0. */
static bool is_linear(const laws *a, rg_node **in, int which, rg_node *u, rg_node *w,
                      rg_chance *chance)
{
    enum { POINTS = 4 };
    bool linear = adds_up(a, in, which, u, w) && adds_up(a, in, which, u, u);
    for (int i = 0; i < POINTS && linear; i++) {
        rg_node *more = short_fractions(a, a->x[which], false, chance);
        linear = adds_up(a, in, which, u, more) && adds_up(a, in, which, more, more);
    }
    return linear;
}

/* A gradient of other than short fractions, as of a mean of three, was rounded. */
static void compare_products(const laws *a, int which, const rg_node *u, const rg_node *v,
                             const rg_node *yu, const rg_node *g)
{
    double forward = 0, backward = 0, size = 0;
    bool exact = true;
    for (int64_t i = 0; i < yu->layout->count; i++) forward += number_of(v, i) * number_of(yu, i);
    for (int64_t i = 0; i < u->layout->count; i++) {
        double one = number_of(g, i), part = one * number_of(u, i);
        exact &= is_short(one);
        size += fabs(part);
        backward += part;
    }
    double bar = exact ? 0 : size * (u->layout->dtype == RG_F32 ? 0x1p-20 : 0x1p-46);
    if (!(fabs(forward - backward) <= bar)) break_law(a, which, RG_NOT_ADJOINT);
}

/* An op that refuses such numbers is none of these. */
static rg_status transpose_of(const laws *a, int which, rg_chance *chance)
{
    rg_node *in[RG_WIRES], *yu, *g;
    for (int k = 0; k < a->y->nin; k++) {
        rg_node *own = rg_in(a->y, k);
        bool real = own->layout->dtype == RG_F32 || own->layout->dtype == RG_F64;
        in[k] = real ? short_fractions(a, own, true, chance) : own;
    }
    rg_node *u = short_fractions(a, a->x[which], false, chance);
    rg_node *w = short_fractions(a, a->x[which], false, chance);
    rg_node *v = short_fractions(a, a->y, false, chance);
    if (is_linear(a, in, which, u, w, chance) && (yu = once_at(a, in, which, u)) &&
        !rg_grad(yu, v, 1, &u, &g) && g)
        compare_products(a, which, u, v, yu, g);
    rg_status s = a->t->error.status;
    return s == RG_NOMEM ? s : RG_OK;
}

static bool small_enough(const laws *a)
{
    int64_t most = a->y->layout->count;
    for (int k = 0; k < a->n; k++)
        if (a->x[k]->layout->count > most) most = a->x[k]->layout->count;
    return most > 0 && most <= MOST_SHORT && a->y->nin <= RG_WIRES;
}

static rg_status check_transposes(const laws *a, rg_chance *chance)
{
    rg_status s = RG_OK;
    for (int k = 0; k < a->n && !s && small_enough(a); k++) {
        int64_t mark = rg_mark(a->t), random_ops = a->t->random_ops;
        s = transpose_of(a, k, chance);
        rg_rewind(a->t, mark);
        a->t->random_ops = random_ops;
        if (!s) memset(&a->t->error, 0, sizeof a->t->error);
    }
    return s;
}

/* ---- the laws ------------------------------------------------------------------------ */

static rg_status try_laws(laws *a, rg_chance *chance)
{
    rg_status s = gradients(a, 1, a->h);
    if (!s) s = once_more(a);
    if (!s) s = gradients(a, -2, a->g);
    if (!s) s = obey(a, -2, RG_NOT_LINEAR);
    if (!s) s = gradients(a, 0, a->g);
    if (!s) s = obey(a, 0, RG_NOT_ZERO);
    return s ? s : check_transposes(a, chance);
}

rg_status rg_check_laws(rg_node *y, int n, rg_node *const *x, rg_chance *chance, int *input,
                        rg_cause *broken)
{
    rg_tape *t = rg_owner(y);
    size_t m = (size_t)y->layout->count;
    size_t bytes = (m + !m) * sizeof(double) + 2 * (size_t)n * sizeof(rg_node *);
    laws a = {t, y, n, x, rg_scratch(t, bytes), NULL, NULL, input, broken};
    *broken = (rg_cause){.mistake = RG_NOT_WRONG};
    if (!a.v) return RG_NOMEM;
    a.g = (rg_node **)(void *)(a.v + (m + !m));
    a.h = a.g + n;
    for (size_t i = 0; i < m; i++) a.v[i] = (double)(float)rg_chance_normal(chance);
    rg_status s = try_laws(&a, chance);
    rg_scratch_free(t, a.v, bytes);
    return s;
}
