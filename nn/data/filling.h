/* filling.h - what those who fill an rg_data and those who empty it share.
 * Room-private. */
#ifndef RG_FILLING_H
#define RG_FILLING_H
#include "store.h"

/* An empty data set that knows where it came from. */
rg_status rg_data_open(rg_data *d, const char *source, const rg_alloc *alloc, rg_error *e);

/* The end of a reader: frees d unless st is RG_OK. Returns st. */
rg_status rg_data_done(rg_data *d, rg_status st);

/* Make it a classification with classes "0", "1", ... */
rg_status rg_data_number_classes(rg_data *d, int classes, rg_error *e);

/* Row i of a choice of rows; NULL chooses all. */
static inline int64_t rg_row_at(const int64_t *rows, int64_t i) { return rows ? rows[i] : i; }

#endif
