/* conv2d.c - convolution over height and width, and its two gradients. Each of the
 * three has a rule made of the others, so there is no end to differentiating. The three
 * share one list of attributes; conv_run.c does the work. */
#define RG_NO_HERE
#include "axes.h"
#include "conv.h"
#include "ops.h"
#include <string.h>

extern const rg_op rg_op_conv2d, rg_op_conv2d_back_x, rg_op_conv2d_back_w;

/* Attributes: stride, padding and dilation of height and width, groups, and the sizes
 * that a gradient does not see: of the image, of the window. */
enum { STRIDE, PAD = 2, DILATION = 4, GROUPS = 6, IMAGE = 7, WINDOW = 9 };

/* The last four sizes of images, weights and results; NULL: to be found. */
typedef struct sides {
    const int64_t *x, *w, *y;
} sides;

/* Which input is which, by op; -1: the result. */
typedef struct places {
    int x, w, y;
} places;

static const places of_conv2d = {0, 1, -1}, of_back_x = {-1, 1, 0}, of_back_w = {0, -1, 1};

/* ---- shape -------------------------------------------------------------------------- */

static void sizes_of(rg_conv *v, const rg_attr *a, sides s)
{
    for (int i = 0; i < 2; i++) {
        v->stride[i] = a->i[STRIDE + i];
        v->pad[i] = a->i[PAD + i];
        v->dilation[i] = a->i[DILATION + i];
    }
    v->groups = a->i[GROUPS];
    v->h = a->i[IMAGE], v->w = a->i[IMAGE + 1];
    v->kh = a->i[WINDOW], v->kw = a->i[WINDOW + 1];
    v->n = s.x ? s.x[0] : s.y[0];
    v->o = s.w ? s.w[0] : s.y[1];
    v->c = s.x ? s.x[1] : s.w[1] * v->groups;
    v->ho = rg_windows_along(v->h, v->pad[0], v->dilation[0] * (v->kh - 1) + 1, v->stride[0]);
    v->wo = rg_windows_along(v->w, v->pad[1], v->dilation[1] * (v->kw - 1) + 1, v->stride[1]);
}

/* What is wrong with the sizes; NULL: nothing. */
static const char *misfit(const rg_conv *v, sides s)
{
    if (v->kh < 1 || v->kw < 1) return "a window has at least one row and one column";
    if (v->o % v->groups || v->c % v->groups)
        return "channels and outputs must be multiples of the groups";
    if (v->ho < 1 || v->wo < 1) return "the window is larger than the padded image";
    if (s.w && s.w[1] * v->groups != v->c) return "the weights are for another number of channels";
    if (s.x && (s.x[2] != v->h || s.x[3] != v->w)) return "the image has another size";
    if (s.w && (s.w[2] != v->kh || s.w[3] != v->kw)) return "the window has another size";
    if (s.y && (s.y[0] != v->n || s.y[1] != v->o || s.y[2] != v->ho || s.y[3] != v->wo))
        return "the results have another size";
    return NULL;
}

static rg_status refuse_conv(const rg_making *m, const char *why)
{
    char a[RG_TEXT], b[RG_TEXT];
    const int64_t *i = m->attr->i;
    return rg_refuse(m->tape, RG_SHAPE, m->op,
                     "%s: %s with %s (stride %lldx%lld, padding %lldx%lld, groups %lld): %s",
                     m->op->name, rg_node_text(m->in[0], a), rg_node_text(m->in[1], b),
                     (long long)i[STRIDE], (long long)i[STRIDE + 1], (long long)i[PAD],
                     (long long)i[PAD + 1], (long long)i[GROUPS], why);
}

static const int64_t *last_four(const rg_making *m, int k)
{
    return k < 0 ? NULL : m->in[k]->layout->dim + m->in[k]->layout->rank - 4;
}

static rg_status conv_shape(rg_making *m, places p)
{
    const rg_layout *a = m->in[0]->layout, *b = m->in[1]->layout;
    char ta[RG_TEXT], tb[RG_TEXT];
    if (a->dtype != b->dtype)
        return rg_refuse(m->tape, RG_DTYPE, m->op,
                         "%s: element types differ: %s and %s; rg_cast converts", m->op->name,
                         rg_node_text(m->in[0], ta), rg_node_text(m->in[1], tb));
    if (a->rank < 4 || a->rank != b->rank ||
        memcmp(a->dim, b->dim, (size_t)(a->rank - 4) * sizeof *a->dim))
        return refuse_conv(m, "images are (n, c, h, w), weights (o, c/groups, kh, kw)");
    sides s = {last_four(m, p.x), last_four(m, p.w), last_four(m, p.y)};
    if (s.w && !s.x && m->attr->i[GROUPS] > (s.w[0] ? s.w[0] : 1))
        return refuse_conv(m, "more groups than outputs");
    rg_conv v;
    sizes_of(&v, m->attr, s);
    const char *why = misfit(&v, s);
    if (why) return refuse_conv(m, why);
    int64_t found[][4] = {
        {v.n, v.c, v.h, v.w}, {v.o, v.c / v.groups, v.kh, v.kw}, {v.n, v.o, v.ho, v.wo}};
    memcpy(m->shape.dim + a->rank - 4, found[p.x < 0 ? 0 : p.w < 0 ? 1 : 2], sizeof *found);
    return RG_OK;
}

static rg_status conv2d_shape(rg_making *m) { return conv_shape(m, of_conv2d); }
static rg_status back_x_shape(rg_making *m) { return conv_shape(m, of_back_x); }
static rg_status back_w_shape(rg_making *m) { return conv_shape(m, of_back_w); }

/* ---- run: one batch of images and one set of weights after the other ------------------ */

static rg_status run_conv(rg_tape *t, const rg_conv *v, places p, const void *a, const void *b,
                          void *out)
{
    if (p.x < 0) return rg_conv_back_x(t, v, a, b, out);
    if (p.w < 0) return rg_conv_back_w(t, v, a, b, out);
    return rg_conv_forward(t, v, a, b, out);
}

/* Bytes of the last four axes. */
static size_t step_of(const rg_tensor *w)
{
    size_t n = rg_dtype_size(w->dtype);
    for (int i = w->rank - 4; i < w->rank; i++) n *= (size_t)w->dim[i];
    return n;
}

static rg_status run_each(const rg_call *c, places p, const char *a, const char *b)
{
    const rg_tensor *w[] = {&c->in[0], &c->in[1]};
    const int64_t *last[] = {w[0]->dim + w[0]->rank - 4, w[1]->dim + w[1]->rank - 4};
    sides s = {p.x < 0 ? NULL : last[p.x], p.w < 0 ? NULL : last[p.w], p.y < 0 ? NULL : last[p.y]};
    rg_conv v = {.dtype = c->out.dtype};
    sizes_of(&v, c->attr, s);
    int64_t batch = 1;
    for (int i = 0; i < c->out.rank - 4; i++) batch *= c->out.dim[i];
    char *out = c->out.data;
    rg_status status = RG_OK;
    for (int64_t i = 0; i < batch && !status; i++) {
        status = run_conv(c->tape, &v, p, a, b, out);
        a += step_of(w[0]);
        b += step_of(w[1]);
        out += step_of(&c->out);
    }
    return status;
}

static rg_status conv_run(const rg_call *c, places p)
{
    void *tmp[2];
    const char *a = rg_dense_in(c, 0, &tmp[0]), *b = a ? rg_dense_in(c, 1, &tmp[1]) : NULL;
    rg_status s = b ? run_each(c, p, a, b) : RG_NOMEM;
    if (b) rg_dense_done(c, 1, tmp[1]);
    if (a) rg_dense_done(c, 0, tmp[0]);
    return s;
}

static rg_status conv2d_run(const rg_call *c) { return conv_run(c, of_conv2d); }
static rg_status back_x_run(const rg_call *c) { return conv_run(c, of_back_x); }
static rg_status back_w_run(const rg_call *c) { return conv_run(c, of_back_w); }

/* ---- rules ---------------------------------------------------------------------------- */

/* op on images or results, of any number of leading axes, and weights. Where all share
 * their weights, the leading axes are more images. */
static rg_node *conv_with(const rg_op *op, rg_node *a, rg_node *w, const rg_attr *attr)
{
    rg_node *in[] = {a, w};
    if (rg_is_bad(a) || rg_is_bad(w) || w->layout->rank != 4 || a->layout->rank < 3 ||
        a->layout->rank == 4)
        return rg_apply(op, 2, in, attr);
    rg_shape whole = rg_shape_of(a), flat = {.rank = 4, .dim = {1}};
    int lead = whole.rank - 3;
    for (int i = 0; i < lead; i++) flat.dim[0] *= whole.dim[i];
    memcpy(flat.dim + 1, whole.dim + lead, 3 * sizeof *flat.dim);
    in[0] = rg_reshape(a, flat);
    rg_node *y = rg_apply(op, 2, in, attr);
    if (rg_is_bad(y)) return y;
    memcpy(whole.dim + lead, y->layout->dim + 1, 3 * sizeof *whole.dim);
    return rg_reshape(y, whole);
}

/* x, an input of y, with the leading axes that g has more than y. */
static rg_node *under(rg_node *g, const rg_node *y, rg_node *x)
{
    return rg_broadcast(x, rg_shape_under(g, y, x));
}

/* Weights that all share stay as they are: conv_with knows what to do. */
static rg_node *weights_under(rg_node *g, const rg_node *y, rg_node *w)
{
    return w->layout->rank == 4 ? w : under(g, y, w);
}

static void conv2d_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *x = rg_in(y, 0), *w = rg_in(y, 1);
    if (wanted[0]) out[0] = conv_with(&rg_op_conv2d_back_x, g, weights_under(g, y, w), y->attr);
    if (wanted[1])
        out[1] = rg_apply(&rg_op_conv2d_back_w, 2, (rg_node *[]){under(g, y, x), g}, y->attr);
}

static void back_x_vjp(rg_node *y, rg_node *h, const unsigned char *wanted, rg_node **out)
{
    rg_node *g = rg_in(y, 0), *w = rg_in(y, 1);
    if (wanted[0]) out[0] = conv_with(&rg_op_conv2d, h, weights_under(h, y, w), y->attr);
    if (wanted[1])
        out[1] = rg_apply(&rg_op_conv2d_back_w, 2, (rg_node *[]){h, under(h, y, g)}, y->attr);
}

static void back_w_vjp(rg_node *y, rg_node *h, const unsigned char *wanted, rg_node **out)
{
    rg_node *x = rg_in(y, 0), *g = rg_in(y, 1);
    if (wanted[0]) out[0] = conv_with(&rg_op_conv2d_back_x, under(h, y, g), h, y->attr);
    if (wanted[1]) out[1] = conv_with(&rg_op_conv2d, under(h, y, x), h, y->attr);
}

/* For the check: stride 2 and 1, padding 1 and 0, as many groups as the channels say. */
static const rg_conv_how checked = {{2, 1}, {1, 0}, {1, 2}, 1};

static rg_node *conv2d_build(rg_node *const *in)
{
    rg_conv_how how = checked;
    int64_t c = rg_dim_from_end(in[1], 2);
    if (c) how.groups = rg_dim_from_end(in[0], 2) / c;
    return rg_conv2d_of(in[0], in[1], &how);
}

static rg_node *back_x_build(rg_node *const *in)
{
    int64_t h = 2 * (rg_dim_from_end(in[0], 1) - 1) + rg_dim_from_end(in[1], 1) - 1;
    int64_t w = rg_dim_from_end(in[0], 0) + 2 * (rg_dim_from_end(in[1], 0) - 1);
    return rg_conv2d_back_x(in[0], in[1], h, w, &checked);
}

static rg_node *back_w_build(rg_node *const *in)
{
    int64_t kw = (rg_dim_from_end(in[0], 0) - rg_dim_from_end(in[1], 0)) / 2 + 1;
    return rg_conv2d_back_w(in[0], in[1], 2, kw, &checked);
}

/* ---- descriptors ------------------------------------------------------------------------ */

/* A multiplication and an addition for each result and each weight that it takes in. */
static double conv_flops(const rg_tensor *y, const rg_tensor *w)
{
    const int64_t *taps = w->dim + w->rank - 3;
    return 2 * (double)rg_count(y) * (double)(taps[0] * taps[1] * taps[2]);
}

static double conv2d_flops(const rg_tensor *in, const rg_tensor *out)
{
    return conv_flops(out, &in[1]);
}

static double back_x_flops(const rg_tensor *in, const rg_tensor *out)
{
    (void)out;
    return conv_flops(&in[0], &in[1]);
}

static double back_w_flops(const rg_tensor *in, const rg_tensor *out)
{
    return conv_flops(&in[1], out);
}

const rg_op rg_op_conv2d = {
    .abi = RG_OP_ABI,
    .name = "conv2d",
    .formula = "conv2d({a}, {b})",
    .kind = RG_WHOLE,
    .nin = 2,
    .shape = conv2d_shape,
    .run = {conv2d_run, conv2d_run},
    .flops = conv2d_flops,
    .vjp = conv2d_vjp,
    .build = conv2d_build,
    .example =
        "2x2x3x4 3x2x2x2;2x4x3x3 2x2x2x2;3x2x2x3x3 3x1x2x2x2;0x1x3x3 2x1x2x2;2x0x3x3 1x0x2x2",
    .wire = {{"{b} at every window",
              "upstream through the weights, added up where windows overlap",
              {-2, 2, 0, 0}},
             {"{a} under every window",
              "upstream times the image, added up over all windows",
              {-2, 2, 0, 0}}}};

const rg_op rg_op_conv2d_back_x = {
    .abi = RG_OP_ABI,
    .name = "conv2d_back_x",
    .formula = "conv2d^T({a}, {b})",
    .kind = RG_WHOLE,
    .nin = 2,
    .shape = back_x_shape,
    .run = {back_x_run, back_x_run},
    .flops = back_x_flops,
    .vjp = back_x_vjp,
    .build = back_x_build,
    .example = "2x3x2x2 3x2x2x2;2x2x2x1x2 2x2x1x2x2;0x2x2x2 2x1x2x2",
    .wire = {{"{b} at every window", "conv2d of the upstream with the weights", {-2, 2, 0, 0}},
             {"{a} under every window",
              "upstream times the results, added up over all windows",
              {-2, 2, 0, 0}}}};

const rg_op rg_op_conv2d_back_w = {
    .abi = RG_OP_ABI,
    .name = "conv2d_back_w",
    .formula = "sum over windows of {b} times {a}",
    .kind = RG_WHOLE,
    .nin = 2,
    .shape = back_w_shape,
    .run = {back_w_run, back_w_run},
    .flops = back_w_flops,
    .vjp = back_w_vjp,
    .build = back_w_build,
    .example = "2x2x3x4 2x3x2x2;2x1x2x2x4 2x1x2x2x2;0x1x3x4 0x2x2x2",
    .wire = {
        {"{b} at every window", "upstream as weights, turned round, on the results", {-2, 2, 0, 0}},
        {"{a} under every window",
         "conv2d of the images with the upstream as weights",
         {-2, 2, 0, 0}}}};

/* ---- constructors ----------------------------------------------------------------------- */

static int64_t or_one(int64_t v) { return v ? v : 1; }

/* False: a stride, padding, dilation or number of groups that cannot be. */
static bool attr_of(rg_attr *a, const rg_conv_how *how)
{
    static const rg_conv_how usual = {.groups = 1};
    if (!how) how = &usual;
    *a = (rg_attr){.i = {[GROUPS] = or_one(how->groups)}};
    bool ok = a->i[GROUPS] > 0;
    for (int i = 0; i < 2; i++) {
        a->i[STRIDE + i] = or_one(how->stride[i]);
        a->i[PAD + i] = how->pad[i];
        a->i[DILATION + i] = or_one(how->dilation[i]);
        for (int k = 0; k < 3; k++) ok &= a->i[2 * k + i] >= 0 && a->i[2 * k + i] <= INT32_MAX;
    }
    return ok;
}

static rg_node *refuse_how(const rg_op *op, const rg_node *x)
{
    char text[RG_TEXT];
    return rg_fail(rg_tape_of(x), RG_SHAPE, op,
                   "%s of %s: strides, dilations and groups are at least 1, padding at least 0, "
                   "all below 2^31",
                   op->name, rg_node_text(x, text));
}

/* The sizes of axes 1 and 0 from the end, into two attributes; 0 where there are none. */
static void note_sizes(rg_attr *a, int at, const rg_node *x)
{
    for (int i = 0; i < 2 && x->layout->rank >= 2; i++) a->i[at + i] = rg_dim_from_end(x, 1 - i);
}

rg_node *rg_conv2d_of(rg_node *x, rg_node *w, const rg_conv_how *how)
{
    rg_attr a;
    if (rg_is_bad(x) || rg_is_bad(w)) return conv_with(&rg_op_conv2d, x, w, NULL);
    if (!attr_of(&a, how)) return refuse_how(&rg_op_conv2d, x);
    note_sizes(&a, IMAGE, x);
    note_sizes(&a, WINDOW, w);
    return conv_with(&rg_op_conv2d, x, w, &a);
}

rg_node *rg_conv2d(rg_node *x, rg_node *w, int64_t stride, int64_t pad)
{
    /* 0 is no stride here: nobody means the default by it. */
    rg_conv_how how = {{stride ? stride : -1, stride ? stride : -1}, {pad, pad}, {1, 1}, 1};
    return rg_conv2d_of(x, w, &how);
}

rg_node *rg_conv2d_back_x(rg_node *g, rg_node *w, int64_t height, int64_t width,
                          const rg_conv_how *how)
{
    rg_attr a;
    if (rg_is_bad(g) || rg_is_bad(w)) return conv_with(&rg_op_conv2d_back_x, g, w, NULL);
    if (!attr_of(&a, how) || height < 0 || width < 0) return refuse_how(&rg_op_conv2d_back_x, g);
    a.i[IMAGE] = height, a.i[IMAGE + 1] = width;
    note_sizes(&a, WINDOW, w);
    return conv_with(&rg_op_conv2d_back_x, g, w, &a);
}

rg_node *rg_conv2d_back_w(rg_node *x, rg_node *g, int64_t rows, int64_t columns,
                          const rg_conv_how *how)
{
    rg_node *in[] = {x, g};
    rg_attr a;
    if (rg_is_bad(x) || rg_is_bad(g)) return rg_apply(&rg_op_conv2d_back_w, 2, in, NULL);
    if (!attr_of(&a, how)) return refuse_how(&rg_op_conv2d_back_w, x);
    note_sizes(&a, IMAGE, x);
    a.i[WINDOW] = rows, a.i[WINDOW + 1] = columns;
    return rg_apply(&rg_op_conv2d_back_w, 2, in, &a);
}
