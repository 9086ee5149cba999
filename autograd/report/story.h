/* story.h - what one backward pass did, kept for those who tell it: the wires of
 * the calculation, the steps in the order they happened, and how steep y really is.
 * For autograd/report/ only. */
#ifndef RG_STORY_H
#define RG_STORY_H
#include "internal.h"
#include "explain.h"
#include "quiz.h"
#include "rerun.h"

enum { RG_LABEL = 40 }; /* room for what a wire is called */

typedef enum rg_wire_role {
    RG_ROLE_NONE,   /* y does not depend on it                             */
    RG_ROLE_NUMBER, /* a literal: shown inside the gate that uses it       */
    RG_ROLE_ALIAS,  /* the numbers of another wire in another shape        */
    RG_ROLE_INPUT,  /* its gradient is asked for                           */
    RG_ROLE_GIVEN,  /* any other leaf                                      */
    RG_ROLE_GATE
} rg_wire_role;

typedef struct rg_story_wire {
    rg_wire_role role;
    uint32_t root;        /* the node that it is an alias of; else itself        */
    uint32_t shown_as;    /* the last alias of it; 0: none                       */
    uint32_t number;      /* of an unnamed wire: v1, v2, ...                     */
    uint32_t twin;        /* of a name that is used again: 2, 3, ...             */
    uint32_t parts;       /* how many contributions its gradient is the sum of   */
    uint32_t block;       /* when its turn came, from 1; 0: never                */
    uint32_t first, last; /* of the steps that paid in, from 1, by step.next; 0: none */
    double paths;         /* from y to here                                      */
    rg_node *gradient;    /* what has arrived; NULL: nothing                     */
} rg_story_wire;

/* What one gate handed to one of its input wires. The steps of a gate stand together, in
 * its block; those in no block only hand the gradient of an alias to its root. */
typedef struct rg_story_step {
    rg_node *y;
    int wire;
    rg_node *upstream, *contribution; /* NULL contribution: absent           */
    rg_node *before, *after; /* of in[wire], as rg_watch tells it            */
    uint32_t part;         /* which of the contributions to its wire, from 1 */
    uint32_t next;         /* the step that paid in after it, from 1; 0: none */
} rg_story_step;

/* A gate's turn. */
typedef struct rg_story_block {
    rg_node *y, *upstream;
    size_t first, steps;
    uint32_t from, to; /* its rule wrote the nodes from .. to-1 */
} rg_story_block;

typedef struct rg_story {
    rg_tape *t;
    rg_node *y;
    int n;
    rg_node *const *x;
    rg_node **gradient;  /* of x[i]; NULL: absent */
    rg_story_wire *wire; /* by id */
    size_t wires;
    char letter; /* of unnamed wires: v, unless names look like that */
    const char *output; /* of an unnamed output: L, unless something is called that */
    rg_story_step *step;
    size_t steps, step_cap;
    rg_story_block *block;
    size_t blocks, block_cap;
    size_t products; /* steps that paid something in                     */
    double leverage; /* of rounding errors on y; 0: not known yet        */
    uint32_t heard;  /* length of the tape after the last step           */
    int64_t mark, random_ops; /* mark: where rules begin                      */
    int64_t start;            /* where the tape ended before                  */
    double gap; /* open: how far the gradients are from those of the closed ops, as a share */
    bool opened;
    bool lazy, no_memory;
    void (*watch)(void *ud, const rg_step *s);
    void *watch_ud;
} rg_story;

/* Run the backward pass and keep what it does. On failure the error is on the tape.
 * rg_story_end in either case: it makes the tape what it was before. */
rg_status rg_story_begin(rg_story *s, rg_node *y, int n, rg_node *const *x);
void rg_story_end(rg_story *s);

/* The same without the backward pass, and without computing anything: wires, their roles
 * and names alone. n may be 0. */
rg_status rg_story_look(rg_story *s, rg_node *y, int n, rg_node *const *x);

/* The same; with how->open of the recording in which fat ops are opened. how may be NULL. */
rg_status rg_story_begin_as(rg_story *s, rg_node *y, int n, rg_node *const *x,
                            const rg_explain_options *how);

/* ---- opened.c --------------------------------------------------------------------------- */

/* y recorded again with ops opened; the nodes x stand for themselves. */
rg_node *rg_story_opened(rg_node *y, int n, rg_node *const *x);

/* Rewind what was recorded to find something out. An error that it met, a number
 * outside a domain, is forgotten; that there was no memory is not. */
void rg_story_forget(rg_story *s, int64_t mark);

/* The wire that node x is told as. */
rg_story_wire *rg_story_wire_of(const rg_story *s, const rg_node *x);
rg_node *rg_story_root(const rg_story *s, const rg_node *x);

/* What a wire is called; a literal is called by its number. Returns buf. */
const char *rg_story_name(const rg_story *s, const rg_node *x, int digits, char buf[RG_LABEL]);

/* The shape in which all who use a wire see it: that of its numbers, or of an alias. */
rg_shape rg_story_shape(const rg_story *s, const rg_node *x);

/* True when every wire between y and x is a single number. */
bool rg_story_is_scalar(const rg_story *s);

/* What the rule of y, asked with upstream 1, hands to its wire k: the local derivative
 * of an elementwise gate. Recorded on the tape: forget it when done. NULL: none. */
rg_node *rg_story_local(const rg_story *s, rg_node *y, int k);

/* The same with upstream g. */
rg_node *rg_story_pull(rg_node *y, int k, rg_node *g);

/* The words of the rule of y for its wire k; NULL: it has none. */
const char *rg_story_why(const rg_node *y, int k);

enum { RG_MOST_KEPT = 4 };

/* The wires, RG_MOST_KEPT at most, that the rule of b's gate reads again; how many. */
int rg_story_kept(const rg_story *s, const rg_story_block *b, rg_node *kept[RG_MOST_KEPT]);

/* ---- traps.c ---------------------------------------------------------------------------- */

/* The wrong answers to a step of single numbers, the most telling first; how many. */
int rg_story_traps(const rg_story *s, const rg_story_step *step, double local,
                   rg_trap trap[RG_MOST_TRAPS]);

#define RG_TRAP_ROOM(n) ((RG_MOST_TRAPS + 1) * (size_t)(n))

/* The same for entries first .. first+n-1 of any step; local: NULL where the gate is not
 * elementwise; room: RG_TRAP_ROOM(n) numbers. */
int rg_entry_traps(const rg_story *s, const rg_story_step *step, const rg_node *local,
                   int64_t first, int64_t n, rg_trap trap[RG_MOST_TRAPS], double *room);

/* And to what a wire that is paid more than once has in the end. */
int rg_sum_traps(const rg_story *s, const rg_node *x, int64_t first, int64_t n,
                 rg_trap trap[RG_MOST_TRAPS], double *room);

/* ---- quiz.c ----------------------------------------------------------------------------- */

/* rg_quiz, of a pass that is told already. */
rg_status rg_quiz_of_story(rg_story *s, const rg_quiz_options *o,
                           bool (*ask)(void *ud, const rg_question *q), void *ud);

/* ---- paths.c ---------------------------------------------------------------------------- */

enum { RG_MOST_PATHS = 16, RG_LONGEST_PATH = 24 };

/* A way from a wire of one number to y, as the backward pass came down it. */
typedef struct rg_path {
    rg_story *s;
    const rg_node *wire;
    int depth;
    const rg_story_step *step[RG_LONGEST_PATH]; /* from the wire on              */
    double local[RG_LONGEST_PATH];              /* what each step multiplies by  */
    double product;                             /* multiplied from y on          */
} rg_path;

/* Call fn for every path from x to y. False, and no call: they are too many or too long
 * to be read, or not of single numbers. */
bool rg_each_path(rg_story *s, const rg_node *x, void (*fn)(void *ud, const rg_path *p), void *ud);

/* The same for more of them: at most that many. */
bool rg_each_path_of(rg_story *s, const rg_node *x, double most,
                     void (*fn)(void *ud, const rg_path *p), void *ud);

/* The same for tensors, each path no further than to the last gate where ways part, with what
 * came along it. False, and no call: there is nothing to tell apart behind the gates that read
 * x, there are more than 8 paths, or a rule does not take such a share. */
typedef void rg_share_fn(void *ud, const rg_path *p, const rg_node *share);
bool rg_each_share(rg_story *s, const rg_node *x, rg_share_fn *fn, void *ud);

/* What a step of single numbers multiplies by. */
double rg_step_local(rg_story *s, const rg_story_step *step);

/* ---- numbers.c -------------------------------------------------------------------------- */

/* Element i in row-major order. */
double rg_entry(const rg_node *x, int64_t i);
const char *rg_number_text(double v, int digits, char buf[RG_LABEL]);

/* The numbers of x on one line of at most width (below 256) characters: all of them,
 * "[ 1 2 ; 3 4 ]", or what is known about them: "min -1  mean 0  max 2". One number
 * stands without brackets. */
const char *rg_numbers_text(const rg_node *x, int digits, int width, char buf[RG_TEXT]);

/* The same as if x had that shape. */
const char *rg_numbers_text_as(const rg_node *x, rg_shape shape, int digits, int width,
                               char buf[RG_TEXT]);

/* ---- formula.c -------------------------------------------------------------------------- */

/* The op of y, or what its descriptor says about it, with its wires for {a} {b} ...
 * {y} and its numbers for {p} {q}. Returns buf. */
const char *rg_formula_text(const rg_story *s, const rg_node *y, const char *pattern, int digits,
                            char buf[RG_TEXT]);

/* The op of y without its wires: "exp", "*", "/ 2", "repeated". Returns buf. */
const char *rg_formula_bare(const rg_story *s, const rg_node *y, char buf[RG_TEXT]);

/* The local derivative of a step with the wires' names, as a factor. Returns buf. */
const char *rg_local_text(const rg_story *s, const rg_story_step *step, int digits,
                          char buf[RG_TEXT]);

/* The same with the shapes of the inputs for their names. */
const char *rg_formula_shapes(const rg_node *y, char buf[RG_TEXT]);

/* How a contribution was computed, by the nodes of the rule: "dL/dv1 @ x^T". NULL
 * when that is too long to be read. */
const char *rg_formula_of_rule(const rg_story *s, const rg_story_block *b,
                               const rg_node *contribution, int digits, char buf[RG_TEXT]);

/* ---- secants.c -------------------------------------------------------------------------- */

/* How steep y is along one number, told by values alone. */
typedef struct rg_slopes {
    double central, left, right;
    double nudged; /* what y changes by when the number grows by RG_NUDGE */
    double noise;  /* what rounding may put into a slope or a gradient    */
    bool corner;   /* left and right differ, however short the step       */
    bool finite;   /* false: no value to compare with                     */
} rg_slopes;

#define RG_NUDGE 0.01

/* A copy of the calculation, to be done again with entries of one input moved. */
typedef struct rg_secants {
    rg_story *s;
    rg_rerun copy;
    rg_node *x, *y;
    double at;
    bool narrow; /* the gradient was computed in f32 */
} rg_secants;

/* For x[i]. False: the error is on the tape. Close it in either case. */
bool rg_secants_open(rg_secants *c, rg_story *s, int i);
void rg_secants_close(rg_secants *c);
rg_slopes rg_secants_at(rg_secants *c, int64_t entry);

typedef enum rg_agreement { RG_AGREES, RG_DIFFERS, RG_AT_CORNER, RG_NO_VALUE } rg_agreement;

/* Of a gradient beside the slopes: 0 is "no difference". */
rg_agreement rg_judge_gradient(const rg_node *x, double g, const rg_slopes *at);
/* Of RG_AT_CORNER: some gate jumps there, and one side is as steep as a jump is over a step of a difference. */
bool rg_is_at_jump(rg_story *s, const rg_slopes *at);
double rg_relative_error(double g, double numeric);

/* Which entries of an input are compared: all of a few, of many evenly spread ones and
 * the one with the largest gradient. */
int64_t rg_compared_entries(const rg_node *x);
int64_t rg_compared_entry(const rg_node *gradient, int64_t k);

/* The next gate, in the order of their turns (after NULL: the first), that has a corner
 * at the values it has, the wire along which it has it, and the entry; NULL: no more. */
rg_node *rg_corner_gate(rg_story *s, rg_node *after, int *wire, int64_t *entry);

/* Is that corner of y a jump: does y go as far however little the wire moves? */
bool rg_jumps(rg_story *s, rg_node *y, int wire, int64_t entry);

#endif
