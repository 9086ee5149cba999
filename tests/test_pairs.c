/* test_pairs.c - two ops in one step, and a product of a column and a row as an elementwise
 * op: both have the bits of what was recorded, and both are really made. */
#define RG_NO_HERE
#include "suite.h"
#include "internal.h"
#include "ops.h"
#include "parts.h"
#include "plan.h"
#include <math.h>
#include <string.h>

static const double odd[] = {0.0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 1e-310, -3e38, 0.1, 7};

/* n numbers, odd ones among them. */
static rg_node *numbers(rg_tape *t, rg_dtype d, rg_shape s, uint32_t seed)
{
    size_t n = 1, kinds = sizeof odd / sizeof *odd;
    for (int i = 0; i < s.rank; i++) n *= (size_t)s.dim[i];
    double *v = malloc((n + 1) * sizeof *v);
    ck_assert_ptr_nonnull(v);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        v[i] = seed >> 28 ? (seed >> 8) / 16777216.0 - 0.5 : odd[(seed >> 8) % kinds];
    }
    rg_node *x = rg_leaf(t, d, s);
    ck_assert_int_eq(rg_write(x, RG_F64, v, n), RG_OK);
    free(v);
    return x;
}

/* A NaN is a NaN, whatever its sign: which of two an addition hands on is the compiler's choice. */
static void same_bits(rg_node *want, const rg_tensor *got)
{
    size_t n = (size_t)rg_count_of(want), size = rg_dtype_size(got->dtype);
    const char *x = rg_peek(want).data, *y = got->data;
    double a, b;
    for (size_t i = 0; i < n; i++) {
        rg_convert(&a, RG_F64, x + i * size, got->dtype, 1);
        rg_convert(&b, RG_F64, y + i * size, got->dtype, 1);
        if (!isnan(a) || !isnan(b)) ck_assert_mem_eq(x + i * size, y + i * size, size);
    }
}

static uint32_t pairs_in(const rg_plan *p)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->items; i++) n += p->item[i].paired;
    return n;
}

/* ---- any two elementwise ops ------------------------------------------------------- */

static rg_node *apply(const rg_op *op, rg_node **in)
{
    rg_attr a = {.f = {op->typical[0], op->typical[1]}};
    return rg_apply(op, op->nin, in, a.f[0] != 0 || a.f[1] != 0 ? &a : NULL);
}

static rg_node *record_two(rg_tape *t, const rg_op *outer, const rg_op *inner, int wire, rg_dtype d, int64_t n)
{
    rg_node *in[3], *out[3];
    for (int k = 0; k < 3; k++) {
        in[k] = numbers(t, d, rg_shape1(n), 11u + (uint32_t)k);
        out[k] = numbers(t, d, rg_shape1(n), 21u + (uint32_t)k);
    }
    out[wire] = apply(inner, in);
    return apply(outer, out);
}

/* Whether the two became one step. */
static bool try_two(const rg_op *outer, const rg_op *inner, int wire, rg_dtype d, int64_t n)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = record_two(t, outer, inner, wire, d, n);
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_ptr_nonnull(p);
    bool paired = pairs_in(p) == 1;
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_tensor got = rg_plan_out(p, 0);
    same_bits(y, &got);
    rg_plan_free(p);
    rg_tape_free(t);
    return paired;
}

static bool elementwise(const rg_op *op) { return op->kind == RG_ELEMENTWISE && op->tile[RG_F32] && !op->typed; }

static void same_as_plan(rg_tape *t, int outs, rg_node **out)
{
    rg_plan *p = rg_compile(t, outs, out, NULL);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(rg_run(p), RG_OK);
    for (int i = 0; i < outs; i++) {
        rg_tensor got = rg_plan_out(p, i);
        same_bits(out[i], &got);
    }
    rg_plan_free(p);
}

/* A step reads what the one before has returned on the wires that `mask` has a bit for: of inner, then the
 * other one of outer. x is wanted, too, and so stays a step of its own. */
static void try_way(const rg_op *outer, const rg_op *inner, int wire, unsigned mask, rg_dtype d)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scale(numbers(t, d, rg_shape0(), 5), 0.7), *in[3], *out[3];
    for (unsigned k = 0; k < 3; k++) {
        in[k] = mask >> k & 1 ? x : numbers(t, d, rg_shape0(), 11 + k);
        out[k] = mask >> (inner ? 2 : k) & 1 ? x : numbers(t, d, rg_shape0(), 21 + k);
    }
    if (inner) out[wire] = apply(inner, in);
    same_as_plan(t, 2, (rg_node *[]){apply(outer, out), x});
    rg_tape_free(t);
}

/* As many on tiles as on single numbers; and which, is not this test's to say, but for some. */
static bool is_known(const rg_op *outer, const rg_op *inner)
{
    static const char *const known[][2] = {{"add", "mul"}, {"sub", "mul"}, {"mix", "square"}, {"pass", "positive"}};
    bool is = false;
    for (int i = 0; i < 4; i++) is |= !strcmp(outer->name, known[i][0]) && !strcmp(inner->name, known[i][1]);
    return is;
}

START_TEST(two_in_one_step_have_the_bits_of_the_two)
{
    int of_numbers = 0, of_tiles = 0, known = 0;
    for (const rg_op *const *outer = rg_ops; *outer; outer++)
        for (const rg_op *const *inner = rg_ops; *inner; inner++)
            for (int wire = 0; elementwise(*outer) && elementwise(*inner) && wire < (*outer)->nin; wire++) {
                bool numbers_too = try_two(*outer, *inner, wire, RG_F64, 1);
                bool tiles_too = try_two(*outer, *inner, wire, RG_F32, 37);
                of_numbers += numbers_too;
                of_tiles += tiles_too;
                known += tiles_too && is_known(*outer, *inner);
                if (tiles_too) try_two(*outer, *inner, wire, RG_F64, 3000);
                for (unsigned way = 0; tiles_too && way < 16; way++)
                    try_way(*outer, *inner, wire, way / 2, way % 2 ? RG_F64 : RG_F32);
            }
    ck_assert_int_eq(of_numbers, of_tiles);
    ck_assert_int_eq(known, 5); /* add takes mul in on both sides */
}
END_TEST

/* ---- programs of numbers -------------------------------------------------------------- */

START_TEST(every_op_takes_what_is_at_hand)
{
    for (int d = RG_F32; d <= RG_F64; d++)
        for (const rg_op *const *op = rg_ops; *op; op++) {
            if (!elementwise(*op) || !(*op)->number[0].f64) continue;
            for (int way = 0; way < RG_NUMBER_WAYS; way++)
                ck_assert_msg(((*op)->number[way].f64 != NULL) == (way < 1 << (*op)->nin), "%s, way %d", (*op)->name, way);
            for (unsigned mask = 0; mask < 1u << (*op)->nin; mask++) try_way(*op, NULL, 0, mask, (rg_dtype)d);
        }
}
END_TEST

/* Steps run along chains, and not as they were recorded. */
START_TEST(any_order_of_steps_has_the_same_bits)
{
    enum { NODES = 300, OUTS = 5 };
    for (uint32_t seed = 1; seed <= 40; seed++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x[NODES], *out[OUTS];
        uint32_t r = seed;
        for (int i = 0; i < NODES; i++) {
            rg_node *of[2];
            for (int k = 0; k < 2; k++) {
                r = r * 1664525u + 1013904223u;
                of[k] = i < 4 ? NULL : x[(uint32_t)i - 1 - (r >> 8) % (seed % 2 ? 4 : (uint32_t)i)];
            }
            switch (i < 4 ? 9 : r >> 4 & 7) {
            case 9: x[i] = numbers(t, RG_F64, rg_shape0(), seed + (uint32_t)i); break;
            case 0: x[i] = rg_tanh(of[0]); break;
            case 1: x[i] = rg_exp(rg_neg(rg_square(of[0]))); break;
            case 2: x[i] = rg_div(of[0], rg_offset(rg_square(of[1]), 1)); break;
            case 3: x[i] = rg_mul(of[0], of[1]); break;
            case 4: x[i] = rg_sub(of[0], rg_mul(of[0], of[1])); break;
            default: x[i] = rg_scale(rg_add(of[0], of[1]), 0.5); break;
            }
        }
        for (int i = 0; i < OUTS; i++) out[i] = x[NODES - 1 - 13 * i];
        same_as_plan(t, OUTS, out);
        rg_tape_free(t);
    }
}
END_TEST

/* ---- where there must be none ------------------------------------------------------ */

/* What the first op reads is written over before the second: w - s goes where w is. */
START_TEST(what_is_written_on_the_way_keeps_them_apart)
{
    for (int64_t n = 1; n < 5000; n = n * 9 + 4) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *w = numbers(t, RG_F32, rg_shape1(n), 9), *g = numbers(t, RG_F64, rg_shape1(n), 5);
        rg_node *s = rg_cast(g, RG_F32), *x = rg_mul(w, s); /* s is a head: all else its tail */
        rg_assign(w, rg_sub(w, s));
        rg_node *y = rg_add(x, s);
        rg_plan *p = rg_compile(t, 1, &y, NULL);
        ck_assert_int_eq(rg_run(p), RG_OK);
        rg_tensor got = rg_plan_out(p, 0);
        same_bits(y, &got);
        rg_plan_free(p);
        rg_tape_free(t);
    }
}
END_TEST

/* Two read it, or it is wanted for itself. */
START_TEST(what_others_see_stays_a_step)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = numbers(t, RG_F64, rg_shape1(50), 1), *b = numbers(t, RG_F64, rg_shape1(50), 2);
    rg_node *x = rg_mul(a, b), *y[2] = {rg_mul(rg_add(x, a), x), x};
    for (int outs = 1; outs <= 2; outs++) {
        rg_plan *p = rg_compile(t, outs, y, NULL);
        ck_assert_uint_eq(pairs_in(p), 0);
        ck_assert_int_eq(rg_run(p), RG_OK);
        for (int i = 0; i < outs; i++) {
            rg_tensor got = rg_plan_out(p, i);
            same_bits(y[i], &got);
        }
        rg_plan_free(p);
    }
    rg_tape_free(t);
}
END_TEST

/* ---- a column times a row ---------------------------------------------------------- */

static bool has_op(const rg_plan *p, const char *name)
{
    bool has = false;
    for (uint32_t q = 0; q < p->steps; q++) has |= !strcmp(p->item[p->order[q]].op->name, name);
    return has;
}

/* Instructions that read a number for each row where it is. */
static uint32_t row_forms_in(const rg_plan *p)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < p->groups; g++)
        for (uint32_t i = 0; i < p->group[g].steps; i++) n += p->group[g].code[i].rows != NULL;
    return n;
}

/* Sums of one term are that term, with its sign: as rg_mul of the two, repeated. */
static void try_outer(rg_tape *t, rg_node *a, rg_node *b)
{
    rg_node *y = rg_matmul(a, b), *z = rg_mul(a, b);
    rg_tensor product = rg_peek(z);
    same_bits(y, &product);
    rg_node *out = rg_exp(y);
    rg_plan_config how[] = {{0}, {.plain = true}, {.keep = true}};
    for (int i = 0; i < 3; i++) {
        rg_plan *p = rg_compile(t, 1, &out, &how[i]);
        ck_assert_int_eq(rg_run(p), RG_OK);
        ck_assert(has_op(p, how[i].plain ? "matmul" : "mul"));
        rg_tensor got = rg_plan_out(p, 0);
        same_bits(out, &got);
        rg_plan_free(p);
    }
}

START_TEST(one_term_is_a_product)
{
    int64_t side[] = {1, 3, 16, 130};
    for (int d = RG_F32; d <= RG_F64; d++)
        for (int i = 0; i < 16; i++) {
            int64_t m = side[i / 4], n = side[i % 4];
            rg_tape *t = rg_tape_new(NULL);
            rg_node *column = numbers(t, (rg_dtype)d, rg_shape2(m, 1), 3), *row = numbers(t, (rg_dtype)d, rg_shape2(1, n), 4);
            try_outer(t, column, row);
            try_outer(t, rg_transpose(row), rg_transpose(column));
            try_outer(t, rg_slice(numbers(t, (rg_dtype)d, rg_shape2(m, 5), 6), 1, 2, 1, 1), row);
            try_outer(t, numbers(t, (rg_dtype)d, rg_shape3(2, m, 1), 7), numbers(t, (rg_dtype)d, rg_shape3(2, 1, n), 8));
            rg_tape_free(t);
        }
}
END_TEST

START_TEST(a_column_is_read_where_it_is)
{
    for (int plain = 0; plain <= 1; plain++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *column = numbers(t, RG_F32, rg_shape2(3, 1), 3), *row = numbers(t, RG_F32, rg_shape2(1, 3), 4);
        rg_node *y = rg_exp(rg_matmul(column, row));
        rg_plan *p = rg_compile(t, 1, &y, &(rg_plan_config){.plain = plain});
        ck_assert_uint_eq(row_forms_in(p), !plain);
        rg_plan_free(p);
        rg_tape_free(t);
    }
}
END_TEST

/* The first row of w times a column: in many tiles, and in place where w changes. */
static void try_row_of(int64_t rows, bool assigned)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = numbers(t, RG_F32, rg_shape2(rows, 16), 3), *column = numbers(t, RG_F32, rg_shape2(rows, 1), 4);
    rg_node *y = rg_exp(rg_mul(column, rg_slice(w, 0, 0, 1, 1)));
    if (assigned) rg_assign(w, y);
    rg_plan *p = rg_compile(t, !assigned, &y, NULL);
    ck_assert_uint_eq(row_forms_in(p), 1);
    for (uint32_t g = 0; g < p->groups; g++) ck_assert_ptr_null(p->group[g].fixed);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_tensor got = assigned ? rg_peek(w) : rg_plan_out(p, 0);
    same_bits(y, &got);
    rg_plan_free(p);
    rg_tape_free(t);
}

START_TEST(a_row_is_read_where_it_is)
{
    for (int64_t rows = 2; rows < 5000; rows *= 3) {
        try_row_of(rows, false);
        try_row_of(rows, true);
    }
}
END_TEST

START_TEST(a_negative_zero_stays_one)
{
    rg_tape *t = rg_tape_new(NULL);
    double a[] = {-1}, b[] = {0, 2}, got[2];
    rg_node *y = rg_matmul(rg_leaf_from(t, RG_F64, rg_shape2(1, 1), a, 1), rg_leaf_from(t, RG_F64, rg_shape2(1, 2), b, 2));
    rg_read(y, RG_F64, got, 2);
    ck_assert(got[0] == 0 && signbit(got[0]) && got[1] == -2);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("pairs", two_in_one_step_have_the_bits_of_the_two, every_op_takes_what_is_at_hand,
         any_order_of_steps_has_the_same_bits,
         what_is_written_on_the_way_keeps_them_apart, what_others_see_stays_a_step, one_term_is_a_product, a_column_is_read_where_it_is, a_row_is_read_where_it_is, a_negative_zero_stays_one)
