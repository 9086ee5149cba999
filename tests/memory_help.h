/* memory_help.h - memory that says no: the k-th request since `arm`, or all from the k-th on.
 * A table of calls, each of which is tried with every k. */
#ifndef RG_MEMORY_HELP_H
#define RG_MEMORY_HELP_H
#include <check.h>
#include <retrograd/retrograd.h>
#include <stdlib.h>

typedef struct scene {
    rg_config cfg; /* both hand out the same memory */
    rg_alloc alloc;
    rg_error e;
    long calls, fail_at; /* requests since arm; the one that is refused, from 0; -1: none */
    bool and_all_after, armed;
    size_t live;
} scene;

static inline void *scene_memory(void *ud, void *p, size_t old_size, size_t new_size)
{
    scene *s = ud;
    if (!new_size) {
        s->live -= old_size;
        free(p);
        return NULL;
    }
    long call = s->armed ? s->calls++ : -1;
    bool refused = s->armed && s->fail_at >= 0 &&
                   (call == s->fail_at || (s->and_all_after && call > s->fail_at));
    void *q = refused ? NULL : realloc(p, new_size);
    if (q) s->live += new_size - old_size;
    return q;
}

static inline void arm(scene *s) { s->armed = true; }
static inline void disarm(scene *s) { s->armed = false; }

/* A call with what it needs around it. It arms the scene for the call alone, checks that what
 * was there still stands and can be used, gives everything back, and answers the status. */
typedef struct memory_row {
    const char *name;
    rg_status (*run)(scene *s);
    int fine; /* so many requests may be refused without harm: a source line is lost */
} memory_row;

/* In the hostile build the name of each source file is a request too: so many more are fine. */
#ifdef RG_HOSTILE
#define FINE(n, names) ((n) + (names))
#else
#define FINE(n, names) (n)
#endif

/* Every k up to `dense`, then in growing steps; RG_EVERY_REQUEST in the environment: every k. */
static inline long next_request(long k, long dense)
{
    return k < dense || getenv("RG_EVERY_REQUEST") ? k + 1 : k + 1 + (k - dense) / 8;
}

static inline void fail_every_request(const memory_row *row, bool and_all_after)
{
    int fine = 0;
    for (long k = 0;; k = next_request(k, 60)) {
        scene s = {.fail_at = k, .and_all_after = and_all_after};
        s.cfg = (rg_config){.mem = scene_memory, .ud = &s};
        s.alloc = (rg_alloc){scene_memory, &s};
        rg_status st = row->run(&s);
        ck_assert_msg(s.live == 0, "%s, request %ld refused: %zu bytes are lost", row->name, k,
                      s.live);
        if (s.calls <= k) {
            ck_assert_msg(st == RG_OK, "%s: status %d with memory enough", row->name, (int)st);
            ck_assert_msg(k > 0, "%s asks for no memory", row->name);
            return;
        }
        ck_assert_msg(st == RG_NOMEM || st == RG_OK, "%s, request %ld refused: status %d",
                      row->name, k, (int)st);
        fine += st == RG_OK;
        ck_assert_msg(fine <= row->fine, "%s, request %ld refused, and nobody said so", row->name,
                      k);
    }
}

/* A writer that counts. */
static inline void swallow(void *ud, const char *text, size_t n)
{
    (void)text;
    *(size_t *)ud += n;
}

/* ---- tapes ------------------------------------------------------------------------ */

static inline rg_tape *scene_tape(scene *s)
{
    rg_tape *t = rg_tape_new(&s->cfg);
    ck_assert_ptr_nonnull(t);
    return t;
}

/* The end of a call on a tape that is `len` long and stays so: memory is back, the error is on
 * the tape and nowhere else, and after a rewind the tape records and differentiates. */
static inline rg_status scene_over(scene *s, rg_tape *t, rg_status st)
{
    disarm(s);
    ck_assert_int_eq(rg_error_of(t)->status, st);
    rg_rewind(t, 0);
    rg_node *x = rg_scalar(t, 3), *g = NULL;
    ck_assert_int_eq(rg_grad(rg_square(x), NULL, 1, &x, &g), RG_OK);
    ck_assert_double_eq(rg_value(g), 6);
    rg_tape_free(t);
    return st;
}

/* ---- the main of a table ------------------------------------------------------------- */

#define MEMORY_SUITE(title, rows)                                                                  \
    START_TEST(only_the_kth_request_fails) { fail_every_request(&rows[_i], false); }               \
    END_TEST                                                                                       \
    START_TEST(all_from_the_kth_on_fail) { fail_every_request(&rows[_i], true); }                  \
    END_TEST                                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        Suite *suite = suite_create(title);                                                        \
        TCase *c = tcase_create(title);                                                            \
        tcase_set_timeout(c, 120);                                                                 \
        tcase_add_loop_test(c, only_the_kth_request_fails, 0, (int)(sizeof rows / sizeof *rows));  \
        tcase_add_loop_test(c, all_from_the_kth_on_fail, 0, (int)(sizeof rows / sizeof *rows));    \
        suite_add_tcase(suite, c);                                                                 \
        SRunner *r = srunner_create(suite);                                                        \
        srunner_run_all(r, CK_NORMAL);                                                             \
        int failed = srunner_ntests_failed(r);                                                     \
        srunner_free(r);                                                                           \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                               \
    }

#endif
