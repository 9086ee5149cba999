/* number.c - strtod reads the decimal point of the locale and more than decimal
 * numbers, so the text is checked first and handed over with that locale's point. */
#include "number.h"
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 400 };

static const char *skip_digits(const char *p, int *count)
{
    for (; *p >= '0' && *p <= '9'; p++) ++*count;
    return p;
}

/* Where the number at p ends; NULL when there is none. *point is its decimal point or NULL. */
static const char *number_end(const char *p, const char **point)
{
    int digits = 0, exponent = 0;
    *point = NULL;
    if (*p == '+' || *p == '-') p++;
    p = skip_digits(p, &digits);
    if (*p == '.') {
        *point = p;
        p = skip_digits(p + 1, &digits);
    }
    if (!digits) return NULL;
    if (*p != 'e' && *p != 'E') return p;
    p++;
    if (*p == '+' || *p == '-') p++;
    p = skip_digits(p, &exponent);
    return exponent ? p : NULL;
}

bool rg_number_parse(const char *text, double *v)
{
    char copy[LONGEST + 8];
    const char *begin = text + strspn(text, " \t"), *point, *end = number_end(begin, &point);
    if (!end || end[strspn(end, " \t")] || end - begin >= LONGEST) return false;
    const char *local = localeconv()->decimal_point;
    size_t head = (size_t)((point ? point : end) - begin), n = head;
    memcpy(copy, begin, head);
    if (point) {
        size_t wide = strlen(local), tail = (size_t)(end - point) - 1;
        if (wide > 4) return false;
        memcpy(copy + head, local, wide);
        memcpy(copy + head + wide, point + 1, tail);
        n = head + wide + tail;
    }
    copy[n] = 0;
    double parsed = strtod(copy, NULL);
    if (!isfinite(parsed)) return false;
    *v = parsed;
    return true;
}
