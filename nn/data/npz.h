/* npz.h - NumPy's .npz: a zip archive of .npy arrays by name, as numpy.savez and
 * savez_compressed write it, and read by numpy.load.
 *
 * Members are stored or deflated. Nothing in a file is believed: each number of its
 * directory must fit the bytes, each array's checksum its numbers. Zip64 (4 GiB and more,
 * or 65,535 arrays) is neither read nor written and says so; in a library without zlib nothing is (RG_MISSING). Source: PKWARE's APPNOTE
 * 6.3.10; numpy.lib.format. */
#ifndef RG_NPZ_H
#define RG_NPZ_H
#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rg_npz_member {
    const char *name;      /* without ".npy"                          */
    int64_t at;            /* of its bytes in the file                */
    int64_t packed, bytes; /* as they are in the file, and unpacked   */
    uint32_t crc;          /* of the unpacked ones                    */
    bool deflated;
} rg_npz_member;

/* The file is kept in memory, still packed. */
typedef struct rg_npz {
    int n;
    rg_npz_member *member; /* in the order of the directory */
    const char *path;
    const unsigned char *file;
    rg_store store;
} rg_npz;

/* RG_FORMAT: no zip archive; a directory that contradicts the file, or overlaps; a name
 * twice or no UTF-8; bytes before, between or behind; encryption, other ways of packing,
 * zip64. */
RG_API rg_status rg_npz_open(rg_npz *z, const char *path, const rg_alloc *alloc, rg_error *e);
RG_API void rg_npz_close(rg_npz *z);

/* The array of that name, converted as rg_read_npy does, whose errors it has; to be freed with
 * rg_array_free, and independent of z. RG_USAGE, naming what there is: no such name.
 * RG_FORMAT too when it does not unpack to what the directory says. */
RG_API rg_status rg_npz_read(rg_array *a, const rg_npz *z, const char *name, rg_dtype dtype,
                             const rg_alloc *alloc, rg_error *e);

/* Write n windows under their names, deflated or as they are; beside the file first, then in
 * its place. The same arrays give the same bytes. RG_USAGE: two of one name, or a name
 * that is empty. RG_FORMAT: one that is not UTF-8. RG_SHAPE: more than zip can hold. */
RG_API rg_status rg_npz_write(const char *path, int n, const char *const *name, const rg_tensor *x,
                              bool deflate, const rg_alloc *alloc, rg_error *e);

#ifdef __cplusplus
}
#endif
#endif
