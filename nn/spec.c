/* spec.c - reads a network from a line of text. */
#define RG_NO_HERE
#include "layers.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Layers that are no plain activation. */
static const rg_layer fixed[] = {
    {.kind = RG_LINEAR, .name = "linear"},       {.kind = RG_DROPOUT, .name = "dropout"},
    {.kind = RG_BATCHNORM, .name = "batchnorm"}, {.kind = RG_LAYERNORM, .name = "layernorm"},
    {.kind = RG_GROUPNORM, .name = "groupnorm"}, {.kind = RG_PRELU, .name = "prelu"},
    {.kind = RG_PSWISH, .name = "pswish"},       {.kind = RG_MAXOUT, .name = "maxout"},
};
enum { FIXED = sizeof fixed / sizeof *fixed };

typedef struct reader {
    const char *text, *at;
    rg_error *e;
} reader;

static void pass_blanks(reader *r) { r->at += strspn(r->at, " \t\n\r"); }

/* "layer 3 at character 21". */
static rg_status refuse_layer(const reader *r, const char *at, int place, const char *what)
{
    return rg_error_set(r->e, RG_USAGE, "model, layer %d at character %lld: %s", place + 1,
                        (long long)(at - r->text) + 1, what);
}

/* All that may stand at the start of a layer, for the message. */
static void list_layers(char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "there are");
    for (size_t i = 0; i < FIXED && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s %s", i ? "," : "", fixed[i].name);
    for (const rg_activation_row *a = rg_activation_rows; a->name && n < size; a++)
        n += (size_t)snprintf(out + n, size - n, ", %s", a->name);
}

static rg_status read_kind(reader *r, rg_layer *l, int place)
{
    const char *from = r->at;
    size_t n = strcspn(from, " \t\n\r,");
    r->at += n;
    for (size_t i = 0; i < FIXED; i++)
        if (strlen(fixed[i].name) == n && !memcmp(fixed[i].name, from, n))
            return *l = fixed[i], RG_OK;
    const rg_activation_row *a = rg_activation_find(from, n);
    if (a) return *l = (rg_layer){.kind = RG_ACTIVATION, .name = a->name}, RG_OK;
    char all[200], what[300];
    list_layers(all, sizeof all);
    if (n)
        snprintf(what, sizeof what, "no layer is called '%.*s'; %s", (int)(n < 40 ? n : 40), from,
                 all);
    else
        snprintf(what, sizeof what, "a layer is missing; %s", all);
    return refuse_layer(r, from, place, what);
}

/* The number behind a layer's name, NaN when there is none. */
static rg_status number_behind(reader *r, double *v, int place)
{
    pass_blanks(r);
    const char *from = r->at;
    *v = (double)NAN;
    if (!*from || *from == ',') return RG_OK;
    char *end;
    *v = strtod(from, &end);
    r->at = end;
    pass_blanks(r);
    if (end == from || !isfinite(*v) || (*r->at && *r->at != ','))
        return refuse_layer(r, from, place, "here a number, a comma or the end should stand");
    return RG_OK;
}

static rg_status use_number(const reader *r, const char *from, rg_layer *l, double v, int place)
{
    bool takes = rg_activation_find(l->name, strlen(l->name)) &&
                 !rg_activation_find(l->name, strlen(l->name))->plain;
    l->number = v;
    switch (l->kind) {
    case RG_LINEAR:
        if (!(v >= 1 && v <= INT32_MAX && v == floor(v)))
            return refuse_layer(r, from, place, "linear takes its width, a whole number from 1");
        l->width = (int64_t)v;
        return RG_OK;
    case RG_GROUPNORM:
        if (!(v >= 1 && v <= INT32_MAX && v == floor(v)))
            return refuse_layer(r, from, place,
                                "groupnorm takes how many groups, a whole number from 1");
        return RG_OK;
    case RG_MAXOUT:
        if (!(v >= 2 && v <= INT32_MAX && v == floor(v)))
            return refuse_layer(r, from, place, "maxout takes how many neighbours, a whole number from 2");
        return RG_OK;
    case RG_PRELU:
    case RG_PSWISH:
        return RG_OK;
    case RG_DROPOUT:
        if (!(v > 0 && v <= 1))
            return refuse_layer(r, from, place,
                                "dropout takes the probability of keeping, above 0 and at most 1");
        return RG_OK;
    default:
        return takes || isnan(v) ? RG_OK
                                 : refuse_layer(r, from, place, "this layer takes no number");
    }
}

static rg_status read_layer(reader *r, rg_layer *l, int place)
{
    pass_blanks(r);
    const char *from = r->at;
    double v = 0;
    rg_status s = read_kind(r, l, place);
    if (!s) s = number_behind(r, &v, place);
    return s ? s : use_number(r, from, l, v, place);
}

rg_status rg_spec_parse(rg_spec *s, const char *text, rg_error *e)
{
    reader r = {text, text, e};
    *s = (rg_spec){0};
    for (;;) {
        if (s->layers == RG_LAYERS)
            return rg_error_set(e, RG_USAGE, "model: more than %d layers", RG_LAYERS);
        rg_layer *l = &s->layer[s->layers];
        rg_status st = read_layer(&r, l, s->layers);
        if (st) return st;
        if (l->kind == RG_LINEAR) s->outputs = l->width;
        if (l->kind == RG_MAXOUT && s->outputs % (int64_t)l->number)
            return rg_error_set(e, RG_USAGE, "model, layer %d: maxout of %g does not divide %lld units", s->layers + 1, l->number,
                                (long long)s->outputs);
        if (l->kind == RG_MAXOUT) s->outputs /= (int64_t)l->number;
        s->layers++;
        if (!*r.at) break;
        r.at++;
    }
    if (!s->outputs)
        return rg_error_set(e, RG_USAGE, "model: it needs a linear layer, such as 'linear 10'");
    return RG_OK;
}

rg_status rg_spec_write(const rg_spec *s, char *to, size_t size)
{
    size_t n = 0;
    for (int i = 0; i < s->layers && n < size; i++) {
        const rg_layer *l = &s->layer[i];
        n += (size_t)snprintf(to + n, size - n, "%s%s", i ? ", " : "", l->name);
        if (n >= size) break;
        if (l->kind == RG_LINEAR)
            n += (size_t)snprintf(to + n, size - n, " %lld", (long long)l->width);
        else if (!isnan(l->number))
            n += (size_t)snprintf(to + n, size - n, " %.17g", l->number);
    }
    return n < size ? RG_OK : RG_SHAPE;
}
