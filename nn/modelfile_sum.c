/* modelfile_sum.c - the checksum of a model file: of every remark and every tensor as the file
 * has them, in any order, so that a flipped bit is found wherever it is. */
#define RG_NO_HERE
#include "modelfile_text.h"
#include "op.h"
#include "safetensors_text.h"
#include <string.h>

enum { SUM_CHUNK = 1024 };

static uint64_t sum_bytes(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001b3u; /* FNV-1a */
    return h;
}

/* With the zero byte at its end, which keeps "ab", "c" from "a", "bc". */
static uint64_t sum_text(uint64_t h, const char *text)
{
    return sum_bytes(h, text, strlen(text) + 1);
}

static uint64_t sum_tensor(uint64_t h, const rg_saved *x)
{
    double chunk[SUM_CHUNK];
    int64_t count = rg_count(&x->x);
    size_t size = rg_dtype_size(x->x.dtype);
    h = sum_text(h, x->name);
    for (int i = 0; i < x->x.rank; i++) {
        int64_t dim = x->x.dim[i];
        rg_little_endian(&dim, sizeof dim, sizeof dim);
        h = sum_bytes(h, &dim, sizeof dim);
    }
    for (int64_t first = 0; first < count; first += SUM_CHUNK) {
        int64_t n = count - first < SUM_CHUNK ? count - first : SUM_CHUNK;
        rg_pack(chunk, &x->x, first, n);
        rg_little_endian(chunk, (size_t)n * size, size);
        h = sum_bytes(h, chunk, (size_t)n * size);
    }
    return h;
}

uint64_t rg_model_sum(int n, const rg_saved *tensor, int remarks, const rg_remark *remark)
{
    const uint64_t basis = 0xcbf29ce484222325u;
    uint64_t sum = 0;
    for (int i = 0; i < n; i++) sum += sum_tensor(basis, &tensor[i]);
    for (int i = 0; i < remarks; i++)
        if (strcmp(remark[i].key, RG_KEY_SUM) != 0)
            sum += sum_text(sum_text(basis, remark[i].key), remark[i].value);
    return sum;
}
