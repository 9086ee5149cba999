/* gz.h - zlib's layer over files, or what plain files need of it where the library is
 * built without zlib. Room-private. */
#ifndef RG_GZ_H
#define RG_GZ_H
#include <stdbool.h>
#ifdef RG_HAVE_ZLIB
#include <zlib.h>

static inline bool gz_beyond_us(gzFile f)
{
    (void)f;
    return false;
}

#else
#include <errno.h>
#include <stdio.h>

typedef FILE *gzFile;
enum { Z_OK = 0, Z_STREAM_END = 1, Z_ERRNO = -1, Z_MEM_ERROR = -4, Z_BUF_ERROR = -5 };

static inline gzFile gzopen(const char *path, const char *mode) { return fopen(path, mode); }
static inline int gzclose_r(gzFile f) { return fclose(f); }
static inline int gzread(gzFile f, void *to, unsigned n)
{
    size_t got = fread(to, 1, n, f);
    return got || !ferror(f) ? (int)got : -1;
}
static inline const char *gzerror(gzFile f, int *code)
{
    *code = ferror(f) ? Z_ERRNO : Z_OK;
    return "";
}

/* Does it begin as gzipped files do (RFC 1952, 2.3.1)? What cannot be rewound is not asked. */
static inline bool gz_beyond_us(gzFile f)
{
    unsigned char head[2] = {0};
    if (fseek(f, 0, SEEK_SET) != 0) return errno = 0, false;
    bool gzipped = fread(head, 1, 2, f) == 2 && head[0] == 0x1f && head[1] == 0x8b;
    rewind(f);
    return gzipped;
}
#endif
#endif
