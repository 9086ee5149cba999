/* test_graph.c - pictures of recordings: nothing lies on anything else, shapes stand on lines,
 * parameters are counted, scopes and loops are closed, names do no harm, and memory that runs
 * out is an error. */
#define RG_NO_HERE
#include "suite.h"
#include "explain_help.h"
#include "random_graph.h"
#include <retrograd/nn.h>
#include <stdio.h>
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

static int occurrences(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* ---- places ------------------------------------------------------------------------------ */

typedef struct cell {
    double x, y, w, h;
} cell;

/* Boxes, and shapes by the room that their letters take. */
static int read_cells(const char *text, cell *to, int most)
{
    int n = 0;
    char word[64];
    for (const char *p = text; (p = strstr(p, "<rect ")) && n < most; p++) {
        cell *c = &to[n];
        n += sscanf(p, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &c->x, &c->y,
                    &c->w, &c->h) == 4;
    }
    for (const char *p = text; (p = strstr(p, "<text class=\"shape\"")) && n < most; p++) {
        cell *c = &to[n];
        ck_assert_int_eq(sscanf(p, "<text class=\"shape\" x=\"%lf\" y=\"%lf\">%60[^<]", &c->x,
                                &c->y, word),
                         3);
        c->w = 6.6 * (double)strlen(word);
        c->x -= c->w / 2;
        c->y -= 10;
        c->h = 12;
        n++;
    }
    return n;
}

static void check_cells_apart(const char *text)
{
    enum { MOST = 400 };
    static cell c[MOST];
    int n = read_cells(text, c, MOST);
    ck_assert_int_gt(n, 0);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            ck_assert_msg(c[i].x + c[i].w <= c[k].x || c[k].x + c[k].w <= c[i].x ||
                              c[i].y + c[i].h <= c[k].y || c[k].y + c[k].h <= c[i].y,
                          "%d and %d of the picture overlap:\n%.4000s", k, i, text);
}

static void check_picture(const char *svg)
{
    static const char *const ways[] = {"https:", "\"//", "@import", "url(", "href", "<script"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        ck_assert_ptr_null(strstr(svg, ways[i]));
    ck_assert_int_eq(occurrences(svg, "http:"), 1); /* the name of SVG itself */
    ck_assert_ptr_nonnull(strstr(svg, "</title>\n<desc>"));
    check_cells_apart(svg);
}

START_TEST(random_graphs_are_drawn_without_overlap)
{
    for (uint32_t seed = 0; seed < 200; seed++) {
        dice_state = seed * 2654435761u;
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x[INPUTS], *y = random_graph(t, x, seed % 2 == 0);
        int64_t len = rg_len(t);
        rg_graph_options how = {.way = seed % 3 ? RG_GRAPH_DOWN : RG_GRAPH_RIGHT};
        output first = graph_as(rg_graph_svg, y, INPUTS, x, &how),
               second = graph_as(rg_graph_svg, y, INPUTS, x, &how);
        ck_assert_int_eq(rg_len(t), len);
        ck_assert_str_eq(first.text, second.text);
        check_picture(first.text);
        free(first.text);
        free(second.text);
        rg_tape_free(t);
    }
}
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
    check_cells_apart("<rect x=\"0\" y=\"0\" width=\"1\" height=\"1\"");
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

/* ---- names, memory ---------------------------------------------------------------------------
 */

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
    output dot = graph_as(rg_graph_dot, y, 4, x, &how);
    ck_assert_ptr_nonnull(strstr(dot.text, "digraph \"</title><script>\\\"\\\\\" {"));
    ck_assert_int_eq(occurrences(dot.text, "\n  n0 -> "), 1);
    output text = graph_as(rg_graph_text, y, 4, x, &how);
    check_lines(&text, 80);
    free(svg.text);
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
         too_many_boxes_are_an_error_for_a_drawing_alone, names_do_no_harm,
         memory_that_runs_out_is_an_error)
