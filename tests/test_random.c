/* test_random.c - numbers drawn by chance stay what they are: a seed is part of a
 * program, and a model trained from it is to be trained again next year. */
#include "suite.h"
#include <retrograd/retrograd.h>
#include <string.h>

typedef rg_node *draw_fn(rg_tape *t, rg_dtype d, rg_shape s);
static rg_node *often(rg_tape *t, rg_dtype d, rg_shape s) { return rg_bernoulli(t, d, s, .7); }
static rg_node *always(rg_tape *t, rg_dtype d, rg_shape s) { return rg_bernoulli(t, d, s, 1); }
static rg_node *never(rg_tape *t, rg_dtype d, rg_shape s) { return rg_bernoulli(t, d, s, 0); }

/* Fowler, Noll and Vo's hash (FNV-1a, 64 bits) of the first n numbers of a stream. */
static uint64_t hash_of(draw_fn *draw, rg_dtype d, int64_t n)
{
    rg_config cfg = {.seed = 20240229};
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *y = draw(t, d, rg_shape1(n));
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    const unsigned char *p = rg_peek(y).data;
    uint64_t h = 0xcbf29ce484222325u;
    const uint16_t one = 1;
    size_t size = rg_dtype_size(d), turn = *(const unsigned char *)&one ? 0 : size - 1; /* little-endian */
    for (size_t i = 0; i < (size_t)n * size; i++) h = (h ^ p[i ^ turn]) * 0x100000001b3u;
    rg_tape_free(t);
    return h;
}

static const struct stream {
    const char *name;
    draw_fn *draw;
    rg_dtype dtype;
    uint64_t few, many; /* hashes of 37 and of 100,001 numbers */
} stream[] = {{"uniform f32", rg_uniform, RG_F32, 0xbdf0e29383538929u, 0xac2625f84a7326efu},
              {"uniform f64", rg_uniform, RG_F64, 0xf89f68346d93da26u, 0x709cca5e2acd2a87u},
              {"normal f32", rg_normal, RG_F32, 0xeb3d3bc0c09b7012u, 0xfcabb5b99cac7f1fu},
              {"normal f64", rg_normal, RG_F64, 0x8a3017f44ffca979u, 0x7dcaf046d79d9b86u},
              {"bernoulli f32", often, RG_F32, 0x8256f62de1c17bf8u, 0xda227b3542834278u},
              {"bernoulli f64", often, RG_F64, 0x427d222683351b78u, 0xcbba0ebc77a75378u}};

START_TEST(streams_are_pinned)
{
    for (int threads = 1; threads <= 8; threads *= 2) {
        rg_set_threads(threads);
        for (size_t i = 0; i < sizeof stream / sizeof *stream; i++) {
            const struct stream *s = &stream[i];
            uint64_t few = hash_of(s->draw, s->dtype, 37),
                     many = hash_of(s->draw, s->dtype, 100001);
            ck_assert_msg(few == s->few && many == s->many, "%s: %#llx, %#llx", s->name,
                          (unsigned long long)few, (unsigned long long)many);
        }
    }
    rg_set_threads(1);
}
END_TEST

/* The first n numbers of a longer stream: no matter where a block or a piece ends. */
START_TEST(a_prefix_is_a_shorter_stream)
{
    enum { MOST = 200 };
    rg_config cfg = {.seed = 3};
    for (size_t i = 0; i < sizeof stream / sizeof *stream; i++) {
        char longest[MOST * sizeof(double)];
        size_t size = rg_dtype_size(stream[i].dtype);
        for (int64_t n = MOST; n > 0; n--) {
            rg_tape *t = rg_tape_new(&cfg);
            const void *v = rg_peek(stream[i].draw(t, stream[i].dtype, rg_shape1(n))).data;
            if (n == MOST) memcpy(longest, v, MOST * size);
            ck_assert_msg(memcmp(v, longest, (size_t)n * size) == 0, "%s, %d", stream[i].name,
                          (int)n);
            rg_tape_free(t);
        }
    }
}
END_TEST

START_TEST(certain_chances_are_certain)
{
    float v[100];
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_read(always(t, RG_F32, rg_shape1(100)), RG_F32, v, 100), RG_OK);
    for (int i = 0; i < 100; i++) ck_assert(v[i] == 1);
    ck_assert_int_eq(rg_read(never(t, RG_F32, rg_shape1(100)), RG_F32, v, 100), RG_OK);
    for (int i = 0; i < 100; i++) ck_assert(v[i] == 0);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("random", streams_are_pinned, a_prefix_is_a_shorter_stream, certain_chances_are_certain)
