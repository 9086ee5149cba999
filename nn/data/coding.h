/* coding.h - what reading tables and learning, applying and keeping a coding share. Room-private.
 */
#ifndef RG_CODING_H
#define RG_CODING_H
#include "store.h"

/* Which category of the column the cell is; -1: none. */
int rg_category_of(const rg_column *col, const char *cell);

/* For qsort of addresses of texts: by bytes. */
int rg_order_texts(const void *a, const void *b);

/* Set c->width from the roles. */
void rg_coding_measure(rg_coding *c);

#endif
