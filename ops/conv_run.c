/* conv_run.c - the three products of a convolution: panels of unrolled images times
 * weights (values), weights times results rolled up again (gradient of the images),
 * results times panels (gradient of the weights). */
#define RG_NO_HERE
#include "conv.h"
#include "clones.h"
#include "gemm.h"
#include <stdatomic.h>
#include <string.h>

enum {
    RUN = 8,           /* neighbours that are moved at once                                */
    PANEL = 1 << 18,   /* bytes of a panel, about: beside weights of that size in the L2   */
    WIDE = 1 << 20,    /* where every panel makes one more sum of weights: fewer panels    */
    COLUMNS = 256,     /* windows that are many: enough for weights that come from far     */
    WORKERS = 8,       /* pieces of work, each with room for one panel while it runs       */
    PARTIAL = 1 << 23, /* bytes of partial sums of a weight gradient at most               */
    STRETCH = 1 << 13  /* numbers of a piece of adding partial sums up                     */
};

/* Windows of some rows of one image, or of some whole images; one group of channels. */
typedef struct panel {
    int64_t group, image, images, row, rows, cols;
} panel;

/* Tap i of the height, for the rows of a panel; tap j of the width. */
static rg_tap tap_down(const rg_conv *v, const panel *p, int64_t i)
{
    return rg_tap_at(i * v->dilation[0] - v->pad[0], v->stride[0], v->h, p->row, p->row + p->rows);
}

static rg_tap tap_along(const rg_conv *v, int64_t j)
{
    return rg_tap_at(j * v->dilation[1] - v->pad[1], v->stride[1], v->w, 0, v->wo);
}

static int64_t first_plane(const rg_conv *v, const panel *p)
{
    return (p->image * v->c + p->group * (v->c / v->groups)) * v->h * v->w;
}

#define T       float
#define K(name) name##_f32
#include "conv_panel.inc"
#define T       double
#define K(name) name##_f64
#include "conv_panel.inc"

static void gather_panel(const rg_conv *v, const panel *p, const void *x, void *to)
{
    if (v->dtype == RG_F32)
        gather_panel_f32(v, p, x, to);
    else
        gather_panel_f64(v, p, x, to);
}

static void spread_panel(const rg_conv *v, const panel *p, void *x, const void *from)
{
    if (v->dtype == RG_F32)
        spread_panel_f32(v, p, x, from);
    else
        spread_panel_f64(v, p, x, from);
}

static void add_up(rg_dtype d, void *to, const void *from, int64_t n)
{
    if (d == RG_F32)
        add_up_f32(to, from, n);
    else
        add_up_f64(to, from, n);
}

/* ---- how the work is cut ----------------------------------------------------------- */

static int64_t taps(const rg_conv *v) { return v->c / v->groups * v->kh * v->kw; }
static int64_t outputs(const rg_conv *v) { return v->o / v->groups; }
static int64_t bytes_for(const rg_conv *v, int64_t n)
{
    return n * (int64_t)rg_dtype_size(v->dtype);
}
static int64_t the_larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t the_smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t parts(int64_t n, int64_t size) { return (n + size - 1) / size; }

/* Blocks of images; a block of one large image has several bands of rows. */
typedef struct cut {
    int64_t images, blocks, rows, bands;
} cut;

/* Panels of about so many bytes. Images of few windows share one, as long as there are
 * enough panels; larger ones have their results where they belong without a copy. */
static cut cut_of(const rg_conv *v, int64_t bytes)
{
    int64_t windows = v->ho * v->wo, most = bytes / bytes_for(v, taps(v));
    if (bytes_for(v, outputs(v) * taps(v)) > PANEL) most = the_larger(most, COLUMNS);
    cut c = {1, 0, v->ho, 0};
    if (windows > most)
        c.rows = the_larger(1, most / v->wo);
    else if (windows < COLUMNS)
        c.images = the_larger(1, the_smaller(most / windows, v->n / WORKERS));
    c.blocks = parts(v->n, c.images);
    c.bands = parts(v->ho, c.rows);
    return c;
}

static panel panel_at(const rg_conv *v, const cut *c, int64_t group, int64_t block, int64_t band)
{
    panel p = {.group = group, .image = block * c->images, .row = band * c->rows};
    p.images = the_smaller(c->images, v->n - p.image);
    p.rows = the_smaller(c->rows, v->ho - p.row);
    p.cols = p.images * p.rows * v->wo;
    return p;
}

/* Items of work, dealt out in `pieces`; whoever works on a piece takes a free room. */
typedef struct job {
    rg_tape *t;
    const rg_conv *v;
    cut cut;
    const char *x, *w, *y; /* what is read; the one that is written is in out */
    char *out;
    int64_t items, pieces;
    char *rooms, *sums;  /* sums: partial weight gradients of pieces 1, 2, ... */
    int64_t room, strip; /* bytes of a room, of the part of it that is a panel */
    atomic_uint free;    /* bit i: room i is free */
} job;

static char *take_room(job *j)
{
    unsigned free = atomic_load(&j->free), i;
    do
        for (i = 0; !(free >> i & 1);) i++;
    while (!atomic_compare_exchange_weak(&j->free, &free, free & ~(1u << i)));
    return j->rooms + (int64_t)i * j->room;
}

static void leave_room(job *j, const char *room)
{
    atomic_fetch_or(&j->free, 1u << (unsigned)((room - j->rooms) / j->room));
}

/* Where pieces are handed out already, a product is not cut any further. */
static void multiply_panel(const job *j, const rg_product *p)
{
    if (j->pieces > 1)
        rg_gemm_alone(j->v->dtype, p);
    else
        rg_gemm(j->t, j->v->dtype, p);
}

/* Runs fn for every piece. Beside a panel, a room holds `more` numbers. */
static rg_status run_job(job *j, int64_t more, void (*fn)(void *arg, int i))
{
    const rg_conv *v = j->v;
    int64_t cols = j->cut.images * j->cut.rows * v->wo;
    j->strip = parts(bytes_for(v, taps(v) * cols), 64) * 64;
    j->room = j->strip + parts(bytes_for(v, outputs(v) * cols + more), 64) * 64;
    size_t all = (size_t)(j->room * j->pieces);
    j->rooms = rg_scratch(j->t, all);
    if (!j->rooms) return RG_NOMEM;
    atomic_init(&j->free, (1u << j->pieces) - 1);
    if (j->pieces > 1)
        rg_parallel(j->t, (int)j->pieces, fn, j);
    else
        fn(j, 0);
    rg_scratch_free(j->t, j->rooms, all);
    return RG_OK;
}

/* ---- results of a panel: (outputs, windows), or where they lie in y ------------------ */

static char *results_at(const rg_conv *v, const panel *p, const char *y, int64_t output,
                        int64_t image)
{
    int64_t plane = (p->image + image) * v->o + p->group * outputs(v) + output;
    return (char *)(uintptr_t)y + bytes_for(v, (plane * v->ho + p->row) * v->wo);
}

/* The results of one image are a matrix where they are; those of several need `room`. */
static rg_matrix results_of(const rg_conv *v, const panel *p, const char *y, char *room)
{
    if (p->images == 1) return (rg_matrix){results_at(v, p, y, 0, 0), v->ho * v->wo, 1};
    return (rg_matrix){room, p->cols, 1};
}

static void load_results(const rg_conv *v, const panel *p, const char *y, char *room)
{
    int64_t bytes = bytes_for(v, p->rows * v->wo);
    for (int64_t o = 0; p->images > 1 && o < outputs(v); o++)
        for (int64_t m = 0; m < p->images; m++, room += bytes)
            memcpy(room, results_at(v, p, y, o, m), (size_t)bytes);
}

static void store_results(const rg_conv *v, const panel *p, char *y, const char *room)
{
    int64_t bytes = bytes_for(v, p->rows * v->wo);
    for (int64_t o = 0; p->images > 1 && o < outputs(v); o++)
        for (int64_t m = 0; m < p->images; m++, room += bytes)
            memcpy(results_at(v, p, y, o, m), room, (size_t)bytes);
}

/* Weights of a group: (outputs, taps). */
static rg_matrix weights_of(const rg_conv *v, int64_t group, const char *w)
{
    int64_t at = group * outputs(v) * taps(v);
    return (rg_matrix){(char *)(uintptr_t)w + bytes_for(v, at), taps(v), 1};
}

static rg_matrix flipped(rg_matrix a) { return (rg_matrix){a.data, a.cs, a.rs}; }

/* ---- values: y = weights times unrolled images --------------------------------------- */

static void forward_panel(const job *j, const panel *p, char *room)
{
    const rg_conv *v = j->v;
    char *results = room + j->strip;
    gather_panel(v, p, j->x, room);
    rg_product y = {outputs(v),
                    p->cols,
                    taps(v),
                    weights_of(v, p->group, j->w),
                    {room, p->cols, 1},
                    results_of(v, p, j->out, results)};
    multiply_panel(j, &y);
    store_results(v, p, j->out, results);
}

static void forward_piece(void *arg, int i)
{
    job *j = arg;
    char *room = take_room(j);
    int64_t panels = j->cut.blocks * j->cut.bands;
    for (int64_t k = i * j->items / j->pieces; k < (i + 1) * j->items / j->pieces; k++) {
        int64_t at = k % panels;
        panel p = panel_at(j->v, &j->cut, k / panels, at / j->cut.bands, at % j->cut.bands);
        forward_panel(j, &p, room);
    }
    leave_room(j, room);
}

static bool nothing_to_add(const rg_conv *v) { return v->n == 0 || v->c == 0 || v->o == 0; }

rg_status rg_conv_forward(rg_tape *t, const rg_conv *v, const void *x, const void *w, void *y)
{
    if (nothing_to_add(v)) {
        memset(y, 0, (size_t)bytes_for(v, v->n * v->o * v->ho * v->wo));
        return RG_OK;
    }
    job j = {.t = t, .v = v, .cut = cut_of(v, PANEL), .x = x, .w = w, .out = y};
    j.items = v->groups * j.cut.blocks * j.cut.bands;
    j.pieces = the_smaller(j.items, WORKERS);
    return run_job(&j, 0, forward_piece);
}

/* ---- gradient of the images: weights, turned, times results, rolled up ---------------- */

/* All bands of a block: they meet in the same rows of the image. */
static void back_x_block(const job *j, int64_t group, int64_t block, char *room)
{
    const rg_conv *v = j->v;
    for (int64_t band = 0; band < j->cut.bands; band++) {
        panel p = panel_at(v, &j->cut, group, block, band);
        char *results = room + j->strip;
        load_results(v, &p, j->y, results);
        rg_product x = {taps(v),
                        p.cols,
                        outputs(v),
                        flipped(weights_of(v, group, j->w)),
                        results_of(v, &p, j->y, results),
                        {room, p.cols, 1}};
        multiply_panel(j, &x);
        spread_panel(v, &p, j->out, room);
    }
}

static void back_x_piece(void *arg, int i)
{
    job *j = arg;
    char *room = take_room(j);
    for (int64_t k = i * j->items / j->pieces; k < (i + 1) * j->items / j->pieces; k++)
        back_x_block(j, k / j->cut.blocks, k % j->cut.blocks, room);
    leave_room(j, room);
}

rg_status rg_conv_back_x(rg_tape *t, const rg_conv *v, const void *y, const void *w, void *x)
{
    memset(x, 0, (size_t)bytes_for(v, v->n * v->c * v->h * v->w));
    if (nothing_to_add(v)) return RG_OK;
    job j = {.t = t, .v = v, .cut = cut_of(v, PANEL), .y = y, .w = w, .out = x};
    j.items = v->groups * j.cut.blocks;
    j.pieces = the_smaller(j.items, WORKERS);
    return run_job(&j, 0, back_x_piece);
}

/* ---- gradient of the weights: results times unrolled images, turned ------------------- */

/* The first panel of a piece sets the sums, the others add to them. */
static void back_w_panel(const job *j, const panel *p, char *room, char *sums, bool first)
{
    const rg_conv *v = j->v;
    int64_t n = outputs(v) * taps(v);
    char *results = room + j->strip, *more = results + bytes_for(v, outputs(v) * p->cols);
    rg_matrix to = weights_of(v, p->group, sums);
    gather_panel(v, p, j->x, room);
    load_results(v, p, j->y, results);
    rg_product w = {outputs(v),         taps(v), p->cols, results_of(v, p, j->y, results),
                    {room, 1, p->cols}, to};
    if (!first) w.c.data = more;
    multiply_panel(j, &w);
    if (!first) add_up(v->dtype, to.data, more, n);
}

static void back_w_piece(void *arg, int i)
{
    job *j = arg;
    char *room = take_room(j);
    char *sums = i ? j->sums + (i - 1) * bytes_for(j->v, j->v->o * taps(j->v)) : j->out;
    int64_t first = i * j->items / j->pieces;
    for (int64_t k = first; k < (i + 1) * j->items / j->pieces; k++)
        for (int64_t group = 0; group < j->v->groups; group++) {
            panel p = panel_at(j->v, &j->cut, group, k / j->cut.bands, k % j->cut.bands);
            back_w_panel(j, &p, room, sums, k == first);
        }
    leave_room(j, room);
}

/* The partial sums are added in the order of the pieces. */
static void add_sums(void *arg, int i)
{
    const job *j = arg;
    int64_t n = j->v->o * taps(j->v), first = (int64_t)i * STRETCH;
    for (int64_t k = 1; k < j->pieces; k++)
        add_up(j->v->dtype, j->out + bytes_for(j->v, first),
               j->sums + bytes_for(j->v, (k - 1) * n + first), the_smaller(STRETCH, n - first));
}

rg_status rg_conv_back_w(rg_tape *t, const rg_conv *v, const void *x, const void *y, void *w)
{
    int64_t n = v->o * taps(v);
    if (nothing_to_add(v)) {
        memset(w, 0, (size_t)bytes_for(v, n));
        return RG_OK;
    }
    job j = {.t = t, .v = v, .cut = cut_of(v, WIDE), .x = x, .y = y, .out = w};
    j.items = j.cut.blocks * j.cut.bands;
    j.pieces = the_smaller(the_smaller(j.items, WORKERS), 1 + PARTIAL / bytes_for(v, n));
    size_t bytes = (size_t)bytes_for(v, (j.pieces - 1) * n);
    if (bytes && !(j.sums = rg_scratch(t, bytes))) return RG_NOMEM;
    rg_status s = run_job(&j, outputs(v) * taps(v), back_w_piece);
    if (!s && j.pieces > 1) rg_parallel(t, (int)parts(n, STRETCH), add_sums, &j);
    if (bytes) rg_scratch_free(t, j.sums, bytes);
    return s;
}
