/* test_hessian.c - laws of whole Hessians, of products with them and of their sparse entries. */
#include "functional_world.h"
#include "suite.h"

/* ---- whole, and times a vector ------------------------------------------------------ */

START_TEST(hessian_of_a_quadratic_is_exact)
{
    /* f = x'Ax/2 + b'x with whole numbers: H = (A + A')/2, to the bit */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *A = MATRIX(t, 3, 2, 4, 0, -2, 6, 2, 8, 0, 4), *b = VECTOR(t, 1, 2, 3);
    rg_node *x = VECTOR(t, 3, -1, 2), *H;
    rg_node *f = rg_add(rg_scale(rg_dot(x, rg_matmul(A, x)), .5), rg_dot(b, x));
    ck_assert_int_eq(rg_hessian(f, 1, &x, &H), RG_OK);
    EXPECT(H, 0, 2, 1, 4, 1, 6, 1, 4, 1, 4);
    rg_tape_free(t);
}
END_TEST

START_TEST(hessian_is_symmetric)
{
    for (int turn = 0; turn < 2; turn++) {
        world w = open_world(turn);
        rg_node *H[4];
        ck_assert_int_eq(rg_hessian(one_of(w.in[0], w.in[1]), 2, w.in, H), RG_OK);
        same_numbers(H[0], rg_transpose(H[0]), 50 * w.eps);
        rg_node *square = rg_reshape(H[3], rg_shape2(6, 6));
        same_numbers(square, rg_transpose(square), 50 * w.eps);
        rg_node *mixed = rg_reshape(H[1], rg_shape2(3, 6));
        same_numbers(rg_transpose(mixed), rg_reshape(H[2], rg_shape2(6, 3)), 0);
        close_world(&w);
    }
}
END_TEST

START_TEST(both_halves_of_the_hessian_are_right)
{
    /* the block that is copied against the Jacobian of the other gradient */
    world w = open_world(0);
    rg_node *f = one_of(w.in[0], w.in[1]), *H[4], *g[2], *J[2];
    rg_hessian(f, 2, w.in, H);
    rg_grad(f, NULL, 2, w.in, g);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(rg_jacobian(g[i], 2, w.in, J), RG_OK);
        for (int k = 0; k < 2; k++) same_numbers(H[2 * i + k], J[k], 1e-14);
    }
    close_world(&w);
}
END_TEST

START_TEST(hessian_product_is_hessian_times_vector)
{
    for (int turn = 0; turn < 2; turn++) {
        world w = open_world(turn);
        rg_node *f = one_of(w.in[0], w.in[1]), *H[4], *out[2];
        rg_hessian(f, 2, w.in, H);
        ck_assert_int_eq(rg_hvp(f, 2, w.in, w.v, out), RG_OK);
        rg_node *v1 = rg_reshape(w.v[1], rg_shape1(6));
        rg_node *want =
            rg_add(rg_matmul(H[0], w.v[0]), rg_matmul(rg_reshape(H[1], rg_shape2(3, 6)), v1));
        same_numbers(out[0], want, 100 * w.eps);
        close_world(&w);
    }
}
END_TEST

START_TEST(gauss_newton_is_jacobian_hessian_jacobian)
{
    for (int turn = 0; turn < 2; turn++) {
        world w = open_world(turn);
        rg_node *z = five_of(w.in[0], w.in[1]), *f = rg_logsumexp(rg_square(z), 0);
        rg_node *J, *H, *G;
        rg_jacobian(z, 1, w.in, &J);
        rg_hessian(f, 1, &z, &H);
        ck_assert_int_eq(rg_gauss_newton(f, z, 1, w.in, w.v, &G), RG_OK);
        rg_node *half = rg_matmul(H, rg_matmul(J, w.v[0]));
        same_numbers(G, rg_matmul(rg_transpose(J), half), 100 * w.eps);
        close_world(&w);
    }
}
END_TEST

START_TEST(gauss_newton_is_the_hessian_when_the_map_is_linear)
{
    world w = open_world(0);
    rg_node *z = rg_matmul(w.in[1], w.in[0]), *f = rg_sum(rg_exp(z), 0), *G, *Hv;
    rg_gauss_newton(f, z, 1, w.in, w.v, &G);
    rg_hvp(f, 1, w.in, w.v, &Hv);
    same_numbers(G, Hv, 1e-14);
    close_world(&w);
}
END_TEST

START_TEST(all_of_it_can_be_differentiated_again)
{
    /* the derivative of the Hessian of sum x^4 at x is 24 x on its diagonal */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2), *H, *T, *v = VECTOR(t, 1, 1), *Hv, *g;
    rg_node *f = rg_sum(rg_square(rg_square(x)), 0);
    rg_hessian(f, 1, &x, &H);
    ck_assert_int_eq(rg_jacobian(H, 1, &x, &T), RG_OK);
    EXPECT(T, 1e-14, 24, 0, 0, 0, 0, 0, 0, 48);
    rg_hvp(f, 1, &x, &v, &Hv);
    ck_assert_int_eq(rg_grad(rg_sum(Hv, 0), NULL, 1, &x, &g), RG_OK);
    EXPECT(g, 1e-14, 24, 48);
    rg_node *along = rg_jvp(f, 1, &x, &v); /* again and again along v: 4, 12, 24 x.. */
    EXPECT(along, 1e-14, 4 * (1 + 8));
    along = rg_jvp(along, 1, &x, &v);
    EXPECT(along, 1e-14, 12 * (1 + 4));
    EXPECT(rg_jvp(along, 1, &x, &v), 1e-14, 24 * (1 + 2));
    rg_tape_free(t);
}
END_TEST

START_TEST(gradient_of_each_sample)
{
    /* the Jacobian of the losses, and the cheap way: parameters broadcast to the batch */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = drawn(t, RG_F64, rg_shape3(4, 1, 3)), *W = drawn(t, RG_F64, rg_shape2(3, 2)), *J,
            *g;
    rg_node *copies = rg_broadcast(W, rg_shape3(4, 3, 2));
    rg_node *p = rg_tanh(rg_matmul(x, copies));
    rg_node *losses = rg_sum(rg_sum(rg_square(p), -1), -1);
    ck_assert_int_eq(rg_jacobian(losses, 1, &W, &J), RG_OK);
    ck_assert_int_eq(rg_grad(rg_sum(losses, 0), NULL, 1, &copies, &g), RG_OK);
    same_numbers(g, J, 1e-15);
    rg_tape_free(t);
}
END_TEST

/* ---- sparse entries ----------------------------------------------------------------- */

/* Entries of the Hessian of f by x, all of which are listed, against the whole. */
static void same_entries(rg_node *f, rg_node *x, int64_t n, const int64_t *row,
                         const int64_t *column)
{
    double value[MOST];
    static double H[MOST * MOST];
    rg_node *g;
    rg_grad(f, NULL, 1, &x, &g);
    rg_read_jacobian(g, 1, &x, (double *[]){H});
    int64_t len = rg_len(rg_tape_of(f)), size = rg_count_of(x);
    ck_assert_int_eq(rg_read_sparse_hessian(f, x, n, row, column, value), RG_OK);
    ck_assert_int_eq(rg_len(rg_tape_of(f)), len);
    for (int64_t e = 0; e < n; e++)
        ck_assert_double_eq_tol(value[e], H[row[e] * size + column[e]], 1e-9);
}

START_TEST(sparse_entries_are_those_of_the_whole)
{
    enum { N = 40 };
    for (int graph = 0; graph < 20; graph++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = drawn(t, RG_F64, rg_shape2(8, 5)), *f = NULL;
        rg_node *flat = rg_reshape(x, rg_shape1(N));
        int64_t row[MOST], column[MOST];
        dice_state = (uint32_t)graph;
        int n = dice(60) + 1;
        for (int e = 0; e < n; e++) { /* a sum of functions of two elements each */
            row[3 * e] = column[3 * e] = row[3 * e + 1] = dice(N);
            row[3 * e + 2] = column[3 * e + 2] = column[3 * e + 1] = dice(N);
            rg_node *a = rg_index(flat, 0, row[3 * e]), *b = rg_index(flat, 0, column[3 * e + 1]);
            rg_node *term = rg_mul(rg_sin(a), rg_exp(b));
            f = f ? rg_add(f, term) : term;
        }
        same_entries(f, x, 3 * n, row, column);
        fine(t);
        rg_tape_free(t);
    }
}
END_TEST

/* How many vectors travel together, when the function is of vectors. */
static void count_vectors(void *ud, const rg_step *step)
{
    rg_shape s = rg_shape_of(step->upstream);
    if (s.rank == 2) *(int64_t *)ud = s.dim[0];
}

START_TEST(a_band_takes_three_products_and_an_arrow_all)
{
    enum { N = 50 };
    int64_t row[2 * N], column[2 * N], vectors = 0;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = drawn(t, RG_F64, rg_shape1(N));
    rg_node *low = rg_slice(x, 0, 0, N - 1, 1), *high = rg_slice(x, 0, 1, N - 1, 1);
    rg_node *band = rg_sum(rg_exp(rg_mul(low, high)), 0);
    rg_node *arrow = rg_mul(rg_index(x, 0, 0), rg_sum(rg_square(x), 0));
    for (int i = 0; i < 2 * N - 1; i++) {
        row[i] = (i + 1) / 2;
        column[i] = i / 2;
    }
    same_entries(band, x, 2 * N - 1, row, column);
    rg_watch(t, count_vectors, &vectors);
    double value[2 * N];
    rg_read_sparse_hessian(band, x, 2 * N - 1, row, column, value);
    ck_assert_int_eq(vectors, 3);
    for (int i = 0; i < 2 * N - 1; i++) column[i] = i % 2 ? 0 : row[i];
    rg_read_sparse_hessian(arrow, x, 2 * N - 1, row, column, value);
    ck_assert_int_eq(vectors, N);
    rg_watch(t, NULL, NULL);
    same_entries(arrow, x, 2 * N - 1, row, column);
    rg_tape_free(t);
}
END_TEST

START_TEST(sparse_entries_are_asked_for_rightly)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2), *f = rg_sum(rg_square(x), 0);
    int64_t ones[] = {1, 1}, beyond[] = {1, 2};
    double v[2];
    ck_assert_int_eq(rg_read_sparse_hessian(f, x, 0, NULL, NULL, NULL), RG_OK);
    ck_assert_int_eq(rg_read_sparse_hessian(f, x, 2, ones, ones, v), RG_OK); /* twice is no harm */
    ck_assert(v[0] == 2 && v[1] == 2);
    ck_assert_int_eq(rg_read_sparse_hessian(f, x, 2, ones, beyond, v), RG_INDEX);
    ck_assert(strstr(rg_error_of(t)->text, "entry 1 is (1, 2)"));
    ck_assert_int_eq(rg_error_of(t)->line, __LINE__ - 2);
    ck_assert_int_eq(rg_read_sparse_hessian(NULL, x, 2, ones, ones, v), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("hessian", hessian_of_a_quadratic_is_exact, hessian_is_symmetric,
         both_halves_of_the_hessian_are_right, hessian_product_is_hessian_times_vector,
         gauss_newton_is_jacobian_hessian_jacobian,
         gauss_newton_is_the_hessian_when_the_map_is_linear, all_of_it_can_be_differentiated_again,
         gradient_of_each_sample, sparse_entries_are_those_of_the_whole,
         a_band_takes_three_products_and_an_arrow_all, sparse_entries_are_asked_for_rightly)
