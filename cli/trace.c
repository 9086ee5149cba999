/* trace.c - JSON to a trace. Everything that names a thing must name one that is there;
 * whether the numbers are right is not asked here. */
#include "trace.h"
#include "memory.h"
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct trace_reader {
    trace *t;
    const char *file;
    diag *d;
    char place[120]; /* "steps[3].upstream" */
} trace_reader;

void *trace_new(trace *t, size_t n, size_t size)
{
    t->block = memory_grow(t->block, &t->block_cap, t->blocks + 1, sizeof *t->block);
    return t->block[t->blocks++] = memory_new(n ? n : 1, size);
}

void trace_close(trace *t)
{
    for (size_t i = 0; i < t->blocks; i++) free(t->block[i]);
    free(t->block);
    json_decref(t->root);
    *t = (trace){0};
}

/* ---- complaints ------------------------------------------------------------------------- */

static bool is_not(trace_reader *r, const char *fmt, ...) DIAG_PRINTF(2, 3);
static bool is_not(trace_reader *r, const char *fmt, ...)
{
    char text[240];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return diag_set(r->d, E_FORMAT, NULL, (span){0, 0}, "%.200s: %s %s", r->file, r->place, text);
}

/* Where we are, for the next complaint. */
static void at(trace_reader *r, const char *fmt, ...) DIAG_PRINTF(2, 3);
static void at(trace_reader *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(r->place, sizeof r->place, fmt, ap);
    va_end(ap);
}

/* ---- numbers ---------------------------------------------------------------------------- */

static bool read_real(const json_t *j, double *v)
{
    const char *word = json_string_value(j);
    if (json_is_number(j)) *v = json_number_value(j);
    if (!word) return json_is_number(j);
    *v = !strcmp(word, "inf")    ? (double)INFINITY
         : !strcmp(word, "-inf") ? -(double)INFINITY
                                 : (double)NAN;
    return !strcmp(word, "inf") || !strcmp(word, "-inf") || !strcmp(word, "nan");
}

static bool read_whole(trace_reader *r, const json_t *j, int64_t *v)
{
    if (!json_is_integer(j)) return is_not(r, "is not a whole number");
    *v = json_integer_value(j);
    return true;
}

/* The sizes of nested arrays, told by the first of each. */
static void measure_nest(const json_t *j, numbers *x)
{
    x->count = 1;
    for (; json_is_array(j) && x->rank < TRACE_RANK; j = json_array_get(j, 0)) {
        x->dim[x->rank] = (int64_t)json_array_size(j);
        x->count *= (size_t)x->dim[x->rank++];
    }
}

static bool fill_nest(trace_reader *r, const json_t *j, const numbers *x, int axis, double **to)
{
    if (axis == x->rank) return read_real(j, (*to)++) || is_not(r, "holds what is not a number");
    if (!json_is_array(j) || (int64_t)json_array_size(j) != x->dim[axis])
        return is_not(r, "is ragged: its rows differ in length");
    for (size_t i = 0; i < json_array_size(j); i++)
        if (!fill_nest(r, json_array_get(j, i), x, axis + 1, to)) return false;
    return true;
}

static bool read_numbers(trace_reader *r, const json_t *j, numbers *x)
{
    if (!j || json_is_null(j)) return true;
    measure_nest(j, x);
    double *to = x->v = trace_new(r->t, x->count, sizeof *x->v);
    return fill_nest(r, j, x, 0, &to);
}

/* An empty array says nothing about the axes behind it: "shape" does. */
static bool read_shape(trace_reader *r, const json_t *j, numbers *x)
{
    if (!j) return true;
    numbers said = {.rank = (int)json_array_size(j), .count = 1};
    size_t most = 1; /* of the axes that are not empty: it can be counted, too */
    if (!json_is_array(j) || said.rank > TRACE_RANK)
        return is_not(r, "has no list of sizes as shape");
    for (int i = 0; i < said.rank; i++) {
        if (!read_whole(r, json_array_get(j, (size_t)i), &said.dim[i])) return false;
        if (said.dim[i] < 0) return is_not(r, "says a size below 0: %lld", (long long)said.dim[i]);
        if (said.dim[i] && most > (size_t)INT64_MAX / (size_t)said.dim[i])
            return is_not(r, "says more elements than can be counted");
        if (said.dim[i]) most *= (size_t)said.dim[i];
        said.count *= (size_t)said.dim[i];
    }
    bool same = said.count == x->count && (said.rank == x->rank || x->count == 0);
    for (int i = 0; same && x->count && i < x->rank; i++) same = said.dim[i] == x->dim[i];
    if (!same) return is_not(r, "does not have the shape it says");
    said.v = x->v;
    *x = said;
    return true;
}

/* ---- nodes ------------------------------------------------------------------------------ */

static bool find_node(trace_reader *r, const json_t *j, uint32_t *place)
{
    int64_t id = 0;
    size_t low = 0, high = r->t->nodes;
    if (!read_whole(r, j, &id)) return false;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (r->t->node[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    *place = (uint32_t)low;
    return (low < r->t->nodes && r->t->node[low].id == id) ||
           is_not(r, "is %lld, and no node has that id", (long long)id);
}

static bool read_attributes(trace_reader *r, const json_t *j, trace_node *n)
{
    const json_t *whole = json_object_get(j, "whole"), *real = json_object_get(j, "real");
    if (json_array_size(whole) > TRACE_WHOLES || json_array_size(real) > TRACE_REALS)
        return is_not(r, "has more attributes than any op");
    for (size_t i = 0; i < json_array_size(whole); i++)
        if (!read_whole(r, json_array_get(whole, i), &n->whole[i])) return false;
    for (size_t i = 0; i < json_array_size(real); i++)
        if (!read_real(json_array_get(real, i), &n->real[i]))
            return is_not(r, "has attributes that are no numbers");
    return true;
}

static bool read_wires(trace_reader *r, const json_t *list, trace_node *n, uint32_t place)
{
    n->nin = (int)json_array_size(list);
    n->in = trace_new(r->t, (size_t)n->nin, sizeof *n->in);
    for (int k = 0; k < n->nin; k++) {
        if (!find_node(r, json_array_get(list, (size_t)k), &n->in[k])) return false;
        if (n->in[k] >= place) return is_not(r, "has itself as an input");
    }
    return true;
}

static bool read_node(trace_reader *r, const json_t *j, size_t i)
{
    trace_node *n = &r->t->node[i];
    const char *dtype = json_string_value(json_object_get(j, "dtype"));
    const char *role = json_string_value(json_object_get(j, "role"));
    const json_t *same = json_object_get(j, "same_as");
    at(r, "nodes[%zu]", i);
    if (!read_whole(r, json_object_get(j, "id"), &n->id)) return false;
    if (i && n->id <= n[-1].id) return is_not(r, "has an id that is not above the one before");
    n->op = json_string_value(json_object_get(j, "op"));
    if (!n->op) return is_not(r, "has no op");
    n->name = json_string_value(json_object_get(j, "name"));
    if (!n->name) n->name = n->op;
    n->narrow = dtype && !strcmp(dtype, "f32");
    n->integer = dtype && (!strcmp(dtype, "i64") || !strcmp(dtype, "u8"));
    n->constant = json_is_true(json_object_get(j, "constant"));
    n->asked = !role ? !n->integer : !strcmp(role, "input");
    n->root = (uint32_t)i;
    if (!read_wires(r, json_object_get(j, "inputs"), n, (uint32_t)i)) return false;
    if (same && !find_node(r, same, &n->root)) return false;
    if (!read_attributes(r, j, n) || !read_numbers(r, json_object_get(j, "value"), &n->value))
        return false;
    if (!n->value.v) return is_not(r, "has no value");
    return read_shape(r, json_object_get(j, "shape"), &n->value);
}

/* ---- steps ------------------------------------------------------------------------------ */

static bool read_step(trace_reader *r, const json_t *j, size_t i)
{
    trace_step *s = &r->t->step[i];
    int64_t wire = 0;
    at(r, "steps[%zu]", i);
    if (!find_node(r, json_object_get(j, "node"), &s->node) ||
        !read_whole(r, json_object_get(j, "wire"), &wire))
        return false;
    if (wire < 0 || wire >= r->t->node[s->node].nin)
        return is_not(r, "has a wire that its node has not");
    s->wire = (int)wire;
    s->has_before = json_object_get(j, "before") != NULL;
    s->has_after = json_object_get(j, "after") != NULL;
    return read_numbers(r, json_object_get(j, "upstream"), &s->upstream) &&
           read_numbers(r, json_object_get(json_object_get(j, "local"), "value"), &s->local) &&
           read_numbers(r, json_object_get(j, "contribution"), &s->contribution) &&
           read_numbers(r, json_object_get(j, "before"), &s->before) &&
           read_numbers(r, json_object_get(j, "after"), &s->after);
}

/* ---- ledger and results ----------------------------------------------------------------- */

static bool read_route(trace_reader *r, const json_t *j, trace_route *p)
{
    const json_t *through = json_object_get(j, "through"), *factors = json_object_get(j, "factors");
    p->length = json_array_size(through);
    if (!p->length || json_array_size(factors) != p->length ||
        !read_real(json_object_get(j, "product"), &p->product))
        return is_not(r, "has a route without as many factors as gates, or without a product");
    p->through = trace_new(r->t, p->length, sizeof *p->through);
    p->factor = trace_new(r->t, p->length, sizeof *p->factor);
    for (size_t i = 0; i < p->length; i++)
        if (!find_node(r, json_array_get(through, i), &p->through[i]) ||
            !(read_real(json_array_get(factors, i), &p->factor[i]) ||
              is_not(r, "has a factor that is no number")))
            return false;
    return true;
}

static bool read_account(trace_reader *r, const json_t *j, size_t i)
{
    trace_account *a = &r->t->account[i];
    const json_t *list = json_object_get(j, "steps"), *routes = json_object_get(j, "routes");
    int64_t n = 0;
    at(r, "fan_in[%zu]", i);
    if (!find_node(r, json_object_get(j, "wire"), &a->wire)) return false;
    a->steps = json_array_size(list);
    a->step = trace_new(r->t, a->steps, sizeof *a->step);
    for (size_t k = 0; k < a->steps; k++) {
        if (!read_whole(r, json_array_get(list, k), &n)) return false;
        if (n < 1 || (size_t)n > r->t->steps) return is_not(r, "names a step that is not there");
        a->step[k] = (size_t)n - 1;
    }
    a->routes = json_array_size(routes);
    a->route = trace_new(r->t, a->routes, sizeof *a->route);
    for (size_t k = 0; k < a->routes; k++)
        if (!read_route(r, json_array_get(routes, k), &a->route[k])) return false;
    return read_numbers(r, json_object_get(j, "sum"), &a->sum);
}

static bool read_gradient(trace_reader *r, const json_t *j, size_t i)
{
    trace_gradient *g = &r->t->gradient[i];
    at(r, "gradients[%zu]", i);
    return find_node(r, json_object_get(j, "node"), &g->node) &&
           read_numbers(r, json_object_get(j, "value"), &g->value);
}

/* ---- the file --------------------------------------------------------------------------- */

/* How long the list is; it must be there if it is needed. */
static bool list_of(trace_reader *r, const char *key, bool needed, const json_t **list, size_t *n)
{
    *list = json_object_get(r->t->root, key);
    *n = json_array_size(*list);
    at(r, "%s", key);
    return json_is_array(*list) || (!*list && !needed) || is_not(r, "should be a list");
}

static bool read_nodes(trace_reader *r)
{
    const json_t *list;
    size_t n;
    if (!list_of(r, "nodes", true, &list, &n)) return false;
    r->t->node = trace_new(r->t, n, sizeof *r->t->node);
    for (size_t i = 0; i < n; i++) {
        r->t->nodes = i; /* a node's inputs are looked up among those before it */
        if (!read_node(r, json_array_get(list, i), i)) return false;
    }
    r->t->nodes = n;
    at(r, "output");
    return find_node(r, json_object_get(r->t->root, "output"), &r->t->output);
}

static bool read_steps(trace_reader *r)
{
    const json_t *list;
    if (!list_of(r, "steps", true, &list, &r->t->steps)) return false;
    r->t->step = trace_new(r->t, r->t->steps, sizeof *r->t->step);
    for (size_t i = 0; i < r->t->steps; i++)
        if (!read_step(r, json_array_get(list, i), i)) return false;
    return true;
}

static bool read_accounts(trace_reader *r)
{
    const json_t *list;
    if (!list_of(r, "fan_in", false, &list, &r->t->accounts)) return false;
    r->t->has_accounts = list != NULL;
    r->t->account = trace_new(r->t, r->t->accounts, sizeof *r->t->account);
    for (size_t i = 0; i < r->t->accounts; i++)
        if (!read_account(r, json_array_get(list, i), i)) return false;
    return true;
}

static bool read_gradients(trace_reader *r)
{
    const json_t *list;
    if (!list_of(r, "gradients", true, &list, &r->t->gradients)) return false;
    r->t->gradient = trace_new(r->t, r->t->gradients, sizeof *r->t->gradient);
    for (size_t i = 0; i < r->t->gradients; i++)
        if (!read_gradient(r, json_array_get(list, i), i)) return false;
    return true;
}

static bool read_all(trace_reader *r)
{
    const char *schema = json_string_value(json_object_get(r->t->root, "schema"));
    const char *ties = json_string_value(json_object_get(r->t->root, "ties"));
    at(r, "schema");
    if (!schema || strcmp(schema, "explain/1")) return is_not(r, "is not \"explain/1\"");
    r->t->strict_ties = ties && !strcmp(ties, "strict");
    return read_nodes(r) && read_steps(r) && read_accounts(r) && read_gradients(r);
}

bool trace_read(trace *t, FILE *from, const char *name, diag *d)
{
    json_error_t e;
    trace_reader r = {.t = t, .file = name, .d = d};
    *t = (trace){.root = json_loadf(from, JSON_REJECT_DUPLICATES, &e)};
    if (!t->root)
        return diag_set(d, E_FORMAT, NULL, (span){0, 0},
                        "%.200s: not JSON: %s (line %d, column %d)", name, e.text, e.line,
                        e.column);
    return read_all(&r) || is_not(&r, "cannot be read"); /* the first complaint stays */
}
