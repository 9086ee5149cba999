/* dice.h - a stream of random numbers from Philox: what is drawn depends on
 * (seed, what it is for, which one) alone. Room-private. */
#ifndef RG_DICE_H
#define RG_DICE_H
#include "philox.h"

enum {
    RG_DICE_SHUFFLE = 1,
    RG_DICE_SPLIT,
    RG_DICE_DIGITS,
    RG_DICE_TEST_DIGITS,
    RG_DICE_BOOTSTRAP = 6, /* 5 draws weights: init.c */
    RG_DICE_AUGMENT
};

typedef struct rg_dice {
    uint32_t key[2], counter[4], word[4];
    int used; /* of the four words */
} rg_dice;

static inline rg_dice rg_dice_of(uint64_t seed, uint32_t purpose, uint64_t which)
{
    rg_dice d = {{(uint32_t)seed, (uint32_t)(seed >> 32)},
                 {0, (uint32_t)which, (uint32_t)(which >> 32), purpose},
                 {0},
                 4};
    return d;
}

static inline uint32_t rg_dice_word(rg_dice *d)
{
    if (d->used == 4) {
        rg_philox(d->key, d->counter, d->word);
        d->counter[0]++;
        d->used = 0;
    }
    return d->word[d->used++];
}

/* Any of 0..n-1, each equally likely: what would favour the small ones is thrown again. */
static inline uint64_t rg_dice_below(rg_dice *d, uint64_t n)
{
    uint64_t uneven = (UINT64_MAX - n + 1) % n, r;
    do {
        r = (uint64_t)rg_dice_word(d) << 32;
        r |= rg_dice_word(d);
    } while (r < uneven);
    return r % n;
}

/* Evenly from lo to hi. */
static inline double rg_dice_between(rg_dice *d, double lo, double hi)
{
    return lo + (hi - lo) * ((rg_dice_word(d) + 0.5) / 4294967296.0);
}

#endif
