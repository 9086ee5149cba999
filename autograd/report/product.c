/* product.c - draws small matrices and the product of two:
 *
 *   [ 2.5 ] @ [ 2  1  4 ] = [ 5  2.5  10 ]
 *   [ 0   ]                 [ 0  0    0  ] */
#include "page.h"
#include <string.h>

enum { MOST_ROWS = 8, MOST_COLUMNS = 8 };

typedef struct drawing {
    const rg_node *x;
    int64_t rows, columns;
    int width[MOST_COLUMNS]; /* of each column */
    int total;               /* with brackets  */
} drawing;

static bool measure_matrix(const rg_node *x, int digits, drawing *d)
{
    const rg_layout *l = x->layout;
    char text[RG_LABEL];
    if (l->rank != 2 || l->count == 0 || l->dim[0] > MOST_ROWS || l->dim[1] > MOST_COLUMNS)
        return false;
    *d = (drawing){.x = x, .rows = l->dim[0], .columns = l->dim[1], .total = 2};
    for (int64_t i = 0; i < l->count; i++) {
        int n = (int)strlen(rg_number_text(rg_entry(x, i), digits, text)),
            *width = &d->width[i % d->columns];
        if (n > *width) *width = n;
    }
    for (int64_t j = 0; j < d->columns; j++) d->total += d->width[j] + 1 + (j > 0);
    d->total += 1;
    return true;
}

static void draw_row(rg_page *p, const drawing *d, int64_t row)
{
    char text[RG_LABEL];
    if (row >= d->rows) {
        rg_page_put(p, "%*s", d->total, "");
        return;
    }
    rg_page_put(p, "[");
    for (int64_t j = 0; j < d->columns; j++)
        rg_page_put(p, "%s %-*s", j ? " " : "", d->width[j],
                    rg_number_text(rg_entry(d->x, row * d->columns + j), p->digits, text));
    rg_page_put(p, " ]");
}

/* The sign between the inputs of an op such as "{a} @ {b}"; false: no such op. */
static bool sign_of(const rg_node *product, char sign[8])
{
    const char *f = product->op->formula;
    size_t n = strlen(f);
    if (product->nin != 2 || n < 7 || n > 12 || memcmp(f, "{a}", 3) || memcmp(f + n - 3, "{b}", 3))
        return false;
    memcpy(sign, f + 3, n - 6);
    sign[n - 6] = 0;
    return true;
}

bool rg_draw_product(rg_page *p, const rg_node *product)
{
    drawing a, b, y;
    char sign[8];
    if (!sign_of(product, sign) || !measure_matrix(rg_in(product, 0), p->digits, &a) ||
        !measure_matrix(rg_in(product, 1), p->digits, &b) ||
        !measure_matrix(product, p->digits, &y))
        return false;
    size_t begin = p->len;
    if (begin + (size_t)(a.total + b.total + y.total) + strlen(sign) + 3 > RG_PAGE_WIDTH)
        return false;
    int64_t rows = a.rows > b.rows ? a.rows : b.rows;
    for (int64_t i = 0; i < rows; i++) {
        rg_page_to(p, begin, 0);
        draw_row(p, &a, i);
        rg_page_put(p, "%*s", (int)strlen(sign), i ? "" : sign);
        draw_row(p, &b, i);
        rg_page_put(p, i ? "   " : " = ");
        draw_row(p, &y, i);
        rg_page_end(p);
    }
    return true;
}

void rg_draw_numbers(rg_page *p, const rg_node *x)
{
    drawing d;
    char text[RG_TEXT];
    size_t begin = p->len;
    rg_numbers_text(x, p->digits, RG_PAGE_WIDTH - (int)begin, text);
    if (text[0] == '[' || !measure_matrix(x, p->digits, &d) ||
        begin + (size_t)d.total > RG_PAGE_WIDTH) {
        rg_page_put(p, "%s", text);
        rg_page_end(p);
        return;
    }
    for (int64_t i = 0; i < d.rows; i++) {
        rg_page_to(p, begin, 0);
        draw_row(p, &d, i);
        rg_page_end(p);
    }
}
