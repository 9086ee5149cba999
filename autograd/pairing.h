/* pairing.h - two ops of a tail as one step. Private to autograd/. */
#ifndef RG_PAIRING_H
#define RG_PAIRING_H
#include "parts.h"

/* Which item each member of a group takes in, by its place in the group; RG_NOWHERE: none.
 * Marks the items as paired, and what they read as read at the place of their reader.
 * `inner` has a place for each member and one more. On tiles a value that is written to memory
 * between the two keeps them apart: inner might read what it writes over. */
void rg_find_pairs(rg_plan *p, const rg_bunch *g, bool tiles, uint32_t *inner);

/* The pair that v and the item that it takes in are, and what it reads, into link. How many. */
int rg_pair_links(const rg_plan *p, const rg_item *v, uint32_t inner, rg_link *link,
                  const rg_pair **pair);

#endif
