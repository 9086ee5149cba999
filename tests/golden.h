/* golden.h - transcripts in tests/golden (GOLDEN), byte by byte. RG_GOLDEN_WRITE=1 writes
 * them anew; look at what has changed. */
#ifndef RG_TEST_GOLDEN_H
#define RG_TEST_GOLDEN_H
#include "output.h"
#include <stdio.h>

static inline void expect_golden(const char *name, output *o)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.txt", GOLDEN, name);
    if (getenv("RG_GOLDEN_WRITE")) {
        FILE *f = fopen(path, "wb");
        ck_assert_ptr_nonnull(f);
        ck_assert_uint_eq(fwrite(o->text, 1, o->len, f), o->len);
        ck_assert_int_eq(fclose(f), 0);
    }
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "no %s", path);
    char *text = calloc(o->len + 2, 1);
    size_t n = fread(text, 1, o->len + 1, f);
    fclose(f);
    size_t same = 0;
    while (same < n && same < o->len && text[same] == o->text[same]) same++;
    ck_assert_msg(n == o->len && same == n,
                  "%s differs from here on:\n%.300s\n-- the transcript has:\n%.300s", path,
                  o->text + same, text + same);
    free(text);
    free(o->text);
}

#endif
