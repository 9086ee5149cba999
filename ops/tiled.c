/* tiled.c - matrix products by a tile of C in registers: HIGH rows of two vectors, or fewer.
 *
 * A block of k is worked on at a time, so that a panel of B, as wide as a tile, stays in the
 * first-level cache and a block of A in the second. The first tiles of a panel read B where
 * it lies and leave the panel behind; where columns of B are contiguous it is turned first.
 * Compiled for three instruction sets: tests/bench/products.c has the figures. */
#define RG_NO_HERE
#include "tiled.h"
#include "clones.h"
#include <string.h>

#define RG_INTO_LOOP static inline __attribute__((always_inline))

enum {
    DEPTH = 256,         /* most of k at a time: a panel of two AVX-512 vectors has 32 KiB   */
    A_BYTES = 128 << 10  /* of a block of A                                               */
};

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* The blocks that k is cut into are about equal. */
static int64_t depth_for(int64_t k)
{
    int64_t blocks = (k + DEPTH - 1) / DEPTH;
    return (k + blocks - 1) / blocks;
}

/* What a tile does to each of its rows. */
#define ROWS_1(DO) DO(0)
#define ROWS_2(DO) DO(0) DO(1)
#define ROWS_4(DO) ROWS_2(DO) DO(2) DO(3)
#define ROWS_6(DO) ROWS_4(DO) DO(4) DO(5)
#define ROWS_8(DO) ROWS_6(DO) DO(6) DO(7)

#define PICK __builtin_shufflevector

#if RG_HAVE_CLONES
#include <immintrin.h>

#define FOR_ISA                 __attribute__((target("avx512f")))
#define HIGH                    8
#define ROWS_HIGH               ROWS_8
#define T                       float
#define K(name)                 name##_f32_64
#define VECTOR                  64
#define MULTIPLY_ADD(s, b, sum) (vec) _mm512_fmadd_ps(_mm512_set1_ps(s), (__m512)(b), (__m512)(sum))
#define LOAD_PART(p, n)         (vec) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define STORE_PART(p, v, n)     _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#include "tiled.inc"
#define T       double
#define K(name) name##_f64_64
#define VECTOR  64
#define MULTIPLY_ADD(s, b, sum)                                                                    \
    (vec) _mm512_fmadd_pd(_mm512_set1_pd(s), (__m512d)(b), (__m512d)(sum))
#define LOAD_PART(p, n)     (vec) _mm512_maskz_loadu_pd((__mmask8)((1u << (n)) - 1), p)
#define STORE_PART(p, v, n) _mm512_mask_storeu_pd(p, (__mmask8)((1u << (n)) - 1), (__m512d)(v))
#include "tiled.inc"
#undef FOR_ISA
#undef HIGH
#undef ROWS_HIGH

#define FOR_ISA                 __attribute__((target("avx2,fma")))
#define HIGH                    6
#define ROWS_HIGH               ROWS_6
#define T                       float
#define K(name)                 name##_f32_32
#define VECTOR                  32
#define MULTIPLY_ADD(s, b, sum) (vec) _mm256_fmadd_ps(_mm256_set1_ps(s), (__m256)(b), (__m256)(sum))
#include "tiled.inc"
#define T       double
#define K(name) name##_f64_32
#define VECTOR  32
#define MULTIPLY_ADD(s, b, sum)                                                                    \
    (vec) _mm256_fmadd_pd(_mm256_set1_pd(s), (__m256d)(b), (__m256d)(sum))
#include "tiled.inc"
#undef FOR_ISA
#undef HIGH
#undef ROWS_HIGH
#endif

#define FOR_ISA
#define HIGH                    6
#define ROWS_HIGH               ROWS_6
#define T                       float
#define K(name)                 name##_f32_16
#define VECTOR                  16
#define MULTIPLY_ADD(s, b, sum) (sum) + (s) * (b)
#include "tiled.inc"
#define T                       double
#define K(name)                 name##_f64_16
#define VECTOR                  16
#define MULTIPLY_ADD(s, b, sum) (sum) + (s) * (b)
#include "tiled.inc"

int rg_tiled_vector(void)
{
#if RG_HAVE_CLONES
    if (__builtin_cpu_supports("avx512f")) return 64;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 32;
#endif
    return 16;
}

void rg_tiled(rg_dtype d, const rg_product *p)
{
    bool f32 = d == RG_F32;
    switch (rg_tiled_vector()) {
#if RG_HAVE_CLONES
    case 64:
        f32 ? multiply_f32_64(p) : multiply_f64_64(p);
        break;
    case 32:
        f32 ? multiply_f32_32(p) : multiply_f64_32(p);
        break;
#endif
    default:
        f32 ? multiply_f32_16(p) : multiply_f64_16(p);
    }
}
