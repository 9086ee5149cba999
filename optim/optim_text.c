/* optim_text.c - reads an optimizer from a line of text: 'adam lr=1e-3'. */
#define RG_NO_HERE
#include "optim.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an optimizer's name stands for, and what it takes. */
typedef struct named_method {
    const char *name;
    rg_method method;
    double momentum, lr, decay;
    bool nesterov;
} named_method;

static const named_method methods[] = {
    {"sgd", RG_SGD, 0, 0.01, 0, false},          {"momentum", RG_SGD, 0.9, 0.01, 0, false},
    {"nesterov", RG_SGD, 0.9, 0.01, 0, true},    {"adagrad", RG_ADAGRAD, 0, 0.01, 0, false},
    {"rmsprop", RG_RMSPROP, 0, 0.001, 0, false}, {"adam", RG_ADAM, 0, 0.001, 0, false},
    {"adamw", RG_ADAM, 0, 0.001, 0.01, false},
};

enum {
    METHODS = sizeof methods / sizeof *methods,
    SGD = 1 << RG_SGD,
    ADAM = 1 << RG_ADAM,
    ADAGRAD = 1 << RG_ADAGRAD,
    RMSPROP = 1 << RG_RMSPROP,
    ALL = SGD | ADAM | ADAGRAD | RMSPROP
};

typedef struct setting {
    const char *name;
    int takes;      /* methods that know it                                           */
    double *number; /* NAME=VALUE                                                     */
    bool share;     /* at least 0 and below 1; else at least 0                        */
    bool *word;     /* NAME alone; NULL when it takes a number                        */
    rg_fall fall;   /* NAME=VALUE chooses this schedule                               */
} setting;

enum { SETTINGS = 23 };

static int settings_of(rg_optim_config *c, rg_group *g, setting out[SETTINGS])
{
    rg_schedule *s = &c->schedule;
    const setting all[SETTINGS] = {
        {"lr", ALL, &g->lr, false, NULL, RG_STEADY},
        {"momentum", SGD | RMSPROP, &c->momentum, true, NULL, RG_STEADY},
        {"beta", RMSPROP, &c->beta2, true, NULL, RG_STEADY},
        {"beta1", ADAM, &c->beta1, true, NULL, RG_STEADY},
        {"beta2", ADAM, &c->beta2, true, NULL, RG_STEADY},
        {"nu", ADAM | ADAGRAD | RMSPROP, &c->nu, false, NULL, RG_STEADY},
        {"eps_outside", ADAM | ADAGRAD | RMSPROP, NULL, false, &c->eps_outside, RG_STEADY},
        {"lr_outside", SGD | RMSPROP, NULL, false, &c->lr_outside, RG_STEADY},
        {"nesterov", SGD, NULL, false, &c->nesterov, RG_STEADY},
        {"uncorrected", ADAM, NULL, false, &c->uncorrected, RG_STEADY},
        {"decay", ALL, &g->decay, false, NULL, RG_STEADY},
        {"l2", ALL, &g->l2, false, NULL, RG_STEADY},
        {"l1", ALL, &g->l1, false, NULL, RG_STEADY},
        {"soft", ALL, &g->soft, false, NULL, RG_STEADY},
        {"clip", ALL, &c->clip, false, NULL, RG_STEADY},
        {"clip_value", ALL, &c->clip_value, false, NULL, RG_STEADY},
        {"step", ALL, &s->every, false, NULL, RG_FALL_STEPS},
        {"exponential", ALL, &s->every, false, NULL, RG_FALL_EXPONENTIAL},
        {"inverse", ALL, &s->every, false, NULL, RG_FALL_INVERSE},
        {"cosine", ALL, &s->every, false, NULL, RG_FALL_COSINE},
        {"factor", ALL, &s->factor, false, NULL, RG_STEADY},
        {"last", ALL, &s->last, true, NULL, RG_STEADY},
        {"warmup", ALL, &s->warmup, false, NULL, RG_STEADY}};
    int n = 0;
    for (int i = 0; i < SETTINGS; i++)
        if (all[i].takes & 1 << c->method) out[n++] = all[i];
    return n;
}

static bool token_is(const char *token, size_t n, const char *name)
{
    return strlen(name) == n && !memcmp(name, token, n);
}

static rg_status refuse_setting(const char *token, size_t n, const setting *all, int count,
                                rg_error *e)
{
    char names[300] = "";
    size_t used = 0;
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s%s", i ? ", " : "",
                                 all[i].name, all[i].word ? "" : "=NUMBER");
    return rg_error_set(e, RG_USAGE, "optimizer: '%.*s' is not one of %s", (int)(n < 40 ? n : 40),
                        token, names);
}

/* Decimal, with a digit on both sides of its dot. */
static bool is_plain(const char *s, const char *end)
{
    const char *const digits = "0123456789";
    if (strspn(s, "0123456789.eE+-") < (size_t)(end - s) || !strspn(s, digits)) return false;
    const char *dot = memchr(s, '.', (size_t)(end - s));
    return !dot || strspn(dot + 1, digits);
}

static rg_status read_value(const setting *s, const char *from, const char *end, rg_error *e)
{
    char *stop;
    double v = strtod(from, &stop);
    if (stop != end || !is_plain(from, end) || !(v >= 0) || isinf(v) || (s->share && v >= 1))
        return rg_error_set(e, RG_USAGE, "optimizer: %s is a number at least 0%s, written as 0.5 or 2e-3, not '%.*s'",
                            s->name, s->share ? " and below 1" : "",
                            (int)(end - from < 40 ? end - from : 40), from);
    *s->number = v;
    return RG_OK;
}

/* One schedule, and over some steps. */
static rg_status choose_fall(const setting *s, rg_schedule *schedule, rg_error *e)
{
    if (schedule->fall != RG_STEADY)
        return rg_error_set(e, RG_USAGE, "optimizer: %s is a second schedule", s->name);
    if (schedule->every == 0)
        return rg_error_set(e, RG_USAGE, "optimizer: %s takes a number of steps above 0", s->name);
    schedule->fall = s->fall;
    return RG_OK;
}

/* *seen: a bit for each of all that was read. */
static rg_status read_setting(const char *token, size_t n, const setting *all, int count, unsigned *seen,
                              rg_schedule *schedule, rg_error *e)
{
    const char *equal = memchr(token, '=', n);
    size_t name = equal ? (size_t)(equal - token) : n;
    for (int i = 0; i < count; i++) {
        if (!token_is(token, name, all[i].name) || (equal != NULL) != (all[i].number != NULL))
            continue;
        if (*seen & 1u << i) return rg_error_set(e, RG_USAGE, "optimizer: %s is given twice", all[i].name);
        *seen |= 1u << i;
        if (!equal) return *all[i].word = true, RG_OK;
        rg_status s = read_value(&all[i], equal + 1, token + n, e);
        return s || all[i].fall == RG_STEADY ? s : choose_fall(&all[i], schedule, e);
    }
    return refuse_setting(token, n, all, count, e);
}

static rg_status refuse_method(const char *token, size_t n, rg_error *e)
{
    char names[120] = "";
    size_t used = 0;
    for (int i = 0; i < METHODS; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                 i == 0             ? ""
                                 : i == METHODS - 1 ? " and "
                                                    : ", ",
                                 methods[i].name);
    return rg_error_set(e, RG_USAGE, "optimizer: no method is called '%.*s'; there are %s",
                        (int)(n < 40 ? n : 40), token, names);
}

static void start_from(const named_method *m, rg_optim_config *c, rg_group *g)
{
    *c = m->method == RG_ADAM      ? rg_adam()
         : m->method == RG_ADAGRAD ? rg_adagrad()
         : m->method == RG_RMSPROP ? rg_rmsprop(0)
                                   : rg_sgd(m->momentum);
    c->nesterov = m->nesterov;
    g->lr = m->lr;
    g->decay = m->decay;
    g->l2 = g->l1 = g->soft = 0;
}

rg_status rg_optim_parse(rg_optim_config *c, rg_group *g, const char *text, rg_error *e)
{
    const char *const blanks = " \t\r\n";
    const char *at = text + strspn(text, blanks);
    size_t n = strcspn(at, blanks);
    int chosen = 0;
    while (chosen < METHODS && !token_is(at, n, methods[chosen].name)) chosen++;
    if (chosen == METHODS) return refuse_method(at, n, e);
    start_from(&methods[chosen], c, g);
    setting all[SETTINGS];
    int count = settings_of(c, g, all);
    unsigned seen = 0;
    for (at += n, at += strspn(at, blanks); *at; at += strspn(at, blanks)) {
        n = strcspn(at, blanks);
        rg_status s = read_setting(at, n, all, count, &seen, &c->schedule, e);
        if (s) return s;
        at += n;
    }
    return RG_OK;
}
