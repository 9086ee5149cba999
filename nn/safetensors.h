/* safetensors.h - tensors in a file, in the format of the same name: an 8-byte
 * little-endian length, a JSON header of that length, then the numbers, end to end.
 * Nothing in such a file is executed, and nothing in it is believed: a file that
 * contradicts itself is refused. Source: github.com/huggingface/safetensors. */
#ifndef RG_SAFETENSORS_H
#define RG_SAFETENSORS_H
#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rg_saved {
    const char *name;
    rg_tensor x;
} rg_saved;

typedef struct rg_remark { /* a line of __metadata__ */
    const char *key, *value;
} rg_remark;

/* Write n tensors, any strides, and the remarks; beside the file first, then in its
 * place: nobody sees half of it, and on an error the old file stays as it was. Wide
 * types come first, so that all numbers are aligned. RG_USAGE: two of one name or key, or
 * a tensor called __metadata__. RG_FORMAT: a name, key or value that is not UTF-8. */
RG_API rg_status rg_safetensors_write(const char *path, int n, const rg_saved *tensor, int remarks,
                                      const rg_remark *remark, const rg_alloc *alloc, rg_error *e);

/* What a file holds; tensors are dense and in the order of the file. */
typedef struct rg_safetensors {
    int n, remarks;
    rg_saved *tensor;
    rg_remark *remark;
    rg_store store;
} rg_safetensors;

/* RG_FORMAT: a header that is too long, no JSON, has a key twice or other keys than it
 * should; sizes that are negative, overflow or do not fit their bytes; gaps or overlaps;
 * bytes missing or left over. RG_DTYPE: a type other than F32, F64, I64 and U8. RG_SHAPE:
 * more than RG_MAX_RANK axes. */
RG_API rg_status rg_safetensors_read(rg_safetensors *f, const char *path, const rg_alloc *alloc,
                                     rg_error *e);
RG_API void rg_safetensors_free(rg_safetensors *f);

/* By name; NULL: not there. */
RG_API const rg_tensor *rg_safetensors_find(const rg_safetensors *f, const char *name);
RG_API const char *rg_safetensors_remark(const rg_safetensors *f, const char *key);

#ifdef __cplusplus
}
#endif
#endif
