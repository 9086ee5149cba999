/* functional.c - products of Jacobians and Hessians with vectors. All are one or two
 * walks of rg_grad_many, so what they record is gradients and nothing else. */
#define RG_NO_HERE
#include "functional.h"
#include "internal.h"
#include <string.h>

/* ---- what must hold before ------------------------------------------------------- */

static bool ends_in(const rg_node *v, const rg_node *x)
{
    int lead = v->layout->rank - x->layout->rank;
    return lead >= 0 && !memcmp(v->layout->dim + lead, x->layout->dim,
                                (size_t)x->layout->rank * sizeof *x->layout->dim);
}

/* Nodes that are not there or not of t are rg_grad's to refuse. */
static rg_status check_vectors(rg_tape *t, const char *what, int n, rg_node *const *x,
                               rg_node *const *v)
{
    if (n > 0 && (!x || !v))
        return rg_refuse(t, RG_USAGE, NULL, "%s: no list of inputs, or of vectors", what);
    for (int i = 0; i < n && !t->error.status; i++) {
        char a[RG_TEXT], b[RG_TEXT];
        if (x[i] && v[i] && !ends_in(v[i], x[i]))
            rg_fail(t, RG_SHAPE, NULL, "%s: vector %d is %s and does not end in the shape of %s",
                    what, i + 1, rg_node_text(v[i], a), rg_node_text(x[i], b));
    }
    return t->error.status;
}

/* The leading axes of the vectors, then those of like. */
static rg_shape under_lead(int n, rg_node *const *x, rg_node *const *v, const rg_node *like)
{
    rg_shape s = {0};
    for (int i = 0; i < n && !s.rank; i++)
        if (v[i]) {
            s = rg_shape_of(v[i]);
            s.rank -= x[i]->layout->rank;
        }
    for (int i = 0; i < like->layout->rank && s.rank < RG_MAX_RANK; i++)
        s.dim[s.rank++] = like->layout->dim[i];
    return s;
}

static rg_node *zeros_like(const rg_node *like, rg_shape s)
{
    return rg_const(rg_owner(like), like->layout->dtype, s, 0);
}

/* NULL, absent, becomes zeros. */
static rg_status fill_absent(rg_tape *t, int n, rg_node *const *x, rg_node **out, int vectors,
                             rg_node *const *of, rg_node *const *v)
{
    for (int i = 0; i < n && !t->error.status; i++)
        if (!out[i]) out[i] = zeros_like(x[i], under_lead(vectors, of, v, x[i]));
    return t->error.status;
}

/* ---- the sum of <g[i], v[i]>, differentiated ------------------------------------- */

/* out[k] = sum over i of (dg[i]/dx[k])^T v[i], over those i where both are there. */
static rg_status pull_back(rg_tape *t, int m, rg_node *const *g, rg_node *const *v, int n,
                           rg_node *const *x, rg_node **out)
{
    size_t bytes = 2 * (size_t)m * sizeof *g;
    rg_node **root = m ? rg_scratch(t, bytes) : NULL, **seed = root ? root + m : NULL;
    if (m && !root) return RG_NOMEM;
    int roots = 0;
    for (int i = 0; i < m; i++)
        if (g[i] && v[i]) {
            root[roots] = g[i];
            seed[roots++] = v[i];
        }
    for (int k = 0; k < n; k++) out[k] = NULL;
    rg_status s = roots ? rg_grad_many(t, roots, root, seed, n, x, out) : RG_OK;
    if (m) rg_scratch_free(t, root, bytes);
    return s;
}

/* ---- the functions --------------------------------------------------------------- */

rg_status rg_vjp(int m, rg_node *const *y, rg_node *const *v, int n, rg_node *const *x,
                 rg_node **out)
{
    rg_tape *t = m > 0 && y ? rg_tape_of(y[0]) : NULL;
    rg_status s = !t || !v || (n > 0 && (!x || !out))
                      ? rg_refuse(t, RG_USAGE, NULL, "vjp: no outputs, vectors or inputs")
                      : rg_grad_many(t, m, y, v, n, x, out);
    if (!s) s = fill_absent(t, n, x, out, m, y, v);
    return rg_grad_end(t, s, n, out, "vjp");
}

/* u is only there to be differentiated by: what is linear in it does not need its value. */
static rg_status push_forward(rg_node *y, int n, rg_node *const *x, rg_node *const *v,
                              rg_node **out)
{
    rg_tape *t = rg_owner(y);
    rg_status s = check_vectors(t, "jvp", n, x, v);
    rg_node **g = !s && n ? rg_scratch(t, (size_t)n * sizeof *g) : NULL;
    if (s || (n && !g)) return t->error.status;
    rg_node *u = zeros_like(y, rg_shape_of(y));
    s = rg_grad_many(t, 1, &y, &u, n, x, g);
    if (!s) s = pull_back(t, n, g, v, 1, &u, out);
    if (!s && !*out) *out = zeros_like(y, under_lead(n, x, v, y));
    if (n) rg_scratch_free(t, g, (size_t)n * sizeof *g);
    return t->error.status;
}

rg_node *rg_jvp(rg_node *y, int n, rg_node *const *x, rg_node *const *v)
{
    rg_tape *t = rg_tape_of(y);
    rg_node *out = NULL;
    rg_status s = t && !(y->flags & RG_ERRONEOUS) ? push_forward(y, n, x, v, &out) : RG_USAGE;
    return s ? rg_fail(t, s, NULL, "jvp: no output to differentiate") : out;
}

/* What H v asks of the caller's lists, once they are known to be there. */
static rg_status curve(rg_node *f, int n, rg_node *const *x, rg_node *const *v, rg_node **out)
{
    rg_tape *t = rg_owner(f);
    rg_status s = check_vectors(t, "hvp", n, x, v);
    rg_node **g = !s && n ? rg_scratch(t, (size_t)n * sizeof *g) : NULL;
    if (s || (n && !g)) return t->error.status;
    rg_node *one = NULL;
    s = rg_grad_many(t, 1, &f, &one, n, x, g);
    if (!s) s = pull_back(t, n, g, v, n, x, out);
    if (!s) s = fill_absent(t, n, x, out, n, x, v);
    if (n) rg_scratch_free(t, g, (size_t)n * sizeof *g);
    return s;
}

rg_status rg_hvp(rg_node *f, int n, rg_node *const *x, rg_node *const *v, rg_node **out)
{
    rg_tape *t = rg_tape_of(f);
    rg_status s = !t || (n > 0 && !out)
                      ? rg_refuse(t, RG_USAGE, NULL, "hvp: no output, or no place for the answers")
                      : curve(f, n, x, v, out);
    return rg_grad_end(t, s, n, out, "hvp");
}

rg_status rg_gauss_newton(rg_node *f, rg_node *z, int n, rg_node *const *x, rg_node *const *v,
                          rg_node **out)
{
    rg_node *moved = rg_jvp(z, n, x, v), *bent = NULL;
    rg_status s = rg_hvp(f, 1, &z, &moved, &bent);
    if (!s) s = rg_vjp(1, &z, &bent, n, x, out);
    return rg_grad_end(rg_tape_of(f), s, n, out, "gauss_newton");
}
