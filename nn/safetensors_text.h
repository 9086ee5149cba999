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

static inline bool rg_little_endian(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

#endif
