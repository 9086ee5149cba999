/* report.c - the page of a training. */
#define RG_NO_HERE
#include "report.h"
#include "figure.h"
#include "html.h"
#include "inside.h"
#include "memory.h"
#include "png.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 2000 };

/* Of the mean over the epoch so far, what the last step added. */
static void keep_step(report *r, const rg_progress *p)
{
    rg_progress now = *p;
    if (p->epoch != 1 || r->steps == STEPS) return;
    r->step = memory_grow(r->step, &r->step_room, r->steps + 1, sizeof *r->step);
    if (r->steps) {
        double rows = (double)(p->rows - r->passed), before = (double)r->passed;
        now.loss = (p->loss * (double)p->rows - r->mean * before) / rows;
    }
    r->passed = p->rows;
    r->mean = p->loss;
    r->step[r->steps++] = now;
}

void report_watch(void *ud, const rg_progress *p)
{
    report *r = ud;
    if (!p->done) {
        keep_step(r, p);
        return;
    }
    r->epoch = memory_grow(r->epoch, &r->room, r->epochs + 1, sizeof *r->epoch);
    r->epoch[r->epochs++] = *p;
}

void report_free(report *r)
{
    free(r->epoch);
    r->epoch = NULL;
    r->epochs = r->room = 0;
    free(r->step);
    r->step = NULL;
    r->steps = r->step_room = 0;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* Ends of epochs, in the later half, at which the loss had risen by a tenth. */
static size_t jumps(const rg_progress *e, size_t n)
{
    size_t up = 0;
    for (size_t i = n / 2; i < n; i++) up += i > 0 && e[i].loss > 1.1 * e[i - 1].loss;
    return up;
}

const char *report_diagnosis(const rg_progress *e, size_t n)
{
    const double hardly = 0.02, much = 0.05;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(e[i].loss))
            return "The loss left the finite numbers: the learning rate is too high. Try a tenth "
                   "of it.";
    if (n < 3) return "Too few epochs to judge the learning rate by.";
    double first = e[0].loss, last = e[n - 1].loss, least = first;
    for (size_t i = 0; i < n; i++) least = fmin(least, e[i].loss);
    if (last > (1 + much) * first)
        return "The loss grew: the learning rate is too high. Try a tenth of it.";
    if (first - least < hardly * fabs(first))
        return "The loss hardly moved. Either the learning rate is so low that nothing happens, or "
               "so high that every step overshoots, or nothing flows: look for dead and saturated "
               "units below.";
    if (4 * jumps(e, n) > n / 2)
        return "The loss falls in jumps: the learning rate is a little too high to settle. Try a "
               "third of it.";
    if (e[n - 1 - n / 5].loss - last > much * (first - last))
        return "The loss was still falling at the end: more epochs, or a higher learning rate, "
               "would go further.";
    return "The loss fell and flattened: the learning rate suits the problem.";
}

const char *report_overfitting(const rg_progress *e, size_t n, size_t best)
{
    if (best < 1 || best + n / 10 >= n) return ""; /* a few epochs are chance */
    const rg_progress *last = &e[n - 1], *then = &e[best - 1];
    if (!(last->valid_loss > 1.05 * then->valid_loss) || last->loss > then->loss) return "";
    return " After the best epoch the validation loss rose again: overfitting; the best epoch was "
           "kept (notes 9.1).";
}

/* ---- curves --------------------------------------------------------------------------------- */

static void put_report_figure(text_file *page, rg_figure *f)
{
    text_file_print(page, "<figure>");
    if (rg_figure_write(f, RG_FIGURE_SVG, text_file_add, page)) memory_die();
    text_file_print(page, "</figure>\n");
    rg_figure_free(f);
}

/* A loss that leaps is seen on a scale of powers alone. */
static bool leaps(const rg_progress *e, size_t n)
{
    double most = 0, first = n ? e[0].loss : 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(e[i].loss)) most = fmax(most, e[i].loss);
        if (isfinite(e[i].valid_loss)) most = fmax(most, e[i].valid_loss);
    }
    return first > 0 && most > 100 * first;
}

/* Of training and validation over the epochs; score: of these, not of the losses. */
static void put_curves(const report *r, text_file *page, bool score)
{
    size_t n = r->epochs;
    double *v = memory_new(3 * n + 1, sizeof *v), *train = v + n, *valid = train + n;
    rg_figure_options o = {.title = score ? "Accuracy" : "Loss",
                           .about = "Training and validation, epoch by epoch.",
                           .x.label = "epoch",
                           .y.log = !score && leaps(r->epoch, n)};
    rg_figure *f = rg_figure_new(r->tape ? r->tape : r->l->tape, &o);
    for (size_t i = 0; i < n; i++) {
        v[i] = (double)i + 1;
        train[i] = score ? r->epoch[i].score : r->epoch[i].loss;
        valid[i] = score ? r->epoch[i].valid_score : r->epoch[i].valid_loss;
    }
    rg_figure_line(f, "training, as it went", (int64_t)n, v, train);
    rg_figure_line(f, "validation", (int64_t)n, v, valid);
    if (r->taught->outcome.best) rg_figure_rule_x(f, "kept", (double)r->taught->outcome.best);
    put_report_figure(page, f);
    free(v);
}

/* An explosion is over within the first epoch: its mean shows nothing of it. */
static bool explodes_at_once(const report *r)
{
    return r->steps > 1 && (!r->epochs || !isfinite(r->epoch[0].loss) || r->epoch[0].loss > 2 * r->step[0].loss);
}

static void put_steps(const report *r, text_file *page)
{
    size_t n = 0;
    double *v = memory_new(2 * r->steps, sizeof *v), *loss = v + r->steps;
    for (; n < r->steps && isfinite(r->step[n].loss); n++) {
        v[n] = (double)n + 1;
        loss[n] = r->step[n].loss;
    }
    if (n < r->steps)
        text_file_print(page, "<p>The loss of step %zu was not finite any more.</p>\n", n + 1);
    if (n > 1) {
        rg_figure_options o = {.title = "Loss, step by step, in the first epoch",
                               .about = "What each batch had before the network learned from it.",
                               .x.label = "step",
                               .y.log = leaps(r->step, n)};
        rg_figure *f = rg_figure_new(r->tape ? r->tape : r->l->tape, &o);
        rg_figure_line(f, "training", (int64_t)n, v, loss);
        put_report_figure(page, f);
    }
    free(v);
}

/* To an end that is a number, over more than one epoch. */
static bool fell(const report *r) { return r->epochs > 1 && isfinite(r->epoch[r->epochs - 1].loss); }

static void put_course(const report *r, text_file *page)
{
    text_file_print(
        page, "<h2>How it went</h2>\n<p>%s%s%s</p>\n", report_diagnosis(r->epoch, r->epochs),
        report_overfitting(r->epoch, r->epochs, (size_t)r->taught->outcome.best),
        r->steady || !fell(r) ? "" : " (The rate fell evenly to 0, which flattens any curve at its end.)");
    if (explodes_at_once(r)) put_steps(r, page);
    text_file_print(page, "<div class=\"figures\">\n");
    if (r->epochs && (isfinite(r->epoch[0].loss) || isfinite(r->epoch[0].valid_loss))) put_curves(r, page, false);
    if (r->l->data->task == RG_CLASSIFY) put_curves(r, page, true);
    text_file_print(page, "</div>\n");
}

/* ---- classes --------------------------------------------------------------------------------- */

/* Is it better than saying always what is most frequent? */
static void put_baseline(const look *k, text_file *page)
{
    double all = 0, right = 0, most = 0;
    for (int c = 0; c < k->classes; c++) {
        double rows = 0;
        for (int i = 0; i < k->classes; i++) rows += k->confusion[c * k->classes + i];
        all += rows;
        most = fmax(most, rows);
        right += k->confusion[c * k->classes + c];
    }
    text_file_print(page,
                    "<p>Saying always the most frequent class would be right on %.1f %% of "
                    "these rows%s</p>\n",
                    100 * most / all,
                    right <= most ? ": the network is no better than that." : ".");
}

static void put_confusion(const report *r, const look *k, text_file *page)
{
    double last = k->classes - 1, most = k->classes - 0.5;
    rg_figure_options o = {.title = "Confusion on the validation rows",
                           .about = "How many rows of each class were taken for which.",
                           .x.label = "said",
                           .y = {.label = "true class", .lo = most, .hi = -0.5}};
    rg_figure *f = rg_figure_new(r->l->tape, &o);
    rg_figure_grid g = {k->classes, k->classes, 0, last, 0, last, k->confusion};
    rg_figure_heat(f, "rows", &g, 0, 0);
    put_report_figure(page, f);
    text_file_print(page, "<table><tr><th>class</th><th>rows</th><th>found</th>"
                          "<th>right when said</th></tr>\n");
    for (int c = 0; c < k->classes; c++) {
        double rows = 0, said = 0, right = k->confusion[c * k->classes + c];
        for (int i = 0; i < k->classes; i++) {
            rows += k->confusion[c * k->classes + i];
            said += k->confusion[i * k->classes + c];
        }
        char number[24];
        snprintf(number, sizeof number, "%d", c);
        text_file_print(page, "<tr><td>");
        if (strcmp(number, r->l->data->class_name[c]) != 0) text_file_print(page, "%d ", c);
        html_text(page, r->l->data->class_name[c]);
        text_file_print(page, "</td><td>%.0f</td>", rows);
        text_file_print(page, rows > 0 ? "<td>%.1f %%</td>" : "<td>-</td>", 100 * right / rows);
        text_file_print(page, said > 0 ? "<td>%.1f %%</td></tr>\n" : "<td>-</td></tr>\n",
                        100 * right / said);
    }
    text_file_print(page, "</table>\n");
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* A regression: what was measured over what was said. */
static void put_comparison(const report *r, const look *k, text_file *page)
{
    double lo = (double)INFINITY, hi = -(double)INFINITY;
    rg_figure_options o = {.title = "Measured and predicted, on the validation rows",
                           .about = "Right predictions lie on the line.",
                           .x.label = "predicted",
                           .y.label = "measured"};
    rg_figure *f = rg_figure_new(r->l->tape, &o);
    for (int64_t i = 0; i < k->rows; i++) {
        lo = fmin(lo, fmin(k->said[i], k->truth[i]));
        hi = fmax(hi, fmax(k->said[i], k->truth[i]));
    }
    text_file_print(page, "<h2>What it predicts</h2>\n");
    rg_figure_points(f, "rows", k->rows, k->said, k->truth);
    rg_figure_line(f, "equal", 2, (double[]){lo, hi}, (double[]){lo, hi});
    put_report_figure(page, f);
}

/* ---- images ---------------------------------------------------------------------------------- */

/* True for rows that are pictures of 1 or 3 planes. */
static bool are_images(const rg_data *d)
{
    return d->dtype == RG_U8 && d->shape.rank == 3 &&
           (d->shape.dim[0] == 1 || d->shape.dim[0] == 3);
}

/* Planes of numbers as a picture; scale and middle make them 0..255. */
static void put_image(text_file *page, const rg_data *d, const double *v, double scale,
                      double middle, const char *alt)
{
    int channels = (int)d->shape.dim[0];
    int64_t plane = d->shape.dim[1] * d->shape.dim[2];
    unsigned char *pixel = memory_new((size_t)d->width, 1);
    for (int64_t i = 0; i < d->width; i++) {
        double shade = middle + scale * v[i];
        pixel[i % plane * channels + i / plane] = (unsigned char)(shade < 0     ? 0
                                                                  : shade > 255 ? 255
                                                                                : shade);
    }
    text_file_print(page, "<img width=\"84\" alt=\"");
    html_text(page, alt);
    text_file_print(page, "\" src=\"");
    png_data_uri(page, d->shape.dim[2], d->shape.dim[1], channels, pixel);
    text_file_print(page, "\">");
    free(pixel);
}

static void put_mistake(const report *r, const mistake *m, text_file *page)
{
    const rg_data *d = r->l->data;
    double *v = memory_new((size_t)d->width, sizeof *v);
    text_file_print(page, "<figure>");
    if (are_images(d) && !rg_take_rows(d, NULL, &m->row, 1, RG_F64, v, NULL))
        put_image(page, d, v, 1, 0, d->class_name[m->truth]);
    text_file_print(page, "<figcaption>row %lld<br>true ",
                    (long long)(d->row ? d->row[m->row] : m->row + 1));
    html_text(page, d->class_name[m->truth]);
    text_file_print(page, " (%.3g)<br>said ", m->p_truth);
    html_text(page, d->class_name[m->said]);
    text_file_print(page, " (%.3g)</figcaption></figure>\n", m->p_said);
    free(v);
}

static void put_mistakes(const report *r, const look *k, text_file *page)
{
    text_file_print(page, "<h3>The worst mistakes</h3>\n<p>%s</p>\n<div class=\"images\">\n",
                    k->mistakes ? "The surest of the wrong class first, with the probabilities."
                                : "There are none.");
    for (int i = 0; i < k->mistakes; i++) put_mistake(r, &k->worst[i], page);
    text_file_print(page, "</div>\n");
}

/* ---- layers ---------------------------------------------------------------------------------- */

/* The weights of the first units, as pictures (notes 4.1): light pulls a unit up. */
static void put_templates(const report *r, text_file *page)
{
    enum { MOST = 40 };
    const rg_model *m = &r->l->model;
    const rg_data *d = r->l->data;
    if (!are_images(d) || m->spec.layer[0].kind != RG_LINEAR || m->params < 1) return;
    int64_t units = m->spec.layer[0].width, shown = units < MOST ? units : MOST;
    double *w = memory_new((size_t)(d->width * units), sizeof *w),
           *v = memory_new((size_t)d->width, sizeof *v);
    if (rg_read(m->param[0], RG_F64, w, (size_t)(d->width * units))) shown = 0;
    text_file_print(page,
                    "<h3>Weights as templates</h3>\n<p>%s: what is light pulls the %s up, what "
                    "is dark pulls it down (notes 4.1).</p>\n<div class=\"images\">\n",
                    m->spec.layers == 1 ? "A class each" : "The first units of the first layer",
                    m->spec.layers == 1 ? "score" : "unit");
    for (int64_t u = 0; u < shown; u++) {
        char alt[48];
        double most = 1e-300;
        for (int64_t i = 0; i < d->width; i++) most = fmax(most, fabs(v[i] = w[i * units + u]));
        snprintf(alt, sizeof alt, "unit %lld", (long long)u);
        bool class = m->spec.layers == 1 && d->task == RG_CLASSIFY;
        text_file_print(page, "<figure>");
        put_image(page, d, v, 127 / most, 128, alt);
        text_file_print(page, "<figcaption>");
        html_text(page, class ? d->class_name[u] : alt);
        text_file_print(page, "</figcaption></figure>\n");
    }
    text_file_print(page, "</div>\n");
    free(w);
    free(v);
}

static void put_layer(const layer_look *y, int i, text_file *page)
{
    if (!y->units) return; /* dropout hands on what it got */
    text_file_print(page,
                    "<tr><td>%d %s</td><td>%lld</td><td>%.3g</td><td>%.3g</td>"
                    "<td>%.1f %%</td><td>%lld</td>",
                    i, y->name, (long long)y->units, y->mean, y->deviation, 100 * y->zeros,
                    (long long)y->dead);
    if (isnan(y->saturated))
        text_file_print(page, "<td>-</td>");
    else
        text_file_print(page, "<td>%.1f %%</td>", 100 * y->saturated);
    text_file_print(page, "<td>%.2e</td></tr>\n", y->gradient);
}

static void put_layers(const look *k, text_file *page)
{
    int64_t dead = 0;
    text_file_print(page, "<h2>Inside, on the validation rows</h2>\n<table><tr><th>layer</th>"
                          "<th>units</th><th>mean</th><th>deviation</th><th>zeros</th><th>dead</th>"
                          "<th>saturated</th><th>gradient</th></tr>\n");
    for (int i = 0; i < k->layers; i++) {
        put_layer(&k->layer[i], i, page);
        dead += k->layer[i].dead;
    }
    text_file_print(page,
                    "</table>\n<p>%lld dead unit%s: 0 for every one of these rows. Behind a relu no gradient "
                    "reaches the weights of such a unit (notes 6.1). The gradient is the root mean square "
                    "of the loss's slope by what the layer hands on.</p>\n",
                    (long long)dead, dead == 1 ? "" : "s");
    text_file_print(page, "<table><tr><th>parameters</th><th>numbers</th><th>size</th>"
                          "<th>gradient</th></tr>\n");
    for (int i = 0; i < k->params; i++) {
        text_file_print(page, "<tr><td>");
        html_text(page, k->param[i].name ? k->param[i].name : "");
        text_file_print(page, "</td><td>%lld</td><td>%.3g</td><td>%.2e</td></tr>\n",
                        (long long)k->param[i].count, k->param[i].size, k->param[i].gradient);
    }
    text_file_print(page, "</table>\n");
}

/* ---- the page -------------------------------------------------------------------------------- */

/* A word as a shell reads it. */
static void put_word(const char *word, text_file *page)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+@%";
    if (*word && word[strspn(word, plain)] == 0) {
        html_text(page, word);
        return;
    }
    char *copy = memory_new(strlen(word) + 1, 1);
    memcpy(copy, word, strlen(word));
    text_file_print(page, "'");
    for (char *part = copy, *quote; part; part = quote) {
        quote = strchr(part, '\'');
        if (quote) *quote++ = 0;
        html_text(page, part);
        if (quote) text_file_print(page, "'\\''");
    }
    text_file_print(page, "'");
    free(copy);
}

/* The command that made it, to be given again. */
static void put_command(const report *r, text_file *page)
{
    text_file_print(page, "<tr><th>made by</th><td><code>retrograd train");
    for (int i = 0; i < r->a->givens; i++) {
        const option *o = &options[r->a->given[i].id];
        text_file_print(page, " --%s", o->name);
        if (o->kind == OPTION_FLAG) continue;
        text_file_print(page, " ");
        put_word(r->a->given[i].text, page);
    }
    text_file_print(page, "</code></td></tr>\n");
}

static void put_summary(const report *r, text_file *page)
{
    const taught *t = r->taught;
    html_begin(page, "Retrograd: a training");
    text_file_print(page, "<table class=\"words\"><tr><th>network</th><td>");
    html_text(page, r->spec);
    if (r->networks > 1)
        text_file_print(page, " (%d networks whose predictions are averaged; curves and layers are of the first)", r->networks);
    text_file_print(page, "</td></tr>\n<tr><th>data</th><td>");
    html_text(page, r->l->data->source ? r->l->data->source : "");
    text_file_print(
        page,
        "</td></tr>\n<tr><th>rows</th><td>%lld trained on, %lld validated on</td></tr>\n"
        "<tr><th>parameters</th><td>%lld</td></tr>\n",
        (long long)t->rows, (long long)t->valid, (long long)rg_model_size(&r->l->model));
    if (t->outcome.best)
        text_file_print(page, "<tr><th>best epoch</th><td>%lld of %lld</td></tr>\n"
                              "<tr><th>validation loss</th><td>%.5g</td></tr>\n",
                        (long long)t->outcome.best, (long long)t->outcome.epochs, r->all->loss);
    if (t->outcome.best && r->l->data->task == RG_CLASSIFY)
        text_file_print(page, "<tr><th>validation accuracy</th><td>%.2f %%</td></tr>\n",
                        100 * r->all->accuracy);
    put_command(r, page);
    text_file_print(page, "</table>\n");
}

/* The network is of no use any more, and its tape keeps the error: curves on another. */
bool report_save_broken(report *r, const char *path, const char *why, diag *d)
{
    text_file page = {0};
    r->tape = rg_tape_new(NULL);
    if (!r->tape) memory_die();
    put_summary(r, &page);
    text_file_print(&page, "<p><strong>This training came to nothing, and no model was saved:</strong> ");
    html_text(&page, why);
    text_file_print(&page, "</p>\n");
    put_course(r, &page);
    html_end(&page);
    rg_tape_free(r->tape);
    r->tape = NULL;
    return text_file_save(&page, path, d);
}

bool report_save(report *r, const char *path, diag *d)
{
    text_file page = {0};
    look k;
    if (look_at(&k, r->l, r->row, r->rows, r->batch)) {
        look_free(&k);
        return learner_error(r->l, d);
    }
    put_summary(r, &page);
    put_course(r, &page);
    if (k.classes) {
        text_file_print(&page, "<h2>What it confuses</h2>\n");
        put_baseline(&k, &page);
        put_confusion(r, &k, &page);
        put_mistakes(r, &k, &page);
    }
    if (k.said) put_comparison(r, &k, &page);
    put_layers(&k, &page);
    put_templates(r, &page);
    html_end(&page);
    look_free(&k);
    return text_file_save(&page, path, d);
}
