/* target_plan.c - a recording of whatever ops the bytes say: its plan, in a configuration that
 * they say too, has the bits of eager recording, gradients, registers and random numbers
 * included. */
#define RG_NO_HERE
#include "fuzz.h"
#define ck_assert_msg(condition, ...)                                                              \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, __VA_ARGS__);                                                          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define ck_assert(condition)   FUZZ_PROMISE(condition)
#define ck_assert_int_eq(a, b) FUZZ_PROMISE((a) == (b))
#include "plan_replay.h"

enum { HEAD = 4 };

void fuzz_plan(const uint8_t *data, size_t n)
{
    if (n < HEAD) return;
    trial c = {.seed = data[0] * 256u + data[1],
               .bytes = data + HEAD,
               .n = n - HEAD,
               .registers = data[2] & 1,
               .how = {.plain = data[2] & 2, .keep = data[2] & 4},
               .share = data[2] & 8 ? 30 + data[3] % 61 : 0};
    rg_set_threads(data[2] & 16 ? 2 : 1);
    replay(&c, data[2] & 32);
    rg_set_threads(1);
}
