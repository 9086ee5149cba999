/* train_ranks.c - retrograd train on several processes: who takes part, and who speaks. */
#define RG_NO_HERE
#include "term.h"
#include "train_run.h"
#include <time.h>

bool train_is_first(const train_run *r) { return !r->plan.ranks || !r->plan.ranks->rank; }

/* Started by mpirun with others: they share the shards, one thread each. */
bool train_join_others(train_run *r)
{
    rg_error e = {0};
    if (rg_mpi_size() == 1) return true;
    if (rg_mpi_open(&r->ranks, &e)) return diag_library(&r->d, &e);
    if (r->ranks.n == 1) return true;
    r->plan.ranks = &r->ranks;
    if (!args_has(r->a, OPT_THREADS)) rg_set_threads(1);
    return true;
}

bool train_shards_fit(train_run *r)
{
    int n = r->plan.ranks ? r->plan.ranks->n : 1;
    if (r->plan.ranks && r->spot.nodes)
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                        "--check looks at whole batches, which no one of %d processes has", n);
    if (r->plan.shards % n == 0 && r->plan.shards >= n) return true;
    diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
             "%d processes cannot share %d shard%s: their number must divide --shards", n,
             r->plan.shards, r->plan.shards == 1 ? "" : "s");
    diag_help(&r->d, "as in --shards %d; the result depends on it, not on the processes", 2 * n);
    return false;
}

/* Nobody begins unless all can, on the same data; of those that cannot, the first says why. */
bool train_all_ready(train_run *r, bool ready)
{
    int64_t least = 0, most = 0, digest = (int64_t)r->checkpoint.now.data;
    if (!r->plan.ranks) return ready;
    const rg_ranks *a = r->plan.ranks;
    if (rg_rank_span(a, ready ? INT64_MAX : a->rank, &least, &most)) return false;
    r->silent = least != INT64_MAX && least != a->rank;
    if (least != INT64_MAX) return false;
    if (rg_rank_span(a, digest, &least, &most)) return false;
    r->silent = a->rank != 0;
    return least == most || diag_set(&r->d, E_FORMAT, NULL, (span){0, 0},
                                     "%s: is not the same data for all processes",
                                     r->data.data.source);
}

int train_complain(const train_run *r)
{
    return r->silent ? diag_status(&r->d) : term_report(&r->d, ERROR);
}

/* The others wait for this one, which cannot go on: end them too. When all of them say the
 * same at once, it is the first that is heard. */
int train_end_all(train_run *r)
{
    const struct timespec moment = {0, 200000000};
    if (!train_is_first(r)) nanosleep(&moment, NULL);
    int status = term_report(&r->d, ERROR);
    fflush(NULL);
    rg_mpi_close(&r->ranks, status);
    return status;
}
