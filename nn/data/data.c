/* data.c - what all data sets have in common, and which reader a folder needs. */
#define RG_NO_HERE
#include "filling.h"
#include "files.h"
#include "op.h"
#include <stdio.h>
#include <string.h>

rg_status rg_data_open(rg_data *d, const char *source, const rg_alloc *alloc, rg_error *e)
{
    *d = (rg_data){0};
    rg_store_open(&d->store, alloc);
    d->source = rg_store_text(&d->store, source, strlen(source), e);
    return d->source ? RG_OK : RG_NOMEM;
}

void rg_data_free(rg_data *d)
{
    rg_store_close(&d->store);
    *d = (rg_data){0};
}

rg_status rg_data_done(rg_data *d, rg_status st)
{
    if (st != RG_OK) rg_data_free(d);
    return st;
}

rg_status rg_data_number_classes(rg_data *d, int classes, rg_error *e)
{
    enum { DIGITS = 12 };
    const char **name = rg_store_take(&d->store, classes, sizeof *name, e);
    char *text = rg_store_take(&d->store, classes, DIGITS, e);
    if (!name || !text) return RG_NOMEM;
    for (int c = 0; c < classes; c++) {
        snprintf(text + (size_t)c * DIGITS, DIGITS, "%d", c);
        name[c] = text + (size_t)c * DIGITS;
    }
    d->task = RG_CLASSIFY;
    d->classes = classes;
    d->class_name = name;
    return RG_OK;
}

rg_status rg_data_expect(rg_data *d, int classes, rg_error *e)
{
    if (d->task != RG_CLASSIFY)
        return rg_error_set(e, RG_USAGE, "%s: has no classes, %d were expected", d->source,
                            classes);
    for (int64_t i = 0; i < d->rows; i++)
        if (d->label[i] >= classes)
            return rg_error_set(
                e, RG_INDEX, "%s: row %lld has label %lld, but there are %d classes, 0 to %d",
                d->source, (long long)(i + 1), (long long)d->label[i], classes, classes - 1);
    if (classes <= d->classes) {
        d->classes = classes;
        return RG_OK;
    }
    return rg_data_number_classes(d, classes, e);
}

/* Does the folder hold one of these files? */
static bool holds(const char *folder, const char *const *names, rg_store *s, rg_error *e)
{
    for (; *names; names++) {
        char *path = rg_path_join(s, folder, *names, e);
        if (path && rg_file_there(path)) return true;
    }
    return false;
}

rg_status rg_read_images(rg_data *d, const char *folder, rg_part part, const rg_alloc *alloc,
                         rg_error *e)
{
    static const char *const idx[] = {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte",
                                      "train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz",
                                      NULL};
    static const char *const cifar[] = {"data_batch_1.bin",
                                        "data_batch_2.bin",
                                        "data_batch_3.bin",
                                        "data_batch_4.bin",
                                        "data_batch_5.bin",
                                        "test_batch.bin",
                                        NULL};
    rg_error trouble = {RG_OK, NULL, NULL, 0, ""};
    rg_store s;
    *d = (rg_data){0};
    rg_store_open(&s, alloc);
    bool is_idx = holds(folder, idx, &s, &trouble);
    bool is_cifar = !is_idx && holds(folder, cifar, &s, &trouble);
    rg_store_close(&s);
    if (trouble.status != RG_OK) return rg_error_set(e, trouble.status, "%s", trouble.text);
    if (is_idx) return rg_read_idx(d, folder, part, alloc, e);
    if (is_cifar) return rg_read_cifar10(d, folder, part, alloc, e);
    return rg_error_set(e, RG_IO,
                        "%s: holds neither MNIST's files (such as %s or %s.gz) nor CIFAR-10's "
                        "(such as %s)",
                        folder, idx[part == RG_TEST], idx[part == RG_TEST],
                        part == RG_TEST ? cifar[5] : cifar[0]);
}
