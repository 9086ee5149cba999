/* pooling.c - the largest or the mean of every window of the last two axes, and the ways
 * back. Max pooling has two linear ones that are each other's: share gives each winner
 * its part of the upstream, pick takes the mean over the winners; a second derivative
 * through which entry wins there is not. Mean pooling is linear itself. */
#define RG_NO_HERE
#include "axes.h"
#include "clones.h"
#include "ops.h"
#include "window2d.h"
#include <math.h>
#include <string.h>

typedef enum pooling { POOL_MAX, POOL_SHARE, POOL_PICK, POOL_MEAN, POOL_SPREAD } pooling;

enum {
    STRIP = 256,     /* windows at a time                              */
    PIECE = 1 << 15, /* numbers of the planes of one piece of work, about */
    IMAGE_SIZE = 6   /* attributes: size, stride, padding of height and width; h, w */
};

typedef struct rg_pool {
    int64_t h, w, ho, wo, size[2], stride[2], pad[2];
} rg_pool;

typedef struct strip { /* windows from .. to-1 of a row of windows */
    int64_t row, from, to;
} strip;

#define T       float
#define K(name) name##_f32
#include "pooling.inc"
#define T       double
#define K(name) name##_f64
#include "pooling.inc"

/* ---- shape -------------------------------------------------------------------------- */

static rg_pool pool_of(const rg_attr *a)
{
    rg_pool v = {.h = a->i[IMAGE_SIZE], .w = a->i[IMAGE_SIZE + 1]};
    for (int i = 0; i < 2; i++)
        v.size[i] = a->i[i], v.stride[i] = a->i[2 + i], v.pad[i] = a->i[4 + i];
    v.ho = rg_windows_along(v.h, v.pad[0], v.size[0], v.stride[0]);
    v.wo = rg_windows_along(v.w, v.pad[1], v.size[1], v.stride[1]);
    return v;
}

static rg_status refuse_pool(const rg_making *m, const char *why)
{
    char text[RG_TEXT];
    const int64_t *i = m->attr->i;
    return rg_refuse(m->tape, RG_SHAPE, m->op,
                     "%s: windows %lldx%lld, stride %lldx%lld, padding %lldx%lld on %s: %s",
                     m->op->name, (long long)i[0], (long long)i[1], (long long)i[2],
                     (long long)i[3], (long long)i[4], (long long)i[5],
                     rg_node_text(m->in[0], text), why);
}

static bool image_is(const rg_node *x, int64_t rows, int64_t columns)
{
    return x->layout->rank >= 2 && rg_dim_from_end(x, 1) == rows &&
           rg_dim_from_end(x, 0) == columns;
}

/* The last two axes become rows x columns, when the image is as the attributes say. */
static rg_status pooled_shape(rg_making *m, const rg_pool *v)
{
    if (!image_is(m->in[0], v->h, v->w)) return refuse_pool(m, "there is no image of two axes");
    if (v->h < 1 || v->w < 1) return refuse_pool(m, "there is nothing in the image");
    if (v->ho < 1 || v->wo < 1) return refuse_pool(m, "the window is larger than the padded image");
    m->shape.dim[m->shape.rank - 2] = v->ho;
    m->shape.dim[m->shape.rank - 1] = v->wo;
    return RG_OK;
}

static rg_status pool_shape(rg_making *m)
{
    rg_pool v = pool_of(m->attr);
    return pooled_shape(m, &v);
}

/* x and g: g has the leading axes of x and ends in rows x columns. */
static rg_status check_upstream(rg_making *m, int64_t rows, int64_t columns)
{
    const rg_layout *x = m->in[0]->layout, *g = m->in[1]->layout;
    char text[RG_TEXT];
    if (g->dtype == x->dtype && g->rank == x->rank && image_is(m->in[1], rows, columns) &&
        !memcmp(g->dim, x->dim, (size_t)(x->rank - 2) * sizeof *x->dim))
        return RG_OK;
    return rg_refuse(m->tape, RG_SHAPE, m->op, "%s: one upstream for each window, got %s",
                     m->op->name, rg_node_text(m->in[1], text));
}

static rg_status share_shape(rg_making *m)
{
    rg_pool v = pool_of(m->attr);
    rg_shape image = m->shape;
    rg_status s = pooled_shape(m, &v);
    m->shape = image;
    return s ? s : check_upstream(m, v.ho, v.wo);
}

static rg_status pick_shape(rg_making *m)
{
    rg_pool v = pool_of(m->attr);
    rg_status s = pooled_shape(m, &v);
    return s ? s : check_upstream(m, v.h, v.w);
}

static rg_status spread_shape(rg_making *m)
{
    rg_pool v = pool_of(m->attr);
    if (!image_is(m->in[0], v.ho, v.wo)) return refuse_pool(m, "one upstream for each window");
    m->shape.dim[m->shape.rank - 2] = v.h;
    m->shape.dim[m->shape.rank - 1] = v.w;
    return RG_OK;
}

/* ---- run: planes in pieces ------------------------------------------------------------ */

typedef struct pool_job {
    pooling how;
    rg_dtype dtype;
    rg_pool v;
    const char *x, *g;
    char *y;
    int64_t planes, piece;          /* planes of one piece                     */
    int64_t x_step, g_step, y_step; /* bytes of a plane                        */
} pool_job;

static void pool_piece(void *arg, int i)
{
    const pool_job *j = arg;
    int64_t end = (i + 1) * j->piece < j->planes ? (i + 1) * j->piece : j->planes;
    bool adds = j->how == POOL_SHARE || j->how == POOL_SPREAD;
    for (int64_t k = i * j->piece; k < end; k++) {
        const char *x = j->x ? j->x + k * j->x_step : NULL, *g = j->g ? j->g + k * j->g_step : NULL;
        char *y = j->y + k * j->y_step;
        if (adds) memset(y, 0, (size_t)j->y_step);
        if (j->dtype == RG_F32)
            pool_plane_f32(j->how, &j->v, x, g, y);
        else
            pool_plane_f64(j->how, &j->v, x, g, y);
    }
}

static int64_t plane_bytes(const rg_tensor *w)
{
    return w->dim[w->rank - 2] * w->dim[w->rank - 1] * (int64_t)rg_dtype_size(w->dtype);
}

static rg_status pool_run(pooling how, const rg_call *c)
{
    void *tmp[2] = {NULL, NULL};
    const char *in[2] = {NULL, NULL};
    rg_pool v = pool_of(c->attr);
    int64_t planes =
        rg_count(&c->out) * (int64_t)rg_dtype_size(c->out.dtype) / plane_bytes(&c->out);
    rg_status s = RG_OK;
    for (int k = 0; k < c->nin && !s; k++)
        if (!(in[k] = rg_dense_in(c, k, &tmp[k]))) s = RG_NOMEM;
    bool g_alone = how == POOL_SPREAD;
    pool_job j = {how,
                  c->out.dtype,
                  v,
                  g_alone ? NULL : in[0],
                  g_alone ? in[0] : in[1],
                  c->out.data,
                  planes,
                  1 + PIECE / (v.h * v.w),
                  plane_bytes(&c->in[0]),
                  plane_bytes(&c->in[c->nin - 1]),
                  plane_bytes(&c->out)};
    if (!s && planes) rg_parallel(c->tape, (int)((planes + j.piece - 1) / j.piece), pool_piece, &j);
    for (int k = c->nin; k-- > 0;) rg_dense_done(c, k, tmp[k]);
    return s;
}

static rg_status maxpool_run(const rg_call *c) { return pool_run(POOL_MAX, c); }
static rg_status share_run(const rg_call *c) { return pool_run(POOL_SHARE, c); }
static rg_status pick_run(const rg_call *c) { return pool_run(POOL_PICK, c); }
static rg_status avgpool_run(const rg_call *c) { return pool_run(POOL_MEAN, c); }
static rg_status spread_run(const rg_call *c) { return pool_run(POOL_SPREAD, c); }

/* ---- rules ------------------------------------------------------------------------------ */

extern const rg_op rg_op_maxpool2d, rg_op_maxpool2d_share, rg_op_maxpool2d_pick, rg_op_avgpool2d,
    rg_op_avgpool2d_back;

/* op of the image that y chose from, under the leading axes of g, and g. */
static rg_node *route(const rg_op *op, rg_node *y, rg_node *g)
{
    rg_node *x = rg_in(y, 0);
    rg_node *wide = rg_broadcast(x, rg_shape_under(g, y, x));
    return rg_apply(op, 2, (rg_node *[]){wide, g}, y->attr);
}

static void maxpool_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = route(&rg_op_maxpool2d_share, y, g);
}

static void share_vjp(rg_node *y, rg_node *h, const unsigned char *wanted, rg_node **out)
{
    if (wanted[1]) out[1] = route(&rg_op_maxpool2d_pick, y, h);
}

static void pick_vjp(rg_node *y, rg_node *h, const unsigned char *wanted, rg_node **out)
{
    if (wanted[1]) out[1] = route(&rg_op_maxpool2d_share, y, h);
}

static void avgpool_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_apply(&rg_op_avgpool2d_back, 1, &g, y->attr);
}

static void spread_vjp(rg_node *y, rg_node *h, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_apply(&rg_op_avgpool2d, 1, &h, y->attr);
}

/* ---- descriptors -------------------------------------------------------------------------- */

/* For the check: windows 3x2 that overlap, stride 2 and 1, padding 0 and 1. */
static const rg_attr overlapping = {.i = {3, 2, 2, 1, 0, 1}};

static rg_node *pool_with(const rg_op *op, int nin, rg_node *const *in, const rg_attr *how,
                          int64_t h, int64_t w)
{
    rg_attr a = *how;
    a.i[IMAGE_SIZE] = h, a.i[IMAGE_SIZE + 1] = w;
    return rg_apply(op, nin, in, &a);
}

static rg_node *of_image(const rg_op *op, int nin, rg_node *const *in)
{
    return pool_with(op, nin, in, &overlapping, rg_dim_from_end(in[0], 1),
                     rg_dim_from_end(in[0], 0));
}

static rg_node *maxpool_build(rg_node *const *in) { return of_image(&rg_op_maxpool2d, 1, in); }
static rg_node *share_build(rg_node *const *in) { return of_image(&rg_op_maxpool2d_share, 2, in); }
static rg_node *pick_build(rg_node *const *in) { return of_image(&rg_op_maxpool2d_pick, 2, in); }
static rg_node *avgpool_build(rg_node *const *in) { return of_image(&rg_op_avgpool2d, 1, in); }

static rg_node *spread_build(rg_node *const *in)
{
    return pool_with(&rg_op_avgpool2d_back, 1, in, &overlapping, 2 * rg_dim_from_end(in[0], 1) + 1,
                     rg_dim_from_end(in[0], 0) - 1);
}

const rg_op rg_op_maxpool2d = {
    .abi = RG_OP_ABI,
    .name = "maxpool2d",
    .formula = "largest in every window of {a}",
    .kind = RG_WHOLE,
    .nin = 1,
    .shape = pool_shape,
    .run = {maxpool_run, maxpool_run},
    .vjp = maxpool_vjp,
    .build = maxpool_build,
    .example = "2x5x3;1x5x4;0x5x3",
    .wire = {{"1 at the largest",
              "upstream to the largest of its window; winners share equally",
              {-2, 2, 0, 0}}}};

const rg_op rg_op_maxpool2d_share = {
    .abi = RG_OP_ABI,
    .name = "maxpool2d_share",
    .formula = "{b} to the largest in every window of {a}",
    .kind = RG_WHOLE,
    .nin = 2,
    .shape = share_shape,
    .run = {share_run, share_run},
    .vjp = share_vjp,
    .build = share_build,
    .example = "2x5x3 2x2x4;1x5x4 1x2x5;0x5x3 0x2x4",
    .wire = {{NULL, "a choice: nothing flows", {-2, 2, 0, 0}},
             {"1 at the largest", "the mean of the upstream over the winners", {-2, 2, 0, 0}}}};

const rg_op rg_op_maxpool2d_pick = {
    .abi = RG_OP_ABI,
    .name = "maxpool2d_pick",
    .formula = "{b} at the largest in every window of {a}",
    .kind = RG_WHOLE,
    .nin = 2,
    .shape = pick_shape,
    .run = {pick_run, pick_run},
    .vjp = pick_vjp,
    .build = pick_build,
    .example = "2x5x3 2x5x3;1x5x4 1x5x4;0x5x3 0x5x3",
    .wire = {{NULL, "a choice: nothing flows", {-2, 2, 0, 0}},
             {"1 at the largest",
              "upstream to the largest of its window; winners share equally",
              {-2, 2, 0, 0}}}};

const rg_op rg_op_avgpool2d = {
    .abi = RG_OP_ABI,
    .name = "avgpool2d",
    .formula = "mean of every window of {a}",
    .kind = RG_WHOLE,
    .nin = 1,
    .shape = pool_shape,
    .run = {avgpool_run, avgpool_run},
    .vjp = avgpool_vjp,
    .build = avgpool_build,
    .example = "2x5x3;1x5x4;0x5x3",
    .wire = {{"1/n", "upstream shared by all of its window", {-2, 2, 0, 0}}}};

const rg_op rg_op_avgpool2d_back = {
    .abi = RG_OP_ABI,
    .name = "avgpool2d_back",
    .formula = "{a} shared by every window",
    .kind = RG_WHOLE,
    .nin = 1,
    .shape = spread_shape,
    .run = {spread_run, spread_run},
    .vjp = spread_vjp,
    .build = spread_build,
    .example = "2x2x3;1x2x4;0x2x2",
    .wire = {{"1/n", "the mean of the upstream over every window", {-2, 2, 0, 0}}}};

/* ---- constructors --------------------------------------------------------------------------- */

static rg_node *pool_of_image(const rg_op *op, rg_node *x, const rg_pool_how *how)
{
    rg_attr a = {.i = {0}};
    char text[RG_TEXT];
    if (rg_is_bad(x)) return rg_apply(op, 1, &x, NULL);
    if (!how)
        return rg_fail(rg_tape_of(x), RG_USAGE, op, "%s of %s: how is NULL, and no window is usual",
                       op->name, rg_node_text(x, text));
    bool ok = true;
    for (int i = 0; i < 2; i++) {
        a.i[i] = how->size[i];
        a.i[2 + i] = how->stride[i] ? how->stride[i] : how->size[i];
        a.i[4 + i] = how->pad[i];
        ok &= a.i[i] > 0 && a.i[i] <= INT32_MAX && a.i[2 + i] > 0 && a.i[2 + i] <= INT32_MAX &&
              a.i[4 + i] >= 0 && a.i[4 + i] < a.i[i];
    }
    if (!ok)
        return rg_fail(rg_tape_of(x), RG_SHAPE, op,
                       "%s of %s: windows and strides are at least 1, padding is at least 0 and "
                       "less than the window",
                       op->name, rg_node_text(x, text));
    bool image = x->layout->rank >= 2;
    return pool_with(op, 1, &x, &a, image ? rg_dim_from_end(x, 1) : 0,
                     image ? rg_dim_from_end(x, 0) : 0);
}

rg_node *rg_maxpool2d_of(rg_node *x, const rg_pool_how *how)
{
    return pool_of_image(&rg_op_maxpool2d, x, how);
}
rg_node *rg_avgpool2d_of(rg_node *x, const rg_pool_how *how)
{
    return pool_of_image(&rg_op_avgpool2d, x, how);
}

rg_node *rg_maxpool2d(rg_node *x, int64_t k)
{
    return rg_maxpool2d_of(x, &(rg_pool_how){{k, k}, {0, 0}, {0, 0}});
}
rg_node *rg_avgpool2d(rg_node *x, int64_t k)
{
    return rg_avgpool2d_of(x, &(rg_pool_how){{k, k}, {0, 0}, {0, 0}});
}
