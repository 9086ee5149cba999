/* optim_text.c - reads an optimizer from a line of text: 'adam lr=1e-3'. */
#define RG_NO_HERE
#include "optim.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct setting {
    const char *name;
    double *number; /* NAME=VALUE                                                     */
    bool share;     /* at least 0 and below 1; else at least 0                        */
    bool *word;     /* NAME alone; NULL when it takes a number                        */
} setting;

enum { SETTINGS = 8 };

static int settings_of(rg_optim_config *c, rg_group *g, setting out[SETTINGS])
{
    const setting all[SETTINGS] = {{"lr", &g->lr, false, NULL},
                                   {"decay", &g->decay, false, NULL},
                                   {"l2", &g->l2, false, NULL},
                                   {"clip", &c->clip, false, NULL}};
    const setting sgd[] = {{"momentum", &c->momentum, true, NULL},
                           {"lr_outside", NULL, false, &c->lr_outside}};
    const setting adam[] = {{"beta1", &c->beta1, true, NULL},
                            {"beta2", &c->beta2, true, NULL},
                            {"nu", &c->nu, false, NULL},
                            {"eps_outside", NULL, false, &c->eps_outside}};
    memcpy(out, all, sizeof all);
    if (c->method == RG_SGD) return memcpy(out + 4, sgd, sizeof sgd), 6;
    memcpy(out + 4, adam, sizeof adam);
    return 8;
}

static bool token_is(const char *token, size_t n, const char *name)
{
    return strlen(name) == n && !memcmp(name, token, n);
}

static rg_status refuse_setting(const char *token, size_t n, const setting *all, int count,
                                rg_error *e)
{
    char names[120] = "";
    size_t used = 0;
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s%s", i ? ", " : "",
                                 all[i].name, all[i].word ? "" : "=NUMBER");
    return rg_error_set(e, RG_USAGE, "optimizer: '%.*s' is not one of %s", (int)(n < 40 ? n : 40),
                        token, names);
}

static rg_status read_value(const setting *s, const char *from, const char *end, rg_error *e)
{
    char *stop;
    double v = strtod(from, &stop);
    if (stop != end || end == from || !(v >= 0) || isinf(v) || (s->share && v >= 1))
        return rg_error_set(e, RG_USAGE, "optimizer: %s is a number at least 0%s, not '%.*s'",
                            s->name, s->share ? " and below 1" : "",
                            (int)(end - from < 40 ? end - from : 40), from);
    *s->number = v;
    return RG_OK;
}

static rg_status read_setting(const char *token, size_t n, const setting *all, int count,
                              rg_error *e)
{
    const char *equal = memchr(token, '=', n);
    size_t name = equal ? (size_t)(equal - token) : n;
    for (int i = 0; i < count; i++) {
        if (!token_is(token, name, all[i].name) || (equal != NULL) != (all[i].number != NULL))
            continue;
        if (equal) return read_value(&all[i], equal + 1, token + n, e);
        return *all[i].word = true, RG_OK;
    }
    return refuse_setting(token, n, all, count, e);
}

rg_status rg_optim_parse(rg_optim_config *c, rg_group *g, const char *text, rg_error *e)
{
    const char *const blanks = " \t\r\n";
    const char *at = text + strspn(text, blanks);
    size_t n = strcspn(at, blanks);
    bool sgd = token_is(at, n, "sgd");
    if (!sgd && !token_is(at, n, "adam"))
        return rg_error_set(e, RG_USAGE,
                            "optimizer: no method is called '%.*s'; there are sgd and adam",
                            (int)(n < 40 ? n : 40), at);
    *c = sgd ? rg_sgd(0) : rg_adam();
    g->lr = sgd ? 0.01 : 0.001;
    g->decay = g->l2 = 0;
    setting all[SETTINGS];
    int count = settings_of(c, g, all);
    for (at += n, at += strspn(at, blanks); *at; at += strspn(at, blanks)) {
        n = strcspn(at, blanks);
        rg_status s = read_setting(at, n, all, count, e);
        if (s) return s;
        at += n;
    }
    return RG_OK;
}
