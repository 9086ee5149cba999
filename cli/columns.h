/* columns.h - which columns of a table a network is to see, and notes on those that mislead. */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H
#include "data.h"
#include "options.h"

/* --without: those columns leave the table. False: *d says why. */
bool columns_leave_out(rg_table *t, const args *a, diag *d);

/* Notes on columns that are not read as their owner may think, and on those that are the class again. */
void columns_note(const rg_table *t, const rg_coding *c);

#endif
