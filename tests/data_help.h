/* data_help.h - for the tests of the loaders: a folder of their own, and a memory
 * that runs out. */
#ifndef RG_DATA_HELP_H
#define RG_DATA_HELP_H
#include <retrograd/data.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static char path_text[512];

static inline const char *in_folder(const char *name)
{
    snprintf(path_text, sizeof path_text, "%s/%s", folder, name);
    return path_text;
}

static inline void make_folder(void)
{
    strcpy(folder, "/tmp/rg-data-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void put_file(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(in_folder(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
}

static inline void remove_files(const char *const *names)
{
    for (; *names; names++) remove(in_folder(*names));
    ck_assert_int_eq(rmdir(folder), 0);
}

/* Grants this many requests and no more; knows how many bytes are out. */
typedef struct scarce {
    long left;
    size_t out;
} scarce;

static inline void *scarce_memory(void *ud, void *p, size_t old_size, size_t new_size)
{
    scarce *m = ud;
    if (new_size && m->left-- <= 0) return NULL;
    m->out += new_size - old_size;
    if (new_size) return realloc(p, new_size);
    free(p);
    return NULL;
}

/* run, which cleans up behind itself, must report RG_NOMEM and leave nothing
 * behind for every request that is refused. */
static inline void refuse_each(rg_status (*run)(const rg_alloc *alloc, rg_error *e))
{
    rg_status st = RG_NOMEM;
    long k = 0;
    for (; st != RG_OK; k++) {
        scarce m = {k, 0};
        rg_alloc alloc = {scarce_memory, &m};
        rg_error e = {0};
        st = run(&alloc, &e);
        ck_assert_uint_eq(m.out, 0);
        ck_assert_int_eq(e.status, st);
        ck_assert(st == RG_OK || st == RG_NOMEM);
    }
    ck_assert_int_gt(k, 1);
}

static inline void expect_error(rg_status st, const rg_error *e, rg_status want, const char *words)
{
    ck_assert_msg(st == want, "status %d instead of %d: %s", (int)st, (int)want, e->text);
    ck_assert_int_eq(e->status, want);
    ck_assert_msg(strstr(e->text, words) != NULL, "'%s' does not say '%s'", e->text, words);
}

static inline void expect_ok(rg_status st, const rg_error *e)
{
    ck_assert_msg(st == RG_OK, "status %d: %s", (int)st, e->text);
}

/* The end of main. */
static inline int run_checks(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
