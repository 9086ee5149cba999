/* cast.c - the same numbers as another dtype. */
#define RG_NO_HERE
#include "ops.h"

static rg_status cast_shape(rg_making *m)
{
    m->dtype = (rg_dtype)m->attr->i[0];
    return RG_OK;
}

static rg_status cast_run(const rg_call *c)
{
    int64_t n = rg_count(&c->out);
    size_t bytes = (size_t)n * rg_dtype_size(c->in[0].dtype);
    void *tmp = rg_scratch(c->tape, bytes);
    if (!tmp) return RG_NOMEM;
    rg_pack(tmp, &c->in[0], 0, n);
    rg_convert(c->out.data, c->out.dtype, tmp, c->in[0].dtype, n);
    rg_scratch_free(c->tape, tmp, bytes);
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
