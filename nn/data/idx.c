/* idx.c - MNIST's files. Format: the MNIST page of LeCun, Cortes and Burges; all
 * header numbers are big-endian 32 bit: magic, number of items, then, for
 * images, height and width. Nothing in a header is believed before it is there. */
#define RG_NO_HERE
#include "filling.h"
#include "files.h"
#include "op.h"
#include <stdio.h>

enum { IMAGES = 0x803, LABELS = 0x801 };

static const char *const idx_stem[2][2] = {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                           {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};

static rg_status open_idx(rg_source *f, const char *folder, const char *stem, rg_store *s,
                          rg_error *e)
{
    char zipped[40];
    snprintf(zipped, sizeof zipped, "%s.gz", stem);
    char *plain = rg_path_join(s, folder, stem, e), *gz = rg_path_join(s, folder, zipped, e);
    if (!plain || !gz) return RG_NOMEM;
    if (rg_file_there(plain)) return rg_source_open(f, plain, e);
    if (rg_file_there(gz)) return rg_source_open(f, gz, e);
    return rg_error_set(e, RG_IO, "%s: holds neither %s nor %s", folder, stem, zipped);
}

/* n header numbers, the first of which must be the magic number. */
static rg_status idx_header(rg_source *f, uint32_t magic, int n, uint32_t *number)
{
    unsigned char b[16];
    rg_status st = rg_source_exact(f, b, 4 * n, "the header");
    if (st != RG_OK) return st;
    for (int i = 0; i < n; i++, number++) {
        const unsigned char *p = b + 4 * i;
        *number = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        if (i == 0 && *number != magic)
            return rg_error_set(
                f->error, RG_FORMAT, "%s: begins with magic number 0x%08x; %s have 0x%08x", f->path,
                (unsigned)*number, magic == IMAGES ? "IDX images" : "IDX labels", (unsigned)magic);
    }
    return RG_OK;
}

static rg_status idx_images(rg_data *d, rg_source *f)
{
    uint32_t h[4] = {0};
    rg_status st = idx_header(f, IMAGES, 4, h);
    if (st != RG_OK) return st;
    if (!h[1] || !h[2] || !h[3] || h[2] > 32767 || h[3] > 32767)
        return rg_error_set(
            f->error, RG_FORMAT,
            "%s: claims %u images of %ux%u pixels (bytes 4 to 15); sides are 1 to 32767", f->path,
            (unsigned)h[1], (unsigned)h[2], (unsigned)h[3]);
    d->rows = h[1];
    d->shape = rg_shape3(1, h[2], h[3]);
    d->width = (int64_t)h[2] * h[3];
    d->dtype = RG_U8;
    st = rg_source_block(f, &d->store, d->rows * d->width, "the pixels", &d->x);
    return st == RG_OK ? rg_source_end(f) : st;
}

static rg_status idx_labels(rg_data *d, rg_source *f)
{
    uint32_t h[2] = {0};
    void *bytes = NULL;
    rg_status st = idx_header(f, LABELS, 2, h);
    if (st == RG_OK && h[1] != d->rows)
        st = rg_error_set(f->error, RG_FORMAT, "%s: has %u labels for %lld images", f->path,
                          (unsigned)h[1], (long long)d->rows);
    if (st == RG_OK) st = rg_source_block(f, &d->store, d->rows, "the labels", &bytes);
    if (st == RG_OK) st = rg_source_end(f);
    if (st != RG_OK) return st;
    d->label = rg_store_take(&d->store, d->rows, sizeof *d->label, f->error);
    if (!d->label) return RG_NOMEM;
    int most = 0;
    for (int64_t i = 0; i < d->rows; i++) {
        int label = ((const unsigned char *)bytes)[i];
        d->label[i] = label;
        if (label > most) most = label;
    }
    rg_store_drop(&d->store, bytes);
    return rg_data_number_classes(d, most + 1, f->error);
}

static rg_status fill_idx(rg_data *d, const char *folder, rg_part part, rg_error *e)
{
    for (int k = 0; k < 2; k++) {
        rg_source f = {0};
        rg_status st = open_idx(&f, folder, idx_stem[part == RG_TEST][k], &d->store, e);
        if (st == RG_OK) st = k == 0 ? idx_images(d, &f) : idx_labels(d, &f);
        rg_source_close(&f);
        if (st != RG_OK) return st;
    }
    return RG_OK;
}

rg_status rg_read_idx(rg_data *d, const char *folder, rg_part part, const rg_alloc *alloc,
                      rg_error *e)
{
    rg_status st = rg_data_open(d, folder, alloc, e);
    if (st == RG_OK) st = fill_idx(d, folder, part, e);
    return rg_data_done(d, st);
}
