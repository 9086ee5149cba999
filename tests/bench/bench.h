/* bench.h - what a workload is. One file per family has rows of `workload`; job.c runs
 * one of them, as a plan or eagerly; main.c measures and prints. */
#ifndef BENCH_H
#define BENCH_H
#include <retrograd/retrograd.h>
#include <stdbool.h>

enum { FEEDS = 2, OUTPUTS = 16, CHECK_STEPS = 3 };

typedef struct job job;
typedef struct workload workload;

typedef enum measure {
    STEP_TIME,      /* of a step, after warming up                                   */
    RECORDING_TIME, /* the same, always eagerly: recording is what is measured       */
    PEAK_MEMORY,    /* of the process, after a few steps                             */
    FIRST_STEP      /* from exec to the line that says so: the runner holds the clock */
} measure;

struct workload {
    const char *name; /* NULL ends an array of rows                                  */
    const char *unit; /* "ms"                                                        */
    double scale;     /* units in a second; 1 for memory                             */
    measure measure;
    int batches;          /* in the pool                                                 */
    void (*open)(job *j); /* leaves, feeds, optimizer                                */
    int (*record)(job *j, rg_node **out); /* one step; how many outputs, at most OUTPUTS */
    /* The same by hand, threads by rg_parallel: a floor, for --hand. NULL: none. Outputs
     * are windows on memory that stays until the next step. */
    int (*hand)(job *j, rg_tensor *out);
    const void *shape; /* the family's own description                               */
    /* The first outputs at step CHECK_STEPS as PyTorch computes them, and how far off
     * they may be: an output of one element is that number, others count as the root of
     * their mean square. */
    double known[4], tolerance;
};

/* A leaf over memory of ours that takes one batch of the pool at every step. */
typedef struct feed {
    rg_node *leaf;
    char *window, *pool;
    size_t bytes;
} feed;

struct job {
    const workload *workload;
    rg_tape *tape;
    rg_plan *plan; /* NULL: eager, or by hand                                        */
    int planned;   /* its outputs                                                    */
    bool by_hand;
    int feeds;
    feed feed[FEEDS];
    int params;
    rg_node *param[OUTPUTS];
    rg_optim *optim;      /* NULL: none                                                   */
    rg_model model;       /* for those that are built from a spec                         */
    int64_t done;         /* steps so far                                                 */
    int outputs;          /* that were looked at                                              */
    uint64_t streams;     /* of numbers drawn so far                                     */
    double seen[OUTPUTS]; /* outputs of step CHECK_STEPS                             */
    uint64_t digest;      /* of their bits and those of the parameters               */
};

/* What the command line says about how to run. */
typedef struct manner {
    bool eager;         /* record, compute and forget at every step                  */
    bool hand;          /* the floor instead                                         */
    bool plain;         /* a plan without fusion                                     */
    const char *budget; /* bytes, or N% of what the plan needs by itself; NULL: any  */
} manner;

/* For `open`. Every leaf and feed is drawn from a stream of its own, in the order of the
 * calls; peers/protocol.py draws the same. */
rg_node *job_feed(job *j, rg_dtype dtype, rg_shape shape, double scale);
rg_node *job_labels(job *j, rg_shape shape, int64_t classes);
rg_node *job_param(job *j, rg_dtype dtype, rg_shape shape, double scale);
void job_draw(job *j, rg_node *leaf, double scale); /* numbers in -scale..scale      */
/* Gradient descent at 0.01, or Adam at 0.001 in the form of its paper. */
void job_train(job *j, int n, rg_node *const *param, bool adam);

/* For `hand`: this step's batch of feed i where it lies in the pool, and a window on dense
 * memory. */
void *job_batch(const job *j, int i);
rg_tensor job_window(void *data, rg_dtype dtype, rg_shape shape);

/* Fails by message and exit: a benchmark has no caller to tell. */
job *job_open(const workload *w, const manner *how);
void job_step(job *j);
void job_close(job *j);

extern const workload perceptrons[], recurrences[], chains[], hessians[], transformers[], convnets[], updates[];

#endif
