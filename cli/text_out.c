/* text_out.c - numbers for people, written as literals. */
#include "text_out.h"
#include <math.h>
#include <string.h>

static void text_number(FILE *to, int digits, double v)
{
    if (isnan(v))
        fputs("nan", to);
    else
        fprintf(to, "%.*g", digits, v);
}

/* One row, without brackets. */
static void text_numbers(FILE *to, int digits, int64_t n, const double *v)
{
    for (int64_t i = 0; i < n; i++) {
        if (i) fputc(' ', to);
        text_number(to, digits, v[i]);
    }
}

static void text_matrix(FILE *to, int digits, const int64_t *dim, const double *v)
{
    fputc('[', to);
    for (int64_t i = 0; i < dim[0]; i++) {
        if (i) fputs("; ", to);
        text_numbers(to, digits, dim[1], v + i * dim[1]);
    }
    fputs(dim[0] == 1 ? ";]" : "]", to); /* [1 2] alone would be a vector */
}

void text_array(FILE *to, int digits, int rank, const int64_t *dim, const double *v)
{
    if (rank == 0) {
        text_number(to, digits, *v);
    } else if (rank == 1) {
        fputc('[', to);
        text_numbers(to, digits, dim[0], v);
        fputc(']', to);
    } else if (rank == 2) {
        text_matrix(to, digits, dim, v);
    } else {
        int64_t size = 1;
        for (int i = 1; i < rank; i++) size *= dim[i];
        fputc('[', to);
        for (int64_t i = 0; i < dim[0]; i++) {
            if (i) fputc(' ', to);
            text_array(to, digits, rank - 1, dim + 1, v + i * size);
        }
        fputc(']', to);
    }
}

void text_wrapped(FILE *to, int at, int indent, int width, const char *text)
{
    bool begun = false;
    while (*text) {
        size_t blanks = strspn(text, " "), n = strcspn(text + blanks, " ");
        if (!n) return;
        if (begun && at + (int)(blanks + n) > width) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
            text += blanks;
            blanks = 0;
        }
        fprintf(to, "%.*s", (int)(blanks + n), text);
        at += (int)(blanks + n);
        text += blanks + n;
        begun = true;
    }
}
