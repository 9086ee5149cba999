/* cast.c - the same numbers as another dtype. */
#define RG_NO_HERE
#include "axes.h"
#include "clones.h"
#include "ops.h"

static rg_status cast_shape(rg_making *m)
{
    m->dtype = (rg_dtype)m->attr->i[0];
    return RG_OK;
}

/* The casts of training, in vector loops; all others are rg_convert's. */
#define CAST(name, FROM, TO)                                                                       \
    RG_CLONES static void name(const FROM *x, TO *y, int64_t n)                                    \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) y[i] = (TO)x[i];                                           \
    }
CAST(f32_to_f64, float, double)
CAST(f64_to_f32, double, float)
CAST(u8_to_f32, unsigned char, float)
CAST(i64_to_f64, int64_t, double)

static void convert(void *y, rg_dtype to, const void *x, rg_dtype from, int64_t n)
{
    if (from == RG_F32 && to == RG_F64)
        f32_to_f64(x, y, n);
    else if (from == RG_F64 && to == RG_F32)
        f64_to_f32(x, y, n);
    else if (from == RG_U8 && to == RG_F32)
        u8_to_f32(x, y, n);
    else if (from == RG_I64 && to == RG_F64)
        i64_to_f64(x, y, n);
    else
        rg_convert(y, to, x, from, n);
}

#ifdef RG_HOSTILE
enum { PIECE = 7 };
#else
enum { PIECE = 1 << 15 }; /* numbers that are worth handing out */
#endif

typedef struct casting {
    const rg_call *call;
    const char *x;
    int64_t n;
} casting;

static void cast_piece(void *arg, int i)
{
    const casting *w = arg;
    rg_dtype from = w->call->in[0].dtype, to = w->call->out.dtype;
    int64_t at = (int64_t)i * PIECE, n = w->n - at < PIECE ? w->n - at : PIECE;
    convert((char *)w->call->out.data + at * (int64_t)rg_dtype_size(to), to,
            w->x + at * (int64_t)rg_dtype_size(from), from, n);
}

static rg_status cast_run(const rg_call *c)
{
    void *tmp;
    casting w = {c, rg_dense_in(c, 0, &tmp), rg_count(&c->out)};
    if (!w.x) return RG_NOMEM;
    int64_t pieces = (w.n + PIECE - 1) / PIECE;
    if (pieces > 1)
        rg_parallel(c->tape, (int)pieces, cast_piece, &w);
    else if (pieces)
        cast_piece(&w, 0);
    rg_dense_done(c, 0, tmp);
    return RG_OK;
}

static bool is_real(const rg_node *x)
{
    return rg_dtype_of(x) == RG_F32 || rg_dtype_of(x) == RG_F64;
}

static void cast_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *x = rg_in(y, 0);
    if (wanted[0] && is_real(x) && is_real(y)) out[0] = rg_cast(g, rg_dtype_of(x));
}

static rg_node *cast_build(rg_node *const *in)
{
    return rg_cast(in[0], rg_dtype_of(in[0]) == RG_F32 ? RG_F64 : RG_F32);
}

const rg_op rg_op_cast = {.abi = RG_OP_ABI,
                          .name = "cast",
                          .formula = "{a} as another type",
                          .kind = RG_WHOLE,
                          .nin = 1,
                          .ints = true,
                          .typed = true,
                          .shape = cast_shape,
                          .run = {cast_run, cast_run, cast_run, cast_run},
                          .vjp = cast_vjp,
                          .build = cast_build,
                          .example = "3x4;0x3",
                          .wire = {{"1", "upstream, as the input's type again", {-2, 2, 0, 0}}}};

rg_node *rg_cast(rg_node *x, rg_dtype dtype)
{
    if (x && rg_dtype_of(x) == dtype) return x;
    if ((unsigned)dtype >= RG_DTYPES)
        return rg_fail(rg_tape_of(x), RG_DTYPE, &rg_op_cast, "cast: no such dtype: %d", (int)dtype);
    rg_attr a = {.i = {dtype}};
    return rg_apply(&rg_op_cast, 1, &x, &a);
}
