/* internal.h - what a tape is made of. For autograd/ only; everybody else goes
 * through tape.h and op.h. */
#ifndef RG_INTERNAL_H
#define RG_INTERNAL_H
#define RG_NO_HERE
#include "op.h"

/* ---- mem.c: one allocator hook, an arena on top of it ---------------------------- */

typedef struct rg_mem {
    void *(*fn)(void *ud, void *p, size_t old_size, size_t new_size);
    void *ud;
    size_t live, peak; /* bytes */
} rg_mem;

void *rg_mem_default(void *ud, void *p, size_t old_size, size_t new_size);
void *rg_mem_get(rg_mem *m, size_t n);
void rg_mem_put(rg_mem *m, void *p, size_t n);
void *rg_mem_resize(rg_mem *m, void *p, size_t old_size, size_t new_size);

/* Chunks in order of use. A rewind moves back and keeps them for the next time. */
typedef struct rg_chunk {
    struct rg_chunk *next;
    size_t size; /* bytes after this header */
} rg_chunk;

typedef struct rg_arena {
    rg_mem *mem;
    rg_chunk *first, *now;
    char *at, *end; /* free part of *now */
} rg_arena;

void *rg_arena_slow(rg_arena *a, size_t n, size_t align);
void rg_arena_rewind(rg_arena *a, const void *to);
void rg_arena_free(rg_arena *a);

/* True when p points into what a rewind has freed. */
bool rg_arena_is_free(const rg_arena *a, const void *p);

/* n bytes on an address that is a multiple of align (a power of two); NULL: none. */
static inline void *rg_arena_get(rg_arena *a, size_t n, size_t align)
{
    uintptr_t p = ((uintptr_t)a->at + (align - 1)) & ~(uintptr_t)(align - 1);
    uintptr_t end = (uintptr_t)a->end;
    if (!a->at || p > end || n > end - p) return rg_arena_slow(a, n, align);
    a->at = (char *)(p + n);
    return (void *)p;
}

/* ---- tape.c ---------------------------------------------------------------------- */

enum { RG_CHANGES = 3 };

/* What a leaf has beyond a node; node.attr points at it. */
typedef struct rg_leafrec {
    rg_attr attr;            /* first: node.attr is an rg_attr                     */
    struct rg_leafrec *prev; /* the leaf before this one on the tape               */
    rg_node *node;
    rg_node *assigned; /* pending rg_assign, or NULL                          */
    int64_t changed;   /* length of the tape when it was last written         */
    int64_t earlier[RG_CHANGES]; /* and the times before, each shorter; the latest first  */
    bool read_only;
    bool over;  /* the memory is the caller's                            */
    bool fixed; /* nobody ever writes it: a plan keeps a copy            */
} rg_leafrec;

typedef struct rg_label { /* a name of a node */
    uint32_t id;
    char *text;
} rg_label;

#define RG_SCOPE_OPEN UINT32_MAX

typedef struct rg_scope { /* first..last-1 belong to it; last RG_SCOPE_OPEN: still open */
    uint32_t first, last;
    int depth;
    char *text;
} rg_scope;

struct rg_tape {
    rg_config cfg;
    rg_mem mem;
    rg_arena arena;   /* nodes, attributes, names, numbers: all that a rewind forgets */
    rg_arena forever; /* layouts and file names: as long as the tape                  */
    rg_node **node;   /* by id                                                        */
    size_t len, cap;
    uint32_t stamped; /* nodes before this one have their line                        */
    int nograd;       /* depth of rg_nograd_begin                                     */
    rg_leafrec *leaves;            /* the newest; older ones behind it                */
    rg_node *failed;               /* the error node; its layout is nobody else's     */
    rg_error error;                /* the first one                                   */
    int64_t error_at;              /* length of the tape when it was raised           */
    rg_layout *bucket[64];         /* interned layouts by hash                        */
    char **file;                   /* [1..files-1]; 0 is "not known"                  */
    size_t file_cap;
    const char *last_file;         /* the caller's pointer of the last rg_at          */
    uint16_t files, last_file_index;
    rg_label *label;
    size_t labels, label_cap;
    rg_scope *scope;
    size_t scopes, scope_cap;
    int scope_depth;
    rg_node **slot; /* rg_grad's scratch, kept warm                                   */
    size_t slot_cap;
    int64_t pending;     /* assignments that wait for the tick                        */
    int64_t tick;        /* how many there were: the counter of the random ops        */
    rg_node *counter;    /* a leaf over it, recorded at first use                     */
    int64_t random_ops;  /* recorded since the last tick or rewind                    */
    rg_node *making;     /* while a rule runs: the node whose rule it is              */
    struct rg_plan *plans; /* that read its leaves                                     */
    int64_t read_at;       /* how long the tape was when a value was last read; -1     */
    void (*watch)(void *ud, const rg_step *s);
    void *watch_ud;
};

/* The interned layout of m's answer (dense when m->stride is not set by a view). */
const rg_layout *rg_layout_get(rg_tape *t, rg_dtype dtype, const rg_shape *shape,
                               const int64_t *stride);

/* Rank 0 to RG_MAX_RANK, sizes not negative, and no product of them near 2^63. */
bool rg_shape_ok(const rg_shape *s);

/* Room on the tape for a node of nin inputs, zeroed but for op and layout; it is
 * not recorded before rg_node_record. NULL: no memory, noted. */
rg_node *rg_node_new(rg_tape *t, const rg_op *op, int nin, const rg_layout *layout);

/* Nodes that a gradient rule writes belong to the node whose rule it is. */
static inline rg_node *rg_node_record(rg_tape *t, rg_node *n)
{
    if (t->making) {
        n->origin = t->making;
        n->file = t->making->file;
        n->line = t->making->line;
    }
    if (t->nograd) n->flags |= RG_CONSTANT;
    if (t->read_at == (int64_t)t->len) n->flags |= RG_AFTER_READ;
    return t->node[t->len++] = n;
}

/* Room on the tape for the numbers of y. */
bool rg_give_numbers(rg_tape *t, rg_node *y);

/* How a call ends whose helpers may have run out of memory without a word: it is on the tape.
 * Returns s. */
static inline rg_status rg_owned_up(rg_tape *t, rg_status s)
{
    return s == RG_NOMEM ? rg_refuse(t, s, NULL, "out of memory") : s;
}

static inline rg_node **rg_ins(rg_node *y) { return (rg_node **)(void *)(y + 1); }
static inline rg_tape *rg_owner(const rg_node *n) { return n->layout->tape; }
static inline rg_leafrec *rg_leafrec_of(const rg_node *n) { return (rg_leafrec *)(uintptr_t)n->attr; }

/* ---- grad.c ---------------------------------------------------------------------- */

/* rg_grad of m > 0 outputs of t at once, added up in one walk; seed[j] arrives at y[j],
 * NULL as in rg_grad, all with the same leading axes. On an error out is not written. */
rg_status rg_grad_many(rg_tape *t, int m, rg_node *const *y, rg_node *const *seed, int n,
                       rg_node *const *x, rg_node **out);

/* How rg_grad and its kin end: after an error out, unless NULL, is n error nodes; nodes
 * of rules have the line of their node, and the rest keeps none. Returns s. */
rg_status rg_grad_end(rg_tape *t, rg_status s, int n, rg_node **out, const char *what);

/* ---- exec.c ---------------------------------------------------------------------- */

/* Compute y from its inputs, whose data must be there. */
rg_status rg_compute(rg_node *y);

/* ---- window.c -------------------------------------------------------------------- */

rg_tensor rg_window(const rg_node *n); /* of node.c */

/* How many elements of memory a window without empty axes spans before and after its first. */
void rg_reach(int rank, const int64_t *dim, const int64_t *stride, int64_t *before, int64_t *after);

/* The memory that y shows, from its first byte to the one behind its last; none: both alike. */
void rg_span(const rg_layout *l, const void *data, uintptr_t *first, uintptr_t *end);

/* rg_unpack for elements first .. first+n-1 alone. */
void rg_unpack_part(const rg_tensor *to, const void *from, int64_t first, int64_t n);

/* ---- plan.c: tell the plans that the tape was rewound to a mark ------------------ */
void rg_plans_rewound(rg_tape *t, int64_t mark);

/* ---- pool.c ---------------------------------------------------------------------- */
void rg_pool_run(int n, void (*fn)(void *arg, int i), void *arg);

#endif
