/* inputs.c - NAME=VALUE: the arguments that give an expression its numbers. */
#include "inputs.h"
#include "data.h"
#include "lex.h"
#include "memory.h"
#include "npz.h"
#include <stdlib.h>
#include <string.h>

/* ---- reading the argument ---------------------------------------------------- */

static bool refuse_input(const input *in, int code, span at, diag *d, const char *text,
                         const char *help)
{
    diag_set(d, code, &in->src, at, "%s", text);
    diag_help(d, "%s", help);
    return false;
}

static bool ends_in(const char *text, const char *tail)
{
    size_t n = strlen(text), k = strlen(tail);
    return n > k && !strcmp(text + n - k, tail);
}

/* How long the name of an archive is at the start of a text such as "FILE.npz:NAME"; 0: it is
 * none. */
static size_t npz_length(const char *text)
{
    const char *colon = strstr(text, ".npz:");
    if (colon) return (size_t)(colon - text) + 4;
    return ends_in(text, ".npz") ? strlen(text) : 0;
}

bool input_parse_value(input *in, const source *src, uint32_t at, diag *d)
{
    in->src = *src;
    if (src->text[at] != '@') return literal_read_value(&in->src, at, &in->value, d);
    in->file = src->text + at + 1;
    if (ends_in(in->file, ".npy") || ends_in(in->file, ".csv") || npz_length(in->file)) return true;
    return refuse_input(in, E_USAGE, (span){at, (uint32_t)src->len - at}, d,
                        "the name of a file with numbers ends in .npy, .npz or .csv",
                        "write the numbers out, as in x='1 2; 3 4', or rename the file");
}

/* NAME, or `any name`; its length in the argument, 0 when it is neither. */
static size_t name_length(input *in)
{
    const char *s = in->src.text;
    size_t n = 0;
    if (*s == '`') {
        n = strcspn(s + 1, "`");
        in->name = s + 1;
        in->len = n;
        return n && s[n + 1] ? n + 2 : 0;
    }
    if (lex_name_start(*s))
        while (lex_name_char(s[n])) n++;
    in->name = s;
    return in->len = n;
}

static bool parse_input(input *in, const char *word, diag *d)
{
    double reserved;
    in->src = (source){NULL, word, strlen(word)};
    uint32_t all = (uint32_t)in->src.len, n = (uint32_t)name_length(in);
    const char *equals = strchr(word, '=');
    if (!equals)
        return refuse_input(in, E_USAGE, (span){0, all}, d, "NAME=VALUE was expected here",
                            "the expression is one argument: put it in quotes");
    if (!n || word[n] != '=')
        return refuse_input(in, E_USAGE, (span){0, (uint32_t)(equals - word)}, d,
                            "this is not a name",
                            "a name has letters, digits and _; others stand in `backquotes`");
    if (lex_constant(in->name, in->len, &reserved))
        return refuse_input(in, E_RESERVED, (span){0, n}, d,
                            "this is a number and cannot be a variable", "choose another name");
    if (n + 1 == all)
        return refuse_input(in, E_USAGE, (span){n, 1}, d,
                            "a value was expected behind =", "write 0 or '1 2 3'");
    return input_parse_value(in, &in->src, n + 1, d);
}

bool inputs_parse(inputs *in, int n, const char *const *word, diag *d)
{
    *in = (inputs){0};
    in->item = memory_new((size_t)n, sizeof *in->item);
    for (in->n = 0; in->n < n;) {
        input *x = &in->item[in->n++];
        if (!parse_input(x, word[in->n - 1], d)) return false;
        if (names_number(&in->names, x->name, x->len) != (uint32_t)in->n - 1)
            return refuse_input(x, E_USAGE, (span){0, (uint32_t)x->len}, d,
                                "this name is given twice", "one NAME=VALUE for each name");
    }
    return true;
}

void inputs_free(inputs *in)
{
    for (int i = 0; i < in->n; i++) literal_free(&in->item[i].value);
    free(in->item);
    names_free(&in->names);
    *in = (inputs){0};
}

/* ---- files ------------------------------------------------------------------- */

static bool file_error(const rg_error *e, diag *d)
{
    if (e->status == RG_NOMEM) memory_die_of(e->text);
    return diag_set(d, e->status == RG_IO ? E_READ : E_FORMAT, NULL, (span){0, 0}, "%s", e->text);
}

/* Its numbers; frees it. */
static bool take_array(input *in, rg_array *a)
{
    in->value = (literal){.shape = a->shape, .count = (size_t)a->count, .cap = (size_t)a->count};
    in->value.number = memory_new(in->value.count, sizeof *in->value.number);
    memcpy(in->value.number, a->data, in->value.count * sizeof *in->value.number);
    rg_array_free(a);
    return true;
}

static bool load_npy(input *in, diag *d)
{
    rg_array a;
    rg_error e = {0};
    if (rg_read_npy(&a, in->file, RG_F64, NULL, &e) != RG_OK) return file_error(&e, d);
    return take_array(in, &a);
}

/* The array of an archive that stands behind "FILE.npz:"; of one that holds a single
 * array, that. */
static bool load_npz(input *in, size_t file, diag *d)
{
    rg_npz z;
    rg_array a;
    rg_error e = {0};
    const char *name = in->file[file] ? in->file + file + 1 : NULL;
    char *path = memory_new(file + 1, 1);
    memcpy(path, in->file, file);
    rg_status s = rg_npz_open(&z, path, NULL, &e);
    free(path);
    if (s) return file_error(&e, d);
    if (!name) name = z.n == 1 ? z.member[0].name : "";
    s = rg_npz_read(&a, &z, name, RG_F64, NULL, &e);
    rg_npz_close(&z);
    return s ? file_error(&e, d) : take_array(in, &a);
}

/* A header of numbers is none: it is the first row. */
static bool read_bare_row(const rg_table *t, double *row)
{
    for (int c = 0; c < t->columns; c++) {
        char *end;
        row[c] = strtod(t->name[c], &end);
        if (end == t->name[c] || *end) return false;
    }
    return true;
}

/* A table of numbers as a matrix, a row for each line. */
static bool load_table(input *in, const rg_table *t, rg_error *e)
{
    size_t columns = (size_t)t->columns, all = (size_t)t->rows + 1;
    literal *out = &in->value;
    double *column = memory_new(all, sizeof *column);
    *out = (literal){.number = memory_new(all * columns, sizeof(double)), .cap = all * columns};
    size_t first = read_bare_row(t, out->number) ? 1 : 0, rows = (size_t)t->rows + first;
    rg_status s = RG_OK;
    for (size_t c = 0; c < columns && !s; c++) {
        s = rg_table_numbers(t, (int)c, column, e);
        for (size_t r = first; r < rows; r++) out->number[r * columns + c] = column[r - first];
    }
    out->shape = rg_shape2((int64_t)rows, t->columns);
    out->count = rows * columns;
    free(column);
    return s == RG_OK;
}

static bool load_csv(input *in, diag *d)
{
    rg_table t;
    rg_error e = {0};
    if (rg_read_csv(&t, in->file, NULL, &e) != RG_OK) return file_error(&e, d);
    bool ok = load_table(in, &t, &e);
    rg_table_free(&t);
    return ok || file_error(&e, d);
}

bool input_load(input *in, diag *d)
{
    if (!in->file) return true;
    size_t archive = npz_length(in->file);
    if (archive) return load_npz(in, archive, d);
    return ends_in(in->file, ".npy") ? load_npy(in, d) : load_csv(in, d);
}

bool inputs_load(inputs *in, diag *d)
{
    for (int i = 0; i < in->n; i++)
        if (!input_load(&in->item[i], d)) return false;
    return true;
}
