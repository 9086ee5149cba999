/* random.c - chance from a counter: each number is Philox of (seed, place, stream,
 * tick) and nothing else, so replay, threads and recomputation agree. */
#define RG_NO_HERE
#include "axes.h"
#include "clones.h"
#include "ops.h"
#include "philox.h"
#include "vmath.h"
#include <string.h>

/* Attributes: i[0] dtype, i[1] rank, i[2..9] sizes, i[10] stream, i[11] seed; f[0] p.
 * The only input is the tape's counter of ticks. */
enum { STREAM = 10, SEED = 11 };

static rg_status random_shape(rg_making *m)
{
    m->dtype = (rg_dtype)m->attr->i[0];
    m->shape.rank = (int)m->attr->i[1];
    for (int i = 0; i < m->shape.rank; i++) m->shape.dim[i] = m->attr->i[2 + i];
    return RG_OK;
}

/* ---- words: a lot of blocks at a time -------------------------------------------- */

#ifdef RG_HOSTILE
enum { LOT = 16, PIECE = 1 }; /* blocks side by side; lots that are worth handing out */
#else
enum { LOT = 16, PIECE = 256 };
#endif

/* Word j of block i of the lot is at [j][i]. */
typedef uint32_t lot_words[4][LOT];

/* What the numbers of a node depend on, and where they go. */
typedef struct drawing {
    uint32_t key[2], high, stream, tick;
    double p;
    int64_t count, each; /* numbers in all, and of a lot */
    void (*numbers)(const struct drawing *d, lot_words w, void *to);
    size_t size;
    char *to;
} drawing;

/* The blocks from `first` on. */
RG_CLONES static void words_of_lot(const drawing *d, int64_t first, lot_words w)
{
    for (int i = 0; i < LOT; i++) {
        uint64_t block = (uint64_t)first + (uint64_t)i;
        uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32) ^ d->high, d->stream,
                               d->tick};
        rg_philox(d->key, counter, counter);
        for (int j = 0; j < 4; j++) w[j][i] = counter[j];
    }
}

/* ---- numbers of a lot: four of a block, or two where they need 53 bits ----------- */

/* In [0, 1): 24 bits for f32, 53 for f64. */
RG_CLONES static void uniform_f32(const drawing *d, lot_words w, void *to)
{
    float *y = to;
    (void)d;
    for (int i = 0; i < LOT; i++)
        for (int j = 0; j < 4; j++) y[4 * i + j] = (float)(int32_t)(w[j][i] >> 8) * 0x1p-24f;
}

static inline double unit53(uint32_t a, uint32_t b)
{
    return ((double)(int32_t)(a >> 5) * 0x1p26 + (double)(int32_t)(b >> 6)) * 0x1p-53;
}

RG_CLONES static void uniform_f64(const drawing *d, lot_words w, void *to)
{
    double *y = to;
    (void)d;
    for (int i = 0; i < LOT; i++) {
        y[2 * i] = unit53(w[0][i], w[1][i]);
        y[2 * i + 1] = unit53(w[2][i], w[3][i]);
    }
}

/* Two normal numbers from two uniform ones, the first not 0 (Box and Muller, 1958): over
 * u and v. */
RG_CLONES static void normal_pairs(double u[LOT], double v[LOT])
{
    double angle[LOT], c[LOT], s[LOT];
    for (int i = 0; i < LOT; i++) angle[i] = 6.28318530717958647693 * v[i];
    v_cos_tile_f64(LOT, c, angle);
    v_sin_tile_f64(LOT, s, angle);
    for (int i = 0; i < LOT; i++) {
        double r = v_sqrt_f64(-2 * v_log_f64(1 - u[i]));
        u[i] = r * c[i];
        v[i] = r * s[i];
    }
}

static void normal_f32(const drawing *d, lot_words w, void *to)
{
    float *y = to;
    (void)d;
    for (int j = 0; j < 4; j += 2) {
        double u[LOT], v[LOT];
        for (int i = 0; i < LOT; i++) {
            u[i] = (double)w[j][i] * 0x1p-32;
            v[i] = (double)w[j + 1][i] * 0x1p-32;
        }
        normal_pairs(u, v);
        for (int i = 0; i < LOT; i++) {
            y[4 * i + j] = (float)u[i];
            y[4 * i + j + 1] = (float)v[i];
        }
    }
}

static void normal_f64(const drawing *d, lot_words w, void *to)
{
    double *y = to, u[LOT], v[LOT];
    (void)d;
    for (int i = 0; i < LOT; i++) {
        u[i] = unit53(w[0][i], w[1][i]);
        v[i] = unit53(w[2][i], w[3][i]);
    }
    normal_pairs(u, v);
    for (int i = 0; i < LOT; i++) {
        y[2 * i] = u[i];
        y[2 * i + 1] = v[i];
    }
}

/* A word below p 2^32, which is exact; p = 0 needs a number of its own. */
#define BERNOULLI(name, T)                                                                         \
    RG_CLONES static void name(const drawing *d, lot_words w, void *to)                            \
    {                                                                                              \
        T *y = to;                                                                                 \
        uint32_t most = (uint32_t)(ceil(d->p * 0x1p32) - (d->p > 0));                              \
        T one = d->p > 0;                                                                          \
        for (int i = 0; i < LOT; i++)                                                              \
            for (int j = 0; j < 4; j++) y[4 * i + j] = w[j][i] <= most ? one : 0;                  \
    }
BERNOULLI(bernoulli_f32, float)
BERNOULLI(bernoulli_f64, double)

/* ---- run ------------------------------------------------------------------------- */

static void draw_lot(const drawing *d, int64_t lot)
{
    double last[4 * LOT]; /* the last lot may be too long */
    lot_words w;
    int64_t from = lot * d->each;
    char *to = d->to + from * (int64_t)d->size;
    bool whole = from + d->each <= d->count;
    words_of_lot(d, lot * LOT, w);
    d->numbers(d, w, whole ? (void *)to : last);
    if (!whole) memcpy(to, last, (size_t)(d->count - from) * d->size);
}

static int64_t lots_of(const drawing *d) { return (d->count + d->each - 1) / d->each; }

static void draw_piece(void *arg, int i)
{
    const drawing *d = arg;
    int64_t lot = (int64_t)i * PIECE, lots = lots_of(d),
            end = lot + PIECE < lots ? lot + PIECE : lots;
    for (; lot < end; lot++) draw_lot(d, lot);
}

static rg_status draw(const rg_call *c, int each,
                      void (*numbers)(const drawing *d, lot_words w, void *to))
{
    uint64_t seed = (uint64_t)c->attr->i[SEED], tick = (uint64_t) * (const int64_t *)c->in[0].data;
    drawing d = {{(uint32_t)seed, (uint32_t)(seed >> 32)},
                 (uint32_t)(tick >> 32) << 8,
                 (uint32_t)c->attr->i[STREAM],
                 (uint32_t)tick,
                 c->attr->f[0],
                 rg_count(&c->out),
                 (int64_t)each * LOT,
                 numbers,
                 rg_dtype_size(c->out.dtype),
                 c->out.data};
    int64_t pieces = (lots_of(&d) + PIECE - 1) / PIECE;
    if (pieces > 1)
        rg_parallel(c->tape, (int)pieces, draw_piece, &d);
    else if (pieces)
        draw_piece(&d, 0);
    return RG_OK;
}

static rg_status uniform_run(const rg_call *c)
{
    return c->out.dtype == RG_F32 ? draw(c, 4, uniform_f32) : draw(c, 2, uniform_f64);
}
static rg_status normal_run(const rg_call *c)
{
    return c->out.dtype == RG_F32 ? draw(c, 4, normal_f32) : draw(c, 2, normal_f64);
}
static rg_status bernoulli_run(const rg_call *c)
{
    return draw(c, 4, c->out.dtype == RG_F32 ? bernoulli_f32 : bernoulli_f64);
}

/* ---- descriptors and constructors ------------------------------------------------ */

#define RANDOM(op_name, op_formula, words)                                                         \
    const rg_op rg_op_##op_name = {.abi = RG_OP_ABI,                                               \
                                   .name = #op_name,                                               \
                                   .formula = op_formula,                                          \
                                   .section = NULL,                                                \
                                   .kind = RG_WHOLE,                                               \
                                   .nin = 1,                                                       \
                                   .ints = true,                                                   \
                                   .typed = true,                                                  \
                                   .shape = random_shape,                                          \
                                   .run = {[RG_I64] = op_name##_run},                              \
                                   .wire = {{NULL, words, {0, 0, 0, 0}}}};
RANDOM(uniform, "uniform in 0..1", "drawn by chance: nothing flows to the counter")
RANDOM(normal, "standard normal", "drawn by chance: nothing flows to the counter")
RANDOM(bernoulli, "1 with probability {p}", "drawn by chance: nothing flows to the counter")

static rg_node *random_node(rg_tape *t, const rg_op *op, rg_dtype dtype, rg_shape s, double p)
{
    if (!t) return rg_fail(NULL, RG_USAGE, op, "no tape");
    if (dtype != RG_F32 && dtype != RG_F64)
        return rg_fail(t, RG_DTYPE, op, "%s: numbers drawn are f32 or f64", op->name);
    if (s.rank < 0 || s.rank > RG_MAX_RANK)
        return rg_fail(t, RG_SHAPE, op, "%s: rank must be 0 to %d, got %d", op->name, RG_MAX_RANK, s.rank);
    rg_attr a = {.f = {p}, .i = {dtype, s.rank}};
    for (int i = 0; i < s.rank; i++) a.i[2 + i] = s.dim[i];
    a.i[STREAM] = rg_next_stream(t);
    a.i[SEED] = (int64_t)rg_seed_of(t);
    rg_node *counter = rg_counter(t);
    return rg_apply(op, 1, &counter, &a);
}

rg_node *rg_uniform(rg_tape *t, rg_dtype dtype, rg_shape shape)
{
    return random_node(t, &rg_op_uniform, dtype, shape, 0);
}
rg_node *rg_normal(rg_tape *t, rg_dtype dtype, rg_shape shape)
{
    return random_node(t, &rg_op_normal, dtype, shape, 0);
}

rg_node *rg_bernoulli(rg_tape *t, rg_dtype dtype, rg_shape shape, double p)
{
    if (!(p >= 0 && p <= 1))
        return rg_fail(t, RG_DOMAIN, &rg_op_bernoulli, "bernoulli: %g is no probability", p);
    return random_node(t, &rg_op_bernoulli, dtype, shape, p);
}

rg_node *rg_dropout(rg_node *x, double keep)
{
    if (rg_is_bad(x)) return rg_neg(x);
    if (!(keep > 0 && keep <= 1))
        return rg_fail(rg_tape_of(x), RG_DOMAIN, &rg_op_bernoulli,
                       "dropout: keep is a probability above 0, got %g", keep);
    rg_node *mask = rg_bernoulli(rg_tape_of(x), rg_dtype_of(x), rg_shape_of(x), keep);
    return rg_mul(x, rg_scale(mask, 1 / keep));
}
