/* simplify.h - what a plan need not compute, or not again, with the same bits. Private to
 * autograd/. */
#ifndef RG_SIMPLIFY_H
#define RG_SIMPLIFY_H
#include "parts.h"

/* Items by what they compute: a hash table of `slots` places, a power of two, each
 * RG_NOWHERE or an item. */
typedef struct rg_twins {
    uint32_t *table;
    size_t slots;
} rg_twins;

/* The item that item v equals, or v itself, now known. */
uint32_t rg_find_twin(rg_twins *w, const rg_item *item, uint32_t v);

/* One number of the plan's own, repeated. */
bool rg_is_constant(const rg_plan *p, const rg_link *l);

/* Turns an elementwise step of constants into a constant. False: it is none, or there was
 * no memory (an error on the tape). */
bool rg_fold(rg_plan *p, rg_item *v);

/* A product of a column and a row becomes the elementwise product that it is
 * (rg_plain_forms): it may then share tiles with what reads it. */
rg_status rg_make_plain(rg_plan *p, rg_item *v);

/* mul(x, 1), the sum over an axis of one number and their like are x, bit for bit: *to is where
 * it lies as the result would. */
bool rg_hands_on(const rg_plan *p, const rg_item *v, rg_link *to);

#endif
