/* fit_show.c - see fit_show.h. */
#include "fit_show.h"
#include "diag.h"
#include "json_out.h"
#include "term.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static double error_of(const fit_answer *f, int k) { return sqrt(f->covariance[k * f->n + k]); }

static double correlation(const fit_answer *f, int k, int l)
{
    double both = error_of(f, k) * error_of(f, l), r = k == l ? 1 : f->covariance[k * f->n + l] / both;
    if (!(both > 0) && k != l) return (double)NAN; /* exact data have none */
    return fabs(r) > 1 ? copysign(1, r) : r; /* rounding */
}

bool fit_show_tied(const fit_answer *f, int *first, int *second)
{
    double most = 1 - 1e-8;
    bool found = false;
    for (int k = 1; k < f->n; k++)
        for (int l = 0; l < k; l++) {
            double r = fabs(correlation(f, k, l));
            if (!(r > most)) continue;
            most = r;
            *first = l;
            *second = k;
            found = true;
        }
    return found;
}

/* ---- JSON -------------------------------------------------------------------------- */

static void key_of(json *j, const char *name) { json_key(j, name, strlen(name)); }

static void number_named(json *j, const char *name, double v)
{
    key_of(j, name);
    json_number(j, RG_F64, v);
}

static void json_params(json *j, const fit_answer *f)
{
    key_of(j, "params");
    json_open(j, '{');
    for (int k = 0; k < f->n; k++) {
        key_of(j, f->name[k]);
        json_open(j, '{');
        number_named(j, "value", f->value[k]);
        number_named(j, "error", error_of(f, k));
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void json_correlations(json *j, const fit_answer *f)
{
    key_of(j, "correlations");
    json_open(j, '{');
    for (int k = 0; k < f->n; k++) {
        key_of(j, f->name[k]);
        json_open(j, '{');
        for (int l = 0; l < f->n; l++) number_named(j, f->name[l], correlation(f, k, l));
        json_close(j, '}');
    }
    json_close(j, '}');
}

void fit_show_json(const fit_answer *f)
{
    json j = {.to = stdout};
    json_open(&j, '{');
    json_params(&j, f);
    number_named(&j, "ssr", f->ssr);
    key_of(&j, "n");
    json_whole(&j, f->count);
    key_of(&j, "dof");
    json_whole(&j, f->dof);
    key_of(&j, "converged");
    json_bool(&j, f->converged);
    if (f->loss_name) {
        key_of(&j, "loss");
        json_words(&j, f->loss_name, strlen(f->loss_name));
        number_named(&j, "loss_value", f->loss);
    }
    if (f->starts > 1) {
        key_of(&j, "start");
        json_whole(&j, f->from + 1);
    }
    json_correlations(&j, f);
    json_close(&j, '}');
    fputc('\n', stdout);
}

/* ---- text -------------------------------------------------------------------------- */

/* The lower half: the rest is its mirror image. */
static void text_correlations(const fit_answer *f)
{
    printf("  correlations\n");
    for (int k = 1; k < f->n; k++) {
        printf("  %-12s", f->name[k]);
        for (int l = 0; l < k; l++) printf(" %8.3f", correlation(f, k, l));
        putchar('\n');
    }
    printf("  %-12s", "");
    for (int l = 0; l + 1 < f->n; l++) printf(" %8.8s", f->name[l]);
    putchar('\n');
}

void fit_show_text(const fit_answer *f, int digits)
{
    diag_plain(stdout, f->formula, f->formula_len, term_utf8());
    printf("\n  %-12s %*s %*s\n", "parameter", digits + 8, "value", digits + 8, "std. error");
    for (int k = 0; k < f->n; k++)
        printf("  %-12s %*.*g %*.*g\n", f->name[k], digits + 8, digits, f->value[k], digits + 8, digits, error_of(f, k));
    if (f->loss_name) printf("  %s %.*g\n", f->loss_name, digits, f->loss);
    printf("  sum of squared residuals %.*g, n = %lld, %lld degrees of freedom\n", digits, f->ssr,
           (long long)f->count, (long long)f->dof);
    if (f->starts > 1) printf("  the lowest of %d starts: number %d\n", f->starts, f->from + 1);
    if (f->n > 1) text_correlations(f);
}
