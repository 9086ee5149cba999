/* pairs.c - what a plan may know of two ops, or of an op and a number: which two may be
 * one step of a program of single numbers, and what changes nothing. */
#define RG_NO_HERE
#include "ops.h"

#define T       float
#define K(name) pair_##name##_f32
#include "pairs.inc"
#define T       double
#define K(name) pair_##name##_f64
#include "pairs.inc"

#define PAIR(outer, inner, wires)                                                                  \
    {                                                                                              \
        &rg_op_##outer, &rg_op_##inner, wires,                                                     \
        {                                                                                          \
            pair_##outer##_##inner##_f32, pair_##outer##_##inner##_f64                             \
        }                                                                                          \
    }

extern const rg_op rg_op_one_minus_square, rg_op_mul, rg_op_zmul, rg_op_zdiv, rg_op_neg,
    rg_op_offset, rg_op_sub, rg_op_div, rg_op_scale, rg_op_sum, rg_op_amax, rg_op_amin;

const rg_number_pair rg_number_pairs[] = {PAIR(add, mul, 3),
                                          PAIR(add, zmul, 3),
                                          PAIR(add, zdiv, 3),
                                          PAIR(add, neg, 2),
                                          PAIR(neg, zmul, 1),
                                          PAIR(neg, zdiv, 1),
                                          PAIR(offset, mul, 1),
                                          PAIR(mul, sub, 1),
                                          PAIR(zmul, zmul, 1),
                                          PAIR(zmul, zdiv, 1),
                                          PAIR(zmul, one_minus_square, 2),
                                          {NULL, NULL, 0, {NULL, NULL}}};

/* zmul(x, 1) is not x: where x is -0 it is 0. */
const rg_unit rg_units[] = {
    {&rg_op_mul, 3, 1}, {&rg_op_zmul, 1, 1}, {&rg_op_div, 2, 1}, {&rg_op_scale, 0, 1}, {NULL, 0, 0}};

const rg_op *const rg_folds[] = {&rg_op_sum, &rg_op_amax, &rg_op_amin, NULL};
