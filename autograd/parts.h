/* parts.h - what a plan is made of. The stages, a file each:
 *
 *   need.c      which nodes are needed, and may be computed again
 *   collect.c   tape -> items: dead nodes, views, repeats and constants are gone
 *   simplify.c  (repeats, constants, products with one)
 *   plan.c      items -> groups: what runs together, in which order
 *   place.c     groups -> memory: which values share an address
 *   budget.c    (what is computed again, to save memory)
 *   pairing.c   (two ops of a group in one step)
 *   emit.c      groups -> instructions on tiles
 *   numbers.c   (or a program of single numbers)
 *   run.c       the instructions, run
 *
 * Private to autograd/. */
#ifndef RG_PARTS_H
#define RG_PARTS_H
#include "internal.h"
#include "plan.h"

#define RG_NOWHERE UINT32_MAX

enum { RG_LINE = 64 }; /* bytes of a cache line: what memory is aligned to */

#ifdef RG_HOSTILE /* every loop has edges */
enum { RG_TILE = 3, RG_PIECE = 7, RG_SHARED = 0, RG_STACK = 64, RG_LITTLE = 48 << 10 };
#else
enum {
    RG_TILE = 1024,      /* most elements of a tile                            */
    RG_PIECE = 1 << 13,  /* elements of a piece of work for one thread         */
    RG_SHARED = 1 << 18, /* elements times ops that pay for handing out pieces */
    RG_STACK = 48 << 10, /* bytes of scratch that are taken from the stack     */
    RG_LITTLE = RG_STACK /* bytes of scratch that are not told                 */
};
#endif

/* A window onto an item: what a node's view chain comes to. */
typedef struct rg_link {
    uint32_t item;
    int64_t offset; /* elements from the item's first */
    const rg_layout *layout;
} rg_link;

typedef enum rg_origin { RG_FROM_LEAF, RG_FROM_CONSTANT, RG_FROM_STEP } rg_origin;

/* A value of the plan: of a leaf, a constant, or computed by a step. */
typedef struct rg_item {
    const rg_op *op;
    const rg_attr *attr;
    const rg_layout *layout; /* dense, but for constants of one repeated number          */
    rg_link *in;
    uint16_t nin, file;
    uint8_t source;     /* rg_origin                                                     */
    uint8_t again;      /* how often it was computed before; again, to save memory       */
    bool tail;          /* may run on tiles: elementwise, or row by row                  */
    bool small;         /* needs nothing but leaves and is tiny: computed first          */
    bool stored;        /* has memory of its own; else scratch, inside its group          */
    bool output;
    bool waiting;       /* not placed before somebody needs it                           */
    bool paired;        /* pairing.c's: computed together with its only reader            */
    bool viewed;        /* read otherwise than element by element by the last tail       */
    bool overlaps;      /* a leaf whose memory another leaf shows too                    */
    int32_t line;
    uint32_t id;        /* of its node                                                   */
    uint32_t readers;   /* items that read it, outputs and registers included            */
    uint32_t placed_readers;
    uint32_t reads;     /* the latest group that it or what it waits for reads           */
    uint32_t group, at; /* where it is computed: group, and place in it (head: 0)        */
    uint32_t last, last_at; /* the last group that reads it, and the last place there    */
    uint32_t next;      /* member of the group                                           */
    uint32_t reg;       /* of plan.reg, that takes this value; RG_NOWHERE: none          */
    uint32_t slot;      /* emit.c's: its place in scratch                                */
    uint32_t block;     /* place.c's                                                     */
    uint32_t read_first, read_last; /* of a leaf, in the recording: by which nodes         */
    size_t offset;      /* of its block in the workspace                                 */
    int64_t filled;     /* of a folded constant: how many times data has its number      */
    char *data;
} rg_item;

/* A leaf that takes a value at the end of a run. */
typedef struct rg_register {
    rg_leafrec *leaf;
    uint32_t item;  /* of the leaf                                        */
    uint32_t value; /* the item that it takes                             */
    bool in_place;  /* the value is written straight to the leaf          */
} rg_register;

/* Where an operand of an instruction is: memory + r step for row r of the group, or a
 * place in scratch, which holds one tile. */
typedef enum rg_access {
    RG_DIRECT, /* the numbers are there                                     */
    RG_PACKED, /* the rows of a window are packed first                     */
    RG_SPREAD  /* one number for each row is repeated along the row first   */
} rg_access;

typedef struct rg_operand {
    char *memory;  /* NULL: in scratch                                      */
    int64_t step;  /* bytes from row to row                                 */
    uint32_t at;   /* in scratch                                            */
    uint32_t made; /* in scratch, where packed or repeated numbers are put  */
    uint8_t how;   /* rg_access                                             */
    uint8_t dtype;
    bool one;      /* one element per row, else the width of the group      */
    bool strip;    /* memory holds the rows of a strip only                 */
    const rg_tensor *window; /* to pack                                     */
} rg_operand;

typedef struct rg_instruction {
    void (*tile)(int64_t n, void *y, const void *const *in, const rg_attr *attr); /* NULL: run */
    /* Not NULL: input `each` has a number for each row; rows of the other one are `apart`. */
    void (*rows)(int64_t rows, int64_t width, void *y, const void *each, const void *all,
                 int64_t apart);
    int each;
    int64_t apart;
    rg_status (*run)(const rg_call *c);
    const rg_op *op;
    const rg_attr *attr;
    rg_operand *in, out;
    uint16_t nin;
    uint32_t item;
} rg_instruction;

/* The same numbers for every tile: put into scratch before the first. */
typedef struct rg_fixed {
    rg_tensor window;
    bool one;
    uint32_t at;
    rg_link link;
    struct rg_fixed *next;
} rg_fixed;

/* A group: one whole op (or none) and what is done to its result, tile by tile. */
typedef struct rg_bunch {
    uint32_t head;        /* item; RG_NOWHERE: none                            */
    uint32_t first, last; /* items of the tail, linked by next                 */
    uint32_t members;     /* of the tail                                       */
    int64_t count;        /* elements of a full member                         */
    int64_t rows;         /* 0: may be cut anywhere; emitted: how many         */
    int64_t width;        /* of a row                                          */
    int64_t tile, piece;  /* rows                                              */
    int pieces;
    int64_t strip;        /* to save memory: rows of the head at a time; 0: all     */
    rg_call call;         /* of the head                                       */
    rg_instruction *code;
    uint32_t steps;       /* instructions                                      */
    rg_fixed *fixed;
    rg_operand *stream;   /* what is read from memory that no cache holds      */
    uint32_t streams;
    size_t scratch;       /* bytes, for each piece                             */
    struct rg_numbers *numbers; /* a program of single numbers, instead of code */
    double seconds[2];    /* of head and tail in a run, when profiled          */
} rg_bunch;

/* What became of the nodes of the recording that are no items. */
typedef struct rg_gathered {
    uint32_t dead, views, twins, handed_on;
} rg_gathered;

struct rg_plan {
    rg_tape *t;
    rg_plan *next;     /* of the tape's plans                                         */
    rg_plan_config cfg;
    rg_arena arena;    /* everything below but memory                                 */
    rg_item *item;
    uint32_t items, item_cap;
    uint32_t *order;   /* items that are steps, as they are to be computed            */
    uint32_t steps;
    rg_bunch *group;
    uint32_t groups, group_cap;
    rg_register *reg;
    uint32_t regs;
    rg_link *out;
    int outs;
    char *memory;      /* workspace                                                   */
    size_t workspace;
    char *tiles;       /* scratch of groups that need more than a stack has: for each piece */
    size_t tile_bytes, tiles_told; /* got, and what rg_plan_bytes tells of it          */
    char *kept;        /* outputs                                                     */
    size_t kept_bytes;
    int64_t last_leaf; /* id of the last leaf that must stay recorded                 */
    int64_t first, end; /* ids of the recording: first op, and behind the last        */
    int64_t strip;     /* rows of a strip, for heads that only their tail reads; 0: whole */
    bool broken;       /* that leaf was rewound                                       */
    bool ticks;        /* it has registers, or draws numbers                          */
    rg_link *of_node;  /* with cfg.keep: by node id                                   */
    rg_gathered gathered;
};

static inline bool rg_is_step(const rg_item *v) { return v->source == RG_FROM_STEP; }

/* The whole item, number after number as it lies, perhaps in another shape. */
static inline bool rg_is_direct(const rg_plan *p, const rg_link *l)
{
    const rg_layout *from = p->item[l->item].layout;
    return l->offset == 0 && l->layout->dense && from->dense && l->layout->count == from->count;
}

/* The same number everywhere. */
static inline bool rg_is_repeat(const rg_layout *l)
{
    for (int i = 0; i < l->rank; i++)
        if (l->dim[i] > 1 && l->stride[i]) return false;
    return true;
}

/* A number of each row, repeated along it: rows x 1 seen as rows x width. */
bool rg_spreads(const rg_link *l, const rg_item *from, int64_t rows);

/* A window on a link; data is NULL before the item has its address. */
rg_tensor rg_link_window(const rg_plan *p, const rg_link *l);

/* Behind the last node that outputs and waiting assignments are. */
int64_t rg_plan_end(const rg_tape *t, int n, rg_node *const *out);

/* The node whose numbers y is a window on: y itself, if it is no view. */
const rg_node *rg_shown_by(const rg_node *y);

/* need[id] for p->end nodes, how many, and the first op among them. RG_USAGE: a value was
 * read in the midst of the recording. */
rg_status rg_plan_need(rg_plan *p, rg_node *const *out, unsigned char *need, size_t *count);

/* RG_USAGE: a leaf was written between its first and its last reading. */
rg_status rg_plan_check_leaves(const rg_plan *p);
rg_status rg_plan_collect(rg_plan *p, rg_node *const *out);

/* Strips are worked on by so many threads at most, each with memory of its own. */
enum { RG_LANES = 2 };

/* The bytes of a strip of a head. */
size_t rg_strip_bytes(const rg_plan *p, const rg_bunch *g);

/* Find the workspace that the groups need; then get it. */
rg_status rg_plan_place(rg_plan *p);
rg_status rg_plan_allocate(rg_plan *p);

/* The half steps in which a step's value has to be there, both included: group g runs
 * its head at 2g, or in strips at 2g + 1, and its tail at 2g + 1. */
uint32_t rg_item_start(const rg_item *v);
uint32_t rg_item_end(const rg_plan *p, const rg_item *v);

/* rg_run that says after each half step that it is done. */
rg_status rg_run_watched(rg_plan *p, void (*done)(void *ud, uint32_t half), void *ud);

/* Change the steps so that less is alive at once. RG_DOMAIN: no way is known. */
rg_status rg_plan_save(rg_plan *p);

/* Roughly how many operations an item takes. */
double rg_item_flops(const rg_plan *p, const rg_item *v);
rg_status rg_plan_emit(rg_plan *p);

/* Memory of the plan, zeroed; NULL: none, and noted on the tape. */
void *rg_plan_get(rg_plan *p, size_t n, size_t size);

#endif
