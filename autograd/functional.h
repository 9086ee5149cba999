/* functional.h - whole Jacobians and Hessians, and their products with vectors.
 *
 * Everything is recorded: the answers are nodes of the same tape, so they can be
 * differentiated again, explained, checked. dims(a)+dims(b) is the shape whose axes are
 * those of a, then those of b; at most RG_MAX_RANK in all. Where no path leads the
 * answer is zeros (a constant, without memory for each); rg_grad is the function that
 * tells absent from zero.
 *
 * Vectors have the shape of what they belong to. They may have extra leading axes, all
 * the same ones: many products at once, and the answers carry these axes too.
 *
 * Errors are those of rg_grad, and RG_SHAPE for a vector that does not fit or a
 * Jacobian of too many axes; the tape says which. Functions that answer with a status
 * fill out with error nodes then. */
#ifndef RG_FUNCTIONAL_H
#define RG_FUNCTIONAL_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- products: no matrix is formed ----------------------------------------------- */

/* Vector-Jacobian: out[i] = sum over j of v[j]^T dy[j]/dx[i], in dims(x[i]), for m > 0
 * outputs in one walk backward. v[j] NULL is 1, and then y[j] has one element. */
RG_API rg_status rg_vjp(int m, rg_node *const *y, rg_node *const *v, int n, rg_node *const *x,
                        rg_node **out);

/* Jacobian-vector, forward mode: sum over i of dy/dx[i] v[i], in dims(y): how y moves
 * when all x move along v, which is the directional derivative. v[i] NULL: x[i] stays.
 * J^T u is linear in u, and this is the derivative of <J^T u, v> by u: two walks. */
RG_API rg_node *rg_jvp(rg_node *y, int n, rg_node *const *x, rg_node *const *v);

/* Hessian-vector: out[i] = sum over k of d2f/dx[i]dx[k] v[k], in dims(x[i]); f of one
 * element. v[k] NULL is zero. Backward over backward (Pearlmutter 1994). */
RG_API rg_status rg_hvp(rg_node *f, int n, rg_node *const *x, rg_node *const *v, rg_node **out);

/* Gauss-Newton: out[i] = J_i^T H (sum over k of J_k v[k]) with J_k = dz/dx[k] and H the
 * Hessian of f by z alone: what the curvature of f is when that of z is left out. z is a
 * node that f was made from, such as the outputs of a network, f its loss (one element).
 * Positive semidefinite when f is convex in z (Schraudolph 2002). */
RG_API rg_status rg_gauss_newton(rg_node *f, rg_node *z, int n, rg_node *const *x,
                                 rg_node *const *v, rg_node **out);

/* ---- matrices -------------------------------------------------------------------- */

/* J[i] = dy/dx[i], in dims(y)+dims(x[i]). Backward, one row for each element of y, or
 * forward, one column for each element of x, whichever is less work; either way all at
 * once, by seeds with a leading axis. So memory on the tape grows by about one backward
 * pass times that many seeds: rg_read_jacobian needs little.
 *
 * Of the losses of a batch this gives the gradient of each sample by itself, but every
 * seed walks through the whole batch. Cheaper: record the model with parameters that are
 * broadcast to one copy for each sample; the gradient of the summed losses by those
 * copies is the gradient of each sample, in one ordinary pass. */
RG_API rg_status rg_jacobian(rg_node *y, int n, rg_node *const *x, rg_node **J);

/* H[i*n + k] = d2f/dx[i]dx[k], in dims(x[i])+dims(x[k]), for all ordered pairs; f of one
 * element. A pair is computed once: H[k*n + i] is the same numbers, transposed. */
RG_API rg_status rg_hessian(rg_node *f, int n, rg_node *const *x, rg_node **H);

/* The numbers of rg_jacobian: J[i] receives count of y times count of x[i], dims(y)
 * outermost. As many seeds at once as fit into some megabytes; afterwards the tape is as
 * long as before, unless it failed. Axes may be more than RG_MAX_RANK. */
RG_API rg_status rg_read_jacobian(rg_node *y, int n, rg_node *const *x, double *const *J);

/* Of the Hessian of f by x the entries (row[e], column[e]), e < entries, into value[e];
 * elements of x are counted dense. An entry that may be other than 0 must be in the
 * list, itself or mirrored: columns without a common row are computed in one product and
 * told apart by the list. As many products as that takes colours, all at once: three
 * for a tridiagonal Hessian of any size. Afterwards the tape is as long as before,
 * unless it failed; RG_INDEX for an entry that x does not have. */
RG_API rg_status rg_read_sparse_hessian(rg_node *f, rg_node *x, int64_t entries,
                                        const int64_t *row, const int64_t *column, double *value);

/* ---- the same functions, noting the line of the call ----------------------------- */

static inline rg_status rg_vjp_here(const char *file, int line, int m, rg_node *const *y,
                                    rg_node *const *v, int n, rg_node *const *x, rg_node **out)
{
    return rg_at_status(y && m > 0 ? rg_tape_of(y[0]) : NULL, rg_vjp(m, y, v, n, x, out), file, line);
}
static inline rg_status rg_hvp_here(const char *file, int line, rg_node *f, int n,
                                    rg_node *const *x, rg_node *const *v, rg_node **out)
{
    return rg_at_status(rg_tape_of(f), rg_hvp(f, n, x, v, out), file, line);
}
static inline rg_status rg_gauss_newton_here(const char *file, int line, rg_node *f, rg_node *z,
                                             int n, rg_node *const *x, rg_node *const *v,
                                             rg_node **out)
{
    return rg_at_status(rg_tape_of(f), rg_gauss_newton(f, z, n, x, v, out), file, line);
}
static inline rg_status rg_jacobian_here(const char *file, int line, rg_node *y, int n,
                                         rg_node *const *x, rg_node **J)
{
    return rg_at_status(rg_tape_of(y), rg_jacobian(y, n, x, J), file, line);
}
static inline rg_status rg_hessian_here(const char *file, int line, rg_node *f, int n,
                                        rg_node *const *x, rg_node **H)
{
    return rg_at_status(rg_tape_of(f), rg_hessian(f, n, x, H), file, line);
}
static inline rg_status rg_read_jacobian_here(const char *file, int line, rg_node *y, int n,
                                              rg_node *const *x, double *const *J)
{
    return rg_at_status(rg_tape_of(y), rg_read_jacobian(y, n, x, J), file, line);
}
static inline rg_status rg_read_sparse_hessian_here(const char *file, int line, rg_node *f,
                                                    rg_node *x, int64_t entries,
                                                    const int64_t *row, const int64_t *column,
                                                    double *value)
{
    return rg_at_status(rg_tape_of(f), rg_read_sparse_hessian(f, x, entries, row, column, value), file, line);
}

#ifndef RG_NO_HERE
#define rg_vjp(...)           rg_vjp_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_jvp(...)           RG_HERE(rg_jvp(__VA_ARGS__))
#define rg_hvp(...)           rg_hvp_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_gauss_newton(...)  rg_gauss_newton_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_jacobian(...)      rg_jacobian_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_hessian(...)       rg_hessian_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_read_jacobian(...) rg_read_jacobian_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_read_sparse_hessian(...) rg_read_sparse_hessian_here(__FILE__, __LINE__, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
