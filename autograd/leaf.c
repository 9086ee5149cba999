/* leaf.c - leaves and constants, numbers in and out, and the tick that gives
 * registers their new values. */
#include "internal.h"
#include <math.h>
#include <string.h>

const rg_op rg_op_leaf = {.abi = RG_OP_ABI, .name = "leaf", .formula = "input", .kind = RG_LEAF};

/* ---- leaves ---------------------------------------------------------------------- */

static rg_node *leaf_on(rg_tape *t, const rg_layout *l, void *numbers, bool read_only)
{
    rg_node *n = l ? rg_node_new(t, &rg_op_leaf, 0, l) : NULL;
    rg_leafrec *r = n ? rg_arena_get(&t->arena, sizeof *r, _Alignof(rg_leafrec)) : NULL;
    size_t bytes = l ? (size_t)l->count * rg_dtype_size(l->dtype) : 0;
    void *own = r && !numbers ? rg_arena_get(&t->arena, bytes ? bytes : 1, 64) : NULL;
    if (!r || (!numbers && !own)) return rg_fail(t, RG_NOMEM, &rg_op_leaf, "out of memory");
    if (own) memset(own, 0, bytes);
    memset(r, 0, sizeof *r);
    r->node = n;
    r->read_only = read_only;
    r->over = numbers != NULL;
    r->prev = t->leaves;
    t->leaves = r;
    n->attr = &r->attr;
    n->data = numbers ? numbers : own;
    return rg_node_record(t, n);
}

static rg_node *refuse_shape(rg_tape *t)
{
    return rg_fail(t, RG_SHAPE, &rg_op_leaf,
                   "leaf: rank must be 0 to %d and sizes at least 0, not too large", RG_MAX_RANK);
}

rg_node *rg_leaf(rg_tape *t, rg_dtype dtype, rg_shape shape)
{
    if (!t) return rg_fail(t, RG_USAGE, &rg_op_leaf, "no tape");
    if ((unsigned)dtype >= RG_DTYPES)
        return rg_fail(t, RG_DTYPE, &rg_op_leaf, "leaf: unknown dtype %d", (int)dtype);
    if (!rg_shape_ok(&shape)) return refuse_shape(t);
    return leaf_on(t, rg_layout_get(t, dtype, &shape, NULL), NULL, false);
}

rg_node *rg_leaf_from(rg_tape *t, rg_dtype dtype, rg_shape shape, const void *numbers, size_t count)
{
    rg_node *x = rg_leaf(t, dtype, shape);
    rg_status s = rg_write(x, dtype, numbers, count);
    return s ? rg_fail(t, s, &rg_op_leaf, "leaf: its numbers cannot be written") : x;
}

rg_node *rg_leaf_over(rg_tape *t, const rg_tensor *w, bool read_only)
{
    if (!t || !w || !w->data)
        return rg_fail(t, RG_USAGE, &rg_op_leaf, "leaf: no tape, or no memory to look at");
    if ((unsigned)w->dtype >= RG_DTYPES)
        return rg_fail(t, RG_DTYPE, &rg_op_leaf, "leaf: unknown dtype %d", (int)w->dtype);
    rg_shape s = {.rank = w->rank};
    memcpy(s.dim, w->dim, sizeof s.dim);
    if (!rg_shape_ok(&s)) return refuse_shape(t);
    return leaf_on(t, rg_layout_get(t, w->dtype, &s, w->stride), w->data, read_only);
}

rg_node *rg_scalar(rg_tape *t, double v) { return rg_leaf_from(t, RG_F64, rg_shape0(), &v, 1); }

rg_node *rg_counter(rg_tape *t)
{
    if (t->counter) return t->counter;
    rg_tensor w = {.data = &t->tick, .dtype = RG_I64};
    rg_node *n = rg_leaf_over(t, &w, true);
    if (!(n->flags & RG_ERRONEOUS)) t->counter = n;
    return n;
}

int64_t rg_next_stream(rg_tape *t) { return t->random_ops++; }
void rg_streams_from(rg_tape *t, int64_t number) { t->random_ops = number; }

/* ---- constants: one number, repeated by strides of 0 ----------------------------- */

static rg_status fill_shape(rg_making *m)
{
    m->dtype = (rg_dtype)m->attr->i[0];
    m->shape.rank = (int)m->attr->i[1];
    for (int i = 0; i < m->shape.rank; i++) m->shape.dim[i] = m->attr->i[2 + i];
    m->repeat = true;
    return RG_OK;
}

static rg_status fill_run(const rg_call *c)
{
    rg_convert(c->out.data, c->out.dtype, &c->attr->f[0], RG_F64, 1);
    return RG_OK;
}

const rg_op rg_op_fill = {.abi = RG_OP_ABI,
                          .name = "fill",
                          .formula = "constant",
                          .kind = RG_WHOLE,
                          .typed = true,
                          .shape = fill_shape,
                          .run = {fill_run, fill_run, fill_run, fill_run}};

rg_node *rg_const(rg_tape *t, rg_dtype dtype, rg_shape shape, double v)
{
    if (!t) return rg_fail(t, RG_USAGE, &rg_op_fill, "no tape");
    if ((unsigned)dtype >= RG_DTYPES)
        return rg_fail(t, RG_DTYPE, &rg_op_fill, "constant: unknown dtype %d", (int)dtype);
    if (!rg_shape_ok(&shape)) return refuse_shape(t);
    rg_attr a = {.f = {v}, .i = {dtype, shape.rank}};
    for (int i = 0; i < shape.rank; i++) a.i[2 + i] = shape.dim[i];
    return rg_apply_on(t, &rg_op_fill, 0, NULL, &a);
}

rg_node *rg_lit(const rg_node *like, double v)
{
    if (!like) return rg_fail(NULL, RG_USAGE, &rg_op_fill, "constant like nothing");
    if (like->flags & RG_ERRONEOUS)
        return rg_fail(rg_tape_of(like), RG_USAGE, &rg_op_fill, "constant like an error");
    return rg_const(rg_tape_of(like), like->layout->dtype, rg_shape0(), v);
}

/* ---- no gradient ----------------------------------------------------------------- */

static rg_status same_window(rg_making *m)
{
    memcpy(m->stride, m->in[0]->layout->stride, sizeof m->stride);
    return RG_OK;
}

const rg_op rg_op_detach = {
    .abi = RG_OP_ABI,
    .name = "detach",
    .formula = "{a}, without gradient",
    .kind = RG_VIEW,
    .nin = 1,
    .ints = true,
    .shape = same_window,
    .wire = {{NULL, "nothing flows: the wire was cut on purpose", {-2, 2, 0, 0}}}};

rg_node *rg_detach(rg_node *x) { return rg_apply(&rg_op_detach, 1, &x, NULL); }

/* ---- numbers in and out ---------------------------------------------------------- */

static bool writable(const rg_node *leaf)
{
    return rg_is_leaf(leaf) && !rg_leafrec_of(leaf)->read_only;
}

static rg_status erroneous(const rg_node *n)
{
    rg_tape *t = rg_tape_of(n);
    if (t && t->error.status) return t->error.status;
    return rg_refuse(t, RG_USAGE, NULL, "no node: NULL, or an error node of before a rewind");
}

static rg_status count_is(const rg_node *n, size_t count)
{
    if (count == (size_t)n->layout->count) return RG_OK;
    char text[RG_TEXT];
    rg_fail(rg_owner(n), RG_SHAPE, n->op, "%zu numbers given for %s", count, rg_node_text(n, text));
    return RG_SHAPE;
}

/* What the caller hands over to write from or to read into. */
static rg_status check_memory(const rg_node *n, rg_dtype dtype, const void *numbers, size_t count)
{
    rg_tape *t = rg_owner(n);
    if ((unsigned)dtype >= RG_DTYPES)
        return rg_refuse(t, RG_DTYPE, n->op, "unknown dtype %d", (int)dtype);
    if (numbers || !count) return RG_OK;
    return rg_refuse(t, RG_USAGE, n->op, "no memory given for %zu numbers", count);
}

static rg_status check_numbers(const rg_node *n, rg_dtype dtype, const void *numbers, size_t count)
{
    rg_status s = count_is(n, count);
    return s ? s : check_memory(n, dtype, numbers, count);
}

void rg_touch(rg_node *leaf)
{
    if (!rg_is_leaf(leaf)) return;
    rg_leafrec *r = rg_leafrec_of(leaf);
    int64_t len = (int64_t)rg_owner(leaf)->len;
    if (r->changed == len) return;
    memmove(r->earlier + 1, r->earlier, sizeof r->earlier - sizeof *r->earlier);
    r->earlier[0] = r->changed;
    r->changed = len;
}

static rg_status must_be_writable(const rg_node *leaf)
{
    if (!leaf || (leaf->flags & RG_ERRONEOUS)) return erroneous(leaf);
    if (writable(leaf)) return RG_OK;
    char text[RG_TEXT];
    rg_fail(rg_owner(leaf), RG_USAGE, leaf->op,
            "only a leaf that is not read-only can be written: %s", rg_node_text(leaf, text));
    return RG_USAGE;
}

static rg_status write_numbers(rg_node *leaf, rg_dtype dtype, const void *from, size_t first,
                               size_t count)
{
    rg_tensor w = rg_window(leaf);
    size_t size = rg_dtype_size(w.dtype), bytes = count * size;
    rg_touch(leaf);
    if (leaf->layout->dense) {
        rg_convert((char *)w.data + first * size, w.dtype, from, dtype, (int64_t)count);
        return RG_OK;
    }
    void *tmp = rg_scratch(rg_owner(leaf), bytes);
    if (!tmp) return RG_NOMEM;
    rg_convert(tmp, w.dtype, from, dtype, (int64_t)count);
    rg_unpack_part(&w, tmp, (int64_t)first, (int64_t)count);
    rg_scratch_free(rg_owner(leaf), tmp, bytes);
    return RG_OK;
}

rg_status rg_write(rg_node *leaf, rg_dtype dtype, const void *from, size_t count)
{
    rg_status s = must_be_writable(leaf);
    if (!s) s = check_numbers(leaf, dtype, from, count);
    return s ? s : write_numbers(leaf, dtype, from, 0, count);
}

rg_status rg_write_part(rg_node *leaf, rg_dtype dtype, const void *from, size_t first, size_t count)
{
    rg_status s = must_be_writable(leaf);
    size_t all = s ? 0 : (size_t)leaf->layout->count;
    if (!s && (first > all || count > all - first)) {
        char text[RG_TEXT];
        rg_fail(rg_owner(leaf), RG_SHAPE, leaf->op, "%zu numbers from place %zu on given for %s",
                count, first, rg_node_text(leaf, text));
        return RG_SHAPE;
    }
    if (!s) s = check_memory(leaf, dtype, from, count);
    return s ? s : write_numbers(leaf, dtype, from, first, count);
}

static rg_status must_have_numbers(const rg_node *y)
{
    if (!y || (y->flags & RG_ERRONEOUS)) return erroneous(y);
    if (y->data) return RG_OK;
    rg_fail(rg_owner(y), RG_USAGE, y->op,
            "no value yet: the tape only records; call rg_eval first");
    return RG_USAGE;
}

rg_status rg_read(rg_node *y, rg_dtype dtype, void *to, size_t count)
{
    rg_status s = must_have_numbers(y);
    if (!s) s = check_numbers(y, dtype, to, count);
    if (s) return s;
    rg_tape *t = rg_owner(y);
    rg_tensor w = rg_window(y);
    y->flags |= RG_WAS_READ;
    t->read_at = (int64_t)t->len;
    if (w.dtype == dtype) return rg_pack(to, &w, 0, (int64_t)count), RG_OK;
    size_t bytes = count * rg_dtype_size(w.dtype);
    void *tmp = rg_scratch(t, bytes);
    if (!tmp) return RG_NOMEM;
    rg_pack(tmp, &w, 0, (int64_t)count);
    rg_convert(to, dtype, tmp, w.dtype, (int64_t)count);
    rg_scratch_free(t, tmp, bytes);
    return RG_OK;
}

double rg_value(rg_node *y)
{
    double v = (double)NAN;
    if (must_have_numbers(y) || count_is(y, 1)) return v;
    y->flags |= RG_WAS_READ;
    rg_owner(y)->read_at = (int64_t)rg_owner(y)->len;
    rg_convert(&v, RG_F64, y->data, y->layout->dtype, 1);
    return v;
}

/* ---- registers ------------------------------------------------------------------- */

static rg_status assign_shape(rg_making *m) { return m->shape = rg_shape_of(m->in[1]), RG_OK; }

static rg_status assign_run(const rg_call *c)
{
    rg_pack(c->out.data, &c->in[1], 0, rg_count(&c->out));
    return RG_OK;
}

/* Its value is the value to come: a copy, so that registers may be swapped. */
const rg_op rg_op_assign = {.abi = RG_OP_ABI,
                            .name = "assign",
                            .formula = "{a} <- {b}",
                            .kind = RG_WHOLE,
                            .nin = 2,
                            .ints = true,
                            .shape = assign_shape,
                            .run = {assign_run, assign_run, assign_run, assign_run}};

rg_node *rg_assign(rg_node *leaf, rg_node *v)
{
    rg_tape *t = rg_tape_of(leaf ? leaf : v);
    char a[RG_TEXT], b[RG_TEXT];
    if (!leaf || !v || (leaf->flags & RG_ERRONEOUS) || (v->flags & RG_ERRONEOUS))
        return rg_fail(t, RG_USAGE, &rg_op_assign, "assign: the leaf or its new value is missing");
    if (!writable(leaf))
        return rg_fail(t, RG_USAGE, &rg_op_assign, "assign: not a leaf that can be written: %s",
                       rg_node_text(leaf, a));
    if (leaf->layout->packed != v->layout->packed)
        return rg_fail(t, leaf->layout->dtype != v->layout->dtype ? RG_DTYPE : RG_SHAPE,
                       &rg_op_assign, "assign: the new value %s does not fit the leaf %s",
                       rg_node_text(v, a), rg_node_text(leaf, b));
    rg_leafrec *r = rg_leafrec_of(leaf);
    if (r->assigned)
        return rg_fail(t, RG_USAGE, &rg_op_assign,
                       "assign: %s was assigned before this tick, at line %d",
                       rg_node_text(leaf, a), r->assigned->line);
    rg_node *n = rg_apply(&rg_op_assign, 2, (rg_node *[]){leaf, v}, NULL);
    if (n->flags & RG_ERRONEOUS) return n;
    r->assigned = n;
    t->pending++;
    return n;
}

rg_node *rg_unassign(rg_node *leaf)
{
    rg_leafrec *r = rg_is_leaf(leaf) ? rg_leafrec_of(leaf) : NULL;
    if (!r || !r->assigned) return NULL;
    rg_node *value = rg_in(r->assigned, 1);
    r->assigned = NULL;
    rg_owner(leaf)->pending--;
    return value;
}

rg_status rg_commit(rg_tape *t)
{
    if (!t) return RG_USAGE;
    if (t->error.status) return t->error.status;
    for (rg_leafrec *r = t->leaves; r && t->pending; r = r->prev)
        if (r->assigned && must_have_numbers(r->assigned)) return t->error.status;
    for (rg_leafrec *r = t->leaves; r && t->pending; r = r->prev) {
        if (!r->assigned) continue;
        rg_tensor w = rg_window(r->node);
        rg_unpack(&w, r->assigned->data);
        rg_touch(r->node);
        r->assigned = NULL;
        t->pending--;
    }
    t->tick++;
    t->random_ops = 0;
    rg_touch(t->counter);
    return RG_OK;
}
