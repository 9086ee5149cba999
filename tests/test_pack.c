/* test_pack.c - windows to dense memory: every element arrives at its place, whatever the
 * strides and wherever the copy begins and ends. */
#include "suite.h"
#include <retrograd/op.h>
#include <retrograd/retrograd.h>

/* Elements first to first + n of a window onto numbers that count. */
static void check_part(const rg_tensor *w, const double *base, int64_t first, int64_t n)
{
    double *out = malloc((size_t)n * sizeof *out);
    rg_pack(out, w, first, n);
    for (int64_t e = 0; e < n; e++) {
        int64_t rest = first + e, place = (const double *)w->data - base;
        for (int axis = w->rank; axis-- > 0; rest /= w->dim[axis])
            place += rest % w->dim[axis] * w->stride[axis];
        ck_assert_msg(out[e] == (double)place, "element %d", (int)(first + e));
    }
    free(out);
}

static void check_window(int rank, const int64_t *dim, const int64_t *stride, int64_t offset)
{
    enum { NUMBERS = 20000 };
    static double numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) numbers[i] = i;
    rg_tensor w = {.data = numbers + offset, .dtype = RG_F64, .rank = rank};
    for (int i = 0; i < rank; i++) {
        w.dim[i] = dim[i];
        w.stride[i] = stride[i];
    }
    int64_t all = rg_count(&w);
    for (int64_t first = 0; first < all; first += 1 + all / 13)
        for (int64_t n = 1; first + n <= all; n += 1 + all / 11) check_part(&w, numbers, first, n);
    check_part(&w, numbers, 0, all);
}

START_TEST(every_element_arrives)
{
    const int64_t side[] = {1, 2, 15, 16, 17, 40};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            int64_t m = side[i], n = side[j];
            check_window(2, (int64_t[]){m, n}, (int64_t[]){1, m}, 0);      /* turned   */
            check_window(2, (int64_t[]){m, n}, (int64_t[]){1, m + 3}, 5);  /* a window */
            check_window(2, (int64_t[]){m, n}, (int64_t[]){n, 1}, 0);      /* dense    */
            check_window(2, (int64_t[]){m, n}, (int64_t[]){1, -50}, 3000); /* backward */
            check_window(2, (int64_t[]){m, n}, (int64_t[]){1, 0}, 7);      /* repeated */
            check_window(3, (int64_t[]){3, m, n}, (int64_t[]){m * n, 1, m}, 0);
            check_window(3, (int64_t[]){m, 3, n}, (int64_t[]){1, m * n, m}, 0);
            check_window(3, (int64_t[]){3, m, n}, (int64_t[]){1, 3, 3 * m}, 0);
        }
}
END_TEST

RG_SUITE("pack", every_element_arrives)
