/* op.h - what an op is. Fill in an rg_op and pass it to rg_apply; inside the
 * library or outside, that is all it takes.
 *
 * House laws for every op:
 *   - Axes count from the END (0 = last), so that a gradient rule works as it
 *     stands when g carries extra leading axes: one pass for many seeds.
 *   - A rule is written with ops, so it can be differentiated again.
 *   - A zero upstream carries nothing: where the local factor may be infinite
 *     or NaN, use rg_zmul and rg_zdiv, or select; never multiply by a mask.
 *   - Inputs arrive with the shapes the rule asks for: broadcast is a node. */
#ifndef RG_OP_H
#define RG_OP_H
#include "tape.h"
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RG_OP_ABI = 3, RG_ATTR_INTS = 20, RG_ATTR_REALS = 4, RG_WIRES = 6 };

typedef struct rg_op rg_op;

/* Numbers that belong to an op and not to a wire: axes, slopes, sizes. */
typedef struct rg_attr {
    int64_t i[RG_ATTR_INTS];
    double f[RG_ATTR_REALS];
} rg_attr;

/* What a plan may do with an op. */
typedef enum rg_kind {
    RG_LEAF,        /* numbers of its own                                           */
    RG_VIEW,        /* another window onto in[0]; nothing to compute                */
    RG_ELEMENTWISE, /* y[i] needs only in[*][i]: cut, join, share buffers           */
    RG_ROWS,        /* row i of y needs row i of the inputs: cut along leading axes;
                       then run must not use the tape, for threads share it, and may
                       find windows of two axes (one, for a number per row)         */
    RG_WHOLE        /* one piece                                                    */
} rg_kind;

/* A shape with its strides, shared by all nodes of a tape that have it: equal
 * layouts are equal pointers. */
typedef struct rg_layout {
    rg_tape *tape;
    rg_dtype dtype;
    int rank;
    bool dense;    /* row-major without gaps */
    int64_t count; /* elements               */
    int64_t dim[RG_MAX_RANK], stride[RG_MAX_RANK];
    struct rg_layout *next; /* the tape's own list */
    const struct rg_layout *packed; /* the dense layout of the same shape */
} rg_layout;

enum {                   /* rg_node.flags                                        */
    RG_CONSTANT = 1,     /* recorded under rg_nograd_begin: no gradient through   */
    RG_FAN_IN = 2,       /* written by rg_grad where paths meet: a sum            */
    RG_WAS_READ = 4,     /* the program has looked at the value                   */
    RG_NAMED = 8,        /* has a name in the tape's table                        */
    RG_ERRONEOUS = 16,   /* the error node                                        */
    RG_AFTER_READ = 32   /* recorded just after the program had looked at a value */
};

/* Written once, then only read. */
struct rg_node {
    const rg_op *op;
    void *data; /* element (0, ..., 0); NULL until computed              */
    const rg_layout *layout;
    const rg_attr *attr; /* NULL when the op has none                             */
    rg_node *origin;     /* on a gradient: the node whose rule wrote it           */
    uint32_t id;         /* place on the tape; in[k]->id < id                     */
    int32_t line;
    uint16_t file;  /* rg_file_of                                            */
    uint16_t wire;  /* on a gradient: the input of origin that it flows to   */
    uint16_t flags;
    uint16_t nin;
    /* nin addresses of input nodes follow: rg_in */
};

/* Input k of y. */
static inline rg_node *rg_in(const rg_node *y, int k)
{
    return ((rg_node *const *)(const void *)(y + 1))[k];
}

/* A node about to be recorded. A shape rule reads the inputs and attributes and
 * answers in dtype and shape (both start as those of in[0]); the rule of a view
 * answers in stride and offset too, counted in elements of in[0]. */
typedef struct rg_making {
    rg_tape *tape;
    const rg_op *op;
    int nin;
    rg_node *const *in;
    const rg_attr *attr;
    rg_dtype dtype;
    rg_shape shape;
    int64_t stride[RG_MAX_RANK];
    int64_t offset;
    bool repeat; /* not a view: one number at every place (strides of 0) */
} rg_making;

/* One piece of work: windows to read and the window to write, never aliased. */
typedef struct rg_call {
    rg_tape *tape;
    const rg_op *op;
    const rg_attr *attr;
    int nin;
    const rg_tensor *in;
    rg_tensor out; /* dense */
} rg_call;

/* One elementwise op on single numbers, which stand in registers: an array of the op's
 * dtype. Plans run programs of such steps where tensors have one element. A step puts its result v
 * at y and goes on to the next: return s[1].fn.f64(s + 1, registers, v). `last` is what the step
 * before has given on. */
typedef struct rg_number rg_number;
typedef float rg_number_f32(const rg_number *s, float *registers, float last);
typedef double rg_number_f64(const rg_number *s, double *registers, double last);
struct rg_number {
    union {
        rg_number_f32 *f32;
        rg_number_f64 *f64;
    } fn;
    uint32_t y, in[3];
    uint32_t p; /* attribute f[0]; f[1] is behind it */
};

/* How long an op takes, in additions; at the end of the list NULL: all others. */
typedef struct rg_delay {
    const struct rg_op *op;
    uint32_t additions;
} rg_delay;

/* An array of these has the ways to do a step: at 0 it reads all inputs from registers; at
 * 1, 2, 3, 4 those that the place has a bit for are `last` instead, as the way through memory takes
 * longer than most ops. A way that is not there is NULL. */
typedef struct rg_number_fns {
    rg_number_f32 *f32;
    rg_number_f64 *f64;
} rg_number_fns;
enum { RG_NUMBER_WAYS = 5 };

/* Two elementwise ops in one step, on single numbers or on tiles: outer, of whose inputs one
 * that `wires` has a bit for is what inner makes. Inputs are those of inner, then the other
 * one of outer; attributes are those of outer, inner has none. The bits are those of the two. */
typedef struct rg_pair {
    const struct rg_op *outer, *inner; /* NULL: the end of the list */
    unsigned wires;
    rg_number_fns number[RG_NUMBER_WAYS];
    void (*tile[2])(int64_t n, void *y, const void *const *in, const rg_attr *attr);
} rg_pair;

/* An elementwise op of two, in either order, where one input has a number for each row: f32, f64.
 * Rows of the other one are `apart` numbers from each other; 0: it is one row, again and again. The
 * bits are those of the op on numbers repeated. */
typedef struct rg_row_form {
    const struct rg_op *op; /* NULL: the end of the list */
    void (*rows[2])(int64_t rows, int64_t width, void *y, const void *each, const void *all,
                    int64_t apart);
} rg_row_form;

/* Where the input of an op of two that `wires` has a bit for is everywhere `unit`, the
 * result is the other input, bit for bit. No wires: an op of one input, which it hands on
 * where the first real number of its attributes is `unit`. */
typedef struct rg_unit {
    const struct rg_op *op; /* NULL: the end of the list */
    unsigned wires;
    double unit;
} rg_unit;

/* An op that, where `applies` says so, is the elementwise op `same` on its inputs repeated along
 * the axes where they have one element and the result has more, bit for bit. */
typedef struct rg_plain_form {
    const struct rg_op *op; /* NULL: the end of the list */
    bool (*applies)(const rg_tensor *in);
    const struct rg_op *same;
} rg_plain_form;

/* Where the gradient check looks on a wire: lo to hi, and not nearer than kink
 * to zero; least is the smallest number that the op is defined for. */
typedef struct rg_domain {
    double lo, hi, kink, least;
} rg_domain;

/* The rule of an op in words, for one wire. */
typedef struct rg_wire {
    const char *local; /* the local derivative: "{b}", "1/{x}", "1 - {y}^2"; NULL: nothing flows */
    const char *why;   /* the rule as a sentence                                                */
    rg_domain dom;
} rg_wire;

struct rg_op {
    int abi;             /* RG_OP_ABI                                              */
    const char *name;    /* "mul"                                                  */
    const char *formula; /* with wire names in braces: "{a} * {b}"                 */
    const char *section; /* of the lecture notes, "6.3"; NULL when not there       */
    rg_kind kind;
    int nin;    /* how many inputs; -1: any number                         */
    bool ints;  /* takes i64 too                                          */
    bool typed; /* attribute i[0] is the dtype of the result              */
    /* run may say no to numbers: labels, indices, singular matrices. A plan writes
     * registers in place only behind the last op that does. */
    bool refuses;
    /* For a plan: true when under these attributes an op that is RG_WHOLE works
     * row by row, along the last axis of in[0]. NULL: never. */
    bool (*by_rows)(const rg_attr *attr);
    /* For a plan that saves memory: rows from .. from+rows-1 of the result, counted
     * through all axes but the last, into `to`, with the bits they have in the whole; may_strip says whether that
     * is possible for such inputs. NULL: never. */
    bool (*may_strip)(const rg_tensor *in, const rg_tensor *out);
    void (*strip)(const rg_call *c, int64_t from, int64_t rows, void *to);
    /* Additions and multiplications of a call; NULL: about one for each number read. */
    double (*flops)(const rg_tensor *in, const rg_tensor *out);
    /* Say the shape, or rg_fail. NULL: like in[0], and all inputs alike. */
    rg_status (*shape)(rg_making *m);
    /* Elementwise ops: n elements, unit stride; y may be one of the inputs. */
    void (*tile[RG_DTYPES])(int64_t n, void *y, const void *const *in, const rg_attr *attr);
    /* The same for one number; NULL: tile is called. */
    rg_number_fns number[RG_NUMBER_WAYS];
    /* All others, by dtype of in[0] (of the result when there are no inputs). */
    rg_status (*run[RG_DTYPES])(const rg_call *c);
    /* Gradient rule, written with ops: g arrives at y (with extra leading axes
     * perhaps); for every k with wanted[k] put what flows on to in[k] into
     * out[k], in the shape of in[k] after the same leading axes. What stays
     * NULL is absent. NULL rule: no gradient through this op. */
    void (*vjp)(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out);
    /* A fat op as small ones, same value up to rounding; NULL: it is small. */
    rg_node *(*open)(rg_node *y, rg_node *const *in);
    rg_wire wire[RG_WIRES]; /* inputs beyond the last share its words; elementwise
                               ops have no more inputs than that                  */
    /* Shapes for the check: "2x3 3x4"; "i3<5": an i64 input of 3 elements below 5;
     * "s3x3": well away from singular. Alternatives stand after ';'. */
    const char *example;
    /* The op called on such inputs, as the check does it; NULL: rg_apply with the
     * typical numbers as attributes f[0] and f[1]. */
    rg_node *(*build)(rg_node *const *in);
    double typical[2];
};

/* Zero an op and set its name, kind and input count: for C++, which has no
 * designated initialisers for this; then assign the other fields. */
static inline void rg_op_init(rg_op *op, const char *name, rg_kind kind, int nin)
{
    memset(op, 0, sizeof *op);
    op->abi = RG_OP_ABI;
    op->name = name;
    op->kind = kind;
    op->nin = nin;
}

/* Record op on nin inputs of one tape, compute it unless the tape is lazy.
 * attr is copied; NULL when the op has none. Elementwise inputs of different
 * shapes must be broadcast before: rg_apply_broadcast in ops.h does. */
RG_API rg_node *rg_apply(const rg_op *op, int nin, rg_node *const *in, const rg_attr *attr);

/* The same for ops without inputs: uniform numbers, constants. */
RG_API rg_node *rg_apply_on(rg_tape *t, const rg_op *op, int nin, rg_node *const *in,
                            const rg_attr *attr);

/* Record that something is wrong: the birthplace of every error (break here).
 * Keeps the first one. op may be NULL. Returns the tape's error node. */
RG_API rg_node *rg_fail(rg_tape *t, rg_status s, const rg_op *op, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* The same for functions that answer with a status: returns s. */
RG_API rg_status rg_refuse(rg_tape *t, rg_status s, const rg_op *op, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* The same for code without a tape (loaders, model files): fills *e unless it is
 * NULL or holds an error already. Returns s. */
RG_API rg_status rg_error_set(rg_error *e, rg_status s, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* ---- reading a tape -------------------------------------------------------------- */

RG_API int64_t rg_len(const rg_tape *t);
RG_API rg_node *rg_node_at(const rg_tape *t, int64_t id);
RG_API const char *rg_name_of(const rg_node *n);     /* NULL: it has none               */
RG_API const char *rg_file_of(const rg_node *n);     /* NULL: not known                 */
RG_API int rg_scope_of(const rg_node *n, const char **out, int most); /* outermost first; how many */
RG_API bool rg_is_leaf(const rg_node *n);
RG_API rg_shape rg_shape_of(const rg_node *n);
RG_API rg_dtype rg_dtype_of(const rg_node *n);
RG_API int64_t rg_count_of(const rg_node *n);

/* For messages; both return buf. A shape as "2x3", "3" or "scalar"; a node as
 * "W1 4x3 f32 (train.c:22)", with what is known of it. */
enum { RG_TEXT = 256 };
RG_API const char *rg_shape_text(rg_shape s, char buf[RG_TEXT]);
RG_API const char *rg_node_text(const rg_node *n, char buf[RG_TEXT]);

/* One step of the backward pass: what the rule of y handed to its input wire. */
typedef struct rg_step {
    rg_node *y;
    int wire;
    rg_node *upstream;     /* complete when y's turn comes                       */
    rg_node *contribution; /* NULL: absent                                       */
    rg_node *before;       /* what in[wire] had received so far; NULL: nothing   */
    rg_node *after;        /* before + contribution                              */
} rg_step;

/* Call fn for every step of every rg_grad on this tape, as it happens; NULL
 * stops it. Explanations are made of these steps and of nothing else. */
RG_API void rg_watch(rg_tape *t, void (*fn)(void *ud, const rg_step *s), void *ud);

/* ---- for ops that are not elementwise -------------------------------------------- */

/* Copy elements first..first+n-1 of a window, in row-major order, to dense
 * memory; unpack the other way round. */
RG_API void rg_pack(void *to, const rg_tensor *from, int64_t first, int64_t n);
RG_API void rg_unpack(const rg_tensor *to, const void *from);

/* n numbers to another dtype. To integers toward 0, at the limits where out of
 * range; NaN becomes 0. */
RG_API void rg_convert(void *to, rg_dtype to_dtype, const void *from, rg_dtype from_dtype, int64_t n);

RG_API int64_t rg_count(const rg_tensor *w);
RG_API bool rg_is_dense(const rg_tensor *w);

/* What rg_max passes to each side of a tie: 1/2, or 0 with strict_ties. */
RG_API double rg_tie_share(const rg_tape *t);

/* The i64 leaf that counts ticks, and the number of the next random op since the
 * last tick or rewind; for ops that draw. */
RG_API rg_node *rg_counter(rg_tape *t);
RG_API int64_t rg_next_stream(rg_tape *t);
RG_API uint64_t rg_seed_of(const rg_tape *t);

/* For recordings in parts: the next random op has that number, until the tick. And the value
 * that leaf was to take at the tick, which it now does not; NULL: it was not. */
RG_API void rg_streams_from(rg_tape *t, int64_t number);
RG_API rg_node *rg_unassign(rg_node *leaf);

/* Run fn(arg, i) for i in 0..n-1 on the tape's threads; cut work by shape alone. */
RG_API void rg_parallel(rg_tape *t, int n, void (*fn)(void *arg, int i), void *arg);

/* Memory from the tape's allocator, for the length of one call or for a struct that
 * lives beside the tape; NULL: none, and the error is noted. Give it back with the
 * same size, before the tape is freed. */
RG_API void *rg_scratch(rg_tape *t, size_t bytes);
RG_API void rg_scratch_free(rg_tape *t, void *p, size_t bytes);

/* ---- the ops that the engine itself writes --------------------------------------- */

RG_API extern const rg_op rg_op_leaf, rg_op_fill, rg_op_detach, rg_op_assign, rg_op_error;
extern const rg_op rg_op_add; /* in ops/: sums at fan-in */
extern const rg_pair rg_pairs[]; /* in ops/: what plans make use of */
extern const rg_plain_form rg_plain_forms[];
extern const rg_row_form rg_row_forms[];
extern const rg_unit rg_units[];
extern const rg_delay rg_delays[];
extern const rg_op *const rg_folds[]; /* over axes of one number each they hand on that number */
extern const rg_op rg_op_reshape, rg_op_permute; /* in ops/view.c: the axes of a Jacobian */

#ifdef __cplusplus
}
#endif
#endif
