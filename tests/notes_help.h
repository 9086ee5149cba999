/* notes_help.h - for the tests of what the notes state. */
#ifndef RG_NOTES_HELP_H
#define RG_NOTES_HELP_H
#include "expect.h"
#include "optim_help.h"

static inline void read_all(rg_node *x, double *to)
{
    ck_assert_msg(rg_read(x, RG_F64, to, (size_t)rg_count_of(x)) == RG_OK, "%s", rg_error_of(rg_tape_of(x))->text);
}

/* Two nodes hold the same numbers. */
static inline void expect_same(rg_node *a, rg_node *b, double tol)
{
    double v[EXPECT_MOST];
    ck_assert_int_le(rg_count_of(b), EXPECT_MOST);
    read_all(b, v);
    expect_numbers(a, tol, (size_t)rg_count_of(b), v, __LINE__);
}

static inline void open_network(rg_model *m, rg_tape *t, const char *text, int64_t inputs, uint64_t seed)
{
    rg_spec s;
    ck_assert_int_eq(rg_spec_parse(&s, text, NULL), RG_OK);
    ck_assert_int_eq(rg_model_init(m, t, &s, inputs, RG_F64, seed), RG_OK);
}

/* Trains a model on all rows at once; the loss of the last step. */
static inline double train_model(rg_model *m, rg_node *x, rg_node *label, rg_node *y, int steps, double lr)
{
    rg_tape *t = rg_tape_of(x);
    rg_optim_config c = rg_adam();
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = m->params, .param = m->param, .lr = lr});
    double last = 0;
    for (int i = 0; i < steps; i++) {
        int64_t mark = rg_step_begin(t);
        rg_node *out = rg_model_apply(m, x, RG_MODE_TRAIN);
        rg_node *loss = label ? rg_cross_entropy(out, label) : rg_mse(out, y);
        last = rg_value(loss);
        ck_assert_int_eq(rg_optim_step(o, loss), RG_OK);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    rg_optim_free(o);
    return last;
}

#endif
