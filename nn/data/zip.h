/* zip.h - numbers of a zip archive: its records, byte by byte. Room-private. */
#ifndef RG_ZIP_H
#define RG_ZIP_H
#include "store.h"
#include <zlib.h>

enum {
    RG_ZIP_LOCAL = 0x04034b50,   /* before each member */
    RG_ZIP_ENTRY = 0x02014b50,   /* of the directory   */
    RG_ZIP_END = 0x06054b50,     /* behind it          */
    RG_ZIP_LOCAL_SIZE = 30,
    RG_ZIP_ENTRY_SIZE = 46,
    RG_ZIP_END_SIZE = 22,
    RG_ZIP_STORED = 0,
    RG_ZIP_DEFLATED = 8,
    RG_ZIP_LATER = 1 << 3, /* sizes stand behind the member */
    RG_ZIP_UTF8 = 1 << 11,
    RG_ZIP_FLAGS = 6 | RG_ZIP_LATER | RG_ZIP_UTF8 /* that are understood */
};

static inline unsigned rg_zip_u16(const unsigned char *p) { return (unsigned)(p[0] | p[1] << 8); }

static inline uint32_t rg_zip_u32(const unsigned char *p)
{
    return rg_zip_u16(p) | (uint32_t)rg_zip_u16(p + 2) << 16;
}

/* zlib's memory, from a store. */
static inline voidpf rg_zip_take(voidpf store, uInt count, uInt size)
{
    return rg_store_take(store, count, size, NULL);
}
static inline void rg_zip_drop(voidpf store, voidpf p) { rg_store_drop(store, p); }

#endif
