/* cmd_graph.c - retrograd graph: a picture of an expression, of a network that a text
 * describes, or of one in a file. A network is recorded, not computed. */
#define RG_NO_HERE
#include "command.h"
#include "expression.h"
#include "graph.h"
#include "learner.h"
#include "memory.h"
#include "status.h"
#include "term.h"
#include "text_file.h"
#include <stdlib.h>

enum { ROWS = 32, INPUTS = 784 };

typedef rg_status graph_fn(rg_node *y, int n, rg_node *const *param, const rg_graph_options *how,
                           void (*write)(void *ud, const char *text, size_t n), void *ud);

/* What is drawn. */
typedef struct drawing {
    rg_node *y;
    int n;
    rg_node *const *param;
    rg_graph_options how;
} drawing;

/* ---- writing ---------------------------------------------------------------------------- */

static void print_graph(void *ud, const char *text, size_t n) { fwrite(text, 1, n, ud); }

static bool draw_as(const drawing *g, graph_fn *fn, text_file *to, diag *d)
{
    rg_status s = fn(g->y, g->n, g->param, &g->how, to ? text_file_add : print_graph,
                     to ? (void *)to : stdout);
    return !s || diag_library(d, rg_error_of(rg_tape_of(g->y)));
}

static bool draw(drawing *g, const args *a, diag *d)
{
    text_file picture = {0};
    if (args_has(a, OPT_DEPTH)) g->how.depth = (int)a->opt[OPT_DEPTH].number;
    if (args_has(a, OPT_SVG)) {
        if (!draw_as(g, rg_graph_svg, &picture, d)) {
            free(picture.text);
            return false;
        }
        if (!text_file_save(&picture, a->opt[OPT_SVG].text, d)) return false;
    }
    if (args_has(a, OPT_DOT)) return draw_as(g, rg_graph_dot, NULL, d);
    return args_has(a, OPT_SVG) || draw_as(g, rg_graph_text, NULL, d);
}

/* ---- an expression ---------------------------------------------------------------------- */

static bool graph_of_expression(const args *a, diag *d)
{
    expression x = {0};
    bool ok = expression_read(&x, a, d) && expression_load(&x, d) && expression_record(&x, a, d);
    if (ok) {
        expression_name_statements(&x);
        drawing g = {.y = x.out, .how = {.title = x.src.text}};
        ok = draw(&g, a, d);
    }
    expression_close(&x);
    return ok;
}

/* ---- a network -------------------------------------------------------------------------- */

/* The network over a batch, in training: with all its layers. */
static bool draw_model(rg_model *m, const char *spec, const args *a, diag *d)
{
    int64_t rows = args_has(a, OPT_BATCH) ? (int64_t)a->opt[OPT_BATCH].number : ROWS;
    rg_dtype dtype = m->params ? rg_dtype_of(m->param[0]) : RG_F32;
    rg_node *x = rg_name(rg_leaf(m->tape, dtype, rg_shape2(rows, m->inputs)), "x");
    drawing g = {.y = rg_model_apply(m, x, RG_MODE_TRAIN),
                 .n = m->params,
                 .param = m->param,
                 .how = {.title = spec}};
    if (rg_error_of(m->tape)->status) return diag_library(d, rg_error_of(m->tape));
    return draw(&g, a, d);
}

static rg_tape *tape_for_looking(void)
{
    rg_tape *t = rg_tape_new(&(rg_config){.lazy = true});
    if (!t) memory_die();
    return t;
}

static bool graph_of_spec(const args *a, diag *d)
{
    rg_error e = {0};
    rg_spec spec;
    rg_model m;
    int64_t width = args_has(a, OPT_INPUTS) ? (int64_t)a->opt[OPT_INPUTS].number : INPUTS;
    if (rg_spec_parse(&spec, a->opt[OPT_SPEC].text, &e)) return diag_library(d, &e);
    rg_tape *t = tape_for_looking();
    bool ok = rg_model_init(&m, t, &spec, width, RG_F32, 0) ? diag_library(d, rg_error_of(t))
                                                             : draw_model(&m, a->opt[OPT_SPEC].text, a, d);
    rg_tape_free(t);
    return ok;
}

static bool graph_of_file(const args *a, diag *d)
{
    rg_error e = {0};
    rg_model_file file = {0};
    rg_model m;
    if (rg_model_open(&file, a->opt[OPT_MODEL].text, NULL, &e)) return diag_library(d, &e);
    rg_tape *t = tape_for_looking();
    if (file.info.networks > 1)
        term_note("the first of the %d networks of the file is drawn", file.info.networks);
    bool ok = rg_model_restore(&m, t, &file) ? diag_library(d, rg_error_of(t))
                                             : draw_model(&m, file.info.spec, a, d);
    rg_tape_free(t);
    rg_model_close(&file);
    return ok;
}

static bool graph_asked(const args *a, diag *d)
{
    bool spec = args_has(a, OPT_SPEC), model = args_has(a, OPT_MODEL);
    bool words = a->words > 0 || a->expression || args_has(a, OPT_FILE);
    if (spec + model + words > 1)
        return diag_set(d, E_USAGE, NULL, (span){0, 0},
                        "one thing is drawn: an expression, --spec or --model");
    if (args_has(a, OPT_INPUTS) && !spec)
        return diag_set(d, E_USAGE, NULL, (span){0, 0}, "--inputs belongs to --spec");
    if (args_has(a, OPT_BATCH) && !spec && !model)
        return diag_set(d, E_USAGE, NULL, (span){0, 0}, "--batch belongs to --spec and --model");
    return spec ? graph_of_spec(a, d) : model ? graph_of_file(a, d) : graph_of_expression(a, d);
}

int cmd_graph(const args *a)
{
    diag d = {0};
    return graph_asked(a, &d) ? EXIT_FINE : term_report(&d, ERROR);
}
