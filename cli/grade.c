/* grade.c - reads answers and compares them. */
#define RG_NO_HERE
#include "grade.h"
#include "expression.h"
#include "memory.h"
#include "resolve.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---------------------------------------------------------------------------- */

static const rg_quiz_wire *find_wire(const rg_question *q, const char *name, size_t len)
{
    for (int i = 0; i < q->wires; i++)
        if (strlen(q->wire[i].name) == len && !memcmp(q->wire[i].name, name, len))
            return &q->wire[i];
    return NULL;
}

static literal numbers_of_wire(const rg_node *x, rg_shape shape)
{
    literal v = {.shape = shape, .count = (size_t)rg_count_of(x)};
    rg_tensor w = rg_peek(x);
    v.cap = v.count;
    v.number = memory_new(v.count + 1, sizeof *v.number);
    void *raw = memory_new(v.count + 1, rg_dtype_size(w.dtype));
    rg_pack(raw, &w, 0, (int64_t)v.count);
    rg_convert(v.number, RG_F64, raw, w.dtype, (int64_t)v.count);
    free(raw);
    return v;
}

static bool no_such_wire(const expression *x, uint32_t k, const rg_question *q, diag *d)
{
    const name_entry *name = &x->p.names.entry[k];
    nearest best = {.distance = 3};
    diag_set(d, E_NAME, &x->src, program_span(&x->p, x->p.first_use[k]), "no wire has this name");
    for (int i = 0; i < q->wires; i++)
        nearest_offer(&best, name->text, name->len, q->wire[i].name, strlen(q->wire[i].name));
    if (best.text) diag_help(d, "did you mean '%s'?", best.text);
    return false;
}

/* A value for every name that the text uses. */
static bool give_values(expression *x, const rg_question *q, diag *d)
{
    x->in.item = memory_new((size_t)x->p.names.n + 1, sizeof *x->in.item);
    for (uint32_t k = 0; k < x->p.names.n; k++) {
        const name_entry *name = &x->p.names.entry[k];
        if (x->p.first_use[k] == PARSE_NONE) continue;
        const rg_quiz_wire *w = find_wire(q, name->text, name->len);
        if (!w) return no_such_wire(x, k, q, d);
        x->in.item[x->in.n++] = (input){.name = name->text,
                                        .len = name->len,
                                        .value = numbers_of_wire(w->node, w->shape),
                                        .used = true};
        names_number(&x->in.names, name->text, name->len);
    }
    return true;
}

/* Messages about the text outlive it: they say no place. */
static bool compute_answer(answer *a, const source *src, const rg_question *q, diag *d)
{
    rg_config cfg = {0};
    expression x = {.dtype = RG_F64, .src = *src};
    bool ok = program_parse(&x.p, &x.src, d) && program_resolve(&x.p, d) && give_values(&x, q, d) &&
              expression_record_as(&x, &cfg, d);
    if (ok) a->value = numbers_of_wire(x.out, rg_shape_of(x.out));
    a->computed = true;
    expression_close(&x);
    d->src = NULL;
    return ok;
}

static int significant_digits(const char *text, size_t len)
{
    int n = 0;
    for (size_t i = 0; i < len && text[i] != 'e' && text[i] != 'E'; i++)
        if ((text[i] >= '1' && text[i] <= '9') || (text[i] == '0' && n)) n++;
    return n;
}

/* How each number of a literal was written. */
static void count_digits(answer *a, const char *text)
{
    static const char between[] = " \t,;[]";
    for (int i = 0; i < ANSWER_DIGITS; i++) {
        text += strspn(text, between);
        size_t n = strcspn(text, between);
        a->digits[i] = significant_digits(text, n);
        text += n;
    }
}

bool answer_read(answer *a, const char *text, const rg_question *q, int digits, diag *d)
{
    source src = {NULL, text, strlen(text)};
    diag not_numbers = {0};
    *a = (answer){.shown = digits};
    if (!literal_read_value(&src, 0, &a->value, &not_numbers)) {
        literal_free(&a->value);
        a->value = (literal){0};
        return compute_answer(a, &src, q, d);
    }
    count_digits(a, text);
    return true;
}

/* ---- comparing -------------------------------------------------------------------------- */

static bool rounds_to(double truth, int digits, double v)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", (digits < 17 ? digits : 17) - 1, truth);
    return strtod(text, NULL) == v;
}

/* Written with that many digits; 0: computed. */
static grade grade_number(double v, double truth, int digits, int shown)
{
    double gap = fabs(v - truth), size = fabs(truth);
    if (gap <= 1e-9 * size || (v == 0 && size < 1e-12)) return GRADE_RIGHT;
    double rounding = 2 * pow(10, 1 - shown);
    if (digits == 0)
        return gap <= rounding * size ? GRADE_RIGHT
               : gap <= 0.01 * size   ? GRADE_CLOSE
                                      : GRADE_WRONG;
    if (size > 0 && rounds_to(truth, digits, v)) return digits >= 2 ? GRADE_RIGHT : GRADE_SHORT;
    return gap <= 0.01 * size ? GRADE_CLOSE : GRADE_WRONG;
}

static int digits_of(const answer *a, int64_t i)
{
    if (a->computed) return 0;
    int n = i < ANSWER_DIGITS ? a->digits[i] : 17;
    return n ? n : 1;
}

static bool shapes_agree(rg_shape a, rg_shape b)
{
    return a.rank == b.rank && !memcmp(a.dim, b.dim, (size_t)a.rank * sizeof *a.dim);
}

static grade grade_numbers(const answer *a, const double *truth, int64_t n)
{
    grade worst = GRADE_RIGHT;
    for (int64_t i = 0; i < n; i++) {
        grade g = grade_number(a->value.number[i], truth[i], digits_of(a, i), a->shown);
        if (g > worst) worst = g;
    }
    return worst;
}

grade answer_grade(const answer *a, rg_shape shape, const double *truth, int64_t n)
{
    bool one = n == 1 && a->value.count == 1; /* [ 3 ] is 3 */
    if (!one && ((int64_t)a->value.count != n || !shapes_agree(a->value.shape, shape)))
        return GRADE_SHAPE;
    return grade_numbers(a, truth, n);
}

static bool is_turned(rg_shape a, rg_shape of)
{
    return a.rank == 2 && of.rank == 2 && a.dim[0] == of.dim[1] && a.dim[1] == of.dim[0];
}

const rg_trap *answer_trap(const answer *a, const rg_question *q)
{
    for (int i = 0; i < q->traps; i++) {
        const rg_trap *t = &q->trap[i];
        const double *numbers = t->values ? t->values : &t->value;
        grade g = GRADE_WRONG;
        if (!t->turned)
            g = answer_grade(a, q->shape, numbers, q->entries);
        else if (is_turned(a->value.shape, q->shape))
            g = grade_numbers(a, numbers, q->entries);
        if (g <= GRADE_SHORT) return t;
    }
    return NULL;
}
