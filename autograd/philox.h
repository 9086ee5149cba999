/* philox.h - Philox-4x32-10: random bits as a function of (key, counter).
 *
 * No state: whoever wants number i asks for counter i, in any order, on any
 * thread, and gets the same bits on every platform. Source: Salmon, Moraes,
 * Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#ifndef RG_PHILOX_H
#define RG_PHILOX_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Four random words. out may be counter. */
static inline void rg_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53u * c0;
        uint64_t q = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(q >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)q;
        c2 = (uint32_t)(p >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

#ifdef __cplusplus
}
#endif
#endif
