/* test_refusals.c - what an op cannot do it says: status, and words that name it. One row per
 * refusal; the tape can be used after a rewind. */
#include "suite.h"
#include <retrograd/retrograd.h>
#include <string.h>

typedef struct cast {
    rg_tape *t;
    rg_node *one, *three, *four, *grid, *deep, *image, *index, *whole, *small;
} cast;

static cast make_cast(void)
{
    cast c = {.t = rg_tape_new(NULL)};
    rg_shape deep = {RG_MAX_RANK, {1, 1, 1, 1, 1, 1, 1, 2}};
    c.one = rg_scalar(c.t, 1);
    c.three = rg_leaf(c.t, RG_F64, rg_shape1(3));
    c.four = rg_leaf(c.t, RG_F64, rg_shape1(4));
    c.grid = rg_leaf(c.t, RG_F64, rg_shape2(2, 3));
    c.deep = rg_leaf(c.t, RG_F64, deep);
    c.image = rg_leaf(c.t, RG_F64, rg_shape4(1, 2, 4, 4));
    c.index = rg_leaf(c.t, RG_I64, rg_shape2(2, 2));
    c.whole = rg_leaf(c.t, RG_I64, rg_shape1(3));
    c.small = rg_leaf(c.t, RG_F32, rg_shape1(3));
    return c;
}

typedef void call(const cast *c);
#define REFUSAL(name, what)                                                                        \
    static void name(const cast *c) { what; }
static const int twice[] = {0, 0};
static double number;
static const rg_tensor no_type = {.data = &number, .dtype = RG_DTYPES};
static const rg_ranks three_ranks = {.n = 3};
static rg_node *to[2];

REFUSAL(conv_groups, rg_conv2d_of(c->image, rg_const(c->t, RG_F64, rg_shape4(1, 1, 2, 2), 1), &(rg_conv_how){{1, 1}, {0, 0}, {1, 1}, 2}))
REFUSAL(permute_twice, rg_permute(c->grid, twice))
REFUSAL(swap_vector, rg_swap_last(c->three))
REFUSAL(slice_beyond, rg_slice(c->three, 0, 2, 2, 1))
REFUSAL(slice_axis, rg_slice(c->three, 1, 0, 1, 1))
REFUSAL(index_axis, rg_index(c->three, -2, 0))
REFUSAL(gather_axis, rg_gather(c->grid, c->index, 2))
REFUSAL(gather_number, rg_gather(c->one, c->index, 0))
REFUSAL(stack_axis, rg_stack(2, (rg_node *[]){c->grid, c->grid}, 3))
REFUSAL(prod_axis, rg_prod(c->grid, 2))
REFUSAL(polynomial_grid, rg_polynomial(c->grid, 2))
REFUSAL(index_beyond, rg_index(c->three, 0, 3))
REFUSAL(diagonal_vector, rg_diagonal(c->three))
REFUSAL(gather_deep, rg_gather(c->deep, c->index, 0))
REFUSAL(scatter_axis, rg_scatter_add(c->grid, c->index, 3, 2))
REFUSAL(scatter_index, rg_scatter_add(c->grid, c->index, 0, 2))
REFUSAL(scatter_deep, rg_scatter_add(c->deep, rg_index(rg_index(c->index, 0, 0), 0, 0), 0, 2))
REFUSAL(product_lengths, rg_matmul(c->three, c->four))
REFUSAL(product_number, rg_matmul(c->one, c->four))
REFUSAL(dot_grid, rg_dot(c->grid, c->three))
REFUSAL(outer_grid, rg_outer(c->grid, c->three))
REFUSAL(broadcast_less, rg_broadcast(c->grid, rg_shape1(3)))
REFUSAL(broadcast_other, rg_broadcast(c->grid, rg_shape2(3, 3)))
REFUSAL(stack_fewer, rg_stack(2, (rg_node *[]){c->grid, rg_sum(c->grid, RG_ALL_AXES)}, 0))
REFUSAL(stack_deep, rg_stack(2, (rg_node *[]){c->deep, c->deep}, 0))
REFUSAL(pad_beyond, rg_pad(c->three, 0, 2, 1, 3))
REFUSAL(pad_axis, rg_pad(c->three, 1, 0, 1, 3))
REFUSAL(diag_deep, rg_diag_embed(c->deep))
REFUSAL(draw_whole, rg_uniform(c->t, RG_I64, rg_shape1(3)))
REFUSAL(reshape_rank, rg_reshape(c->three, (rg_shape){RG_MAX_RANK + 1, {3, 1, 1, 1, 1, 1, 1, 1}}))
REFUSAL(reshape_negative, rg_reshape(c->one, (rg_shape){-1, {1}}))
REFUSAL(draw_rank, rg_uniform(c->t, RG_F64, (rg_shape){RG_MAX_RANK + 1, {1}}))
REFUSAL(probability, rg_bernoulli(c->t, RG_F64, rg_shape1(3), 1.5))
REFUSAL(keep_none, rg_dropout(c->three, 0))
REFUSAL(not_square, rg_det(c->grid))
REFUSAL(softmax_number, rg_softmax(c->one, 0))
REFUSAL(cast_type, rg_cast(c->three, RG_DTYPES))
REFUSAL(leaf_type, rg_leaf(c->t, RG_DTYPES, rg_shape1(3)))
REFUSAL(leaf_nothing, rg_leaf_over(c->t, NULL, false))
REFUSAL(leaf_window, rg_leaf_over(c->t, &no_type, false))
REFUSAL(largest_window_nothing, rg_maxpool2d_of(c->grid, NULL))
REFUSAL(mean_window_nothing, rg_avgpool2d_of(c->grid, NULL))
REFUSAL(const_type, rg_const(c->t, RG_DTYPES, rg_shape1(3), 1))
REFUSAL(assign_node, rg_assign(rg_neg(c->three), c->three))
REFUSAL(assign_shape, rg_assign(c->three, c->four))
REFUSAL(assign_type, rg_assign(c->three, c->small))
REFUSAL(upstream_type, rg_grad(c->three, c->small, 1, (rg_node **)&c->three, to))
REFUSAL(gradient_of_whole, rg_grad(c->whole, c->whole, 1, (rg_node **)&c->three, to))
REFUSAL(gradient_nowhere, rg_grad(c->one, NULL, 1, (rg_node **)&c->three, NULL))
REFUSAL(jvp_nothing, rg_jvp(c->three, 1, NULL, NULL))
REFUSAL(hvp_nowhere, rg_hvp(c->one, 1, (rg_node **)&c->one, (rg_node **)&c->one, NULL))
REFUSAL(hessian_no_entries, rg_read_sparse_hessian(c->one, c->one, 1, NULL, NULL, NULL))
REFUSAL(three_sum, rg_rank_sum(c->three, &three_ranks))

static const struct refusal {
    call *run;
    rg_status status;
    const char *says;
} refusal[] = {
    {conv_groups, RG_SHAPE, "must be multiples of the groups"},
    {permute_twice, RG_INDEX, "an axis is named twice"},
    {swap_vector, RG_SHAPE, "has fewer than two axes"},
    {slice_beyond, RG_INDEX, "2 elements from 2 by 1 do not fit axis 0"},
    {slice_axis, RG_INDEX, "slice: no axis 1 in 3 f64"},
    {index_axis, RG_INDEX, "index: no axis -2 in 3 f64"},
    {gather_axis, RG_INDEX, ": there are 2, 0 to 1 or -2 to -1"},
    {gather_number, RG_INDEX, ": a single number has none"},
    {stack_axis, RG_INDEX, ": there are 3, 0 to 2 or -3 to -1"},
    {prod_axis, RG_INDEX, "prod: no axis 2 in 2x3 f64"},
    {polynomial_grid, RG_SHAPE, "polynomial: x must be a vector, got 2 axes"},
    {index_beyond, RG_INDEX, "index 3 is out of range for axis 0"},
    {diagonal_vector, RG_SHAPE, "is no matrix"},
    {gather_deep, RG_SHAPE, "gather: the result would have 9 axes, more than 8"},
    {scatter_axis, RG_INDEX, "scatter_add: no axis 3 of the result: there is one, 0 or -1"},
    {scatter_index, RG_SHAPE, "has no axes like those of the index 2x2"},
    {scatter_deep, RG_SHAPE, "scatter_add: the result would have 9 axes, more than 8"},
    {product_lengths, RG_SHAPE, "lengths must be equal"},
    {product_number, RG_SHAPE, "a single number is no matrix; use rg_mul"},
    {dot_grid, RG_SHAPE, "dot takes two vectors"},
    {outer_grid, RG_SHAPE, "outer takes two vectors"},
    {broadcast_less, RG_SHAPE, "does not go into 3"},
    {broadcast_other, RG_SHAPE, "broadcast: 2x3"},
    {stack_fewer, RG_SHAPE, "has fewer axes than the first"},
    {stack_deep, RG_SHAPE, "stack: the result would have 9 axes, more than 8"},
    {pad_beyond, RG_INDEX, "from 2 by 1 does not fit 3 places"},
    {pad_axis, RG_INDEX, "axis 1"},
    {diag_deep, RG_SHAPE, "rank must be 1 to 7, got 8"},
    {draw_whole, RG_DTYPE, "numbers drawn are f32 or f64"},
    {reshape_rank, RG_SHAPE, "has 3 elements and cannot become"},
    {reshape_negative, RG_SHAPE, "has 1 elements and cannot become"},
    {draw_rank, RG_SHAPE, "rank must be 0 to 8, got 9"},
    {probability, RG_DOMAIN, "1.5 is no probability"},
    {keep_none, RG_DOMAIN, "keep is a probability above 0, got 0"},
    {not_square, RG_SHAPE, "is not square"},
    {softmax_number, RG_INDEX, "softmax"},
    {cast_type, RG_DTYPE, "no such dtype"},
    {leaf_type, RG_DTYPE, "unknown dtype"},
    {leaf_nothing, RG_USAGE, "no memory to look at"},
    {leaf_window, RG_DTYPE, "unknown dtype"},
    {largest_window_nothing, RG_USAGE, "how is NULL, and no window is usual"},
    {mean_window_nothing, RG_USAGE, "how is NULL, and no window is usual"},
    {const_type, RG_DTYPE, "unknown dtype"},
    {assign_node, RG_USAGE, "not a leaf that can be written"},
    {assign_shape, RG_SHAPE, "4"},
    {assign_type, RG_DTYPE, "f32"},
    {upstream_type, RG_DTYPE, "grad: upstream 3 f32"},
    {gradient_of_whole, RG_DTYPE, "no gradient of whole numbers"},
    {gradient_nowhere, RG_USAGE, "nowhere to find the inputs or to put gradients"},
    {jvp_nothing, RG_USAGE, "no list of inputs, or of vectors"},
    {hvp_nowhere, RG_USAGE, "no place for the answers"},
    {hessian_no_entries, RG_USAGE, "no list of entries, or no place for them"},
    {three_sum, RG_USAGE, "rank 0 of 3: their number must be a power of two"},
};

START_TEST(what_cannot_be_is_said)
{
    for (size_t i = 0; i < sizeof refusal / sizeof *refusal; i++) {
        cast c = make_cast();
        int64_t mark = rg_mark(c.t);
        refusal[i].run(&c);
        const rg_error *e = rg_error_of(c.t);
        ck_assert_msg(e->status == refusal[i].status && strstr(e->text, refusal[i].says), "row %zu ('%s'): status %d, '%s'", i,
                      refusal[i].says, (int)e->status, e->text);
        rg_rewind(c.t, mark);
        ck_assert_int_eq(rg_error_of(c.t)->status, RG_OK);
        ck_assert_double_eq(rg_value(rg_scale(c.one, 2)), 2);
        rg_tape_free(c.t);
    }
}
END_TEST

/* ---- ops of others ---------------------------------------------------------------------- */

static rg_status same_numbers(const rg_call *c)
{
    rg_pack(c->out.data, &c->in[0], 0, rg_count(&c->out));
    return RG_OK;
}

/* The gradient of another shape. */
static void wrong_shape(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)y, (void)wanted;
    out[0] = rg_sum(g, RG_ALL_AXES);
}

static const rg_op wrong_rule = {.abi = RG_OP_ABI, .name = "wrong_rule", .formula = "{a}", .kind = RG_WHOLE, .nin = 1,
                                 .run = {same_numbers, same_numbers}, .vjp = wrong_shape};
static const rg_op of_the_future = {.abi = RG_OP_ABI + 1, .name = "future", .nin = 1};

START_TEST(ops_of_others_are_held_to_what_they_say)
{
    cast c = make_cast();
    rg_node *y = rg_apply(&wrong_rule, 1, &c.three, NULL);
    ck_assert_int_eq(rg_error_of(c.t)->status, RG_OK);
    ck_assert_int_eq(rg_grad(y, c.three, 1, &c.three, to), RG_SHAPE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(c.t)->text, "the gradient rule of wrong_rule answers"));
    rg_tape_free(c.t);
    c = make_cast();
    rg_apply(&of_the_future, 1, &c.three, NULL);
    ck_assert_ptr_nonnull(strstr(rg_error_of(c.t)->text, "op of abi"));
    rg_tape_free(c.t);
    c = make_cast();
    rg_apply(&wrong_rule, 2, (rg_node *[]){c.three, c.three}, NULL);
    ck_assert_ptr_nonnull(strstr(rg_error_of(c.t)->text, "wrong_rule takes 1 inputs, got 2"));
    rg_tape_free(c.t);
}
END_TEST

RG_SUITE("refusals", what_cannot_be_is_said, ops_of_others_are_held_to_what_they_say)
