/* test_page.c - the page of an explanation, as a text: it is the same for the same input, asks
 * for nothing, runs nothing that a name says, holds every step, and nothing in its drawing
 * lies on anything else. tests/page_browser.js tries it in a browser. */
#define RG_NO_HERE
#include "suite.h"
#include "svg_help.h"
#include <math.h>

static output page_of(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how)
{
    output o = {0};
    rg_status s = rg_explain_html(y, n, x, how, collect, &o);
    ck_assert_msg(s == RG_OK, "%s", rg_error_of(rg_tape_of(y))->text);
    return o;
}

/* ---- what every page has in common ----------------------------------------------------------- */

static void check_asks_for_nothing(const char *text)
{
    static const char *const ways[] = {"http:", "https:", "\"//", "@import", "url(",
                                       "src=",  "<link",  "<img", "<iframe", "eval("};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        ck_assert_msg(!strstr(text, ways[i]), "the page says %s", ways[i]);
    ck_assert_ptr_nonnull(strstr(text, "default-src 'none'"));
}

/* Steps 1..n are there once each, and are linked. */
static int count_steps(const char *text)
{
    int n = occurrences(text, "<li id=\"s");
    char id[40];
    for (int i = 1; i <= n; i++) {
        snprintf(id, sizeof id, "<li id=\"s%d\" ", i);
        ck_assert_int_eq(occurrences(text, id), 1);
        snprintf(id, sizeof id, "<a href=\"#s%d\">next</a>", i);
        ck_assert_int_eq(occurrences(text, id), i > 1);
    }
    return n;
}

/* Each box with the name and value above it and the gradient below. */
static void check_boxes_apart(const char *text)
{
    enum { MOST = 64, LABEL = 17 };
    cell c[MOST];
    int n = 0;
    for (const char *p = text; (p = strstr(p, "<g class=\"box")) && n < MOST; p++) {
        c[n] = read_rect(p);
        c[n].y -= LABEL;
        c[n++].h += 2 * LABEL;
    }
    check_cells_apart(c, n);
}

static output page_of_seed(rg_node *y, rg_node *const *x, uint32_t seed)
{
    (void)seed;
    return page_of(y, INPUTS, x, NULL);
}

static void check_page(const char *text)
{
    check_asks_for_nothing(text);
    check_boxes_apart(text);
    ck_assert_int_gt(count_steps(text), 1);
}

START_TEST(random_graphs_are_drawn_without_overlap) { draw_random_graphs(300, page_of_seed, check_page); }
END_TEST

/* ---- what is on it --------------------------------------------------------------------------- */

static output page_of_log_exp_max(void)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 1), "a"), *b = rg_name(rg_scalar(t, 2), "b"),
            *c = rg_name(rg_scalar(t, 3), "c");
    rg_node *product = rg_mul(rg_exp(a), b);
    rg_node *y = rg_log(rg_add(product, rg_max(a, c)));
    rg_explain_options how = {.title = "log(exp(a)*b + max(a, c))"};
    output o = page_of(y, 3, (rg_node *[]){a, b, c}, &how);
    rg_tape_free(t);
    return o;
}

START_TEST(steps_tell_all_three_factors_and_the_sum)
{
    output o = page_of_log_exp_max();
    ck_assert_int_eq(count_steps(o.text), 14);
    const char *last = strstr(o.text, "<li id=\"s14\"");
    ck_assert_ptr_nonnull(last);
    ck_assert_ptr_nonnull(strstr(last, "upstream dL/dv1</i> <div class=\"num\">0.237063<"));
    ck_assert_ptr_nonnull(strstr(last, "local v1</i> <div class=\"num\">2.71828<"));
    ck_assert_ptr_nonnull(strstr(last, "downstream dL/da</i> <div class=\"num\">0.644405<"));
    ck_assert_ptr_nonnull(
        strstr(last, "part 2 of 2 of dL/da: <b class=\"n-b\">0</b> + <b class=\"n-d\">0.644405</b> "
                     "= <b class=\"n-a\">0.644405</b>"));
    free(o.text);
}
END_TEST

START_TEST(both_wires_of_a_square_are_drawn)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 3), "a");
    output o = page_of(rg_mul(a, a), 1, &a, NULL);
    char *first = strstr(o.text, "<path class=\"wire\""),
         *second = first ? strstr(first + 1, "<path class=\"wire\"") : NULL;
    ck_assert_ptr_nonnull(second);
    ck_assert(strncmp(strstr(first, " d="), strstr(second, " d="), 60) != 0);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(names_do_not_execute)
{
    static const char *const names[] = {"</script><script>alert(1)</script>",
                                        "a\"onload=\"x",
                                        "'><svg/onload=x>",
                                        "&lt;b",
                                        "<!--",
                                        "\x01\xff"};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[6], *y = NULL;
    for (int i = 0; i < 6; i++) {
        x[i] = rg_name(rg_scalar(t, i + 1), names[i]);
        y = y ? rg_mul(y, x[i]) : x[i];
    }
    rg_explain_options how = {.title = "</title><script>alert(2)</script>"};
    output o = page_of(y, 6, x, &how);
    ck_assert_int_eq(occurrences(o.text, "<script"), 2); /* data and program */
    ck_assert_int_eq(occurrences(o.text, "</script"), 2);
    ck_assert_int_eq(occurrences(o.text, "</title>"), occurrences(o.text, "<title"));
    ck_assert_ptr_null(strstr(o.text, "onload=\""));
    ck_assert_ptr_null(strstr(o.text, "<svg/"));
    ck_assert_ptr_null(strchr(o.text, '\x01'));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(forty_doublings_are_forty_gates)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 1), "a"), *y = a;
    for (int i = 0; i < 40; i++) y = rg_add(y, y);
    output o = page_of(y, 1, &a, NULL);
    ck_assert_int_eq(occurrences(o.text, "<g class=\"box"), 41);
    ck_assert_ptr_nonnull(
        strstr(o.text, "2^40 paths lead from it to L, and the way back needs 80 products"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(many_steps_are_cut_and_said_to_be)
{
#ifdef RG_HOSTILE
    return; /* a request for each of a million small things: twenty minutes */
#endif
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 1), "a"), *y = a;
    for (int i = 0; i < 20500; i++) y = rg_sin(y);
    output o = page_of(y, 1, &a, NULL);
    ck_assert_int_eq(occurrences(o.text, "<li id=\"s"), 40000);
    ck_assert_ptr_nonnull(strstr(o.text, ">20500 x sin</text>"));
    ck_assert_ptr_nonnull(strstr(o.text, "more steps are left out here"));
    ck_assert_uint_lt(o.len, 48u << 20);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* ---- scopes and loops ---------------------------------------------------------------------- */

/* Boxes of each drawing apart; how many drawings. */
static int check_drawings_apart(const char *text)
{
    int n = 0;
    for (const char *from = text; (from = strstr(from, "<svg class=\"graph\"")); n++) {
        size_t len = (size_t)(strstr(from, "</svg>") - from);
        char *one = strndup(from, len);
        check_boxes_apart(one);
        free(one);
        from += len;
    }
    return n;
}

START_TEST(layers_are_closed_boxes_with_drawings_of_their_own)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_name(rg_leaf_from(t, RG_F64, rg_shape2(2, 2), (double[]){1, 2, 3, 4}, 4), "x");
    rg_node *w = rg_name(rg_leaf_from(t, RG_F64, rg_shape2(2, 2), (double[]){1, -1, 0, 1}, 4), "W");
    rg_node *h = x;
    for (int i = 0; i < 2; i++) {
        rg_scope_begin(t, i ? "layer 2" : "layer 1");
        h = rg_tanh(rg_matmul(h, w));
        rg_scope_end(t);
    }
    output o = page_of(rg_sum(h, RG_ALL_AXES), 1, &w, NULL);
    check_asks_for_nothing(o.text);
    ck_assert_int_eq(check_drawings_apart(o.text), 3);
    ck_assert_int_eq(occurrences(o.text, "<g class=\"box part\""), 2);
    ck_assert_ptr_nonnull(strstr(o.text, "<summary>layer 2 <span class=\"way\">backward</span>"));
    ck_assert_int_eq(count_steps(o.text), 5 + 1 + 6);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* Eighty rounds are one box; the script is told which wires stand in it in each of them. */
START_TEST(rounds_are_listed_for_the_script)
{
    enum { ROUNDS = 80 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 0.5), "a"), *y = a;
    for (int i = 0; i < ROUNDS; i++) {
        rg_node *square = rg_at(rg_square(y), "loop.c", 3);
        y = rg_at(rg_add(square, a), "loop.c", 4);
        y = rg_at(rg_tanh(y), "loop.c", 5);
    }
    output o = page_of(y, 1, &a, NULL);
    const char *rounds = strstr(o.text, "\"rounds\":");
    ck_assert_ptr_nonnull(strstr(o.text, ">80 x round of 3</text>"));
    ck_assert_ptr_nonnull(strstr(rounds, "[[0, 0, 1, 2, 3, 3], [3, 0, 4, 5, 6, 6], [6, 0, 7, 8, 9, 9], "));
    ck_assert_ptr_nonnull(strstr(rounds, "[237, 0, 238, 239, 240, 240]]}"));
    ck_assert_int_eq(check_drawings_apart(o.text), 2);
    ck_assert_int_eq(occurrences(o.text, "<details class=\"group\" open>"), 2);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* A box of a folded round is as wide as the longest that it will say: v1 + v2 in the first, v1994 + v1995
 * in the last. */
START_TEST(boxes_of_rounds_have_room_for_the_last)
{
    enum { ROUNDS = 1000 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 0.5), "a"), *y = a;
    for (int i = 0; i < ROUNDS; i++) y = rg_add(y, rg_sin(a));
    output o = page_of(y, 1, &a, NULL);
    ck_assert_ptr_nonnull(strstr(o.text, " x round of 2</text>"));
    const char *inside = strstr(o.text, "<details class=\"view\"");
    ck_assert_ptr_nonnull(inside);
    const char *text = strstr(inside, " + v"), *box = text;
    ck_assert_ptr_nonnull(text);
    while (strncmp(box, "<rect", 5)) box--;
    ck_assert(strtod(strstr(box, " width=\"") + 8, NULL) >= 7.3 * (double)strlen("v1996 + v1997"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* The line that the macros stamp is shown beside what it has made. */
START_TEST(lines_of_the_program_are_shown)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 2), "a");
    rg_node *y = rg_at(rg_square(a), "tests/test_page.c", 1);
    rg_explain_options how = {.sources = SOURCES};
    output o = page_of(y, 1, &a, &how);
    ck_assert_ptr_nonnull(
        strstr(o.text, "<span class=\"at\">1</span><code>/* test_page.c - the page of an explanation"));
    ck_assert_ptr_nonnull(strstr(o.text, "<p class=\"file\">test_page.c</p>"));
    free(o.text);
    how.sources = SOURCES "/no-such-folder"; /* then it is said why there are numbers alone */
    o = page_of(y, 1, &a, &how);
    ck_assert_ptr_nonnull(strstr(o.text, "test_page.c (tests/test_page.c is not in the folder of sources"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* A map of means, and a histogram in which each number is counted once. */
START_TEST(large_tensors_are_maps_and_histograms)
{
    enum { ROWS = 100, COLUMNS = 130, N = ROWS * COLUMNS };
    static double v[N];
    for (int i = 0; i < N; i++) v[i] = -1 + 2. * i / (N - 1);
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape2(ROWS, COLUMNS), v, N);
    output o = page_of(rg_sum(rg_square(x), RG_ALL_AXES), 1, &x, NULL);
    ck_assert_ptr_nonnull(strstr(o.text, "each cell is the mean of"));
    const char *at = strstr(o.text, "aria-label=\"histogram\""), *end = at ? strstr(at, "</svg>") : NULL;
    ck_assert_ptr_nonnull(end);
    ck_assert_ptr_nonnull(strstr(end, "<p class=\"scale\">-1 to 1</p>"));
    long counted = 0;
    for (; (at = strstr(at, "<title>")) != NULL && at < end; at++) counted += strtol(at + strlen("<title>"), NULL, 10);
    ck_assert_int_eq(counted, N);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("page", random_graphs_are_drawn_without_overlap, steps_tell_all_three_factors_and_the_sum,
         both_wires_of_a_square_are_drawn, names_do_not_execute, forty_doublings_are_forty_gates,
         many_steps_are_cut_and_said_to_be, layers_are_closed_boxes_with_drawings_of_their_own,
         rounds_are_listed_for_the_script,
         boxes_of_rounds_have_room_for_the_last, lines_of_the_program_are_shown, large_tensors_are_maps_and_histograms)
