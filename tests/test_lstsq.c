/* test_lstsq.c - linear least squares against known answers and its own laws; grids. */
#include "nn_help.h"

static rg_status solve(int m, int n, const double *X, const double *y, double ridge, double *w, rg_lstsq_result *r)
{
    rg_tape *t = rg_tape_new(NULL);
    r->weight = w;
    rg_status s = rg_least_squares(t, m, n, X, y, ridge, r);
    ck_assert_int_eq(s, rg_error_of(t)->status);
    rg_tape_free(t);
    return s;
}

/* y = 2x + 1 and a residual that is perpendicular to both columns. */
START_TEST(line_through_points)
{
    static const double X[] = {0, 1, 1, 1, 2, 1, 3, 1}, y[] = {1 + 1, 3 - 1, 5 - 1, 7 + 1};
    double w[2];
    rg_lstsq_result r;
    ck_assert_int_eq(solve(4, 2, X, y, 0, w, &r), RG_OK);
    ck_assert_double_eq_tol(w[0], 2, 1e-14);
    ck_assert_double_eq_tol(w[1], 1, 1e-14);
    ck_assert_double_eq_tol(r.ssr, 4, 1e-13);
    ck_assert_int_eq(r.rank, 2);
    ck_assert_double_eq_tol(r.condition, sqrt((9 + sqrt(61)) / (9 - sqrt(61))), 1e-13); /* X'X = 14 6; 6 4 */
}
END_TEST

/* At the answer the gradient X'(Xw - y) + ridge w is 0, tall or wide, with ridge or not. */
START_TEST(gradient_vanishes)
{
    static const int size[][2] = {{20, 5}, {5, 20}, {7, 7}};
    static const double ridge[] = {0, 0.3};
    for (int k = 0; k < 6; k++) {
        int m = size[k / 2][0], n = size[k / 2][1];
        double X[100], y[20], w[20], left[20];
        rg_lstsq_result r;
        fill_wavy(X, m * n, 0.4);
        fill_wavy(y, m, 1.1);
        ck_assert_int_eq(solve(m, n, X, y, ridge[k % 2], w, &r), RG_OK);
        ck_assert_int_eq(r.rank, m < n ? m : n);
        for (int i = 0; i < m; i++) {
            left[i] = -y[i];
            for (int j = 0; j < n; j++) left[i] += X[i * n + j] * w[j];
        }
        for (int j = 0; j < n; j++) {
            double g = ridge[k % 2] * w[j];
            for (int i = 0; i < m; i++) g += X[i * n + j] * left[i];
            ck_assert_double_eq_tol(g, 0, 1e-10);
        }
        if (m < n && k % 2 == 0) ck_assert_double_eq_tol(r.ssr, 0, 1e-20);
    }
}
END_TEST

/* Two equal columns: rank 1 is said, and of all answers the shortest halves the weight;
 * fewer rows than columns: the shortest w with x w = y. */
START_TEST(shortest_of_many)
{
    static const double twins[] = {1, 1, 2, 2, 3, 3}, y[] = {2, 4, 6}, row[] = {3, 4};
    double w[2];
    rg_lstsq_result r;
    ck_assert_int_eq(solve(3, 2, twins, y, 0, w, &r), RG_OK);
    ck_assert_int_eq(r.rank, 1);
    ck_assert(isinf(r.condition));
    ck_assert_double_eq_tol(w[0], 1, 1e-14);
    ck_assert_double_eq_tol(w[1], 1, 1e-14);
    ck_assert_int_eq(solve(1, 2, row, (double[]){50}, 0, w, &r), RG_OK);
    ck_assert_int_eq(r.rank, 1);
    ck_assert_double_eq_tol(w[0], 6, 1e-14);
    ck_assert_double_eq_tol(w[1], 8, 1e-14);
    static const double nothing[4];
    ck_assert_int_eq(solve(2, 2, nothing, y, 0, w, &r), RG_OK);
    ck_assert_int_eq(r.rank, 0);
    ck_assert_double_eq(w[0], 0);
}
END_TEST

/* Descent from 0 stays in the span of the rows and so ends at the shortest answer. */
START_TEST(descent_from_0_is_the_shortest)
{
    static const double X[] = {1, 0, 2, -1, 1, 0, 1, -1, 2, 0, 2, 1, 0, 0, -1}, y[] = {1, 2, -1};
    double w[5], got[5];
    rg_lstsq_result r;
    ck_assert_int_eq(solve(3, 5, X, y, 0, w, &r), RG_OK);
    rg_tape *t = rg_tape_new(NULL);
    rg_node *param = rg_leaf(t, RG_F64, rg_shape1(5));
    rg_node *rows = rg_leaf_from(t, RG_F64, rg_shape2(3, 5), X, 15), *goal = rg_leaf_from(t, RG_F64, rg_shape1(3), y, 3);
    rg_optim_config c = rg_sgd(0.9);
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 1, .param = &param, .lr = 0.02});
    for (int i = 0; i < 3000; i++) {
        int64_t mark = rg_step_begin(t);
        ck_assert_int_eq(rg_optim_step(o, rg_squared_error(rg_matmul(rows, param), goal, RG_SQUARES_HALF_SUM)), RG_OK);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    rg_read(param, RG_F64, got, 5);
    for (int i = 0; i < 5; i++) ck_assert_double_eq_tol(got[i], w[i], 1e-10);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* The features of degree N - 1 go through N points; the error never rises with the degree. */
START_TEST(polynomials_of_rising_degree)
{
    double y[8], last = INFINITY, w[8], X[64];
    fill_wavy(y, 8, 0.5);
    for (int degree = 0; degree < 8; degree++) {
        rg_tape *t = rg_tape_new(NULL);
        double x[8];
        for (int i = 0; i < 8; i++) x[i] = i / 3.5 - 1;
        rg_node *features = rg_polynomial(rg_leaf_from(t, RG_F64, rg_shape1(8), x, 8), degree);
        rg_read(features, RG_F64, X, (size_t)(8 * (degree + 1)));
        rg_tape_free(t);
        rg_lstsq_result r;
        ck_assert_int_eq(solve(8, degree + 1, X, y, 0, w, &r), RG_OK);
        ck_assert_double_le(r.ssr, last + 1e-12);
        last = r.ssr;
    }
    ck_assert_double_lt(last, 1e-20);
}
END_TEST

START_TEST(bad_problems)
{
    static const double X[] = {1, 2}, bad[] = {1, INFINITY};
    double w[2];
    rg_lstsq_result r;
    ck_assert_int_eq(solve(0, 2, X, X, 0, w, &r), RG_SHAPE);
    ck_assert_int_eq(solve(1, 2, X, X, -1, w, &r), RG_USAGE);
    ck_assert_int_eq(solve(1, 2, X, X, (double)NAN, w, &r), RG_USAGE);
    ck_assert_int_eq(solve(1, 2, bad, X, 0, w, &r), RG_DOMAIN);
}
END_TEST

static rg_status solve_once(const rg_config *cfg)
{
    static const double X[] = {1, 2, 3, 4, 5, 7}, y[] = {1, 0, 2};
    double w[2];
    rg_lstsq_result r = {.weight = w};
    rg_tape *t = rg_tape_new(cfg);
    if (!t) return RG_NOMEM;
    rg_status s = rg_least_squares(t, 3, 2, X, y, 0, &r);
    rg_node *loss = rg_sum(rg_matmul(rg_leaf_from(t, RG_F64, rg_shape2(3, 2), X, 6), rg_leaf_from(t, RG_F64, rg_shape1(2), w, 2)), 0);
    if (!s) s = rg_error_of(rg_tape_of(loss))->status;
    rg_tape_free(t);
    return s;
}

START_TEST(squares_without_memory) { fail_each(solve_once); }
END_TEST

/* ---- grids ------------------------------------------------------------------------------------ */

static rg_status bowl(void *ud, const double *v, double *out)
{
    int *asked = ud;
    ++*asked;
    *out = v[0] == 3 ? (double)NAN : (v[0] - 2) * (v[0] - 2) + (v[1] + 1) * (v[1] + 1);
    return v[0] > 3 ? RG_DOMAIN : RG_OK;
}

START_TEST(grid_finds_the_lowest)
{
    static const double a[] = {1, 2, 3, 9}, b[] = {-2, -1, 0};
    rg_grid g = {2, {{"a", 3, a}, {"b", 3, b}}};
    double v[2], lowest;
    int64_t at;
    int asked = 0;
    ck_assert_int_eq(rg_grid_count(&g), 9);
    rg_grid_point(&g, 5, v);
    ck_assert(v[0] == 2 && v[1] == 0);
    ck_assert_int_eq(rg_grid_search(&g, bowl, &asked, &at, &lowest), RG_OK);
    ck_assert_int_eq(asked, 9);
    ck_assert_int_eq(at, 4);
    ck_assert_double_eq(lowest, 0);
    g.axis[0].n = 4;
    ck_assert_int_eq(rg_grid_search(&g, bowl, &asked, &at, &lowest), RG_DOMAIN);
    g.axis[0] = (rg_grid_axis){"a", 1, a + 2};
    ck_assert_int_eq(rg_grid_search(&g, bowl, &asked, &at, &lowest), RG_USAGE);
    g.axis[0].n = 0;
    ck_assert_int_eq(rg_grid_count(&g), 0);
}
END_TEST

RG_SUITE("lstsq", line_through_points, gradient_vanishes, shortest_of_many, descent_from_0_is_the_shortest,
         polynomials_of_rising_degree, bad_problems, squares_without_memory, grid_finds_the_lowest)
