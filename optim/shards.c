/* shards.c - a batch in shards, each recorded for itself, their losses, gradients and
 * running statistics added by halves: ((0 + 1) + (2 + 3)) + ... A rank has shards that are
 * neighbours, so the lower levels of that tree are its own and the upper ones those of
 * rg_rank_sum. What is random in a shard depends on its number, not on the rank. */
#define RG_NO_HERE
#include "shards.h"
#include "ops.h"
#include "rule.h"

enum { STREAMS = 1 << 16 }; /* more random ops than a shard has */

/* What comes of the shards of this rank, one after another: for each the loss and the score, then
 * gradients, then what running statistics are moved to. */
typedef struct cutting {
    const rg_training *tr;
    rg_phase phase;
    int64_t rows;
    int first, n;         /* of the shards, and how many       */
    int params, moved, each; /* nodes of a shard                  */
    rg_node **part;       /* n times each                      */
    rg_node **whole;      /* each of them, of the whole batch */
} cutting;

enum { LOSS, SCORE, FIRST_GRADIENT };

static int ranks_in(const rg_training *tr) { return tr->ranks ? tr->ranks->n : 1; }

rg_status rg_shards_check(const rg_training *tr)
{
    int n = ranks_in(tr);
    if (tr->shards <= 1 && n == 1) return RG_OK;
    if (tr->shards < n || tr->shards % n || (n & (n - 1)))
        return rg_refuse(tr->tape, RG_USAGE, NULL,
                         "training: %d shards cannot be shared by %d processes: a power of two of them "
                         "that divides the shards is needed",
                         tr->shards, n);
    return RG_OK;
}

static int64_t first_row(const cutting *c, int shard) { return c->rows * shard / c->tr->shards; }

static rg_node *nothing_like(const rg_node *x)
{
    return rg_const(rg_tape_of(x), rg_dtype_of(x), rg_shape_of(x), 0);
}

/* A shard of no rows adds nothing, but as the others do. */
static void record_nothing(const cutting *c, rg_node **out)
{
    rg_tape *t = c->tr->tape;
    out[LOSS] = out[SCORE] = rg_const(t, RG_F64, rg_shape0(), 0);
    for (int i = 0; i < c->params; i++) out[FIRST_GRADIENT + i] = nothing_like(c->tr->optim->param[i]);
    for (int i = 0; i < c->moved; i++)
        out[FIRST_GRADIENT + c->params + i] = nothing_like(c->tr->move[i]);
}

/* The share of the batch's mean that is this shard's. */
static rg_status record_gradients(const cutting *c, rg_node *loss, double share, rg_node **out)
{
    rg_node *part = rg_scale(loss, share);
    rg_status s = rg_grad(part, NULL, c->params, c->tr->optim->param, out + FIRST_GRADIENT);
    for (int i = 0; i < c->params && !s; i++)
        if (!out[FIRST_GRADIENT + i])
            out[FIRST_GRADIENT + i] = nothing_like(c->tr->optim->param[i]);
    for (int i = 0; i < c->moved && !s; i++) {
        rg_node *to = rg_unassign(c->tr->move[i]);
        out[FIRST_GRADIENT + c->params + i] = rg_scale(to ? to : c->tr->move[i], share);
    }
    return s;
}

static rg_status record_shard(cutting *c, int shard, rg_node **out)
{
    int64_t from = first_row(c, shard), rows = first_row(c, shard + 1) - from;
    if (!rows) {
        record_nothing(c, out);
        return RG_OK;
    }
    double share = (double)rows / (double)c->rows;
    rg_streams_from(c->tr->tape, (int64_t)shard * STREAMS);
    rg_measured m = c->tr->record_shard(c->tr->ud, c->phase, from, rows);
    out[LOSS] = rg_scale(rg_cast(m.loss, RG_F64), share);
    out[SCORE] = m.score ? rg_cast(m.score, RG_F64) : nothing_like(out[LOSS]);
    return c->phase == RG_PHASE_TRAIN ? record_gradients(c, m.loss, share, out)
                                      : rg_error_of(c->tr->tape)->status;
}

/* Node k of shards from .. from+n-1 of this rank, added by halves. */
static rg_node *add_halves(const cutting *c, int k, int from, int n)
{
    if (n == 1) return c->part[from * c->each + k];
    rg_node *left = add_halves(c, k, from, n / 2);
    rg_node *right = add_halves(c, k, from + n / 2, n - n / 2);
    return rg_add(left, right);
}

static void add_shards(cutting *c)
{
    for (int k = 0; k < c->each; k++)
        c->whole[k] = rg_rank_sum(add_halves(c, k, 0, c->n), c->tr->ranks);
}

static rg_status record_cut(cutting *c, rg_measured *m)
{
    rg_status s = RG_OK;
    for (int i = 0; i < c->n && !s; i++) s = record_shard(c, c->first + i, c->part + i * c->each);
    if (s) return s;
    add_shards(c);
    *m = (rg_measured){c->whole[LOSS], c->tr->scored ? c->whole[SCORE] : NULL};
    for (int i = 0; i < c->moved; i++)
        rg_assign(c->tr->move[i], c->whole[FIRST_GRADIENT + c->params + i]);
    return c->phase == RG_PHASE_TRAIN ? rg_optim_apply(c->tr->optim, c->whole + FIRST_GRADIENT)
                                      : rg_error_of(c->tr->tape)->status;
}

rg_status rg_shards_record(const rg_training *tr, rg_phase phase, int64_t rows, rg_measured *m)
{
    bool trains = phase == RG_PHASE_TRAIN;
    cutting c = {.tr = tr, .phase = phase, .rows = rows, .n = tr->shards / ranks_in(tr)};
    c.first = tr->ranks ? tr->ranks->rank * c.n : 0;
    c.params = trains ? tr->optim->n : 0;
    c.moved = trains ? tr->moved : 0;
    c.each = FIRST_GRADIENT + c.params + c.moved;
    size_t bytes = (size_t)(c.n + 1) * (size_t)c.each * sizeof *c.part;
    c.part = rg_scratch(tr->tape, bytes);
    if (!c.part) return RG_NOMEM;
    c.whole = c.part + c.n * c.each;
    rg_status s = record_cut(&c, m);
    rg_scratch_free(tr->tape, c.part, bytes);
    return s;
}
