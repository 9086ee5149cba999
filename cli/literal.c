/* literal.c - numbers written out. */
#include "literal.h"
#include "lex.h"
#include "memory.h"
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const source *src;
    uint32_t pos;
    literal *out;
    diag *d;
    int depth; /* open brackets */
} reader;

/* What has been read of one pair of brackets. */
typedef struct group {
    rg_shape element; /* the shape that all elements must have   */
    int64_t columns;  /* of a finished row                       */
    int64_t rows;     /* finished                                */
    int64_t here;     /* elements in the row that is being read  */
    bool any;         /* element is known                        */
    uint32_t row_at;  /* where the row begins                    */
} group;

static bool refuse_literal(reader *r, uint32_t at, uint32_t len, const char *text, const char *help)
{
    diag_set(r->d, E_LITERAL, r->src, (span){at, len}, "%s", text);
    diag_help(r->d, "%s", help);
    return false;
}

static bool refuse_rank(reader *r, uint32_t at)
{
    return refuse_literal(r, at, 1, "a literal has at most 8 axes",
                          "brackets nest too deeply here");
}

static char peek(const reader *r) { return r->src->text[r->pos]; }

static void skip_space(reader *r)
{
    while (peek(r) && strchr(" \t\r\n", peek(r))) r->pos++;
}

static bool shapes_agree(const rg_shape *a, const rg_shape *b)
{
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

static void push_number(literal *x, double v)
{
    x->number = memory_grow(x->number, &x->cap, x->count + 1, sizeof *x->number);
    x->number[x->count++] = v;
}

/* A sign counts when something separates it from what stands before. */
static bool literal_sign(reader *r, double *sign)
{
    *sign = 1;
    if (peek(r) != '+' && peek(r) != '-') return true;
    char before = r->pos ? r->src->text[r->pos - 1] : ' ';
    char after = r->src->text[r->pos + 1];
    bool touches = (after >= '0' && after <= '9') || after == '.' || lex_name_start(after);
    if (!strchr(" \t\r\n,;[]=", before) || !touches)
        return refuse_literal(
            r, r->pos, 1, "an element of a literal is a number, not an expression",
            "[1 -2] has two elements; compute outside: a - b, or stack(a - b, c)");
    *sign = peek(r) == '-' ? -1 : 1;
    r->pos++;
    return true;
}

static bool literal_word(reader *r, double *v)
{
    uint32_t n = 0;
    while (lex_name_char(r->src->text[r->pos + n])) n++;
    if (!lex_constant(r->src->text + r->pos, n, v))
        return refuse_literal(r, r->pos, n, "an element of a literal is a number, pi, inf or nan",
                              "tensors are put together with stack(a, b) and concat(a, b)");
    r->pos += n;
    return true;
}

static bool literal_number(reader *r)
{
    double sign, v;
    const char *problem;
    uint32_t bad, n;
    if (!literal_sign(r, &sign)) return false;
    const char *s = r->src->text + r->pos;
    if (lex_name_start(*s)) {
        if (!literal_word(r, &v)) return false;
    } else {
        if (!strchr("0123456789.", *s) || !*s) {
            uint32_t code;
            size_t wide = *s ? utf8_char(s, r->src->len - r->pos, &code) : 0;
            return refuse_literal(r, r->pos, (uint32_t)wide, "a number was expected here",
                                  "write 3, 1 2 3 or [1 2; 3 4]: numbers, not expressions");
        }
        n = lex_number(s, &v, &problem, &bad);
        if (!n) return refuse_literal(r, r->pos, bad, problem, "write 0.5 or 2.0");
        r->pos += n;
        if (lex_name_start(peek(r)))
            return refuse_literal(r, r->pos, 1, "a number ends here without a separator",
                                  "put a blank, a comma or ; between elements");
    }
    push_number(r->out, sign * v);
    return true;
}

static bool literal_group(reader *r, bool open, rg_shape *shape);

/* One element, whose shape must be that of its neighbours. */
static bool literal_element(reader *r, group *g)
{
    uint32_t at = r->pos;
    rg_shape s = rg_shape0();
    if (peek(r) == '[' ? !literal_group(r, true, &s) : !literal_number(r)) return false;
    if (g->any && !shapes_agree(&s, &g->element)) {
        diag_set(r->d, E_LITERAL, r->src, (span){at, r->pos - at},
                 "ragged literal: elements of different shapes");
        diag_help(r->d, "every element must have the shape of the first");
        return false;
    }
    g->element = s;
    g->any = true;
    g->here++;
    return true;
}

static bool end_row(reader *r, group *g)
{
    if (g->here == 0)
        return refuse_literal(r, r->pos, 1, "a row without numbers", "drop one of the semicolons");
    if (g->rows > 0 && g->here != g->columns) {
        diag_set(r->d, E_LITERAL, r->src, (span){g->row_at, r->pos - g->row_at},
                 "ragged literal: row %lld has %lld element%s, row 1 has %lld",
                 (long long)g->rows + 1, (long long)g->here, g->here == 1 ? "" : "s",
                 (long long)g->columns);
        diag_help(r->d, "every row must be as long as the first");
        return false;
    }
    g->columns = g->here;
    g->rows++;
    g->here = 0;
    return true;
}

/* A comma must have an element on both sides. */
static bool literal_comma(reader *r, group *g)
{
    uint32_t at = r->pos++;
    skip_space(r);
    if (g->here == 0 || !peek(r) || strchr(",;]", peek(r)))
        return refuse_literal(r, at, 1, "a comma stands between two elements",
                              "drop it, or write the number");
    return true;
}

static bool step(reader *r, group *g)
{
    if (peek(r) == ',') return literal_comma(r, g);
    if (peek(r) != ';') return literal_element(r, g);
    if (!end_row(r, g)) return false;
    r->pos++;
    skip_space(r);
    g->row_at = r->pos;
    return true;
}

/* The shape of all rows: (columns) without a semicolon, else (rows, columns),
 * followed by that of the elements. */
static bool shape_of_group(reader *r, const group *g, uint32_t at, rg_shape *shape)
{
    *shape = g->rows ? rg_shape2(g->rows, g->columns) : rg_shape1(g->here);
    if (shape->rank + g->element.rank > RG_MAX_RANK) return refuse_rank(r, at);
    for (int i = 0; i < g->element.rank; i++) shape->dim[shape->rank++] = g->element.dim[i];
    return true;
}

/* The outermost brackets of a VALUE may be missing; one element alone then stands
 * for itself. */
static bool is_bare_element(const group *g) { return g->rows == 0 && g->here == 1; }

/* The group whose '[' is at pos (open), or all that is left. */
static bool literal_group(reader *r, bool open, rg_shape *shape)
{
    static const group empty = {0};
    group g = empty;
    uint32_t at = r->pos;
    if (open && ++r->depth > RG_MAX_RANK) return refuse_rank(r, at);
    if (open) r->pos++;
    skip_space(r);
    for (g.row_at = r->pos; peek(r) && peek(r) != ']'; skip_space(r))
        if (!step(r, &g)) return false;
    if (open != (peek(r) == ']') || (!open && r->pos < r->src->len)) {
        diag_set(r->d, E_BRACKET, r->src, (span){open ? at : r->pos, 1},
                 open ? "this bracket is never closed" : "nothing opens what is closed here");
        diag_help(r->d, open ? "add ]" : "drop it");
        return false;
    }
    if (g.rows == 0 && g.here == 0)
        return refuse_literal(r, at, open ? 2 : 1, "a literal needs at least one number",
                              "write 0 or [0 0]");
    if (g.rows > 0 && g.here > 0 && !end_row(r, &g)) return false;
    if (open) {
        r->pos++;
        r->depth--;
    }
    *shape = g.element;
    return (!open && is_bare_element(&g)) || shape_of_group(r, &g, at, shape);
}

bool literal_read(const source *src, uint32_t *pos, literal *out, diag *d)
{
    reader r = {src, *pos, out, d, 0};
    *out = (literal){0};
    if (!literal_group(&r, true, &out->shape)) {
        literal_free(out);
        return false;
    }
    *pos = r.pos;
    return true;
}

bool literal_read_value(const source *src, uint32_t pos, literal *out, diag *d)
{
    reader r = {src, pos, out, d, 0};
    *out = (literal){0};
    if (!literal_group(&r, false, &out->shape)) {
        literal_free(out);
        return false;
    }
    return true;
}

void literal_free(literal *x)
{
    free(x->number);
    *x = (literal){0};
}
