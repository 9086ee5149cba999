/* example.c - example shapes parsed, and numbers drawn for them. */
#include "internal.h"
#include "example.h"
#include <string.h>

/* ---- parsing ------------------------------------------------------------------------ */

int rg_example_count(const char *example)
{
    int n = example && *example ? 1 : 0;
    for (const char *p = example; n && *p; p++) n += *p == ';';
    return n;
}

static bool parse_number(const char **p, int64_t *v)
{
    if (**p < '0' || **p > '9') return false;
    for (*v = 0; **p >= '0' && **p <= '9'; (*p)++) {
        if (*v > INT32_MAX) return false;
        *v = 10 * *v + (**p - '0');
    }
    return true;
}

/* [i] { [s] size } joined by x, then [< below]. */
static bool parse_input(const char **p, rg_example_input *in)
{
    bool index = **p == 'i', more = true;
    memset(in, 0, sizeof *in);
    *p += index;
    while (more) {
        if (**p == 's') in->square = true, (*p)++;
        if (in->shape.rank == RG_MAX_RANK || !parse_number(p, &in->shape.dim[in->shape.rank++]))
            return false;
        more = **p == 'x';
        *p += more;
    }
    if (!index) return true;
    if (*(*p)++ != '<') return false;
    return parse_number(p, &in->below) && in->below > 0;
}

int rg_example_parse(const char *example, int which, rg_example_input in[RG_WIRES])
{
    const char *p = example;
    int n = 0;
    if (which < 0 || which >= rg_example_count(example)) return -1;
    for (; which; p++) which -= *p == ';';
    for (;;) {
        if (n == RG_WIRES || !parse_input(&p, &in[n++])) return -1;
        if (*p == ';' || !*p) return n;
        if (*p++ != ' ') return -1;
    }
}

/* ---- numbers ------------------------------------------------------------------------ */

const rg_wire *rg_example_wire(const rg_op *op, int k)
{
    if (k >= RG_WIRES) k = RG_WIRES - 1;
    while (k > 0 && !op->wire[k].why) k--;
    return &op->wire[k];
}

bool rg_example_switch(const rg_op *op, int k)
{
    bool others_flow = false;
    for (int i = 0; i < RG_WIRES; i++) others_flow |= op->wire[i].local != NULL;
    return others_flow && !rg_example_wire(op, k)->local;
}

static int64_t numbers_in(const rg_shape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++) n *= s->dim[i];
    return n;
}

/* A third of the way between neighbours at least, all over the domain: no ties. */
static double in_domain(const rg_op *op, const rg_domain *d, int64_t place, int64_t places,
                        rg_chance *chance)
{
    double lo = d->lo, hi = d->hi;
    if (lo == 0 && hi == 0) lo = -2, hi = 2;
    double step = (hi - lo) / (double)places,
           x = lo + step * ((double)place + .33 + .34 * rg_chance_unit(chance));
    if (fabs(x) < d->kink) x += x < 0 ? -d->kink : d->kink;
    for (int i = 0; i < 4 && !op->build; i++) { /* bounds and deltas, of either sign */
        double typical = i < 2 ? op->typical[i] : -op->typical[i - 2];
        if (typical != 0 && fabs(x - typical) < .05) x += x < typical ? -.05 : .05;
    }
    return x;
}

static double in_square(const rg_shape *s, int64_t i, rg_chance *chance)
{
    int64_t n = s->dim[s->rank - 1], at = i % (n * n); /* there is an element: n > 0 */
    return 2 * rg_chance_unit(chance) - 1 + (at / n == at % n ? (double)n + 1 : 0);
}

static void shuffle(int64_t *place, int64_t n, rg_chance *chance)
{
    for (int64_t i = 0; i < n; i++) place[i] = i;
    for (int64_t i = n; i > 1; i--) {
        int64_t j = rg_chance_below(chance, i), kept = place[j];
        place[j] = place[i - 1];
        place[i - 1] = kept;
    }
}

/* ---- leaves ------------------------------------------------------------------------- */

static void lay(rg_tensor *w, rg_lie lie)
{
    int64_t step = lie == RG_LIE_STEPPED ? 2 : lie == RG_LIE_REVERSED ? -1 : 1;
    for (int i = 0; i < w->rank; i++) {
        int axis = lie == RG_LIE_TRANSPOSED ? i : w->rank - 1 - i;
        w->stride[axis] = step;
        step *= w->dim[axis];
    }
    if (lie == RG_LIE_REPEATED && w->rank > 1) w->stride[0] = 0;
}

static rg_node *leaf_lying(rg_tape *t, rg_dtype dtype, const rg_example_input *in, rg_lie lie)
{
    rg_tensor w = {.dtype = dtype, .rank = in->shape.rank};
    int64_t n = numbers_in(&in->shape);
    size_t size = rg_dtype_size(dtype);
    if (n == 0 || lie == RG_LIE_DENSE || (in->square && lie == RG_LIE_REPEATED))
        return rg_leaf(t, dtype, in->shape);
    memcpy(w.dim, in->shape.dim, sizeof w.dim);
    lay(&w, lie);
    char *p = rg_arena_get(&t->arena, 2 * (size_t)n * size, 64);
    if (!p) return rg_fail(t, RG_NOMEM, NULL, "out of memory");
    memset(p, 0, 2 * (size_t)n * size);
    w.data = lie == RG_LIE_REVERSED ? p + (size_t)(n - 1) * size : p;
    return rg_leaf_over(t, &w, false);
}

/* place: among how many numbers of all inputs together each one is the how-manieth. */
static void example_numbers(const rg_op *op, const rg_example_input *in, int k, int64_t n,
                            const int64_t *place, int64_t places, rg_chance *chance, double *to)
{
    const rg_domain *d = &rg_example_wire(op, k)->dom;
    for (int64_t i = 0; i < n; i++) {
        if (in->below)
            to[i] = (double)rg_chance_below(chance, in->below);
        else if (in->square)
            to[i] = in_square(&in->shape, i, chance);
        else if (rg_example_switch(op, k) && rg_chance_unit(chance) < .5)
            to[i] = 0;
        else
            to[i] = in_domain(op, d, place[i], places, chance);
    }
}

rg_status rg_example_draw(rg_tape *t, const rg_op *op, int n, const rg_example_input *in,
                          rg_dtype dtype, rg_lie lie, rg_chance *chance, rg_node **leaf)
{
    int64_t places = 0, used = 0;
    for (int k = 0; k < n; k++) places += numbers_in(&in[k].shape);
    size_t bytes = (size_t)places * (sizeof(double) + sizeof(int64_t));
    double *number = rg_scratch(t, bytes);
    if (!number) return RG_NOMEM;
    int64_t *place = (int64_t *)(void *)(number + places);
    shuffle(place, places, chance);
    for (int k = 0; k < n; k++) {
        int64_t count = numbers_in(&in[k].shape);
        example_numbers(op, &in[k], k, count, place + used, places, chance, number);
        leaf[k] = leaf_lying(t, in[k].below ? RG_I64 : dtype, &in[k], lie);
        rg_write(leaf[k], RG_F64, number, (size_t)count);
        used += count;
    }
    rg_scratch_free(t, number, bytes);
    return t->error.status;
}
