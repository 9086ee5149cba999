/* test_plan_graphs.c - random graphs of every op, their gradients, registers and random
 * numbers: whatever the configuration, a plan has the bits of eager recording. RG_GRAPHS
 * says how many, RG_FIRST from which seed on. */
#define RG_NO_HERE
#include "suite.h"
#include "plan_replay.h"

enum { MANY_GRAPHS = 2000 /* among so many every op occurs */ };

/* ---- many -------------------------------------------------------------------------- */

static uint32_t from_environment(const char *name, uint32_t otherwise)
{
    const char *text = getenv(name);
    return text ? (uint32_t)atol(text) : otherwise;
}

/* threads 0: 1, 2, 4 and 8 in turn. */
static trial replay_many(trial c, int threads)
{
    uint32_t first = from_environment("RG_FIRST", 1), n = from_environment("RG_GRAPHS", 60);
    bool budget = c.share > 0;
    if (budget) n = n / 3 + 1; /* a search takes its time */
    for (c.seed = first; c.seed < first + n; c.seed++) {
        rg_set_threads(threads ? threads : 1 << c.seed % 4);
        if (budget) c.share = 30 + (int)(c.seed * 7 % 61);
        replay(&c, c.seed % 2);
    }
    rg_set_threads(1);
    return c;
}

START_TEST(fused) { replay_many((trial){.registers = true}, 1); }
END_TEST
START_TEST(fused_on_threads) { replay_many((trial){.registers = true}, 0); }
END_TEST
START_TEST(plain) { replay_many((trial){.registers = true, .how.plain = true}, 2); }
END_TEST

START_TEST(within_a_budget)
{
    int planned = replay_many((trial){.registers = true, .share = 50}, 2).planned;
    ck_assert(planned > 0 || from_environment("RG_GRAPHS", 60) < 60);
}
END_TEST

START_TEST(every_value_of_every_op)
{
    long seen[256] = {0};
    replay_many((trial){.how.keep = true, .seen = seen}, 2);
    for (int i = 0; rg_ops[i] && from_environment("RG_GRAPHS", 0) >= MANY_GRAPHS; i++)
        ck_assert_msg(seen[i] > 0, "%s never occurred", rg_ops[i]->name);
}
END_TEST

RG_SUITE("plan_graphs", fused, fused_on_threads, plain, within_a_budget, every_value_of_every_op)
