/* tape.h - record a calculation, then read the record.
 *
 *   node   one value: the op that made it, the nodes it was made from, the
 *          source line that asked for it
 *   tape   the nodes in the order they were written; inputs always come first
 *   leaf   a node with numbers of its own: a register that you may write
 *   grad   writes more nodes on the same tape: a gradient is a value like any
 *
 * Functions that return a node never return NULL. If something is wrong they
 * return the tape's error node; ops given the error node hand it on, and the
 * first error waits in rg_error_of(). Check once, at the end. Functions that
 * act return a status as well. The library never prints, exits or aborts.
 *
 * A tape belongs to one thread; any number of tapes may live side by side. */
#ifndef RG_TAPE_H
#define RG_TAPE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) || !defined(__GNUC__)
#define RG_API
#else
#define RG_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum { RG_MAX_RANK = 8 };

/* What an element is. f32 and f64 compute; i64 carries labels, indices and
 * counters, and has no gradient; u8 holds data sets, to be cast per batch.
 * Nothing is promoted silently: mixing is an error, rg_cast is the way. */
typedef enum rg_dtype { RG_F32, RG_F64, RG_I64, RG_U8, RG_DTYPES } rg_dtype;

typedef enum rg_status {
    RG_OK,
    RG_NOMEM,    /* the allocator said no                                       */
    RG_SHAPE,    /* shapes that do not fit each other                           */
    RG_DTYPE,    /* element types that do not fit each other or the op          */
    RG_INDEX,    /* an index, axis or label out of range                        */
    RG_DOMAIN,   /* numbers that the op cannot work on: a singular matrix       */
    RG_STALE,    /* a gradient through a leaf that has changed since            */
    RG_USAGE,    /* a call out of place: NULL, two tapes, two assignments       */
    RG_IO,       /* a file that cannot be read or written                       */
    RG_FORMAT,   /* a file that is not what it claims to be                     */
    RG_MISSING,  /* a library that this call needs is not installed             */
    RG_CANCELLED /* a callback asked to stop                                    */
} rg_status;

typedef struct rg_tape rg_tape;
typedef struct rg_node rg_node; /* opaque here; op.h shows it */

/* Sizes of each axis, outermost first; rank 0 is a single number. */
typedef struct rg_shape {
    int rank;
    int64_t dim[RG_MAX_RANK];
} rg_shape;

/* A window onto numbers; it owns nothing. data is the address of element
 * (0, ..., 0); strides count elements, may be 0 (repeat) or negative. */
typedef struct rg_tensor {
    void *data; /* NULL: not computed yet */
    rg_dtype dtype;
    int rank;
    int64_t dim[RG_MAX_RANK];
    int64_t stride[RG_MAX_RANK];
} rg_tensor;

/* The first thing that went wrong on a tape. Lives as long as the tape. */
typedef struct rg_error {
    rg_status status;
    const char *op;   /* the op that refused, or NULL              */
    const char *file; /* the user's line, or NULL when not known   */
    int line;
    char text[480]; /* one sentence, with the shapes and the numbers */
} rg_error;

/* Zero means the default. */
typedef struct rg_config {
    /* Every allocation: p NULL: new; new_size 0: free; else resize. NULL: malloc. */
    void *(*mem)(void *ud, void *p, size_t old_size, size_t new_size);
    /* Run fn(arg, i) for every i in 0..n-1, in any order. NULL: the default pool. A thread
     * that runs it needs 512 KiB of stack. */
    void (*parallel)(void *ud, int n, void (*fn)(void *arg, int i), void *arg);
    void *ud;      /* handed to mem and parallel                                  */
    bool lazy;     /* record only; values come from rg_eval                       */
    bool strict_ties; /* max(x, y) at x = y passes nothing (notes 6.3), not half  */
    uint64_t seed; /* key of the random ops                                       */
} rg_config;

/* ---- shapes by value ------------------------------------------------------------- */

static inline rg_shape rg_shape0(void)
{
    rg_shape s = {0, {0}};
    return s;
}
static inline rg_shape rg_shape1(int64_t n)
{
    rg_shape s = {1, {n}};
    return s;
}
static inline rg_shape rg_shape2(int64_t m, int64_t n)
{
    rg_shape s = {2, {m, n}};
    return s;
}
static inline rg_shape rg_shape3(int64_t l, int64_t m, int64_t n)
{
    rg_shape s = {3, {l, m, n}};
    return s;
}
static inline rg_shape rg_shape4(int64_t k, int64_t l, int64_t m, int64_t n)
{
    rg_shape s = {4, {k, l, m, n}};
    return s;
}

/* ---- the tape -------------------------------------------------------------------- */

/* A new tape; cfg NULL means all defaults. NULL only when there is no memory
 * for it. The caller frees it with rg_tape_free, which takes all nodes along. */
RG_API rg_tape *rg_tape_new(const rg_config *cfg);
RG_API void rg_tape_free(rg_tape *t);

/* How long the tape is, for rg_rewind. */
RG_API int64_t rg_mark(const rg_tape *t);

/* Forget every node, name and error that came after the mark. Their addresses
 * are invalid from here on; memory is kept warm for the next recording. A scope
 * that is open since the mark or longer stays open. */
RG_API void rg_rewind(rg_tape *t, int64_t mark);

/* The first error since the tape began or was rewound behind it; status RG_OK
 * when all is well. Never NULL. */
RG_API const rg_error *rg_error_of(const rg_tape *t);

/* "shapes do not fit" and the like, for people. */
RG_API const char *rg_status_text(rg_status s);
RG_API const char *rg_dtype_text(rg_dtype d); /* "f32"                          */
RG_API size_t rg_dtype_size(rg_dtype d);      /* in bytes; 0: no such dtype     */

/* Bytes that the tape holds now, and the most it ever held. */
RG_API size_t rg_bytes(const rg_tape *t);
RG_API size_t rg_bytes_peak(const rg_tape *t);

/* ---- leaves: numbers that stay put as long as they are recorded ------------------ */

/* A leaf of zeros, dense, owned by the tape. */
RG_API rg_node *rg_leaf(rg_tape *t, rg_dtype dtype, rg_shape shape);

/* The same, with a copy of count elements of the leaf's dtype, dense; count
 * must equal the number of elements of the shape, else RG_SHAPE. */
RG_API rg_node *rg_leaf_from(rg_tape *t, rg_dtype dtype, rg_shape shape, const void *numbers,
                             size_t count);

/* A leaf over the caller's memory, with the caller's strides; the memory must
 * outlive the node, and plans that read it. A read-only leaf refuses rg_write and
 * rg_assign, so several tapes and threads may share its numbers. Where a window repeats a
 * number (a stride of 0), the last one written stays. After writing the memory directly,
 * say so with rg_touch. */
RG_API rg_node *rg_leaf_over(rg_tape *t, const rg_tensor *window, bool read_only);
RG_API void rg_touch(rg_node *leaf);

/* An f64 leaf of one number. */
RG_API rg_node *rg_scalar(rg_tape *t, double v);

/* A constant: v at every element of the shape, without memory for each. */
RG_API rg_node *rg_const(rg_tape *t, rg_dtype dtype, rg_shape shape, double v);

/* A constant of one element, of the dtype of like and on its tape. */
RG_API rg_node *rg_lit(const rg_node *like, double v);

/* ---- numbers in and out ---------------------------------------------------
 * count must equal the number of elements (else RG_SHAPE); elements are dense,
 * outermost axis first, and are converted to and from dtype. */
RG_API rg_status rg_write(rg_node *leaf, rg_dtype dtype, const void *from, size_t count);
RG_API rg_status rg_read(rg_node *y, rg_dtype dtype, void *to, size_t count);

/* Writes elements first .. first+count-1 alone: for numbers that come piece by piece. RG_SHAPE: the
 * leaf has not so many. */
RG_API rg_status rg_write_part(rg_node *leaf, rg_dtype dtype, const void *from, size_t first,
                               size_t count);

/* The value of a node of one element; NaN, and an error, for any other. Marks
 * the node as read by the program, so that a plan can warn about decisions
 * that were taken on it. */
RG_API double rg_value(rg_node *y);

/* The window of a node, for looking only. data is NULL on a record-only tape
 * before rg_eval. Valid until the node is rewound, on a record-only tape until any rewind. */
RG_API rg_tensor rg_peek(const rg_node *y);

/* Compute y and everything it needs; only record-only tapes have use for it. */
RG_API rg_status rg_eval(rg_node *y);

/* ---- gradients ------------------------------------------------------------------- */

/* out[i] = gradient of y with respect to x[i], as new nodes of the same tape,
 * with the shape of x[i]. seed is the gradient that arrives at y, in y's shape;
 * NULL means 1, and then y must have one element. A gradient that no path
 * reaches is absent: out[i] = NULL. A seed with extra leading axes asks for
 * several gradients at once; every out[i] then carries the same leading axes.
 * The result can be differentiated again, to any order. Errors: RG_SHAPE,
 * RG_DTYPE (y or x without gradient), RG_STALE, RG_NOMEM; out is then all
 * error nodes. Source: notes 6.2 and 6.3. */
RG_API rg_status rg_grad(rg_node *y, rg_node *seed, int n, rg_node *const *x, rg_node **out);

/* The same value, with no gradient through it. */
RG_API rg_node *rg_detach(rg_node *x);

/* Nodes recorded in between count as constants; calls may nest. */
RG_API void rg_nograd_begin(rg_tape *t);
RG_API void rg_nograd_end(rg_tape *t);

/* ---- registers --------------------------------------------------------------
 * Leaves are registers, the rest is wiring: x takes the value of v at the next
 * tick, rg_commit. Until then everybody sees the old x. Two assignments to one
 * leaf before a tick are an error. */
RG_API rg_node *rg_assign(rg_node *leaf, rg_node *v);
RG_API rg_status rg_commit(rg_tape *t);

/* A training step: begin is rg_mark; end commits and rewinds to the mark. On an
 * error it does neither, and returns it. */
RG_API int64_t rg_step_begin(rg_tape *t);
RG_API rg_status rg_step_end(rg_tape *t, int64_t mark);

/* ---- names and lines ------------------------------------------------------------- */

/* Call a node something; the text is copied. Returns the node. */
RG_API rg_node *rg_name(rg_node *x, const char *name);

/* Nodes recorded in between belong to a scope such as "layer 1"; may nest. */
RG_API void rg_scope_begin(rg_tape *t, const char *name);
RG_API void rg_scope_end(rg_tape *t);

/* Put a source line on n and on every node recorded since the last such note;
 * the macros of the builders do it. Returns n. */
RG_API rg_node *rg_at(rg_node *n, const char *file, int line);

/* The tape of a node; NULL for NULL. */
RG_API rg_tape *rg_tape_of(const rg_node *n);

/* Give the error on t the line of the call that raised it, unless it has one
 * already. Returns s. The macros of the functions that act do it. */
RG_API rg_status rg_at_status(rg_tape *t, rg_status s, const char *file, int line);

#define RG_HERE(...) rg_at((__VA_ARGS__), __FILE__, __LINE__)

/* Record and name in one go: RG_LET(h, rg_relu(z)); declares rg_node *h. */
#define RG_LET(var, ...) rg_node *var = rg_name((__VA_ARGS__), #var)

/* "0.1.0": of the library that is linked; RG_VERSION of retrograd.h should equal it. */
RG_API const char *rg_version(void);

/* ---- threads ---------------------------------------------------------------------
 * A tape, its nodes and its plans belong to one thread at a time: no two calls on them may
 * overlap, and handing them on needs what orders any memory (a lock, a join). Any number
 * of tapes may be used side by side; they share nothing but the pool below, which
 * serves one call at a time: who finds it busy works alone. Read-only leaves
 * (rg_leaf_over) share numbers between tapes, as long as nobody writes them.
 *
 * A process may fork while no other thread is inside the library: both sides go on, the
 * child with threads of its own. */

/* How many threads the default pool may use, this one included; 0: one per
 * processor. The default is 1; at most 64. Bits never depend on it. For the whole process,
 * from the next piece of work on; any thread may say so. */
RG_API void rg_set_threads(int n);
RG_API int rg_threads(void);

static inline rg_status rg_grad_here(const char *file, int line, rg_node *y, rg_node *seed, int n,
                                     rg_node *const *x, rg_node **out)
{
    return rg_at_status(rg_tape_of(y), rg_grad(y, seed, n, x, out), file, line);
}
static inline rg_status rg_commit_here(const char *file, int line, rg_tape *t)
{
    return rg_at_status(t, rg_commit(t), file, line);
}
static inline rg_status rg_step_end_here(const char *file, int line, rg_tape *t, int64_t mark)
{
    return rg_at_status(t, rg_step_end(t, mark), file, line);
}
static inline rg_status rg_write_here(const char *file, int line, rg_node *leaf, rg_dtype dtype,
                                      const void *from, size_t count)
{
    return rg_at_status(rg_tape_of(leaf), rg_write(leaf, dtype, from, count), file, line);
}
static inline rg_status rg_write_part_here(const char *file, int line, rg_node *leaf,
                                           rg_dtype dtype, const void *from, size_t first,
                                           size_t count)
{
    rg_status s = rg_write_part(leaf, dtype, from, first, count);
    return rg_at_status(rg_tape_of(leaf), s, file, line);
}
static inline rg_status rg_read_here(const char *file, int line, rg_node *y, rg_dtype dtype,
                                     void *to, size_t count)
{
    return rg_at_status(rg_tape_of(y), rg_read(y, dtype, to, count), file, line);
}
static inline rg_status rg_eval_here(const char *file, int line, rg_node *y)
{
    return rg_at_status(rg_tape_of(y), rg_eval(y), file, line);
}
static inline double rg_value_here(const char *file, int line, rg_node *y)
{
    double v = rg_value(y);
    rg_at_status(rg_tape_of(y), RG_OK, file, line);
    return v;
}

/* The builders again, noting the line of the call. &rg_leaf and (rg_leaf)(...)
 * still reach the function. Library sources define RG_NO_HERE. */
#ifndef RG_NO_HERE
#define rg_leaf(...)      RG_HERE(rg_leaf(__VA_ARGS__))
#define rg_leaf_from(...) RG_HERE(rg_leaf_from(__VA_ARGS__))
#define rg_leaf_over(...) RG_HERE(rg_leaf_over(__VA_ARGS__))
#define rg_scalar(...)    RG_HERE(rg_scalar(__VA_ARGS__))
#define rg_const(...)     RG_HERE(rg_const(__VA_ARGS__))
#define rg_lit(...)       RG_HERE(rg_lit(__VA_ARGS__))
#define rg_detach(...)    RG_HERE(rg_detach(__VA_ARGS__))
#define rg_assign(...)    RG_HERE(rg_assign(__VA_ARGS__))
#define rg_grad(...)      rg_grad_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_commit(...)    rg_commit_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_step_end(...)  rg_step_end_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_write(...)     rg_write_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_write_part(...) rg_write_part_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_read(...)      rg_read_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_eval(...)      rg_eval_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_value(...)     rg_value_here(__FILE__, __LINE__, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
