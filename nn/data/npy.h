/* npy.h - the parts of npy.c that an archive of arrays uses, too. Room-private. */
#ifndef RG_NPY_H
#define RG_NPY_H
#include "files.h"

enum { RG_NPY_HEADER = 512 }; /* room for the longest that is written */

/* Read one array, of a->dtype, to the end of f. */
rg_status rg_npy_fill(rg_array *a, rg_source *f, rg_store *scratch);

/* What stands before the numbers of x. Its length. */
size_t rg_npy_header(char out[RG_NPY_HEADER], const rg_tensor *x);

/* Hand the numbers of x, dense, in pieces to fn; stops at what is not RG_OK. */
rg_status rg_npy_numbers(const rg_tensor *x, rg_status (*fn)(void *ud, const void *bytes, size_t n),
                         void *ud);

#endif
