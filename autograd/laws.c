/* laws.c - linearity in the upstream, zero for zero, and bits that repeat. Scaling by a
 * power of two is exact, so no tolerance is needed. */
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

/* ---- the laws ------------------------------------------------------------------------ */

static rg_status try_laws(laws *a)
{
    rg_status s = gradients(a, 1, a->h);
    if (!s) s = once_more(a);
    if (!s) s = gradients(a, -2, a->g);
    if (!s) s = obey(a, -2, RG_NOT_LINEAR);
    if (!s) s = gradients(a, 0, a->g);
    return s ? s : obey(a, 0, RG_NOT_ZERO);
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
    rg_status s = try_laws(&a);
    rg_scratch_free(t, a.v, bytes);
    return s;
}
