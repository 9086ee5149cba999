/* source.c - characters of UTF-8, and how far apart two names are. */
#include "source.h"
#include <string.h>

size_t utf8_char(const char *s, size_t left, uint32_t *code)
{
    const unsigned char *u = (const unsigned char *)s;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    *code = 0xfffd;
    if (n == 1) {
        *code = u[0];
        return 1;
    }
    if (u[0] < 0xc2 || u[0] > 0xf4 || n > left) return 1;
    uint32_t c = u[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) return 1;
        c = c << 6 | (u[i] & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 1;
    *code = c;
    return n;
}

static int least_of(int a, int b) { return a < b ? a : b; }

int edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
    enum { MOST = 40 }; /* longer names are not worth guessing */
    int d[MOST + 1][MOST + 1];
    if (na > MOST || nb > MOST) return 3;
    for (size_t i = 0; i <= na; i++) d[i][0] = (int)i;
    for (size_t j = 0; j <= nb; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= na; i++)
        for (size_t j = 1; j <= nb; j++) {
            d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least_of(d[i][j], 1 + least_of(d[i - 1][j], d[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least_of(d[i][j], 1 + d[i - 2][j - 2]);
        }
    return least_of(d[na][nb], 3);
}
