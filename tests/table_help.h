/* table_help.h - for the tests of tables and codings: a text as a table. */
#ifndef RG_TABLE_HELP_H
#define RG_TABLE_HELP_H
#include "data_help.h"

static const char *const table_files[] = {"t.csv", NULL};

static inline void remove_tables(void) { remove_files(table_files); }

static inline rg_table read_text(const char *text)
{
    rg_table t;
    rg_error e = {0};
    put_file("t.csv", text, strlen(text));
    expect_ok(rg_read_csv(&t, in_folder("t.csv"), NULL, &e), &e);
    return t;
}

#endif
