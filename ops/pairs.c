/* pairs.c - what a plan may know of ops: which two may be one step, which one is another, and
 * with which numbers one changes nothing, how long one takes. */
#define RG_NO_HERE
#include "clones.h"
#include "ways.h"
#include "ops.h"
#include "vmath.h"

#define T       float
#define M(f)    v_##f##_f32
#define K(name) pair_##name##_f32
#include "pairs.inc"
#define T       double
#define M(f)    v_##f##_f64
#define K(name) pair_##name##_f64
#include "pairs.inc"

/* clang-format off */
#define PAIR(outer, inner, wires)                                                                  \
    {&rg_op_##outer, &rg_op_##inner, wires,                                                        \
     {RG_HAS_WAYS_3(pair_##outer##_##inner##_number)},                                             \
     {pair_##outer##_##inner##_f32, pair_##outer##_##inner##_f64}}

extern const rg_op rg_op_add, rg_op_matmul, rg_op_one_minus_square, rg_op_mul, rg_op_zmul, rg_op_zdiv, rg_op_neg, rg_op_mix, rg_op_square,
    rg_op_offset, rg_op_sqrt, rg_op_sub, rg_op_div, rg_op_scale, rg_op_sum, rg_op_amax, rg_op_amin, rg_op_relu, rg_op_pass, rg_op_positive,
    rg_op_inv, rg_op_exp, rg_op_expm1, rg_op_log, rg_op_log1p, rg_op_tanh, rg_op_sigmoid, rg_op_softplus, rg_op_swish, rg_op_gelu, rg_op_sin,
    rg_op_cos, rg_op_tan, rg_op_pow, rg_op_powc, rg_op_erf;

const rg_pair rg_pairs[] = {PAIR(add, add, 3),
                            PAIR(add, mul, 3),
                            PAIR(add, zmul, 3),
                            PAIR(add, zdiv, 3),
                            PAIR(add, neg, 2),
                            PAIR(neg, zmul, 1),
                            PAIR(neg, zdiv, 1),
                            PAIR(offset, mul, 1),
                            PAIR(offset, sqrt, 1),
                            PAIR(mix, square, 2),
                            PAIR(mul, sub, 1),
                            PAIR(sub, mul, 2),
                            PAIR(div, mul, 1),
                            PAIR(relu, add, 1),
                            PAIR(pass, positive, 2),
                            PAIR(zmul, zmul, 1),
                            PAIR(zmul, zdiv, 1),
                            PAIR(zmul, one_minus_square, 2),
                            {NULL, NULL, 0, {{NULL, NULL}}, {NULL, NULL}}};
/* clang-format on */

#define ROWS(name, T)                                                                              \
    RG_CLONES static void name(int64_t rows, int64_t width, void *y, const void *each,             \
                               const void *all, int64_t apart)                                     \
    {                                                                                              \
        for (int64_t r = 0; r < rows; r++) {                                                       \
            const T a = ((const T *)each)[r], *b = (const T *)all + r * apart;                     \
            T *to = (T *)y + r * width;                                                            \
            V_SAME_PLACE for (int64_t i = 0; i < width; i++) to[i] = a * b[i];                     \
        }                                                                                          \
    }
ROWS(mul_rows_f32, float)
ROWS(mul_rows_f64, double)
#undef ROWS

const rg_row_form rg_row_forms[] = {{&rg_op_mul, {mul_rows_f32, mul_rows_f64}},
                                    {NULL, {NULL, NULL}}};

static bool has_one_term(const rg_tensor *in) { return in[0].dim[in[0].rank - 1] == 1; }

const rg_plain_form rg_plain_forms[] = {{&rg_op_matmul, has_one_term, &rg_op_mul},
                                        {NULL, NULL, NULL}};

/* zmul(x, 1) is not x: where x is -0 it is 0. */
const rg_unit rg_units[] = {
    {&rg_op_mul, 3, 1}, {&rg_op_zmul, 1, 1}, {&rg_op_div, 2, 1}, {&rg_op_scale, 0, 1}, {NULL, 0, 0}};

const rg_op *const rg_folds[] = {&rg_op_sum, &rg_op_amax, &rg_op_amin, NULL};

/* clang-format off */
const rg_delay rg_delays[] = {{&rg_op_div, 4}, {&rg_op_zdiv, 4}, {&rg_op_inv, 4}, {&rg_op_sqrt, 4},
                              {&rg_op_exp, 20}, {&rg_op_expm1, 20}, {&rg_op_log, 25}, {&rg_op_log1p, 25},
                              {&rg_op_tanh, 25}, {&rg_op_sigmoid, 35}, {&rg_op_softplus, 45}, {&rg_op_swish, 35},
                              {&rg_op_sin, 25}, {&rg_op_cos, 25}, {&rg_op_tan, 25}, {&rg_op_gelu, 45}, {&rg_op_erf, 45},
                              {&rg_op_pow, 45}, {&rg_op_powc, 45}, {NULL, 1}};
/* clang-format on */
