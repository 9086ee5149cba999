/* lesson.c - the frame around a lesson: what it says, its figures, small conveniences. */
#include "lesson.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 400 };

rg_status lesson_open(lesson *l, uint64_t seed)
{
    rg_config c = {0};
    c.seed = seed;
    memset(l, 0, sizeof *l);
    l->tape = rg_tape_new(&c);
    return l->tape ? RG_OK : RG_NOMEM;
}

void lesson_close(lesson *l)
{
    for (int i = 0; i < l->figures; i++) rg_figure_free(l->figure[i]);
    rg_tape_free(l->tape);
    memset(l, 0, sizeof *l);
}

void lesson_run(lesson *l, void (*run)(lesson *l))
{
    run(l);
    const rg_error *e = rg_error_of(l->tape);
    if (e->status)
        holds(l, false, "no error: %s (%s:%d)", e->text, e->file ? e->file : "?", e->line);
}

/* ---- what a lesson says -------------------------------------------------------------------- */

static void tell(lesson *l, lesson_tone tone, const char *fmt, va_list ap)
{
    char line[LINE];
    vsnprintf(line, sizeof line, fmt, ap);
    if (l->hear) l->hear(l->ud, tone, line);
}

void say(lesson *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell(l, LESSON_SAYS, fmt, ap);
    va_end(ap);
}

static void judge(lesson *l, bool good, lesson_tone tone, const char *fmt, va_list ap)
{
    l->facts++;
    l->failed += !good;
    tell(l, good ? tone : LESSON_FAILS, fmt, ap);
}

void holds(lesson *l, bool fact, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    judge(l, fact, LESSON_HOLDS, fmt, ap);
    va_end(ap);
}

void shown(lesson *l, bool fact, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    judge(l, fact, LESSON_SHOWN, fmt, ap);
    va_end(ap);
}

void slip(lesson *l, bool literal, bool right, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    judge(l, !literal && right, LESSON_SLIP, fmt, ap);
    va_end(ap);
}

/* ---- figures --------------------------------------------------------------------------------- */

rg_figure *figure_with(lesson *l, const rg_figure_options *o)
{
    rg_figure *f = rg_figure_new(l->tape, o);
    if (l->figures < LESSON_FIGURES && f) {
        snprintf(l->title[l->figures], sizeof l->title[0], "%s", o->title ? o->title : "");
        l->figure[l->figures++] = f;
    } else
        holds(l, false, "room for one more figure");
    return f;
}

rg_figure *figure(lesson *l, const char *title, const char *about, const char *x, const char *y)
{
    rg_figure_options o = {0};
    o.title = title;
    o.about = about;
    o.x.label = x;
    o.y.label = y;
    return figure_with(l, &o);
}

rg_figure *matrix_figure(lesson *l, const char *title, const char *across, const char *up,
                         const char *what, int64_t rows, int64_t columns, const double *v)
{
    rg_figure_options o = {0};
    rg_figure_grid g = {rows, columns, 0, (double)columns - 1, 0, (double)rows - 1, v};
    o.title = title;
    o.x.label = across;
    o.y.label = up;
    o.y.lo = (double)rows - 0.5;
    o.y.hi = -0.5;
    rg_figure *f = figure_with(l, &o);
    rg_figure_heat(f, what, &g, 0, 0);
    return f;
}

/* ---- numbers --------------------------------------------------------------------------------- */

bool near(double a, double b, double relative)
{
    double most = fmax(fabs(a), fabs(b));
    return fabs(a - b) <= relative * most || most < 1e-300;
}

rg_node *vector(lesson *l, int64_t n, const double *v)
{
    return rg_leaf_from(l->tape, RG_F64, rg_shape1(n), v, (size_t)n);
}

rg_node *matrix(lesson *l, int64_t rows, int64_t columns, const double *v)
{
    return rg_leaf_from(l->tape, RG_F64, rg_shape2(rows, columns), v, (size_t)(rows * columns));
}

rg_node *zeros(lesson *l, rg_shape shape) { return rg_leaf(l->tape, RG_F64, shape); }

/* As a leaf, so that it can be assigned to. */
static rg_node *as_leaf(lesson *l, rg_node *drawn)
{
    rg_tensor w = rg_peek(drawn);
    rg_node *leaf = rg_leaf(l->tape, RG_F64, rg_shape_of(drawn));
    if (w.data) rg_write(leaf, RG_F64, w.data, (size_t)rg_count_of(drawn));
    return leaf;
}

rg_node *normal(lesson *l, rg_shape shape) { return as_leaf(l, rg_normal(l->tape, RG_F64, shape)); }

rg_node *even(lesson *l, rg_shape shape) { return as_leaf(l, rg_uniform(l->tape, RG_F64, shape)); }

void numbers(rg_node *x, int64_t n, double *out)
{
    if (rg_read(x, RG_F64, out, (size_t)n))
        for (int64_t i = 0; i < n; i++) out[i] = (double)NAN;
}

double number(rg_node *x, int64_t i)
{
    return rg_value(rg_index(rg_reshape(x, rg_shape1(-1)), 0, i));
}

rg_node *gradient(rg_node *y, rg_node *x)
{
    rg_node *g = NULL;
    rg_grad(y, NULL, 1, &x, &g);
    return g ? g : rg_scale(x, 0);
}

rg_node *jacobian(rg_node *y, rg_node *x)
{
    rg_node *J = NULL;
    rg_jacobian(y, 1, &x, &J);
    return J;
}

rg_node *hessian(rg_node *f, rg_node *x)
{
    rg_node *H = NULL;
    rg_hessian(f, 1, &x, &H);
    return H;
}

double distance(rg_node *a, rg_node *b)
{
    return rg_value(rg_amax(rg_abs(rg_sub(a, b)), RG_ALL_AXES));
}

double deviation(rg_node *x) { return rg_value(rg_std(x, RG_ALL_AXES)); }

/* ---- alone ----------------------------------------------------------------------------------- */

#ifdef LESSON_ALONE
static void print_line(void *ud, lesson_tone tone, const char *text)
{
    static const char *const word[] = {"", "holds  ", "shown  ", "slip   ", "FAILS  "};
    (void)ud;
    printf("  %s%s\n", word[tone], text);
}

static void print_piece(void *ud, const char *text, size_t n) { fwrite(text, 1, n, ud); }

static bool save_figure(const rg_figure *f, rg_figure_form form, const char *path)
{
    FILE *file = fopen(path, "wb");
    bool good = file && !rg_figure_write(f, form, print_piece, file);
    if (file && fclose(file)) good = false;
    if (!good) fprintf(stderr, "%s: cannot be written\n", path);
    return good;
}

static bool save_figures(const lesson *l, const char *dir, const char *name)
{
    char path[LINE];
    bool good = true;
    for (int i = 0; i < l->figures && good; i++)
        for (int csv = 0; csv < 2 && good; csv++) {
            snprintf(path, sizeof path, "%s/%s-%d.%s", dir, name, i + 1, csv ? "csv" : "svg");
            good = save_figure(l->figure[i], csv ? RG_FIGURE_CSV : RG_FIGURE_SVG, path);
        }
    return good;
}

int lesson_alone(void (*run)(lesson *l), const char *name, int argc, char **argv)
{
    lesson l;
    if (lesson_open(&l, 0)) return 5;
    l.hear = print_line;
    lesson_run(&l, run);
    int failed = l.failed;
    bool saved = argc < 2 || save_figures(&l, argv[1], name);
    lesson_close(&l);
    return saved ? failed != 0 : 4;
}
#endif
