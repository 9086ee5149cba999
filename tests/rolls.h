/* rolls.h - dice for what is drawn at random: the same state, the same rolls. A fuzzer says
 * what falls first: the bytes from dice_at on, as long as there are any. */
#ifndef RG_TEST_ROLLS_H
#define RG_TEST_ROLLS_H
#include <stdint.h>

static uint32_t dice_state;
static const uint8_t *dice_at, *dice_end;

static int dice(int n)
{
    dice_state = dice_state * 1664525u + 1013904223u;
    if (dice_at < dice_end) return *dice_at++ % n;
    return (int)((dice_state >> 8) % (uint32_t)n);
}

#endif
