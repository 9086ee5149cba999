/* test_tape.c - laws of the tape: marks, errors, registers, gradients of graphs. */
#include <retrograd/retrograd.h>
#include <check.h>
#include <math.h>
#include <stdlib.h>

START_TEST(scalar_chain)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 2), *b = rg_scalar(t, 3);
    rg_node *y = rg_tanh(rg_add(rg_mul(a, b), a));
    rg_node *x[] = {a, b}, *g[2];
    ck_assert_int_eq(rg_grad(y, NULL, 2, x, g), RG_OK);
    double s = 1 - tanh(8) * tanh(8);
    ck_assert_double_eq_tol(rg_value(g[0]), 4 * s, 1e-12);
    ck_assert_double_eq_tol(rg_value(g[1]), 2 * s, 1e-12);
    rg_tape_free(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tape");
    TCase *c = tcase_create("tape");
    tcase_add_test(c, scalar_chain);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
