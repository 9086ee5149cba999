/* random.c - chance from a counter: each number is Philox of (seed, place, stream,
 * tick) and nothing else, so replay, threads and recomputation agree. */
#define RG_NO_HERE
#include "axes.h"
#include "ops.h"
#include "philox.h"
#include "vmath.h"

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

/* Four random words for block number i. */
static void words_of(const rg_call *c, int64_t i, uint32_t out[4])
{
    uint64_t seed = (uint64_t)c->attr->i[SEED], tick = (uint64_t) * (const int64_t *)c->in[0].data;
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t counter[4] = {(uint32_t)i, (uint32_t)((uint64_t)i >> 32) ^ (uint32_t)(tick >> 32) << 8,
                           (uint32_t)c->attr->i[STREAM], (uint32_t)tick};
    rg_philox(key, counter, out);
}

/* In [0, 1): 24 bits for f32, 53 for f64. */
static double unit24(uint32_t a) { return (double)(a >> 8) * 0x1p-24; }
static double unit53(uint32_t a, uint32_t b)
{
    return (double)((uint64_t)(a >> 5) << 26 | b >> 6) * 0x1p-53;
}

/* Two normal numbers from two uniform ones, the first not 0 (Box and Muller, 1958). */
static void normal_pair(double u, double v, double out[2])
{
    double r = v_sqrt_f64(-2 * v_log_f64(1 - u)), angle = 6.28318530717958647693 * v;
    out[0] = r * v_cos_f64(angle);
    out[1] = r * v_sin_f64(angle);
}

/* The numbers of a block: four for f32, two for f64. */
typedef void block_fn(const rg_call *c, const uint32_t w[4], double out[4]);

static void uniform_block(const rg_call *c, const uint32_t w[4], double out[4])
{
    if (c->out.dtype == RG_F32)
        for (int i = 0; i < 4; i++) out[i] = unit24(w[i]);
    else
        for (int i = 0; i < 2; i++) out[i] = unit53(w[2 * i], w[2 * i + 1]);
}

static void normal_block(const rg_call *c, const uint32_t w[4], double out[4])
{
    if (c->out.dtype == RG_F32)
        for (int i = 0; i < 4; i += 2)
            normal_pair((double)w[i] * 0x1p-32, (double)w[i + 1] * 0x1p-32, out + i);
    else
        normal_pair(unit53(w[0], w[1]), unit53(w[2], w[3]), out);
}

static void bernoulli_block(const rg_call *c, const uint32_t w[4], double out[4])
{
    for (int i = 0; i < 4; i++) out[i] = (double)w[i] * 0x1p-32 < c->attr->f[0];
}

static rg_status draw(const rg_call *c, block_fn *block, int each)
{
    int64_t n = rg_count(&c->out);
    for (int64_t i = 0; i * each < n; i++) {
        uint32_t w[4];
        double v[4] = {0};
        words_of(c, i, w);
        block(c, w, v);
        for (int j = 0; j < each && i * each + j < n; j++)
            if (c->out.dtype == RG_F32)
                ((float *)c->out.data)[i * each + j] = (float)v[j];
            else
                ((double *)c->out.data)[i * each + j] = v[j];
    }
    return RG_OK;
}

static rg_status uniform_run(const rg_call *c)
{
    return draw(c, uniform_block, c->out.dtype == RG_F32 ? 4 : 2);
}
static rg_status normal_run(const rg_call *c)
{
    return draw(c, normal_block, c->out.dtype == RG_F32 ? 4 : 2);
}
static rg_status bernoulli_run(const rg_call *c) { return draw(c, bernoulli_block, 4); }

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
        return rg_fail(t, RG_SHAPE, op, "%s: rank must be 0 to %d", op->name, RG_MAX_RANK);
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
