/* plant.c - gradient rules made wrong on purpose, to see what the check makes of them. */
#define RG_NO_HERE
#include "plant.h"
#include "gradcheck.h"
#include "json_check.h"
#include "memory.h"
#include "ops.h"
#include "status.h"
#include "term.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- bugs ---------------------------------------------------------------------------- */

static rg_node *times_factor(rg_node *g, double factor) { return rg_scale(g, factor); }
static rg_node *as_nothing(rg_node *g, double factor) { return (void)g, (void)factor, NULL; }
static rg_node *plus_constant(rg_node *g, double factor) { return rg_offset(g, factor); }
static rg_node *without_first_row(rg_node *g, double factor)
{
    int64_t n = rg_shape_of(g).dim[0];
    (void)factor;
    return rg_pad(rg_slice(g, 0, 1, n - 1, 1), 0, 1, 1, n);
}
static rg_node *one_row_on(rg_node *g, double factor)
{
    int64_t n = rg_shape_of(g).dim[0];
    rg_node *part[] = {rg_slice(g, 0, 1, n - 1, 1), rg_slice(g, 0, 0, 1, 1)};
    (void)factor;
    return rg_concat(2, part, 0);
}
static rg_node *averaged_over_rows(rg_node *g, double factor)
{
    (void)factor;
    return rg_scale(g, 1 / (double)rg_shape_of(g).dim[0]);
}
static rg_node *transposed(rg_node *g, double factor) { return (void)factor, rg_swap_last(g); }

/* least: axes that a gradient needs for it; square: the last two must be alike; linear:
 * 0 stays 0, so that it can be planted at order two. */
static const struct kind {
    const char *word, *words;
    rg_node *(*spoil)(rg_node *g, double factor);
    double factor;
    int least;
    bool square, linear;
} kinds[] = {{"sign", "sign flipped", times_factor, -1, 0, false, true},
             {"double", "times 2", times_factor, 2, 0, false, true},
             {"little", "times 1.0005", times_factor, 1.0005, 0, false, true},
             {"zero", "zero", times_factor, 0, 0, false, true},
             {"drop", "term dropped", as_nothing, 0, 0, false, false},
             {"constant", "0.001 added", plus_constant, .001, 0, false, false},
             {"nan", "NaN", times_factor, (double)NAN, 0, false, false},
             {"mean", "mean for sum", averaged_over_rows, 0, 1, false, true},
             {"row", "first row lost", without_first_row, 0, 1, false, true},
             {"shift", "off by one row", one_row_on, 0, 1, false, true},
             {"transpose", "operand transposed", transposed, 0, 2, true, true}};

enum { BUG_KINDS = sizeof kinds / sizeof *kinds };

const char *plant_words(void)
{
    return "a factor, or sign, double, little, zero, drop, constant, nan, mean, row, shift, transpose";
}

/* A bug that would change the shape, or nothing, is not planted. */
static bool has_room(const rg_node *g, const plant *p)
{
    rg_shape s = rg_shape_of(g);
    for (int i = 0; i < BUG_KINDS; i++) {
        if (kinds[i].spoil != p->spoil || p->spoil == times_factor) continue;
        if (s.rank < kinds[i].least || (kinds[i].least && s.dim[0] < 2)) return false;
        if (kinds[i].square && s.dim[s.rank - 1] != s.dim[s.rank - 2]) return false;
    }
    return true;
}

/* Numbers that are not the same. */
static bool numbers_differ(rg_node *a, rg_node *b)
{
    size_t n = (size_t)rg_count_of(a);
    double *v = memory_new(2 * n + 1, sizeof *v);
    bool differ = rg_read(a, RG_F64, v, n) || (b && rg_read(b, RG_F64, v + n, n));
    for (size_t i = 0; i < n && !differ; i++) differ = !(v[i] == (b ? v[n + i] : 0));
    free(v);
    return differ;
}

/* At order two the number is right to the last bit, and what it would become if something
 * moved is spoilt: a number that stands still, and the spoilt rest, which is 0. */
static rg_node *spoilt(const plant *p, rg_node *right)
{
    if (p->order < 2) return p->spoil(right, p->factor);
    rg_node *held = rg_detach(right);
    rg_node *rest = rg_sub(right, held);
    return rg_add(held, p->spoil(rest, p->factor));
}

static void planted_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    const plant *p = (const plant *)(const void *)y->op;
    p->right->vjp(y, g, wanted, out);
    for (int k = 0; k < y->nin; k++)
        if (out[k] && (p->wire < 0 || p->wire == k) && has_room(out[k], p)) {
            rg_node *right = out[k];
            out[k] = spoilt(p, right);
            if (!p->seen) continue;
            p->seen->planted = true;
            p->seen->changed |= numbers_differ(right, p->order > 1 ? p->spoil(right, p->factor) : out[k]);
        }
}

static void make_plant(plant *p, const rg_op *right, const struct kind *kind, int wire)
{
    *p = (plant){.op = *right, .right = right, .spoil = kind->spoil, .factor = kind->factor, .wire = wire, .order = 1};
    p->op.vjp = planted_rule;
}

/* ---- in a recording ------------------------------------------------------------------- */

static bool plant_usage(diag *d, const char *text)
{
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "--plant '%.60s'", text);
    diag_help(d, "as in --plant 'relu -7' or --plant 'matmul.b transpose': an op, and %s", plant_words());
    return false;
}

static bool read_kind(const char *word, struct kind *kind)
{
    char *end;
    for (int i = 0; i < BUG_KINDS; i++)
        if (!strcmp(kinds[i].word, word)) return *kind = kinds[i], true;
    *kind = (struct kind){.spoil = times_factor, .factor = strtod(word, &end)};
    return end != word && !*end;
}

bool plant_bug(plant *p, const char *text, const expression *x, diag *d)
{
    char op[40], word[40], rest;
    struct kind kind;
    if (sscanf(text, "%39s %39s %c", op, word, &rest) != 2 || !read_kind(word, &kind))
        return plant_usage(d, text);
    char *dot = strchr(op, '.');
    int wire = dot && dot[1] >= 'a' && dot[1] < 'a' + RG_WIRES && !dot[2] ? dot[1] - 'a' : -1;
    if (dot && wire < 0) return plant_usage(d, text);
    if (dot) *dot = 0;
    p->right = NULL;
    for (int64_t id = 0; id < rg_len(x->tape); id++) {
        rg_node *n = rg_node_at(x->tape, id);
        if (strcmp(n->op->name, op) != 0 || !n->op->vjp || wire >= n->nin) continue;
        if (!p->right) make_plant(p, n->op, &kind, wire);
        n->op = &p->op;
    }
    if (p->right) return true;
    if (dot) *dot = '.';
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "--plant: no op of this recording is called %s", op);
    diag_help(d, "they are named by: retrograd check EXPR NAME=VALUE... --nodes");
    return false;
}

/* ---- in every rule -------------------------------------------------------------------- */

typedef struct kills {
    int planted, caught, equivalent;
} kills;

static plant everywhere; /* that of the op which is being built */

/* What the build of the right op recorded, with the spoilt one. */
static rg_node *build_again(rg_node *const *in)
{
    rg_node *y = everywhere.right->build(in), *from[RG_WIRES];
    for (int k = 0; k < y->nin && k < RG_WIRES; k++) from[k] = rg_in(y, k);
    return rg_apply(&everywhere.op, y->nin, from, y->attr);
}

/* In all examples of the op. */
static bool survives(const rg_op *right, const struct kind *kind, int wire, int order, rg_dtype d,
                     uint64_t seed, plant_seen *seen)
{
    rg_finding f;
    rg_verdict v = RG_UNTESTED;
    rg_error e = {0};
    make_plant(&everywhere, right, kind, wire);
    everywhere.seen = seen;
    everywhere.order = order;
    if (right->build) everywhere.op.build = build_again;
    for (int i = 0; i < rg_check_examples(right); i++) {
        rg_check_case c = {.dtype = d, .order = order, .example = i, .seed = seed};
        if (rg_check_op(&everywhere.op, &c, NULL, &f, &v, &e) || v == RG_FAIL) return false;
    }
    return true;
}

static void try_rule(const rg_op *op, int wire, int order, uint64_t seed, kills *all)
{
    for (int i = 0; i < BUG_KINDS; i++)
        for (int d = RG_F32; d <= RG_F64; d++) {
            plant_seen seen = {false, false};
            if (op->kind != RG_VIEW && !op->tile[d] && !op->run[d]) continue;
            if (order > 1 && !kinds[i].linear) continue;
            bool survived = survives(op, &kinds[i], wire, order, (rg_dtype)d, seed, &seen);
            all[i].planted += seen.planted;
            all[i].caught += seen.planted && !survived;
            all[i].equivalent += seen.planted && survived && !seen.changed;
            if (seen.planted && survived)
                term_note("%s: %s in %s, operand %c, order %d, %s", seen.changed ? "not caught" : "equivalent",
                          kinds[i].words, op->name, 'a' + wire, order, rg_dtype_text((rg_dtype)d));
        }
}

static kills sum_of_kills(const kills *all)
{
    kills sum = {0};
    for (int i = 0; i < BUG_KINDS; i++) {
        sum.planted += all[i].planted;
        sum.caught += all[i].caught;
        sum.equivalent += all[i].equivalent;
    }
    return sum;
}

static int not_caught(const kills *k) { return k->planted - k->caught - k->equivalent; }

static void show_kind(const char *words, const kills *k)
{
    if (!k->planted) return;
    printf("%-20s %4d planted, %4d caught, %d equivalent, %d not caught\n", words, k->planted, k->caught,
           k->equivalent, not_caught(k));
}

static void show_kills(const char *title, const kills *all)
{
    kills sum = sum_of_kills(all);
    puts(title);
    for (int i = 0; i < BUG_KINDS; i++) show_kind(kinds[i].words, &all[i]);
    show_kind("all", &sum);
}

static void json_kills(json *j, const kills *all)
{
    kills sum = sum_of_kills(all);
    json_count(j, "planted", sum.planted);
    json_count(j, "caught", sum.caught);
    json_count(j, "equivalent", sum.equivalent);
}

static void json_both(const kills *first, const kills *second)
{
    json j = {.to = stdout};
    json_open(&j, '{');
    json_kills(&j, first);
    json_key(&j, "order_2", 7);
    json_open(&j, '{');
    json_kills(&j, second);
    json_close(&j, '}');
    json_close(&j, '}');
    putchar('\n');
}

int plant_everywhere(bool as_json, uint64_t seed)
{
    kills all[2][BUG_KINDS] = {{{0}}};
    for (int order = 1; order <= 2; order++)
        for (int i = 0; rg_ops[i]; i++)
            for (int k = 0; k < RG_WIRES && rg_ops[i]->vjp && rg_check_examples(rg_ops[i]); k++)
                if (rg_ops[i]->wire[k].local) try_rule(rg_ops[i], k, order, seed, all[order - 1]);
    if (as_json) {
        json_both(all[0], all[1]);
    } else {
        show_kills("in the rule:", all[0]);
        show_kills("in the gradient of the rule, whose value is right:", all[1]);
    }
    kills first = sum_of_kills(all[0]), second = sum_of_kills(all[1]);
    return not_caught(&first) + not_caught(&second) ? EXIT_FAILED : EXIT_FINE;
}
