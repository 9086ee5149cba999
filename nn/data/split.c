/* split.c - shuffling, drawing with replacement, and holding rows out: a share or a fold,
 * plainly or evenly from every class. Rows come out ascending, so a split is a set and no order
 * leaks. */
#define RG_NO_HERE
#include "dice.h"
#include "op.h"
#include "filling.h"
#include <string.h>

static void shuffle_with(int64_t *index, int64_t n, rg_dice *d)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)rg_dice_below(d, (uint64_t)i + 1), swap = index[i];
        index[i] = index[j];
        index[j] = swap;
    }
}

void rg_shuffle(int64_t *index, int64_t n, uint64_t seed, uint64_t round)
{
    rg_dice d = rg_dice_of(seed, RG_DICE_SHUFFLE, round);
    shuffle_with(index, n, &d);
}

void rg_bootstrap(int64_t *rows, int64_t n, uint64_t seed, uint64_t round)
{
    rg_dice d = rg_dice_of(seed, RG_DICE_BOOTSTRAP, round);
    for (int64_t i = 0; i < n; i++) rows[i] = (int64_t)rg_dice_below(&d, (uint64_t)n);
}

/* Places 0..n-1 grouped by class, and where each class begins. */
typedef struct rg_groups {
    int64_t *place, *begin; /* begin has classes + 1 */
    int64_t *quota;         /* how many each class holds out */
    int classes;
} rg_groups;

static rg_status group_rows(rg_groups *g, rg_store *s, const int64_t *rows, int64_t n,
                            const int64_t *label, rg_error *e)
{
    g->place = rg_store_take(s, n, sizeof *g->place, e);
    g->begin = rg_store_take(s, (int64_t)g->classes + 2, sizeof *g->begin, e);
    g->quota = rg_store_take(s, g->classes, sizeof *g->quota, e);
    if (!g->place || !g->begin || !g->quota) return RG_NOMEM;
    int64_t *next = g->begin + 1; /* after the second loop begin[c + 1] is the end of class c */
    for (int64_t i = 0; i < n; i++) {
        int64_t c = label ? label[rg_row_at(rows, i)] : 0;
        if (c < 0 || c >= g->classes)
            return rg_error_set(e, RG_INDEX, "row %lld has label %lld, but there are %d classes",
                                (long long)rg_row_at(rows, i), (long long)c, g->classes);
        next[c + 1]++;
    }
    for (int c = 0; c < g->classes; c++) next[c + 1] += next[c];
    for (int64_t i = 0; i < n; i++) g->place[next[label ? label[rg_row_at(rows, i)] : 0]++] = i;
    return RG_OK;
}

/* Share total out: each class its whole part, what is left to the largest remainders. */
static void set_quotas(rg_groups *g, double fraction, int64_t total)
{
    int64_t given = 0;
    for (int c = 0; c < g->classes; c++) {
        g->quota[c] = (int64_t)(fraction * (double)(g->begin[c + 1] - g->begin[c]));
        given += g->quota[c];
    }
    while (given != total) {
        int best = -1, step = given < total ? 1 : -1;
        double most = 0;
        for (int c = 0; c < g->classes; c++) {
            int64_t size = g->begin[c + 1] - g->begin[c], q = g->quota[c] + step;
            double lack = step * (fraction * (double)size - (double)g->quota[c]);
            if (q < 0 || q > size || (best >= 0 && lack <= most)) continue;
            best = c;
            most = lack;
        }
        g->quota[best] += step;
        given += step;
    }
}

/* How many of n: nearest to the fraction, but some stay and some go. */
static int64_t held_count(int64_t n, double fraction)
{
    int64_t held = (int64_t)(fraction * (double)n + 0.5);
    return held < 1 ? 1 : held > n - 1 ? n - 1 : held;
}

/* Which of the rows of a class are held out: its quota, or those of one fold of k. */
typedef struct holding {
    int k, fold;   /* k 0: the quota              */
    int64_t dealt; /* to the folds, over all classes */
} holding;

static void hold_class(const rg_groups *g, int c, uint64_t seed, holding *h, unsigned char *is_held)
{
    rg_dice d = rg_dice_of(seed, RG_DICE_SPLIT, (uint64_t)c);
    int64_t *of_class = g->place + g->begin[c], size = g->begin[c + 1] - g->begin[c];
    shuffle_with(of_class, size, &d);
    for (int64_t i = 0; i < size; i++) {
        bool held = h->k ? h->dealt++ % h->k == h->fold : i < g->quota[c];
        is_held[of_class[i]] = held;
    }
}

static rg_status fill_split(rg_split *s, const int64_t *rows, int64_t n, const rg_groups *g,
                            holding h, uint64_t seed, rg_error *e)
{
    unsigned char *is_held = rg_store_take(&s->store, n, 1, e);
    s->kept = rg_store_take(&s->store, n, sizeof *s->kept, e);
    s->held = rg_store_take(&s->store, n, sizeof *s->held, e);
    if (!is_held || !s->kept || !s->held) return RG_NOMEM;
    for (int c = 0; c < g->classes; c++) hold_class(g, c, seed, &h, is_held);
    for (int64_t i = 0; i < n; i++) {
        if (is_held[i])
            s->held[s->n_held++] = rg_row_at(rows, i);
        else
            s->kept[s->n_kept++] = rg_row_at(rows, i);
    }
    return RG_OK;
}

/* Groups the rows, and holds some of them out; fraction is for quotas. */
static rg_status cut_rows(rg_split *s, const int64_t *rows, int64_t n, const int64_t *label,
                          int classes, double fraction, holding h, uint64_t seed,
                          const rg_alloc *alloc, rg_error *e)
{
    rg_store scratch;
    rg_groups g = {.classes = label ? classes : 1};
    rg_store_open(&s->store, alloc);
    rg_store_open(&scratch, alloc);
    rg_status st = group_rows(&g, &scratch, rows, n, label, e);
    if (st == RG_OK && !h.k) set_quotas(&g, fraction, held_count(n, fraction));
    if (st == RG_OK) st = fill_split(s, rows, n, &g, h, seed, e);
    rg_store_close(&scratch);
    if (st != RG_OK) rg_split_free(s);
    return st;
}

rg_status rg_split_rows(rg_split *s, const int64_t *rows, int64_t n, const int64_t *label,
                        int classes, double fraction, uint64_t seed, const rg_alloc *alloc,
                        rg_error *e)
{
    *s = (rg_split){0};
    if (n < 2 || !(fraction > 0 && fraction < 1))
        return rg_error_set(e, RG_SHAPE,
                            "cannot hold out %g of %lld rows: at least 2 rows and a "
                            "fraction between 0 and 1 are needed",
                            fraction, (long long)n);
    return cut_rows(s, rows, n, label, classes, fraction, (holding){0}, seed, alloc, e);
}

rg_status rg_fold_rows(rg_split *s, const int64_t *rows, int64_t n, const int64_t *label,
                       int classes, int k, int fold, uint64_t seed, const rg_alloc *alloc,
                       rg_error *e)
{
    *s = (rg_split){0};
    if (k < 2 || k > n || fold < 0 || fold >= k)
        return rg_error_set(e, RG_SHAPE,
                            "fold %d of %d over %lld rows: 2 to as many folds as rows, counted "
                            "from 0, are possible",
                            fold, k, (long long)n);
    return cut_rows(s, rows, n, label, classes, 0, (holding){k, fold, 0}, seed, alloc, e);
}

void rg_split_free(rg_split *s)
{
    rg_store_close(&s->store);
    *s = (rg_split){0};
}

/* ---- three parts ------------------------------------------------------------- */

rg_status rg_partition_rows(rg_partition *p, int64_t n, const int64_t *label, int classes,
                            double valid, double test, uint64_t seed, const rg_alloc *alloc,
                            rg_error *e)
{
    *p = (rg_partition){0};
    if (!(valid > 0 && test > 0 && valid + test < 1))
        return rg_error_set(e, RG_SHAPE,
                            "shares of %g and %g for validation and test: both must be above 0 "
                            "and leave some to train on",
                            valid, test);
    rg_status s = rg_split_rows(&p->outer, NULL, n, label, classes, test, seed, alloc, e);
    if (!s)
        s = rg_split_rows(&p->inner, p->outer.kept, p->outer.n_kept, label, classes,
                          valid / (1 - test), seed + 1, alloc, e);
    if (s) rg_partition_free(p);
    return s;
}

int64_t rg_partition_train(const rg_partition *p, const int64_t **rows)
{
    *rows = p->inner.kept;
    return p->inner.n_kept;
}

int64_t rg_partition_valid(const rg_partition *p, const int64_t **rows)
{
    *rows = p->inner.held;
    return p->inner.n_held;
}

int64_t rg_partition_test(rg_partition *p, const int64_t **rows)
{
    p->touched++;
    *rows = p->outer.held;
    return p->outer.n_held;
}

void rg_partition_free(rg_partition *p)
{
    rg_split_free(&p->outer);
    rg_split_free(&p->inner);
    *p = (rg_partition){0};
}
