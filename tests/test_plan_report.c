/* test_plan_report.c - what plans tell of themselves: a transcript byte by byte, totals that
 * add up, JSON that parses. RG_GOLDEN_WRITE=1 writes the transcript anew. */
#include "suite.h"
#include "golden.h"
#include "plan_mlp.h"
#include <jansson.h>

static plan_mlp open_mlp(const rg_plan_config *how)
{
    rg_config cfg = {.lazy = true};
    plan_mlp m = plan_mlp_open(&cfg, how);
    ck_assert_msg(m.plan != NULL, "%s", rg_error_of(m.t)->text);
    return m;
}

static output text_of(const rg_plan *p,
                      rg_status (*fn)(const rg_plan *p,
                                      void (*write)(void *ud, const char *text, size_t n),
                                      void *ud))
{
    output o = {0};
    ck_assert_int_eq(fn(p, collect, &o), RG_OK);
    check_lines(&o, 100);
    return o;
}

START_TEST(golden_network)
{
    plan_mlp m = open_mlp(NULL);
    output o = {0};
    ck_assert_int_eq(rg_plan_print(m.plan, collect, &o), RG_OK);
    ck_assert_int_eq(rg_plan_memory(m.plan, collect, &o), RG_OK);
    check_lines(&o, 100);
    plan_mlp_close(&m);
#ifdef RG_HOSTILE /* where tiles are of another size */
    free(o.text);
#else
    expect_golden("plan_mlp", &o);
#endif
}
END_TEST

/* A plan of the gradient of a chain of products, whose values all wait for the way back. */
static rg_plan *chain_plan(rg_tape *t, const rg_plan_config *how)
{
    rg_node *w = rg_leaf(t, RG_F32, rg_shape2(16, 16)), *y = w, *g;
    for (int i = 0; i < 16; i++) y = rg_tanh(rg_matmul(y, w));
    ck_assert_int_eq(rg_grad(rg_sum(y, RG_ALL_AXES), NULL, 1, &w, &g), RG_OK);
    rg_plan *p = rg_compile(t, 1, &g, how);
    ck_assert_msg(p != NULL, "%s", rg_error_of(t)->text);
    return p;
}

START_TEST(a_budget_tells_its_cost)
{
    rg_config cfg = {.lazy = true};
    rg_tape *t = rg_tape_new(&cfg);
    rg_plan *all = chain_plan(t, NULL);
    rg_plan_config how = {.budget = rg_plan_bytes(all) / 3 * 2};
    rg_plan *less = chain_plan(t, &how);
    output o = text_of(less, rg_plan_print);
    const char *line = strstr(o.text, "budget ");
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_null(strstr(line, " 0 steps are computed again"));
    ck_assert_ptr_nonnull(strstr(o.text, "' = "));
    free(o.text);
    rg_plan_free(less);
    rg_plan_free(all);
    rg_tape_free(t);
}
END_TEST

static int count_of(const char *text, const char *what)
{
    int n = 0;
    while ((text = strstr(text, what))) n++, text++;
    return n;
}

/* Steps that the text puts at a place in the workspace: "%9 = ...   at 8192 ...". */
static int count_places(const char *text)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, " at ")); at++)
        n += at[4] >= '0' && at[4] <= '9';
    return n;
}

/* Every value of the workspace is a box with a title, and nothing is left open. */
START_TEST(a_picture_shows_every_value)
{
    plan_mlp m = open_mlp(NULL);
    output text = text_of(m.plan, rg_plan_print), svg = {0}, again = {0};
    ck_assert_int_eq(rg_plan_svg(m.plan, collect, &svg), RG_OK);
    ck_assert_int_eq(rg_plan_svg(m.plan, collect, &again), RG_OK);
    ck_assert_str_eq(svg.text, again.text);
    ck_assert_int_eq(count_of(svg.text, " B at "), count_places(text.text));
    ck_assert_int_eq(count_of(svg.text, "<title>"), count_of(svg.text, "</title>"));
    ck_assert_int_eq(count_of(svg.text, "<text"), count_of(svg.text, "</text>"));
    ck_assert_ptr_nonnull(strstr(svg.text, "= tanh("));
    ck_assert_ptr_nonnull(strstr(svg.text, "fullest: 17.9 kB in group 6"));
    ck_assert_int_eq(rg_plan_svg(NULL, collect, &svg), RG_USAGE);
    free(text.text);
    free(svg.text);
    free(again.text);
    plan_mlp_close(&m);
}
END_TEST

/* ---- numbers that the recording fixes ---------------------------------------------------- */

static json_t *json_of(const rg_plan *p)
{
    output o = {0};
    json_error_t e;
    ck_assert_int_eq(rg_plan_json(p, collect, &o), RG_OK);
    json_t *root = json_loads(o.text, 0, &e);
    ck_assert_msg(root != NULL, "line %d: %s", e.line, e.text);
    free(o.text);
    return root;
}

static double number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    ck_assert_msg(json_is_number(v), "no number %s", key);
    return json_number_value(v);
}

/* The sum of a member over the halves of all groups. */
static double over_halves(const json_t *root, const char *key)
{
    size_t i;
    json_t *group;
    double sum = 0;
    json_array_foreach(json_object_get(root, "groups"), i, group)
    {
        const json_t *head = json_object_get(group, "head"), *tail = json_object_get(group, "tail");
        if (!json_is_null(head)) sum += number(head, key);
        if (!json_is_null(tail)) sum += number(tail, key);
    }
    return sum;
}

START_TEST(totals_add_up)
{
    plan_mlp m = open_mlp(NULL);
    json_t *root = json_of(m.plan);
    ck_assert_str_eq(json_string_value(json_object_get(root, "schema")), "plan/1");
    ck_assert_double_eq(number(root, "flops"), over_halves(root, "flops"));
    ck_assert_double_eq(number(root, "read"), over_halves(root, "read"));
    ck_assert_double_eq(number(root, "written"), over_halves(root, "written"));
    ck_assert_double_eq(number(root, "workspace"), (double)rg_plan_bytes(m.plan));
    const json_t *peak = json_object_get(root, "peak");
    ck_assert_double_le(number(peak, "bytes"), number(root, "workspace"));
    json_decref(root);
    plan_mlp_close(&m);
}
END_TEST

/* 2 m n k of the five products; the first group reads x and W1 and then, in its tail, what
 * the product wrote and b1. */
START_TEST(work_and_traffic_are_known)
{
    plan_mlp m = open_mlp(NULL);
    json_t *root = json_of(m.plan);
    const json_t *group = json_array_get(json_object_get(root, "groups"), 0);
    const json_t *head = json_object_get(group, "head"), *tail = json_object_get(group, "tail");
    ck_assert_double_eq(number(head, "flops"), 2. * 64 * 32 * 8);
    ck_assert_double_eq(number(head, "read"), 4. * (64 * 8 + 8 * 32));
    ck_assert_double_eq(number(head, "written"), 4. * 64 * 32);
    ck_assert_double_eq(number(tail, "read"), 4. * (64 * 32 + 32));
    ck_assert_double_eq(number(tail, "written"), 4. * 64 * 32);
    json_decref(root);
    plan_mlp_close(&m);
}
END_TEST

/* ---- a profile ---------------------------------------------------------------------------- */

START_TEST(a_profile_runs_the_plan)
{
    plan_mlp m = open_mlp(NULL), same = open_mlp(NULL);
    output o = {0};
    ck_assert_int_eq(rg_plan_profile(m.plan, 3, collect, &o), RG_OK);
    check_lines(&o, 100);
    ck_assert_ptr_nonnull(strstr(o.text, "medians of 3 runs"));
    ck_assert_ptr_nonnull(strstr(o.text, "\nproducts "));
    for (int i = 0; i < 3; i++) ck_assert_int_eq(rg_run(same.plan), RG_OK);
    ck_assert(rg_plan_value(m.plan, 0) == rg_plan_value(same.plan, 0));
    json_t *root = json_of(m.plan);
    ck_assert_double_gt(over_halves(root, "seconds"), 0);
    json_decref(root);
    free(o.text);
    plan_mlp_close(&m);
    plan_mlp_close(&same);
}
END_TEST

/* ---- programs of numbers, patterns, names --------------------------------------------------- */

static rg_node *polynomial(rg_node *x, int degree)
{
    rg_node *y = x;
    for (int i = 0; i < degree; i++) y = rg_add(rg_mul(y, x), x);
    return y;
}

START_TEST(a_long_program_is_a_few_lines)
{
    rg_config cfg = {.lazy = true};
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *y = polynomial(rg_name(rg_scalar(t, 0.5), "x\xc3\xa4\n<"), 10000);
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    output o = text_of(p, rg_plan_print);
    ck_assert_uint_lt(o.len, 1000);
    ck_assert_ptr_nonnull(strstr(o.text, "a program of 20000 numbers: 10000 mul, 10000 add"));
    free(o.text);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

START_TEST(what_repeats_is_told_once)
{
    rg_config cfg = {.lazy = true};
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *w = rg_name(rg_leaf(t, RG_F32, rg_shape2(9, 9)), "\xc3\xa4\n<"), *y = w;
    for (int i = 0; i < 20; i++) y = rg_relu(rg_matmul(y, w));
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    output o = text_of(p, rg_plan_print);
    ck_assert_ptr_nonnull(strstr(o.text, "matmul(??\?<, ??\?<)"));
    ck_assert_ptr_nonnull(strstr(o.text, " times more\n"));
    ck_assert_uint_lt(o.len, 2000);
    free(o.text);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* One group that is told, and one like it: a range of one is a group. */
START_TEST(what_comes_twice_is_told_once)
{
    rg_config cfg = {.lazy = true};
    int twice = 0;
    for (int depth = 1; depth < 6; depth++) {
        rg_tape *t = rg_tape_new(&cfg);
        rg_node *w = rg_leaf(t, RG_F32, rg_shape2(9, 9)), *y = rg_exp(w);
        for (int i = 0; i < depth; i++) y = rg_matmul(y, w);
        rg_plan *p = rg_compile(t, 1, &y, NULL);
        output o = text_of(p, rg_plan_print);
        twice += strstr(o.text, "\ngroup 3: this one once more\n") != NULL;
        ck_assert_ptr_null(strstr(o.text, "1 time"));
        free(o.text);
        rg_plan_free(p);
        rg_tape_free(t);
    }
    ck_assert_int_eq(twice, 1);
}
END_TEST

/* ---- misuse and memory ----------------------------------------------------------------------- */

START_TEST(nothing_to_look_at_is_refused)
{
    output o = {0};
    ck_assert_int_eq(rg_plan_print(NULL, collect, &o), RG_USAGE);
    ck_assert_int_eq(rg_plan_memory(NULL, collect, &o), RG_USAGE);
    ck_assert_int_eq(rg_plan_json(NULL, collect, &o), RG_USAGE);
    ck_assert_int_eq(rg_plan_profile(NULL, 1, collect, &o), RG_USAGE);
    plan_mlp m = open_mlp(NULL);
    ck_assert_int_eq(rg_plan_profile(m.plan, 0, collect, &o), RG_USAGE);
    ck_assert_int_eq(rg_plan_print(m.plan, NULL, &o), RG_USAGE);
    plan_mlp_close(&m);
    ck_assert_uint_eq(o.len, 0);
}
END_TEST

typedef struct failing {
    long left; /* allocations that still succeed */
    size_t live;
} failing;

static void *failing_memory(void *ud, void *p, size_t old_size, size_t new_size)
{
    failing *f = ud;
    if (new_size && f->left-- <= 0) return NULL;
    void *q = new_size ? realloc(p, new_size) : NULL;
    if (!new_size) free(p);
    f->live += new_size - old_size;
    return q;
}

static rg_status profile_once(const rg_plan *p, void (*write)(void *ud, const char *text, size_t n),
                              void *ud)
{
    return rg_plan_profile((rg_plan *)(uintptr_t)p, 1, write, ud);
}

START_TEST(no_memory_is_told)
{
    rg_status (*const look[])(const rg_plan *, void (*)(void *, const char *, size_t),
                              void *) = {rg_plan_print, rg_plan_memory, rg_plan_json, profile_once};
    failing f = {.left = 1000000};
    rg_config cfg = {.lazy = true, .mem = failing_memory, .ud = &f};
    plan_mlp m = plan_mlp_open(&cfg, NULL);
    int64_t mark = rg_mark(m.t);
    size_t live = f.live;
    for (size_t k = 0; k < sizeof look / sizeof *look; k++) {
        rg_status s = RG_NOMEM;
        for (f.left = 0; s == RG_NOMEM; f.left++) {
            long allowed = f.left;
            output o = {0};
            s = look[k](m.plan, collect, &o);
            ck_assert(s == RG_OK || (s == RG_NOMEM && o.len == 0));
            ck_assert_uint_eq(f.live, live);
            free(o.text);
            rg_rewind(m.t, mark);
            f.left = allowed;
            ck_assert_int_lt(allowed, 100);
        }
        ck_assert_int_gt(f.left, 1);
    }
    f.left = 1000000;
    plan_mlp_close(&m);
    ck_assert_uint_eq(f.live, 0);
}
END_TEST

RG_SUITE("plan_report", golden_network, a_picture_shows_every_value, a_budget_tells_its_cost, totals_add_up,
         work_and_traffic_are_known, a_profile_runs_the_plan, a_long_program_is_a_few_lines,
         what_repeats_is_told_once, what_comes_twice_is_told_once, nothing_to_look_at_is_refused, no_memory_is_told)
