/* chance.h - numbers drawn in order from a seed, for the gradient check. Private to
 * autograd/. */
#ifndef RG_CHANCE_H
#define RG_CHANCE_H
#include "philox.h"
#include <math.h>

typedef struct rg_chance {
    uint64_t seed, next;
} rg_chance;

/* Uniform in (0, 1). */
static inline double rg_chance_unit(rg_chance *c)
{
    uint32_t key[2] = {(uint32_t)c->seed, (uint32_t)(c->seed >> 32)};
    uint32_t at[4] = {(uint32_t)c->next, (uint32_t)(c->next >> 32), 0, 0}, w[4];
    c->next++;
    rg_philox(key, at, w);
    return ((double)w[0] + 0.5) * 0x1p-32;
}

/* Normal, mean 0 and deviation 1 (Box and Muller, 1958). */
static inline double rg_chance_normal(rg_chance *c)
{
    double r = sqrt(-2 * log(rg_chance_unit(c)));
    return r * cos(6.28318530717958647693 * rg_chance_unit(c));
}

/* Nearly normal, and fast: eight random bytes added up, between whole numbers by eight
 * more bits. For directions of many elements. */
static inline double rg_chance_rough(rg_chance *c)
{
    const uint64_t low = 0x00FF00FF00FF00FF;
    uint64_t h = c->seed + ++c->next * 0x9E3779B97F4A7C15u; /* SplitMix64 (Steele et al. 2014) */
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
    h = (h ^ h >> 27) * 0x94D049BB133111EBu;
    h ^= h >> 31;
    uint64_t sum = ((h & low) + (h >> 8 & low)) * 0x0001000100010001u >> 48;
    double between = (double)(h * 0xD1342543DE82EF95u >> 40) * 0x1p-24;
    return ((double)sum + between - 1020.5) * (1 / 209.02153);
}

/* 0 to n-1. */
static inline int64_t rg_chance_below(rg_chance *c, int64_t n)
{
    return (int64_t)(rg_chance_unit(c) * (double)n);
}

#endif
