/* ranks.h - several processes that do the same with different parts of the data, and add
 * up what comes of it: data parallel training. They record the same ops in the same order;
 * rg_rank_sum is where they meet.
 *
 * The sum is a fixed tree: neighbours first, then pairs of neighbours. With a part of the
 * work that is itself added by halves (rg_shards in train.h) the bits do not depend on how
 * many processes share it. */
#ifndef RG_RANKS_H
#define RG_RANKS_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Who they are, and how two of them swap bytes. rg_mpi_open fills it in for MPI; any other
 * way to swap will do. */
typedef struct rg_ranks {
    int rank, n; /* this one, from 0, and how many: a power of two */
    /* Send `bytes` bytes to rank `with` and receive as many from it. Other than RG_OK: it
     * cannot be reached. */
    rg_status (*swap)(void *ud, int with, const void *send, void *receive, size_t bytes);
    void *ud;
} rg_ranks;

/* The sum of x over all ranks, on each of them, with the same bits: x has the same shape
 * everywhere and every rank asks for the same sums in the same order. r outlives the
 * node. Its gradient is the sum over all ranks of what arrives. With one rank, or none
 * (NULL), x itself. RG_USAGE: n is no power of two. */
RG_API rg_node *rg_rank_sum(rg_node *x, const rg_ranks *r);

/* The least and the largest v of all ranks, on each of them: do they agree? */
RG_API rg_status rg_rank_span(const rg_ranks *r, int64_t v, int64_t *least, int64_t *most);

/* ---- MPI (mpi.c; the option mpi of the build) ------------------------------------- */

/* How many processes mpirun has started this one among; 1: none. From the environment
 * alone: MPI is not begun for it. */
RG_API int rg_mpi_size(void);

/* Begin MPI, once in a process. RG_MISSING: built without it. RG_USAGE: their number is no power
 * of two. */
RG_API rg_status rg_mpi_open(rg_ranks *r, rg_error *e);

/* End it: with the others when status is 0, else for all at once, and mpirun says so. */
RG_API void rg_mpi_close(rg_ranks *r, int status);

#ifndef RG_NO_HERE
#define rg_rank_sum(...) RG_HERE(rg_rank_sum(__VA_ARGS__))
#endif

#ifdef __cplusplus
}
#endif
#endif
