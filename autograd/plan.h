/* plan.h - record once, replay many: a recording turned into a program.
 *
 * rg_compile takes what the outputs and the waiting assignments (rg_assign) need:
 * forward, gradient, optimizer step, running statistics, random numbers, whatever
 * was recorded. rg_run computes it again from what its leaves hold now. The tape is
 * not touched: eager values stay as they are, and the recording may be rewound
 * afterwards, as long as the leaves that the plan reads and writes stay. Only a leaf over
 * the caller's memory (rg_leaf_over) that the plan reads and does not write may be rewound
 * as well: the plan reads that memory itself, which must outlive it.
 *
 *   int64_t mark = rg_mark(t);
 *   rg_node *loss = record(x, w);            once, on any tape, lazy or not
 *   rg_optim_step(o, loss);
 *   rg_plan *p = rg_compile(t, 1, &loss, NULL);
 *   rg_rewind(t, mark);                      else its assignments wait for a tick
 *   for (...) { rg_write(x, ...); rg_run(p); rg_plan_value(p, 0); }
 *
 * Bits are those of eager recording, whatever the configuration and the number of
 * threads, but for the sign of a NaN: C leaves open which of two an operation hands on.
 * Shapes are part of the plan: another batch size is another recording. */
#ifndef RG_PLAN_H
#define RG_PLAN_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rg_plan rg_plan;

/* Zero means the default. */
typedef struct rg_plan_config {
    size_t budget;   /* most bytes that rg_plan_bytes may tell; 0: as much as it takes.
                        Heads are computed in strips, which two threads at most share,
                        then values are computed again instead of being kept           */
    bool plain;      /* one op at a time, nothing shared: to compare with             */
    bool keep;       /* keep the value of every node, for rg_plan_peek                */
    bool reads_are_fine; /* the program read values while recording, and what it
                        recorded afterwards does not depend on them                    */
} rg_plan_config;

/* A plan for n outputs and all assignments that wait on t. NULL and an error on t:
 * RG_USAGE when an output is of another tape; when a value was read in the midst of the
 * recording, for the plan would repeat a decision that was taken on it; when a leaf was
 * written between two of its readers (the last four places where each was written are known;
 * leaves over the same memory count as one). RG_NOMEM. RG_DOMAIN when no way is found to
 * meet the budget. The message has the line. The caller frees the plan, before the tape. cfg
 * NULL: all defaults.
 *
 * The midst is behind the first op on the tape that computes from a leaf of the plan or
 * draws a random number, be it part of the plan or not, and before the last node that the
 * plan takes. rg_value, rg_read and their kin (rg_read_jacobian) count there, whatever node
 * they read, and though it was rewound since; a rewind to before that first op forgets them.
 * What is read before it, as the size of a step or the loss of the step before, or by
 * rg_peek, is not noticed; what checks read (gradcheck.h) does not count. */
RG_API rg_plan *rg_compile(rg_tape *t, int n, rg_node *const *out, const rg_plan_config *cfg);
RG_API void rg_plan_free(rg_plan *p);

/* Compute the outputs from what the leaves hold, then tick if the plan has assignments,
 * which take effect, or random ops, which go on to their next numbers. One thread at a time may run a plan, and it
 * must be the one that the tape belongs to. Errors: what a kernel refuses (a label out
 * of range, a singular matrix), RG_USAGE when a leaf that has to stay was rewound. After an
 * error no assignment has taken effect (but for RG_NOMEM: some may have). */
RG_API rg_status rg_run(rg_plan *p);

/* Output i after a run, as it was before the tick: a window on memory of the plan that
 * only rg_run changes, at an address that stays; its number when it has one element. NaN, and an error on the tape, for any
 * other. */
RG_API rg_tensor rg_plan_out(const rg_plan *p, int i);
RG_API double rg_plan_value(const rg_plan *p, int i);

/* With cfg.keep: the value that tape node number id had in the last run (of a leaf and its
 * views: what they hold now); data is NULL when the plan did not need it. */
RG_API rg_tensor rg_plan_peek(const rg_plan *p, int64_t id);

/* Bytes of workspace, for values between leaves and outputs, and of the scratch of tiles where
 * that is too much for a stack. Not in it: the program, leaves, outputs, and what kernels take
 * while they run (rg_bytes_peak), as the unrolled images of a convolution. */
RG_API size_t rg_plan_bytes(const rg_plan *p);

/* ---- looking into a plan -----------------------------------------------------------
 * Texts are ASCII, 100 columns wide; write gets them in pieces. Leaves are called by their
 * names, other values by their place on the tape, as %12, unless they have names and the
 * recording still stands. Errors: RG_USAGE for NULL, RG_NOMEM. */

/* Group after group: each step with its operands (~: a window on one), its shape, the line
 * that recorded it, and where its value is: in scratch for the length of a tile, in the
 * workspace at an offset, over an operand, in the leaf that takes it or for it, or an
 * output. Above: what became of the recording, and what a budget costs. Operations are those that ops
 * declare, else one for each number; bytes those that go to and from memory, or the caches
 * behind the first. What is repeated is told once. */
RG_API rg_status rg_plan_print(const rg_plan *p,
                               void (*write)(void *ud, const char *text, size_t n), void *ud);

/* What holds the workspace when it is fullest, by op and line. */
RG_API rg_status rg_plan_memory(const rg_plan *p,
                                void (*write)(void *ud, const char *text, size_t n), void *ud);

/* Run the plan `runs` >= 1 times, as rg_run does, assignments and all, and tell the median
 * time of each group, head and tail apart, as executed; beside it the share of the least
 * time that the machine would need for its bytes or its operations, both measured in this
 * call (96 MiB for a moment). More than 100 % means that the bytes came from a cache.
 * Groups that look alike and follow each other are added up. Errors: those of rg_run, too. */
RG_API rg_status rg_plan_profile(rg_plan *p, int runs,
                                 void (*write)(void *ud, const char *text, size_t n), void *ud);

/* The same as JSON of the schema "plan/1": totals, groups with head and tail, every step,
 * what is alive when the workspace is fullest; seconds after rg_plan_profile, else null.
 * Steps and operands are numbered by their place on the tape. */
RG_API rg_status rg_plan_json(const rg_plan *p,
                              void (*write)(void *ud, const char *text, size_t n), void *ud);

/* The same as a picture (SVG, 960 pixels wide): groups from left to right as they run, what
 * each computes and moves, and the workspace, each value a box as long as it lives and as
 * high as it is large; each box says in its title what it is. Equal plans give equal bytes. */
RG_API rg_status rg_plan_svg(const rg_plan *p,
                             void (*write)(void *ud, const char *text, size_t n), void *ud);

#ifndef RG_NO_HERE
static inline rg_plan *rg_compile_here(const char *file, int line, rg_tape *t, int n,
                                       rg_node *const *out, const rg_plan_config *cfg)
{
    rg_plan *p = rg_compile(t, n, out, cfg);
    rg_at_status(t, RG_OK, file, line);
    return p;
}
#define rg_compile(...) rg_compile_here(__FILE__, __LINE__, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
