/* nn_help.h - for the tests of networks and training: small things to train on, and
 * memory that runs out. */
#ifndef RG_NN_HELP_H
#define RG_NN_HELP_H
#include "suite.h"
#include <retrograd/retrograd.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that look like chance and are the same everywhere. */
static inline void fill_wavy(double *x, int n, double phase)
{
    for (int i = 0; i < n; i++) x[i] = sin(1.7 * i + phase) + 0.3 * cos(0.9 * i * i + phase);
}

static inline rg_node *wavy_leaf(rg_tape *t, rg_dtype dtype, rg_shape shape, double phase)
{
    double x[512];
    rg_node *leaf = rg_leaf(t, dtype, shape);
    int n = (int)rg_count_of(leaf);
    ck_assert_int_le(n, 512);
    fill_wavy(x, n, phase);
    ck_assert_int_eq(rg_write(leaf, RG_F64, x, (size_t)n), RG_OK);
    return leaf;
}

static inline void all_well(const rg_tape *t)
{
    const rg_error *e = rg_error_of(t);
    ck_assert_msg(e->status == RG_OK, "%s", e->text);
}

/* The bytes of a leaf, for comparing bits; n of them at most. */
static inline size_t bits_of(rg_node *x, void *to, size_t n)
{
    size_t bytes = (size_t)rg_count_of(x) * rg_dtype_size(rg_dtype_of(x));
    ck_assert_uint_le(bytes, n);
    ck_assert_int_eq(rg_read(x, rg_dtype_of(x), to, (size_t)rg_count_of(x)), RG_OK);
    return bytes;
}

/* Grants this many requests and no more; knows how many bytes are out. */
typedef struct scarce_mem {
    long left;
    size_t out;
} scarce_mem;

static inline void *scarce_mem_get(void *ud, void *p, size_t old_size, size_t new_size)
{
    scarce_mem *m = ud;
    if (new_size && m->left-- <= 0) return NULL;
    m->out += new_size - old_size;
    if (new_size) return realloc(p, new_size);
    free(p);
    return NULL;
}

/* run must answer RG_NOMEM and leave nothing behind for every request refused. */
static inline void fail_each(rg_status (*run)(const rg_config *cfg))
{
    rg_status s = RG_NOMEM;
    long k = 0;
    for (; s != RG_OK; k++) {
        scarce_mem m = {k, 0};
        rg_config cfg = {.mem = scarce_mem_get, .ud = &m};
        s = run(&cfg);
        ck_assert_msg(s == RG_OK || s == RG_NOMEM, "request %ld: status %d", k, (int)s);
        ck_assert_uint_eq(m.out, 0);
    }
    ck_assert_int_gt(k, 5);
}

#endif
