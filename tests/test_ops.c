/* test_ops.c - every op of the library on the shapes of its example: the gradient and
 * the gradient of the gradient against slopes, in f32 and f64, in all layouts, with
 * many upstreams at once. */
#include "suite.h"
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <string.h>

enum { OPS = 200 };

static const char *const lie_name[RG_LIES] = {"dense", "transposed", "stepped", "reversed",
                                              "repeated"};

static bool flows(const rg_op *op)
{
    for (int k = 0; k < RG_WIRES; k++)
        if (op->wire[k].local) return true;
    return false;
}

/* True when something was tested: an example may be empty, or lie where relu is flat. */
static bool case_passes(const rg_op *op, const rg_check_case *c)
{
    rg_finding f;
    rg_verdict v;
    rg_error e = {0};
    char text[RG_FINDING_TEXT];
    rg_status s = rg_check_op(op, c, NULL, &f, &v, &e);
    ck_assert_msg(s == RG_OK, "%s, example %d: %s", op->name, c->example, e.text);
    ck_assert_msg(v == RG_PASS || v == RG_UNTESTED,
                  "%s, example %d, %s, %s, order %d, input %d: %s: %s", op->name, c->example,
                  rg_dtype_text(c->dtype), lie_name[c->lie], c->order, f.input + 1,
                  rg_verdict_text(v), rg_finding_text(&f, text));
    return v == RG_PASS;
}

static void check_op(const rg_op *op, rg_check_case c)
{
    for (int lie = 0; lie < RG_LIES; lie++) {
        int passed = 0;
        c.lie = (rg_lie)lie;
        for (c.example = 0; c.example < rg_check_examples(op); c.example++)
            passed += case_passes(op, &c);
        ck_assert_msg(passed || !flows(op) || !rg_check_examples(op), "%s: nothing was tested",
                      op->name);
    }
}

static void check_all(rg_dtype dtype, int order, int stacked)
{
    for (int i = 0; rg_ops[i]; i++)
        check_op(rg_ops[i],
                 (rg_check_case){.dtype = dtype, .order = order, .stacked = stacked, .seed = 1});
}

START_TEST(gradients_f64) { check_all(RG_F64, 1, 0); }
END_TEST
START_TEST(gradients_f32) { check_all(RG_F32, 1, 0); }
END_TEST
START_TEST(second_order_f64) { check_all(RG_F64, 2, 3); }
END_TEST
START_TEST(second_order_f32) { check_all(RG_F32, 2, 3); }
END_TEST

RG_SUITE("ops", gradients_f64, gradients_f32, second_order_f64, second_order_f32)
