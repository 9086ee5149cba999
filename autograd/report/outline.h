/* outline.h - a calculation seen from further away: its wires gathered into the scopes that
 * its author gave it, and into loops where the same was recorded again and again. What is
 * gathered stands together on the tape, so parts that do not contain each other are in
 * order, and lines between them run one way. For autograd/report/ only. */
#ifndef RG_OUTLINE_H
#define RG_OUTLINE_H
#include "story.h"

typedef enum rg_outline_kind {
    RG_OUTLINE_WIRE,
    RG_OUTLINE_SCOPE, /* the first part, without a name, is the whole   */
    RG_OUTLINE_LOOP,  /* its children are rounds, which are all alike   */
    RG_OUTLINE_ROUND
} rg_outline_kind;

typedef struct rg_outline_part {
    rg_outline_kind kind;
    int parent, child, last, next; /* places in outline.part; 0: none         */
    uint32_t from, to;             /* it holds told wires of from .. to-1 alone */
    int wires;                     /* how many                                */
    int rounds;                    /* of a loop; of a round: which, from 1    */
    const char *name;              /* of a scope                              */
    uint64_t look;                 /* equal: made by the same lines           */
} rg_outline_part;

typedef struct rg_outline {
    const rg_story *s;
    rg_outline_part *part;
    int parts, room;
    int *of;             /* by id: the part that a told wire is; 0: not told  */
    uint32_t *last_read; /* by id: the last told gate that reads it; 0: none  */
} rg_outline;

/* Up to so many wires can be read as they are: loops are not looked for. */
enum { RG_OUTLINE_READABLE = 60 };

/* False: no memory, noted. Close it in either case. */
bool rg_outline_open(rg_outline *o, const rg_story *s);
void rg_outline_close(rg_outline *o);

/* Told as a wire of its own. */
static inline bool rg_outline_tells(const rg_story *s, uint32_t id)
{
    return s->wire[id].role >= RG_ROLE_INPUT;
}

/* "layer 1", "64 rounds", "round 3 of 64": what a part is called. Returns buf. */
const char *rg_outline_title(const rg_outline *o, int part, char buf[RG_TEXT]);

/* The innermost part around a told wire that is not a wire itself. */
int rg_outline_around(const rg_outline *o, uint32_t id);

#endif
