/* cifar.c - CIFAR-10, binary version (Krizhevsky, 2009): records of a label byte
 * and three planes of 32x32 bytes, red, green, blue. */
#define RG_NO_HERE
#include "filling.h"
#include "files.h"
#include "op.h"
#include <stdio.h>
#include <string.h>

enum { CLASSES = 10, PIXELS = 3 * 32 * 32, RECORD = 1 + PIXELS };

static const char *const usual_name[CLASSES] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                "dog",      "frog",       "horse", "ship", "truck"};

static rg_status room_for(rg_data *d, int64_t rows, rg_error *e)
{
    void *x = rg_store_resize(&d->store, d->x, rows, PIXELS, e);
    if (!x) return RG_NOMEM;
    d->x = x;
    int64_t *label = rg_store_resize(&d->store, d->label, rows, sizeof *label, e);
    if (!label) return RG_NOMEM;
    d->label = label;
    return RG_OK;
}

static rg_status one_record(rg_data *d, rg_source *f, const unsigned char *record, int64_t number)
{
    if (record[0] >= CLASSES)
        return rg_error_set(f->error, RG_INDEX,
                            "%s: record %lld (byte %lld) has label %d; CIFAR-10 has labels 0 to 9",
                            f->path, (long long)number, (long long)((number - 1) * RECORD),
                            record[0]);
    d->label[d->rows] = record[0];
    memcpy((unsigned char *)d->x + d->rows * PIXELS, record + 1, PIXELS);
    d->rows++;
    return RG_OK;
}

static rg_status all_records(rg_data *d, rg_source *f, int64_t *room)
{
    unsigned char record[RECORD];
    int64_t got = RECORD, number = 1;
    rg_status st = RG_OK;
    for (; st == RG_OK; number++) {
        st = rg_source_some(f, record, RECORD, &got);
        if (st != RG_OK || got < RECORD) break;
        if (d->rows == *room) st = room_for(d, *room = 2 * *room + 1, f->error);
        if (st == RG_OK) st = one_record(d, f, record, number);
    }
    if (st == RG_OK && (got > 0 || number == 1))
        st = rg_error_set(f->error, RG_FORMAT,
                          "%s: record %lld has %lld bytes instead of %d (label and 3,072 pixels)",
                          f->path, (long long)number, (long long)got, (int)RECORD);
    return st;
}

/* Read the file when it is there; *found says so. */
static rg_status read_batch(rg_data *d, const char *folder, const char *name, int64_t *room,
                            bool *found, rg_error *e)
{
    rg_source f = {0};
    char *path = rg_path_join(&d->store, folder, name, e);
    if (!path) return RG_NOMEM;
    if (!rg_file_there(path)) return RG_OK;
    *found = true;
    rg_status st = rg_source_open(&f, path, e);
    if (st == RG_OK) st = all_records(d, &f, room);
    rg_source_close(&f);
    return st;
}

static rg_status cifar_rows(rg_data *d, const char *folder, rg_part part, rg_error *e)
{
    static const char *const batch[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
    int first = part == RG_TEST ? 5 : 0, last = part == RG_TEST ? 5 : 4;
    int64_t room = 0;
    bool found = false;
    d->x = rg_store_take(&d->store, 0, 1, e);
    d->label = rg_store_take(&d->store, 0, 1, e);
    if (!d->x || !d->label) return RG_NOMEM;
    for (int i = first; i <= last; i++) {
        rg_status st = read_batch(d, folder, batch[i], &room, &found, e);
        if (st != RG_OK) return st;
    }
    if (!found)
        return rg_error_set(e, RG_IO, "%s: holds no %s", folder,
                            part == RG_TEST ? batch[5] : "data_batch_1.bin to data_batch_5.bin");
    return room_for(d, d->rows, e);
}

/* The lines of batches.meta.txt in place of the usual names. */
static rg_status listed_names(rg_data *d, rg_source *f)
{
    char *text = NULL;
    int64_t n;
    int c = 0;
    rg_status st = rg_source_rest(f, &d->store, &text, &n);
    if (st != RG_OK) return st;
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\r\n");
        char *next = line + len;
        if (*next) *next++ = 0;
        if (len && c < CLASSES) d->class_name[c] = line;
        c += len > 0;
        line = next;
    }
    for (int i = 0; i < CLASSES && i < c && st == RG_OK; i++)
        if (!rg_utf8_ok(d->class_name[i]))
            st = rg_error_set(f->error, RG_FORMAT, "%s: the name of class %d is not UTF-8", f->path, i);
    if (c != CLASSES && st == RG_OK)
        st = rg_error_set(f->error, RG_FORMAT, "%s: names %d classes, CIFAR-10 has 10", f->path, c);
    return st;
}

static rg_status cifar_names(rg_data *d, const char *folder, rg_error *e)
{
    rg_source f = {0};
    char *path = rg_path_join(&d->store, folder, "batches.meta.txt", e);
    d->class_name = rg_store_take(&d->store, CLASSES, sizeof *d->class_name, e);
    if (!path || !d->class_name) return RG_NOMEM;
    memcpy(d->class_name, usual_name, sizeof usual_name);
    if (!rg_file_there(path)) return RG_OK;
    rg_status st = rg_source_open(&f, path, e);
    if (st == RG_OK) st = listed_names(d, &f);
    rg_source_close(&f);
    return st;
}

rg_status rg_read_cifar10(rg_data *d, const char *folder, rg_part part, const rg_alloc *alloc,
                          rg_error *e)
{
    rg_status st = rg_data_open(d, folder, alloc, e);
    d->shape = rg_shape3(3, 32, 32);
    d->width = PIXELS;
    d->dtype = RG_U8;
    d->task = RG_CLASSIFY;
    d->classes = CLASSES;
    if (st == RG_OK) st = cifar_rows(d, folder, part, e);
    if (st == RG_OK) st = cifar_names(d, folder, e);
    return rg_data_done(d, st);
}
