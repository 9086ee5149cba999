/* snare.h - wrong answers in the making: every misconception fills in what it would answer,
 * entry by entry. For traps.c and traps_whole.c only. */
#ifndef RG_SNARE_H
#define RG_SNARE_H
#include "story.h"
#include <string.h>

static inline bool rg_is_op(const rg_node *y, const char *name)
{
    return !strcmp(y->op->name, name);
}

typedef struct rg_snare {
    const rg_story *s;
    rg_trap *trap; /* RG_MOST_TRAPS */
    int traps;
    int64_t n;      /* entries that are asked for            */
    int64_t at;     /* the one whose turn it is, from 0      */
    double *value;  /* n for each trap                       */
    double *answer; /* n                                     */
} rg_snare;

/* Begin with the answers: entries first .. first+n-1 of x. room: RG_TRAP_ROOM(n). */
void rg_snare_begin(rg_snare *w, const rg_story *s, const rg_node *x, int64_t first, int64_t n,
                    rg_trap *trap, double *room);

/* What this misconception answers at the entry whose turn it is. Entries that it says nothing
 * about are answered rightly. text: a constant. */
void rg_lay_trap(rg_snare *w, const char *id, double value, const char *text);

/* Those that do not say what an earlier one, or the answer itself, says; how many. */
int rg_snare_end(rg_snare *w);

/* Of gates that are not elementwise: entry i, wire k. */
void rg_traps_of_whole(rg_snare *w, const rg_story_step *step, int64_t i);

#endif
