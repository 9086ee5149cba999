/* safetensors_text.h - what writing and reading the format share. Room-private. */
#ifndef RG_SAFETENSORS_TEXT_H
#define RG_SAFETENSORS_TEXT_H
#include "tape.h"

#define RG_METADATA "__metadata__"

/* As the format calls it. */
static inline const char *rg_saved_dtype(rg_dtype d)
{
    static const char *const name[RG_DTYPES] = {"F32", "F64", "I64", "U8"};
    return name[d];
}

/* n bytes of numbers of `size` each, from this machine's order to the file's (little-endian), or
 * back. */
static inline void rg_little_endian(void *bytes, size_t n, size_t size)
{
    const uint16_t one = 1;
    unsigned char *p = bytes;
    if (*(const unsigned char *)&one == 1) return;
    for (size_t at = 0; at + size <= n; at += size)
        for (size_t i = 0; i < size / 2; i++) {
            unsigned char other = p[at + i];
            p[at + i] = p[at + size - 1 - i];
            p[at + size - 1 - i] = other;
        }
}

#endif
