/* node.c - how a node comes onto the tape: layouts, rg_apply, what can be read
 * from a node afterwards. */
#include "internal.h"
#include <stdio.h>
#include <string.h>

/* ---- layouts --------------------------------------------------------------------- */

static void dense_strides(const rg_shape *s, int64_t *stride)
{
    int64_t step = 1;
    for (int i = s->rank; i-- > 0;) {
        stride[i] = step;
        step *= s->dim[i];
    }
}

static unsigned hash_of(rg_dtype dtype, const rg_shape *s, const int64_t *stride)
{
    uint64_t h = (uint64_t)dtype * 31 + (uint64_t)s->rank;
    for (int i = 0; i < s->rank; i++) {
        h = h * 0x9E3779B97F4A7C15u + (uint64_t)s->dim[i];
        h = h * 0x9E3779B97F4A7C15u + (uint64_t)stride[i];
    }
    return (unsigned)(h >> 32 ^ h) % 64;
}

static bool layout_is(const rg_layout *l, rg_dtype dtype, const rg_shape *s, const int64_t *stride)
{
    size_t n = (size_t)s->rank * sizeof *stride;
    return l->dtype == dtype && l->rank == s->rank && !memcmp(l->dim, s->dim, n) &&
           !memcmp(l->stride, stride, n);
}

static bool same_as_dense(const rg_shape *s, const int64_t *stride, const int64_t *dense,
                          int64_t count)
{
    if (count == 0) return true;
    for (int i = 0; i < s->rank; i++)
        if (s->dim[i] > 1 && stride[i] != dense[i]) return false;
    return true;
}

/* Sizes of 0 do not hide others: strides are products, too. */
bool rg_shape_ok(const rg_shape *s)
{
    if (s->rank < 0 || s->rank > RG_MAX_RANK) return false;
    int64_t most = INT64_MAX / 16, product = 1;
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] < 0 || (s->dim[i] && product > most / s->dim[i])) return false;
        if (s->dim[i]) product *= s->dim[i];
    }
    return true;
}

const rg_layout *rg_layout_get(rg_tape *t, rg_dtype dtype, const rg_shape *shape,
                               const int64_t *stride)
{
    int64_t dense[RG_MAX_RANK], count = 1;
    dense_strides(shape, dense);
    for (int i = 0; i < shape->rank; i++) count *= shape->dim[i];
    if (!stride || same_as_dense(shape, stride, dense, count)) stride = dense;
    rg_layout **head = &t->bucket[hash_of(dtype, shape, stride)];
    for (rg_layout *l = *head; l; l = l->next)
        if (layout_is(l, dtype, shape, stride)) return l;

    const rg_layout *packed = NULL;
    if (stride != dense && !(packed = rg_layout_get(t, dtype, shape, NULL))) return NULL;
    rg_layout *l = rg_arena_get(&t->forever, sizeof *l, _Alignof(rg_layout));
    if (!l) return NULL;
    memset(l, 0, sizeof *l);
    l->tape = t;
    l->dtype = dtype;
    l->rank = shape->rank;
    l->dense = stride == dense;
    l->count = count;
    memcpy(l->dim, shape->dim, (size_t)shape->rank * sizeof *l->dim);
    memcpy(l->stride, stride, (size_t)shape->rank * sizeof *stride);
    l->packed = packed ? packed : l;
    l->next = *head;
    return *head = l;
}

/* ---- recording ------------------------------------------------------------------- */

static rg_node *no_memory(rg_tape *t, const rg_op *op)
{
    return rg_fail(t, RG_NOMEM, op, "out of memory");
}

rg_node *rg_node_new(rg_tape *t, const rg_op *op, int nin, const rg_layout *layout)
{
    if (t->len == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 256;
        rg_node **p = rg_mem_resize(&t->mem, t->node, t->cap * sizeof *p, cap * sizeof *p);
        if (!p) return NULL;
        t->node = p;
        t->cap = cap;
    }
    rg_node *n = rg_arena_get(&t->arena, sizeof *n + (size_t)nin * sizeof n, _Alignof(rg_node));
    if (!n) return NULL;
    *n = (rg_node){.op = op, .layout = layout, .id = (uint32_t)t->len, .nin = (uint16_t)nin};
    return n;
}

/* Big ones on cache lines. A layout that is not dense repeats one number. */
bool rg_give_numbers(rg_tape *t, rg_node *y)
{
    int64_t count = y->layout->dense ? y->layout->count : 1;
    size_t bytes = (size_t)count * rg_dtype_size(y->layout->dtype);
    y->data = rg_arena_get(&t->arena, bytes ? bytes : 1, bytes > 32 ? 64 : 8);
    return y->data != NULL;
}

static bool keep_attr(rg_tape *t, rg_node *y, const rg_attr *attr)
{
    rg_attr *a = rg_arena_get(&t->arena, sizeof *a, _Alignof(rg_attr));
    if (a) *a = *attr;
    y->attr = a;
    return a != NULL;
}

/* A shape rule or a kernel said no; one from outside may not have said why. */
static rg_node *refused(rg_tape *t, const rg_op *op, rg_status s)
{
    return rg_fail(t, s, op, "%s: %s", op->name, rg_status_text(s));
}

static rg_node *finish(rg_tape *t, rg_node *y, rg_node *const *in, const rg_attr *attr)
{
    if (y->nin) memcpy(rg_ins(y), in, (size_t)y->nin * sizeof *in);
    if (attr && !keep_attr(t, y, attr)) return no_memory(t, y->op);
    if (t->cfg.lazy) return rg_node_record(t, y);
    if (y->op->kind != RG_VIEW && !rg_give_numbers(t, y)) return no_memory(t, y->op);
    rg_status s = rg_compute(y);
    return s ? refused(t, y->op, s) : rg_node_record(t, y);
}

/* On the tape where the error node was made, the error waits already. Elsewhere, or
 * after a rewind, nobody would hear of it. */
static void refuse_error_node(rg_tape *t, const rg_op *op, int k)
{
    rg_fail(t, RG_USAGE, op,
            "%s: input %d is an error node: of NULL, of another tape, or of before a rewind",
            op->name, k + 1);
}

static bool same_tape(rg_tape *t, const rg_op *op, int nin, rg_node *const *in)
{
    for (int k = 0; k < nin; k++) {
        if (!in[k]) {
            rg_fail(t, RG_USAGE, op,
                    "%s: input %d is NULL: an absent gradient, or a node never made", op->name,
                    k + 1);
            return false;
        }
        if (in[k]->flags & RG_ERRONEOUS) {
            refuse_error_node(t, op, k);
            return false;
        }
        if (rg_owner(in[k]) != t) {
            char a[RG_TEXT], b[RG_TEXT];
            rg_fail(t, RG_USAGE, op, "%s: inputs live on two tapes: %s and %s", op->name,
                    rg_node_text(in[0], a), rg_node_text(in[k], b));
            return false;
        }
    }
    return true;
}

static rg_node *do_not_fit(rg_tape *t, const rg_op *op, const rg_node *a, const rg_node *b)
{
    char ta[RG_TEXT], tb[RG_TEXT];
    bool types = a->layout->dtype != b->layout->dtype;
    return rg_fail(t, types ? RG_DTYPE : RG_SHAPE, op, "%s: %s differ: %s and %s%s", op->name,
                   types ? "element types" : "shapes", rg_node_text(a, ta), rg_node_text(b, tb),
                   types ? "; rg_cast converts" : "");
}

static bool dtype_fits(const rg_op *op, rg_dtype d)
{
    return op->kind == RG_ELEMENTWISE ? op->tile[d] != NULL
                                      : op->kind == RG_VIEW || op->run[d] != NULL;
}

/* Elementwise, all inputs of one shape and dtype: most nodes come this way. */
static rg_node *apply_elementwise(rg_tape *t, const rg_op *op, int nin, rg_node *const *in,
                                  const rg_attr *attr)
{
    const rg_layout *l = in[0]->layout->packed;
    for (int k = 1; k < nin; k++)
        if (in[k]->layout->packed != l) return do_not_fit(t, op, in[0], in[k]);
    if (!op->tile[l->dtype])
        return rg_fail(t, RG_DTYPE, op, "%s does not take %s", op->name, rg_dtype_text(l->dtype));
    rg_node *y = rg_node_new(t, op, nin, l);
    if (!y) return no_memory(t, op);
    return finish(t, y, in, attr);
}

static rg_node *apply_general(rg_tape *t, const rg_op *op, int nin, rg_node *const *in,
                              const rg_attr *attr)
{
    rg_making m = {.tape = t, .op = op, .nin = nin, .in = in, .attr = attr, .dtype = RG_F64};
    if (nin) {
        m.dtype = in[0]->layout->dtype;
        m.shape = rg_shape_of(in[0]);
    }
    rg_status s = op->shape ? op->shape(&m) : RG_OK;
    if (s) return refused(t, op, s);
    if (!rg_shape_ok(&m.shape))
        return rg_fail(t, RG_SHAPE, op, "%s: a size is negative or too large", op->name);
    rg_dtype d = nin ? in[0]->layout->dtype : m.dtype;
    if (!dtype_fits(op, d))
        return rg_fail(t, RG_DTYPE, op, "%s does not take %s", op->name, rg_dtype_text(d));
    const rg_layout *l =
        rg_layout_get(t, m.dtype, &m.shape, op->kind == RG_VIEW || m.repeat ? m.stride : NULL);
    rg_node *y = l ? rg_node_new(t, op, nin, l) : NULL;
    return y ? finish(t, y, in, attr) : no_memory(t, op);
}

rg_node *rg_apply_on(rg_tape *t, const rg_op *op, int nin, rg_node *const *in, const rg_attr *attr)
{
    if (!t) return rg_fail(NULL, RG_USAGE, op, "no tape");
    if (!op) return rg_fail(t, RG_USAGE, NULL, "no op to apply");
    if (!same_tape(t, op, nin, in)) return t->failed;
    if (op->abi != RG_OP_ABI)
        return rg_fail(t, RG_USAGE, op, "op of abi %d, this library has %d", op->abi, RG_OP_ABI);
    if (op->nin >= 0 && op->nin != nin)
        return rg_fail(t, RG_USAGE, op, "%s takes %d inputs, got %d", op->name, op->nin, nin);
    bool elementwise = op->kind == RG_ELEMENTWISE;
    if (nin < elementwise || nin > (elementwise ? RG_WIRES : UINT16_MAX))
        return rg_fail(t, RG_USAGE, op, "%s: %d inputs; at most %d are possible", op->name, nin,
                       elementwise ? RG_WIRES : UINT16_MAX);
    if (t->len == UINT32_MAX) return rg_fail(t, RG_NOMEM, op, "the tape is full: 2^32 nodes");
    if (op->kind == RG_ELEMENTWISE && !op->shape) return apply_elementwise(t, op, nin, in, attr);
    return apply_general(t, op, nin, in, attr);
}

/* The short way for single numbers, on which scalar programs live: one comparison of
 * layouts tells that tape, shape and dtype agree, and that none is the error node.
 * NULL: take the long way, which knows what is wrong if anything is. */
static rg_node *apply_to_numbers(const rg_op *op, int nin, rg_node *const *in, const rg_attr *attr)
{
    const rg_layout *l = in[0]->layout;
    rg_tape *t = l->tape;
    if (l->count != 1 || !t || (in[0]->flags & RG_ERRONEOUS) || op->kind != RG_ELEMENTWISE ||
        op->shape || op->nin != nin || op->abi != RG_OP_ABI || !op->tile[l->dtype] || t->cfg.lazy ||
        t->len == t->cap || nin > RG_WIRES)
        return NULL;
    const void *numbers[RG_WIRES];
    for (int k = 0; k < nin; k++) {
        if (!in[k] || in[k]->layout != l) return NULL;
        numbers[k] = in[k]->data;
    }
    size_t wires = (size_t)nin * sizeof *in, kept = attr ? sizeof *attr : 0;
    rg_node *y =
        rg_arena_get(&t->arena, sizeof *y + wires + kept + sizeof(double), _Alignof(rg_node));
    if (!y) return NULL;
    *y = (rg_node){.op = op, .layout = l, .id = (uint32_t)t->len, .nin = (uint16_t)nin};
    char *p = (char *)(y + 1);
    for (int k = 0; k < nin; k++) rg_ins(y)[k] = in[k];
    if (attr) y->attr = memcpy(p + wires, attr, sizeof *attr);
    y->data = p + wires + kept;
    op->tile[l->dtype](1, y->data, numbers, attr);
    return rg_node_record(t, y);
}

rg_node *rg_apply(const rg_op *op, int nin, rg_node *const *in, const rg_attr *attr)
{
    rg_node *y = op && nin > 0 && in[0] ? apply_to_numbers(op, nin, in, attr) : NULL;
    if (y) return y;
    rg_tape *t = NULL;
    for (int k = 0; k < nin && !t; k++) t = in[k] ? rg_owner(in[k]) : NULL;
    return rg_apply_on(t, op, nin, in, attr);
}

/* ---- reading a node -------------------------------------------------------------- */

rg_node *rg_node_at(const rg_tape *t, int64_t id)
{
    return t && id >= 0 && id < (int64_t)t->len ? t->node[id] : NULL;
}

rg_tape *rg_tape_of(const rg_node *n) { return n ? n->layout->tape : NULL; }
bool rg_is_leaf(const rg_node *n) { return n && n->op == &rg_op_leaf; }
rg_dtype rg_dtype_of(const rg_node *n) { return n ? n->layout->dtype : RG_F64; }
int64_t rg_count_of(const rg_node *n) { return n ? n->layout->count : 0; }

rg_shape rg_shape_of(const rg_node *n)
{
    rg_shape s = {0};
    if (!n) return s;
    s.rank = n->layout->rank;
    memcpy(s.dim, n->layout->dim, sizeof s.dim);
    return s;
}

rg_tensor rg_window(const rg_node *n)
{
    rg_tensor w = {.data = n->data, .dtype = n->layout->dtype, .rank = n->layout->rank};
    memcpy(w.dim, n->layout->dim, sizeof w.dim);
    memcpy(w.stride, n->layout->stride, sizeof w.stride);
    return w;
}

rg_tensor rg_peek(const rg_node *y)
{
    if (y && !(y->flags & RG_ERRONEOUS)) return rg_window(y);
    return (rg_tensor){0};
}

const char *rg_dtype_text(rg_dtype d)
{
    static const char *const text[RG_DTYPES] = {"f32", "f64", "i64", "u8"};
    return (unsigned)d < RG_DTYPES ? text[d] : "unknown dtype";
}

size_t rg_dtype_size(rg_dtype d)
{
    static const size_t size[RG_DTYPES] = {4, 8, 8, 1};
    return (unsigned)d < RG_DTYPES ? size[d] : 0;
}

const char *rg_shape_text(rg_shape s, char buf[RG_TEXT])
{
    size_t n = 0;
    snprintf(buf, RG_TEXT, "scalar");
    for (int i = 0; i < s.rank && i < RG_MAX_RANK && n < RG_TEXT - 24; i++)
        n += (size_t)snprintf(buf + n, RG_TEXT - n, "%s%lld", i ? "x" : "", (long long)s.dim[i]);
    return buf;
}

const char *rg_node_text(const rg_node *n, char buf[RG_TEXT])
{
    char shape[RG_TEXT];
    const char *name = rg_name_of(n), *file = rg_file_of(n);
    const char *slash = file ? strrchr(file, '/') : NULL;
    int used = snprintf(buf, RG_TEXT, "%.60s%s%.80s %s", name ? name : "", name ? " " : "",
                        rg_shape_text(rg_shape_of(n), shape), rg_dtype_text(rg_dtype_of(n)));
    if (file && used > 0 && used < RG_TEXT)
        snprintf(buf + used, (size_t)(RG_TEXT - used), " (%.60s:%d)", slash ? slash + 1 : file,
                 n->line);
    return buf;
}
