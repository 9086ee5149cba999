/* test_graph.c - pictures of recordings: nothing lies on anything else, shapes stand on lines,
 * parameters are counted, scopes and loops are closed, names do no harm, and memory that runs
 * out is an error. */
#define RG_NO_HERE
#include "suite.h"
#include "svg_help.h"
#include <retrograd/nn.h>
#include <stdlib.h>

typedef rg_status graph_fn(rg_node *y, int n, rg_node *const *param, const rg_graph_options *how,
                           void (*write)(void *ud, const char *text, size_t n), void *ud);

static output graph_as(graph_fn *fn, rg_node *y, int n, rg_node *const *param,
                       const rg_graph_options *how)
{
    output o = {0};
    rg_status s = fn(y, n, param, how, collect, &o);
    ck_assert_msg(s == RG_OK, "%s", rg_error_of(rg_tape_of(y))->text);
    return o;
}

/* ---- places ------------------------------------------------------------------------------ */

/* Boxes, and labels by the room that their letters take. */
static void check_boxes_apart(const char *text)
{
    enum { MOST = 600 };
    static const char *const label[] = {"<text class=\"shape\"", "<text class=\"val\"",
                                        "<text class=\"grad\""};
    static cell c[MOST];
    int n = 0;
    for (const char *p = text; (p = strstr(p, "<rect ")) && n < MOST; p++) {
        const char *next = strstr(p + 1, "<rect "); /* a loop lies on its own shadow */
        if (!next || next > strstr(p, "</g>")) c[n++] = read_rect(p);
    }
    for (int k = 0; k < 3; k++)
        for (const char *p = text; (p = strstr(p, label[k])) && n < MOST; p++)
            c[n++] = read_label(p, k ? 6.9 : 6.6);
    check_cells_apart(c, n);
}

static void check_picture(const char *svg)
{
    static const char *const ways[] = {"https:", "\"//", "@import", "url(", "href", "<script"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        ck_assert_ptr_null(strstr(svg, ways[i]));
    ck_assert_int_eq(occurrences(svg, "http:"), 1); /* the name of SVG itself */
    ck_assert_ptr_nonnull(strstr(svg, "</title>\n<desc>"));
    check_boxes_apart(svg);
}

static output graph_of_seed(rg_node *y, rg_node *const *x, uint32_t seed)
{
    rg_graph_options how = {.way = seed % 3 ? RG_GRAPH_DOWN : RG_GRAPH_RIGHT};
    return graph_as(rg_graph_svg, y, INPUTS, x, &how);
}

START_TEST(random_graphs_are_drawn_without_overlap) { draw_random_graphs(200, graph_of_seed, check_picture); }
END_TEST

/* ---- networks ------------------------------------------------------------------------------ */

static rg_model network(rg_tape *t, const char *text, int64_t inputs)
{
    rg_spec spec;
    rg_model m;
    rg_error e = {0};
    ck_assert_int_eq(rg_spec_parse(&spec, text, &e), RG_OK);
    ck_assert_int_eq(rg_model_init(&m, t, &spec, inputs, RG_F32, 1), RG_OK);
    return m;
}

/* 784 x 256 + 256 and 256 x 10 + 10 numbers, counted where they are used. */
START_TEST(layers_are_boxes_with_their_parameters)
{
    rg_tape *t = rg_tape_new(&(rg_config){.lazy = true});
    rg_model m = network(t, "linear 256, relu, linear 10", 784);
    rg_node *x = rg_name(rg_leaf(t, RG_F32, rg_shape2(32, 784)), "x");
    rg_node *y = rg_model_apply(&m, x, RG_MODE_TRAIN);
    output svg = graph_as(rg_graph_svg, y, m.params, m.param, NULL);
    check_picture(svg.text);
    ck_assert_int_eq(occurrences(svg.text, "<g class=\"part"), 3);
    ck_assert_int_eq(occurrences(svg.text, "<g class=\"leaf"), 1);
    ck_assert_ptr_nonnull(strstr(svg.text, ">200,960 parameters</text>"));
    ck_assert_ptr_nonnull(strstr(svg.text, ">2,570 parameters</text>"));
    ck_assert_ptr_nonnull(strstr(svg.text, ">203,530 parameters in 4 arrays, "));
    ck_assert_int_eq(occurrences(svg.text, ">32x256</text>"), 2);
    ck_assert_int_eq(occurrences(svg.text, ">32x10</text>"), 1);
    free(svg.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(depth_opens_scopes)
{
    rg_tape *t = rg_tape_new(&(rg_config){.lazy = true});
    rg_model m = network(t, "linear 4, tanh, linear 2", 3);
    rg_node *y = rg_model_apply(&m, rg_leaf(t, RG_F32, rg_shape2(5, 3)), RG_MODE_TRAIN);
    rg_graph_options how = {.depth = 1};
    output svg = graph_as(rg_graph_svg, y, m.params, m.param, &how);
    check_picture(svg.text);
    ck_assert_int_eq(occurrences(svg.text, "<g class=\"part"), 0);
    ck_assert_int_eq(occurrences(svg.text, "<g class=\"param"), 4);
    ck_assert_ptr_nonnull(strstr(svg.text, "x @ 0.weight") ? svg.text
                                                           : strstr(svg.text, "@ 0.weight"));
    free(svg.text);
    rg_tape_free(t);
}
END_TEST

/* A weight that two layers share belongs to neither. */
START_TEST(shared_parameters_stand_alone)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_name(rg_leaf(t, RG_F64, rg_shape2(3, 3)), "W"),
            *x = rg_name(rg_leaf(t, RG_F64, rg_shape2(2, 3)), "x");
    for (int i = 0; i < 2; i++) {
        rg_scope_begin(t, i ? "second" : "first");
        x = rg_tanh(rg_matmul(x, w));
        rg_scope_end(t);
    }
    output text = graph_as(rg_graph_text, x, 1, &w, NULL);
    ck_assert_ptr_nonnull(strstr(text.text, "parameter"));
    ck_assert_ptr_nonnull(strstr(text.text, "9 parameters in 1 array, 4 operations"));
    check_lines(&text, 80);
    free(text.text);
    output svg = graph_as(rg_graph_svg, x, 1, &w, NULL);
    ck_assert_int_eq(occurrences(svg.text, "<g class=\"param"), 1);
    free(svg.text);
    rg_tape_free(t);
}
END_TEST

/* ---- loops --------------------------------------------------------------------------------- */

/* 64 rows of a neuron with 9 inputs: a loop in a loop. */
START_TEST(what_repeats_is_one_box)
{
    enum { ROWS = 64, WIDE = 9 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w[WIDE], *x[WIDE], *sum = NULL;
    for (int i = 0; i < WIDE; i++) w[i] = rg_at(rg_scalar(t, 0.1 * i), "w.c", 1);
    for (int i = 0; i < WIDE; i++) x[i] = rg_at(rg_scalar(t, 0.2 * i), "w.c", 2);
    sum = rg_at(rg_scalar(t, 0), "w.c", 3);
    for (int row = 0; row < ROWS; row++) {
        rg_node *z = rg_at(rg_neg(sum), "w.c", 4);
        for (int i = 0; i < WIDE; i++) {
            rg_node *product = rg_at(rg_mul(w[i], x[i]), "w.c", 6);
            z = rg_at(rg_add(z, product), "w.c", 7);
        }
        sum = rg_at(rg_add(sum, rg_at(rg_tanh(z), "w.c", 9)), "w.c", 10);
    }
    output text = graph_as(rg_graph_text, sum, WIDE, w, NULL);
    ck_assert_ptr_nonnull(strstr(text.text, "  64 x round of 21"));
    ck_assert_ptr_nonnull(strstr(text.text, "  9 x input"));
    ck_assert_int_eq(occurrences(text.text, "\n"), 7); /* head, names, 4 boxes, sum */
    free(text.text);
    output svg = graph_as(rg_graph_svg, sum, WIDE, w, NULL);
    check_boxes_apart(svg.text);
    ck_assert_int_eq(occurrences(svg.text, "<g class=\"part"), 3);
    free(svg.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(too_many_boxes_are_an_error_for_a_drawing_alone)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = rg_scalar(t, 0.5);
    for (int i = 0; i < 400; i++) /* no two lines in the same order */
        y = rg_at((i * i) % 7 < 3 ? rg_sin(y) : rg_exp(y), "w.c", i);
    output o = {0};
    ck_assert_int_eq(rg_graph_svg(y, 0, NULL, NULL, collect, &o), RG_USAGE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "401 boxes and 400 lines are too many"));
    ck_assert_ptr_null(o.text);
    rg_rewind(t, 401);
    rg_tape_free(t);

    t = rg_tape_new(NULL);
    y = rg_scalar(t, 0.5);
    for (int i = 0; i < 400; i++) y = rg_at(i % 2 ? rg_sin(y) : rg_exp(y), "w.c", i);
    o = graph_as(rg_graph_dot, y, 0, NULL, NULL);
    ck_assert_int_eq(occurrences(o.text, " -> "), 400);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* ---- with the numbers of the backward pass --------------------------------------------------- */

static output explained(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how)
{
    output o = {0};
    rg_status s = rg_explain_svg(y, n, x, how, collect, &o);
    ck_assert_msg(s == RG_OK, "%s", rg_error_of(rg_tape_of(y))->text);
    check_picture(o.text);
    return o;
}

/* CS231n's way to draw it: a value above, a gradient below; and both ways of a, which add. */
START_TEST(values_and_gradients_stand_on_wires)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 1), "a"), *b = rg_name(rg_scalar(t, 2), "b"),
            *c = rg_name(rg_scalar(t, 3), "c"), *product = rg_mul(rg_exp(a), b);
    rg_node *y = rg_log(rg_add(product, rg_max(a, c)));
    rg_explain_options how = {.title = "log(exp(a)*b + max(a, c))"};
    output o = explained(y, 3, (rg_node *[]){a, b, c}, &how);
    static const char *const told[] = {
        ">1</text>",          ">v1 = 2.71828</text>", ">grad 0.237063</text>", ">L = 2.13258</text>",
        ">grad 1</text>",     ">grad 0.644405</text>", ">+ 0.644405</text>",    ">+ 0</text>",
        ">max(a, c)</text>", ">log(exp(a)*b + max(a, c))</text>", ">5 gates, 8 products on the way back</text>"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        ck_assert_msg(occurrences(o.text, told[i]) == 1, "%s: %s", told[i], o.text);
    ck_assert_int_eq(occurrences(o.text, "<text class=\"val\""), 8);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* d(a*a)/da: the same wire twice, each way with its own half. */
START_TEST(both_ways_of_a_square_are_paid)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 3), "a");
    output o = explained(rg_mul(a, a), 1, &a, NULL);
    ck_assert_int_eq(occurrences(o.text, ">+ 3</text>"), 2);
    ck_assert_int_eq(occurrences(o.text, ">grad 6</text>"), 1);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

static output explained_of_seed(rg_node *y, rg_node *const *x, uint32_t seed)
{
    (void)seed;
    return explained(y, INPUTS, x, NULL);
}

START_TEST(random_explanations_are_drawn_without_overlap) { draw_random_graphs(200, explained_of_seed, check_picture); }
END_TEST

/* What nothing comes back to has "-", not 0; many numbers are told by their shape. */
START_TEST(absent_and_many_numbers_are_told_so)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_name(rg_leaf(t, RG_F64, rg_shape2(8, 9)), "x"), *k = rg_name(rg_scalar(t, 2), "k");
    rg_node *y = rg_mul(rg_sum(x, RG_ALL_AXES), rg_detach(k));
    output o = explained(y, 2, (rg_node *[]){x, k}, NULL);
    ck_assert_ptr_nonnull(strstr(o.text, ">8x9 numbers</text>"));
    ck_assert_ptr_nonnull(strstr(o.text, ">grad 8x9 numbers</text>"));
    ck_assert_int_eq(occurrences(o.text, ">grad -</text>"), 2);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(long_explanations_are_refused_not_drawn)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 1), "a"), *y = a;
    static char name[200][8];
    for (int i = 0; i < 200; i++) {
        snprintf(name[i], sizeof name[i], "y%d", i);
        rg_scope_begin(t, name[i]); /* no two are alike, so that no loop is found */
        y = i % 3 ? rg_tanh(y) : i % 2 ? rg_sin(y) : rg_mul(y, a);
        rg_scope_end(t);
    }
    output o = {0};
    ck_assert_int_eq(rg_explain_svg(y, 1, &a, NULL, collect, &o), RG_USAGE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "too many to draw"));
    ck_assert_ptr_null(o.text);
    rg_tape_free(t);
}
END_TEST

/* ---- names, memory --------------------------------------------------------------------------- */

START_TEST(names_do_no_harm)
{
    static const char *const names[] = {"</title><script>alert(1)</script>", "\"]; n0 -> n1 [x=\"",
                                        "a\\", "\x01\xff"};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[4], *y = NULL;
    for (int i = 0; i < 4; i++) {
        x[i] = rg_name(rg_scalar(t, i + 1), names[i]);
        y = y ? rg_mul(y, x[i]) : x[i];
    }
    rg_graph_options how = {.title = "</title><script>\"\\"};
    output svg = graph_as(rg_graph_svg, y, 4, x, &how);
    check_picture(svg.text);
    ck_assert_ptr_null(strchr(svg.text, '\x01'));
    output told = explained(y, 4, x, &(rg_explain_options){.title = how.title});
    output dot = graph_as(rg_graph_dot, y, 4, x, &how);
    ck_assert_ptr_nonnull(strstr(dot.text, "digraph \"</title><script>\\\"\\\\\" {"));
    ck_assert_int_eq(occurrences(dot.text, "\n  n0 -> "), 1);
    output text = graph_as(rg_graph_text, y, 4, x, &how);
    check_lines(&text, 80);
    free(svg.text);
    free(told.text);
    free(dot.text);
    free(text.text);
    rg_tape_free(t);
}
END_TEST

typedef struct failing {
    int64_t left;
} failing;

static void *failing_alloc(void *ud, void *p, size_t old_size, size_t new_size)
{
    failing *f = ud;
    (void)old_size;
    if (!new_size) {
        free(p);
        return NULL;
    }
    return f->left-- > 0 ? realloc(p, new_size) : NULL;
}

static void draw_all(rg_node *y, rg_node *w, int *failed)
{
    static graph_fn *const fns[] = {rg_graph_svg, rg_graph_text, rg_graph_dot};
    for (int i = 0; i < 3; i++) {
        output o = {0};
        rg_status s = fns[i](y, 1, &w, NULL, collect, &o);
        ck_assert(s == RG_OK || s == RG_NOMEM);
        *failed += s == RG_NOMEM;
        free(o.text);
    }
}

START_TEST(memory_that_runs_out_is_an_error)
{
    int failed = 1;
    for (int64_t k = 0; failed; k++) {
        failing f = {INT64_MAX};
        rg_tape *t = rg_tape_new(&(rg_config){.mem = failing_alloc, .ud = &f});
        rg_node *w = rg_name(rg_leaf(t, RG_F64, rg_shape2(3, 3)), "W"), *x = w;
        for (int i = 0; i < 24; i++) {
            rg_scope_begin(t, "step");
            x = rg_at(rg_tanh(rg_matmul(x, w)), "w.c", 1);
            rg_scope_end(t);
        }
        failed = 0;
        f.left = k;
        draw_all(x, w, &failed);
        rg_tape_free(t);
        ck_assert_int_lt(k, 1000);
    }
}
END_TEST

RG_SUITE("graph", random_graphs_are_drawn_without_overlap, layers_are_boxes_with_their_parameters,
         depth_opens_scopes, shared_parameters_stand_alone, what_repeats_is_one_box,
         too_many_boxes_are_an_error_for_a_drawing_alone, values_and_gradients_stand_on_wires,
         both_ways_of_a_square_are_paid, random_explanations_are_drawn_without_overlap,
         absent_and_many_numbers_are_told_so, long_explanations_are_refused_not_drawn,
         names_do_no_harm, memory_that_runs_out_is_an_error)
