/* checkpoint.c - the state of a training to a file and back. What is read is believed
 * only as far as it can be true. */
#define RG_NO_HERE
#include "checkpoint.h"
#include "memory.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_CHECKPOINT "checkpoint"
#define KEY_OPTIMIZER  "train optimizer"
#define KEY_AUGMENT    "train augment"
#define TENSOR_OPTIM   "optimizer.%d"
#define TENSOR_BEST    "best/%s"
#define TENSOR_COURSE  "history"

enum { NAME = 80, COURSE = 6 };

/* ---- the table of numbers -------------------------------------------------------------- */

typedef enum entry_kind {
    WHOLE,
    WORD,
    BOOL,
    REAL
} entry_kind; /* int64_t, uint64_t, bool, double */

typedef struct entry {
    const char *key;
    entry_kind kind;
    int64_t least; /* of WHOLE */
    size_t at;
} entry;

#define AT(field) offsetof(checkpoint_numbers, field)

/* clang-format off */
static const entry entries[] = {
    {"train seed", WHOLE, 0, AT(seed)},
    {"train epochs", WHOLE, 1, AT(epochs)},
    {"train patience", WHOLE, 0, AT(patience)},
    {"train batch", WHOLE, 1, AT(batch)},
    {"train networks", WHOLE, 1, AT(networks)},
    {"train shards", WHOLE, 1, AT(shards)},
    {"train steady", BOOL, 0, AT(steady)},
    {"train smooth", REAL, 0, AT(smooth)},
    {"train data", WORD, 0, AT(data)},
    {"at step", WHOLE, 0, AT(step)},
    {"at tick", WHOLE, 0, AT(at.tick)},
    {"at epoch", WHOLE, 1, AT(at.epoch)},
    {"at done", BOOL, 0, AT(at.done)},
    {"at batches", WHOLE, 0, AT(at.batches)},
    {"at rows", WHOLE, 0, AT(at.rows)},
    {"at loss", REAL, 0, AT(at.loss)},
    {"at score", REAL, 0, AT(at.score)},
    {"at scored", BOOL, 0, AT(at.scored)},
    {"best epochs", WHOLE, 0, AT(at.outcome.epochs)},
    {"best epoch", WHOLE, 0, AT(at.outcome.best)},
    {"best loss", REAL, 0, AT(at.outcome.loss)},
    {"best score", REAL, 0, AT(at.outcome.score)},
    {"first epochs", WHOLE, 0, AT(first.epochs)},
    {"first epoch", WHOLE, 0, AT(first.best)},
    {"first loss", REAL, 0, AT(first.loss)},
    {"first score", REAL, 0, AT(first.score)},
};
/* clang-format on */
enum { ENTRIES = sizeof entries / sizeof *entries, TEXTS = 3, WIDEST = 32 };

static void print_entry(const entry *n, const checkpoint_numbers *c, char text[WIDEST])
{
    const char *p = (const char *)c + n->at;
    if (n->kind == WHOLE) snprintf(text, WIDEST, "%" PRId64, *(const int64_t *)(const void *)p);
    if (n->kind == WORD) snprintf(text, WIDEST, "%016" PRIx64, *(const uint64_t *)(const void *)p);
    if (n->kind == BOOL) snprintf(text, WIDEST, "%d", *(const bool *)(const void *)p);
    if (n->kind == REAL) snprintf(text, WIDEST, "%.17g", *(const double *)(const void *)p);
}

/* False: it is not such a number. A loss may be inf or nan: of a training that explodes. */
static bool scan_entry(const entry *n, checkpoint_numbers *c, const char *text)
{
    char *p = (char *)c + n->at, *end = NULL;
    errno = 0;
    if (!*text || strspn(text, " \t\n")) return false;
    if (n->kind == WORD)
        *(uint64_t *)(void *)p = strtoull(text, &end, 16);
    else if (n->kind == REAL) {
        double v = strtod(text, &end);
        if (errno && isinf(v)) return false; /* a number, but none of ours */
        *(double *)(void *)p = v;
    } else {
        int64_t v = strtoll(text, &end, 10);
        if (v < n->least || (n->kind == BOOL && v > 1)) return false;
        if (n->kind == WHOLE) *(int64_t *)(void *)p = v;
        if (n->kind == BOOL) *(bool *)(void *)p = v;
    }
    return !*end && (!errno || n->kind == REAL);
}

/* ---- reading --------------------------------------------------------------------------- */

bool checkpoint_is(const rg_model_file *f)
{
    return rg_safetensors_remark(&f->file, KEY_CHECKPOINT) != NULL;
}

static bool not_a_checkpoint(diag *d, const rg_model_file *f, const char *what)
{
    return diag_set(d, E_FORMAT, NULL, (span){0, 0}, "%.200s: is no checkpoint that can be used: %s", f->path, what);
}

/* Do the numbers fit each other? Most of what could be wrong is found where it is used. */
static bool numbers_fit(const checkpoint_numbers *c, int networks)
{
    const rg_outcome *o = &c->at.outcome;
    return c->networks >= networks && c->networks <= 100 && c->epochs <= 1000000 &&
           c->batch <= 1000000 && c->shards <= 4096 && c->at.batches <= c->step && o->best <= o->epochs &&
           o->epochs == c->at.epoch - !c->at.done && c->at.rows <= INT64_MAX / 2 &&
           c->smooth >= 0 && c->smooth < 1 && (networks == 1 || c->first.best > 0);
}

bool checkpoint_open(checkpoint *c, const rg_model_file *f, diag *d)
{
    for (int i = 0; i < ENTRIES; i++) {
        const char *text = rg_safetensors_remark(&f->file, entries[i].key);
        if (!text || !scan_entry(&entries[i], &c->now, text))
            return not_a_checkpoint(d, f, entries[i].key);
    }
    c->optimizer = rg_safetensors_remark(&f->file, KEY_OPTIMIZER);
    c->augment = rg_safetensors_remark(&f->file, KEY_AUGMENT);
    if (!c->optimizer) return not_a_checkpoint(d, f, KEY_OPTIMIZER);
    if (!numbers_fit(&c->now, f->info.networks))
        return not_a_checkpoint(d, f, "its numbers contradict each other");
    c->from = f;
    return true;
}

static const rg_tensor *course_of(const checkpoint *c)
{
    const rg_tensor *x = c->from ? rg_safetensors_find(&c->from->file, TENSOR_COURSE) : NULL;
    return x && x->dtype == RG_F64 && x->rank == 2 && x->dim[1] == COURSE ? x : NULL;
}

rg_progress *checkpoint_course(const checkpoint *c, size_t *epochs)
{
    const rg_tensor *x = course_of(c);
    *epochs = x ? (size_t)x->dim[0] : 0;
    rg_progress *p = memory_new(*epochs + 1, sizeof *p);
    for (size_t i = 0; x && i < *epochs; i++) {
        const double *v = (const double *)x->data + COURSE * i;
        p[i] = (rg_progress){.epoch = (int64_t)i + 1,
                             .epochs = c->now.epochs,
                             .rows = v[0] >= 0 && v[0] < 1e15 ? (int64_t)v[0] : 0,
                             .loss = v[1],
                             .score = v[2],
                             .valid_loss = v[3],
                             .valid_score = v[4],
                             .done = true,
                             .best = v[5] != 0};
    }
    return p;
}

/* ---- the same run? ---------------------------------------------------------------------- */

static bool differs(diag *d, const args *a, option_id id, const char *file)
{
    return diag_set(d, E_USAGE, NULL, (span){0, 0},
                    "--%s says '%.60s', but the run of --resume has '%.60s'", options[id].name,
                    a->opt[id].text, file);
}

static bool same_text(const args *a, option_id id, const char *file, diag *d)
{
    return !args_has(a, id) || (file && !strcmp(a->opt[id].text, file)) ||
           differs(d, a, id, file ? file : "none");
}

static bool same_number(const args *a, option_id id, double file, diag *d)
{
    char text[WIDEST];
    snprintf(text, sizeof text, "%.17g", file);
    return !args_has(a, id) || a->opt[id].number == file || differs(d, a, id, text);
}

static bool same_choice(const args *a, option_id id, int file, const char *word, diag *d)
{
    return !args_has(a, id) || a->opt[id].choice == file || differs(d, a, id, word);
}

bool checkpoint_agrees(const checkpoint *c, const args *a, diag *d)
{
    const checkpoint_numbers *n = &c->now;
    bool wide = c->from->dtype == RG_F64;
    return same_text(a, OPT_OPTIMIZER, c->optimizer, d) &&
           same_text(a, OPT_AUGMENT, c->augment, d) &&
           same_number(a, OPT_SEED, (double)n->seed, d) &&
           same_number(a, OPT_PATIENCE, (double)n->patience, d) &&
           same_number(a, OPT_BATCH, (double)n->batch, d) &&
           same_number(a, OPT_ENSEMBLE, (double)n->networks, d) &&
           same_number(a, OPT_SHARDS, (double)n->shards, d) &&
           same_number(a, OPT_SMOOTH, n->smooth, d) &&
           same_choice(a, OPT_SCHEDULE, n->steady, n->steady ? "constant" : "linear", d) &&
           same_choice(a, OPT_DTYPE, wide, wide ? "f64" : "f32", d);
}

static uint64_t digest_bytes(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001b3u; /* FNV-1a */
    return h;
}

uint64_t checkpoint_digest(const rg_data *x)
{
    size_t rows = (size_t)x->rows;
    uint64_t h = digest_bytes(0xcbf29ce484222325u, &x->width, sizeof x->width);
    h = digest_bytes(h, x->x, rows * (size_t)x->width * rg_dtype_size(x->dtype));
    if (x->label) h = digest_bytes(h, x->label, rows * sizeof *x->label);
    return x->target ? digest_bytes(h, x->target, rows * sizeof *x->target) : h;
}

/* ---- leaves that are given their numbers ------------------------------------------------- */

/* The tensor of that name, when it is like leaf; NULL, and the tape says so, when not. */
static const rg_tensor *tensor_like(const checkpoint *c, const char *name, const rg_node *leaf)
{
    const rg_tensor *x = rg_safetensors_find(&c->from->file, name);
    rg_shape s = rg_shape_of(leaf);
    if (x && x->dtype == rg_dtype_of(leaf) && x->rank == s.rank &&
        !memcmp(x->dim, s.dim, (size_t)s.rank * sizeof *s.dim))
        return x;
    rg_refuse(rg_tape_of(leaf), RG_FORMAT, NULL,
              "%.200s: is no checkpoint that can be used: it has no %s that fits", c->from->path, name);
    return NULL;
}

static size_t bytes_of(const rg_node *leaf)
{
    return (size_t)rg_count_of(leaf) * rg_dtype_size(rg_dtype_of(leaf));
}

static rg_node *kept_leaf(const rg_model *m, int i)
{
    return i < m->params ? m->param[i] : m->buffer[i - m->params];
}

/* As the training loop lays them out: see rg_standing. */
static rg_status restore_best(checkpoint *c, const rg_model *m)
{
    size_t bytes = 1;
    int n = m->params + m->buffers;
    for (int i = 0; i < n; i++) bytes += bytes_of(kept_leaf(m, i));
    c->now.at.bytes = bytes;
    c->now.at.best = c->best = memory_new(bytes, 1);
    char *to = c->best;
    for (int i = 0; i < n && c->now.at.outcome.best; i++) {
        char name[NAME];
        rg_node *leaf = kept_leaf(m, i);
        snprintf(name, sizeof name, TENSOR_BEST, rg_name_of(leaf));
        const rg_tensor *x = tensor_like(c, name, leaf);
        if (!x) return RG_FORMAT;
        memcpy(to, x->data, bytes_of(leaf));
        to += bytes_of(leaf);
    }
    return RG_OK;
}

rg_status checkpoint_restore(checkpoint *c, const rg_model *m, rg_optim *o)
{
    rg_status s = RG_OK;
    for (int i = 0; i < rg_optim_leaves(o) && !s; i++) {
        char name[NAME];
        rg_node *leaf = rg_optim_leaf(o, i);
        snprintf(name, sizeof name, TENSOR_OPTIM, i);
        const rg_tensor *x = tensor_like(c, name, leaf);
        s = x ? rg_write(leaf, x->dtype, x->data, (size_t)rg_count(x)) : RG_FORMAT;
    }
    return s ? s : restore_best(c, m);
}

/* ---- writing ----------------------------------------------------------------------------- */

typedef struct tensors {
    rg_saved *x;
    char (*name)[NAME];
    int n;
} tensors;

static void add_tensor(tensors *t, rg_tensor x, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void add_tensor(tensors *t, rg_tensor x, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->name[t->n], NAME, fmt, ap);
    va_end(ap);
    t->x[t->n] = (rg_saved){t->name[t->n], x};
    t->n++;
}

static void add_best(tensors *t, const rg_model *m, const rg_standing *at)
{
    const char *from = at->best;
    for (int i = 0; i < m->params + m->buffers && at->outcome.best; i++) {
        const rg_node *leaf = kept_leaf(m, i);
        rg_tensor x = rg_peek(leaf);
        x.data = (void *)(uintptr_t)from;
        for (int64_t k = x.rank, step = 1; k-- > 0; step *= x.dim[k]) x.stride[k] = step;
        add_tensor(t, x, TENSOR_BEST, rg_name_of(leaf));
        from += bytes_of(leaf);
    }
}

/* To be freed. */
static double *add_course(tensors *t, const checkpoint *c)
{
    int64_t n = (int64_t)*c->epochs;
    double *v = memory_new((size_t)n * COURSE + 1, sizeof *v), *to = v;
    for (const rg_progress *p = *c->course; p < *c->course + n; p++) {
        const double line[COURSE] = {(double)p->rows, p->loss,        p->score,
                                     p->valid_loss,   p->valid_score, p->best};
        memcpy(to, line, sizeof line);
        to += COURSE;
    }
    add_tensor(
        t,
        (rg_tensor){
            .data = v, .dtype = RG_F64, .rank = 2, .dim = {n, COURSE}, .stride = {COURSE, 1}},
        TENSOR_COURSE);
    return v;
}

/* The numbers and texts; room for ENTRIES + TEXTS remarks. How many there are. */
static int add_remarks(const checkpoint *c, rg_remark *r, char (*text)[WIDEST])
{
    int n = 0;
    r[n++] = (rg_remark){KEY_CHECKPOINT, "1"};
    r[n++] = (rg_remark){KEY_OPTIMIZER, c->optimizer};
    if (c->augment) r[n++] = (rg_remark){KEY_AUGMENT, c->augment};
    for (int i = 0; i < ENTRIES; i++) {
        print_entry(&entries[i], &c->now, text[i]);
        r[n++] = (rg_remark){entries[i].key, text[i]};
    }
    return n;
}

static rg_status write_all(checkpoint *c, const rg_optim *o, rg_error *e)
{
    rg_model_info info = {0};
    const rg_model *network = c->about(c->ud, &info), *m = &network[info.networks - 1];
    char text[ENTRIES][WIDEST];
    rg_remark remark[ENTRIES + TEXTS];
    size_t most = (size_t)(rg_optim_leaves(o) + m->params + m->buffers) + 1;
    tensors t = {memory_new(most, sizeof *t.x), memory_new(most, sizeof *t.name), 0};
    for (int i = 0; i < rg_optim_leaves(o); i++)
        add_tensor(&t, rg_peek(rg_optim_leaf(o, i)), TENSOR_OPTIM, i);
    add_best(&t, m, &c->now.at);
    double *course = add_course(&t, c);
    info.tensor = t.x;
    info.tensors = t.n;
    info.remark = remark;
    info.remarks = add_remarks(c, remark, text);
    rg_status s = rg_model_save(c->path, network, &info, NULL, e);
    free(course);
    free(t.x);
    free(t.name);
    return s;
}

rg_status checkpoint_write(checkpoint *c, const rg_standing *at, const rg_optim *o, int64_t step,
                           bool stop)
{
    rg_error e = {0};
    bool due = stop || at->done || (c->every && step % c->every == 0);
    if (!c->path || !due) return RG_OK;
    c->now.at = *at;
    c->now.step = step;
    rg_status s = write_all(c, o, &e);
    if (s == RG_IO)
        diag_set(&c->d, E_WRITE, NULL, (span){0, 0}, "%s", e.text);
    else if (s)
        diag_library(&c->d, &e);
    return s;
}

void checkpoint_free(checkpoint *c)
{
    free(c->best);
    c->best = NULL;
}
