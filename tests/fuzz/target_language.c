/* target_language.c - what people write at a shell: expressions, values, specs, optimizers. */
#define RG_NO_HERE
#include "build.h"
#include "expression.h"
#include "fuzz.h"
#include "memory.h"
#include "nn.h"
#include "optim.h"
#include "resolve.h"
#include <string.h>

enum { SHORT = 160, MEMORY = 8 << 20 };

static void show(const diag *d)
{
    static FILE *nowhere;
    if (!nowhere) nowhere = fopen("/dev/null", "w");
    diag_render(nowhere, d, ERROR, (diag_style){true, d->code % 2 == 0});
    FUZZ_PROMISE(d->code && d->text[0] && diag_status(d) > 0);
}

/* ---- values ------------------------------------------------------------------------ */

void fuzz_value(const uint8_t *data, size_t n)
{
    char *text = fuzz_text(data, n);
    source src = {NULL, text, n};
    literal v;
    diag d = {0};
    if (literal_read_value(&src, 0, &v, &d)) {
        int64_t count = 1;
        for (int k = 0; k < v.shape.rank; k++) count *= v.shape.dim[k];
        FUZZ_PROMISE((size_t)count == v.count && v.count > 0);
    } else
        show(&d);
    literal_free(&v);
    free(text);
}

/* ---- expressions -------------------------------------------------------------------- */

static rg_node *some_leaf(rg_tape *t, uint32_t k, rg_dtype d)
{
    static const double number[] = {1, -2, 0.5, 3, 0, 2, -1, 1.5, 0.25};
    static const rg_shape shape[] = {{0, {0}}, {1, {3}}, {2, {3, 3}}, {2, {3, 1}}, {1, {1}}};
    static const size_t count[] = {1, 3, 9, 3, 1};
    rg_node *x = rg_leaf(t, d, shape[k % 5]);
    rg_write(x, RG_F64, number, count[k % 5]);
    return x;
}

/* Every free name is a leaf; the program is recorded and the gradient of its sum asked for. */
static void evaluate(program *p, const source *src, rg_dtype dtype)
{
    fuzz_memory m = {0, MEMORY};
    rg_config cfg = {.mem = fuzz_mem, .ud = &m};
    diag d = {0};
    expression x = {.src = *src, .p = *p, .dtype = dtype};
    x.in.item = memory_new(p->names.n, sizeof *x.in.item);
    x.tape = rg_tape_new(&cfg);
    for (uint32_t k = 0; k < p->names.n; k++) {
        const name_entry *name = &p->names.entry[k];
        if (p->first_use[k] == PARSE_NONE) continue;
        FUZZ_PROMISE(names_number(&x.in.names, name->text, name->len) == (uint32_t)x.in.n);
        x.in.item[x.in.n] = (input){.name = name->text, .len = name->len, .used = true};
        x.in.item[x.in.n].node = some_leaf(x.tape, k, dtype);
        x.in.n++;
    }
    if (build_program(&x, &d)) {
        rg_node *g[1], *y = rg_sum(x.out, RG_ALL_AXES);
        FUZZ_PROMISE(x.out && (rg_error_of(x.tape)->status || rg_count_of(x.out) >= 0));
        if (x.in.n && x.in.item[0].node) rg_grad(y, NULL, 1, &x.in.item[0].node, g);
    } else
        show(&d);
    rg_tape_free(x.tape);
    FUZZ_PROMISE(m.live == 0);
    inputs_free(&x.in);
    free(x.end);
    free(x.value);
}

void fuzz_expression(const uint8_t *data, size_t n)
{
    char *text = fuzz_text(data, n);
    source src = {NULL, text, n};
    program p = {0};
    diag d = {0};
    if (!program_parse(&p, &src, &d) || !program_resolve(&p, &d))
        show(&d);
    else if (n <= SHORT)
        evaluate(&p, &src, n % 2 ? RG_F32 : RG_F64);
    program_free(&p);
    free(text);
}

/* ---- networks and optimizers as text -------------------------------------------------- */

/* What was read, written and read again is the same. */
void fuzz_spec(const uint8_t *data, size_t n)
{
    enum { ROOM = 128 * 64 };
    static char line[ROOM], again[ROOM];
    char *text = fuzz_text(data, n);
    rg_spec s, same;
    rg_error e = {0};
    if (rg_spec_parse(&s, text, &e) == RG_OK) {
        FUZZ_PROMISE(s.layers > 0 && s.layers <= RG_LAYERS && s.outputs > 0);
        FUZZ_PROMISE(rg_spec_write(&s, line, sizeof line) == RG_OK);
        FUZZ_PROMISE(rg_spec_parse(&same, line, &e) == RG_OK);
        FUZZ_PROMISE(rg_spec_write(&same, again, sizeof again) == RG_OK);
        FUZZ_PROMISE(!strcmp(line, again) && s.layers == same.layers && s.outputs == same.outputs);
    } else
        FUZZ_PROMISE(e.status == RG_USAGE && e.text[0]);
    free(text);
}

/* What is accepted makes a step on a parameter. */
void fuzz_optimizer(const uint8_t *data, size_t n)
{
    char *text = fuzz_text(data, n);
    rg_optim_config c = {0};
    rg_group g = {0};
    rg_error e = {0};
    if (rg_optim_parse(&c, &g, text, &e) == RG_OK) {
        fuzz_memory m = {0, MEMORY};
        rg_config cfg = {.mem = fuzz_mem, .ud = &m};
        rg_tape *t = rg_tape_new(&cfg);
        rg_node *w = rg_leaf(t, RG_F64, rg_shape1(3));
        g.n = 1;
        g.param = &w;
        rg_optim *o = rg_optim_new(t, &c, 1, &g);
        if (o) rg_optim_step(o, rg_sum(rg_square(rg_offset(w, 1)), RG_ALL_AXES));
        rg_commit(t);
        rg_optim_free(o);
        rg_tape_free(t);
        FUZZ_PROMISE(m.live == 0);
    } else
        FUZZ_PROMISE(e.status == RG_USAGE && e.text[0]);
    free(text);
}
