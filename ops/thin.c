/* thin.c - products too thin or too small for tiles, whose set-up costs more than they do:
 * tests/bench/products.c. */
#define RG_NO_HERE
#include "thin.h"
#include "clones.h"

/* Small: up to so many multiplications. From so many rows on, B^T is turned first. */
enum { MOST_WORK = 1 << 11, MANY_ROWS = 8 };

#define RG_INTO_LOOP static inline __attribute__((always_inline))

/* What TILE does to each of its pieces. */
#define ONE(DO, ...)  DO(0, __VA_ARGS__)
#define FOUR(DO, ...) DO(0, __VA_ARGS__) DO(1, __VA_ARGS__) DO(2, __VA_ARGS__) DO(3, __VA_ARGS__)
#define EIGHT(DO, ...)                                                                             \
    FOUR(DO, __VA_ARGS__)                                                                          \
    DO(4, __VA_ARGS__) DO(5, __VA_ARGS__) DO(6, __VA_ARGS__) DO(7, __VA_ARGS__)
#define TERM(i, l, TYPE, DOWN, RIGHT)                                                              \
    a[(i) * (DOWN)*ars + (l)*acs] * *(const TYPE *)(b + (l)*brs + (i) * (RIGHT))
#define START(i, TYPE, DOWN, RIGHT)    TYPE even##i = TERM(i, 0, TYPE, DOWN, RIGHT), odd##i = {0};
#define ADD_ODD(i, TYPE, DOWN, RIGHT)  odd##i += TERM(i, l, TYPE, DOWN, RIGHT);
#define ADD_EVEN(i, TYPE, DOWN, RIGHT) even##i += TERM(i, l + 1, TYPE, DOWN, RIGHT);
#define STORE(i, TYPE, DOWN, RIGHT)                                                                \
    *(TYPE *)(c + (i) * (DOWN)*crs + (i) * (RIGHT)) = even##i + odd##i;

#define DOT_START(j, TYPE) TYPE s##j = {0};
#define DOT_ADD(j, TYPE)   s##j += *(const TYPE *)(a + l) * *(const TYPE *)(b + (j)*step + l);

/* Vectors s0, s1, ... to the vector of their sums: halves are added up, again and again,
 * those of two vectors at a time. */
#define PICK __builtin_shufflevector
#define HALVES_8(x, y)                                                                             \
    (PICK(x, y, 0, 1, 2, 3, 8, 9, 10, 11) + PICK(x, y, 4, 5, 6, 7, 12, 13, 14, 15))
#define QUARTERS_8(x, y)                                                                           \
    (PICK(x, y, 0, 1, 8, 9, 4, 5, 12, 13) + PICK(x, y, 2, 3, 10, 11, 6, 7, 14, 15))
#define PAIRS_8(x, y)                                                                              \
    (PICK(x, y, 0, 2, 8, 10, 4, 6, 12, 14) + PICK(x, y, 1, 3, 9, 11, 5, 7, 13, 15))
#define JOIN_8(TYPE, to)                                                                           \
    TYPE s01 = HALVES_8(s0, s1), s23 = HALVES_8(s2, s3), s45 = HALVES_8(s4, s5),                   \
         s67 = HALVES_8(s6, s7), s0213 = QUARTERS_8(s01, s23), s4657 = QUARTERS_8(s45, s67),       \
         sums = PAIRS_8(s0213, s4657);                                                             \
    to = PICK(sums, sums, 0, 4, 1, 5, 2, 6, 3, 7);
#define JOIN_4(TYPE, to)                                                                           \
    TYPE s02 = PICK(s0, s2, 0, 1, 4, 5) + PICK(s0, s2, 2, 3, 6, 7),                                \
         s13 = PICK(s1, s3, 0, 1, 4, 5) + PICK(s1, s3, 2, 3, 6, 7);                                \
    to = PICK(s02, s13, 0, 4, 2, 6) + PICK(s02, s13, 1, 5, 3, 7);

#define T         float
#define K(name)   name##_f32
#define LANES     8
#define EACH_LANE EIGHT
#define JOIN      JOIN_8
#include "thin.inc"
#define T         double
#define K(name)   name##_f64
#define LANES     4
#define EACH_LANE FOUR
#define JOIN      JOIN_4
#include "thin.inc"

static bool is_small(const rg_product *p)
{
    return p->m * p->n <= MOST_WORK && p->m * p->n * p->k <= MOST_WORK;
}

bool rg_is_thin(const rg_product *p)
{
    bool rows = p->b.cs == 1, columns = p->b.rs == 1 && p->a.cs == 1;
    if (p->c.cs != 1) return false;
    if (p->m == 1) return rows || columns;
    return is_small(p) && (rows || columns || p->m >= MANY_ROWS);
}

void rg_thin(rg_dtype d, const rg_product *p)
{
    if (d == RG_F32)
        thin_f32(p);
    else
        thin_f64(p);
}

void rg_one_term(rg_dtype d, const rg_product *p)
{
    if (d == RG_F32)
        one_term_f32(p);
    else
        one_term_f64(p);
}
