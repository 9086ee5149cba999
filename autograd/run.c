/* run.c - runs a plan: group after group, the head whole, the tail in pieces that
 * threads may share, each piece in tiles that stay in the first-level cache. */
#include "clones.h"
#include "numbers.h"
#include <stdatomic.h>
#include <string.h>

/* Where a tile finds its numbers. */
typedef struct frame {
    char *scratch;
    char *strip; /* the head's rows from `first` on, when it is computed in strips */
    int64_t first;
} frame;

typedef struct job {
    const rg_plan *p;
    const rg_bunch *g;
    atomic_int status;
    atomic_uint item; /* that refused */
} job;

/* ---- operands -------------------------------------------------------------------- */

#define SPREAD_AS(T)                                                                               \
    for (int64_t r = 0; r < rows; r++) {                                                           \
        T v = ((const T *)from)[r];                                                                \
        for (int64_t i = 0; i < width; i++) ((T *)to)[r * width + i] = v;                          \
    }

/* The number of each row, repeated along it. */
RG_CLONES static void spread_rows(void *to, const void *from, int64_t rows, int64_t width,
                                  size_t size)
{
    if (size == 4)
        SPREAD_AS(uint32_t)
    else if (size == 8)
        SPREAD_AS(uint64_t)
    else
        SPREAD_AS(unsigned char)
}
#undef SPREAD_AS

static int64_t longest(const rg_bunch *g) { return g->rows < g->tile ? g->rows : g->tile; }

/* What is the same for every tile: one number, or a row of them, again and again. */
static void fill_fixed(const rg_bunch *g, const rg_fixed *f, char *scratch, int64_t rows)
{
    size_t size = rg_dtype_size(f->window.dtype);
    int64_t width = f->one ? 1 : g->width;
    if (rg_is_repeat(f->link.layout))
        spread_rows(scratch + f->at, f->window.data, 1, rows * width, size);
    else
        rg_pack(scratch + f->at, &f->window, 0, rows * width);
}

static char *place_of(const rg_operand *o, const frame *f, int64_t row)
{
    if (o->strip) return f->strip + (row - f->first) * o->step;
    return o->memory ? o->memory + row * o->step : f->scratch + o->at;
}

static const void *fetch(const rg_bunch *g, const rg_operand *o, const frame *f, int64_t row,
                         int64_t rows)
{
    if (o->how == RG_DIRECT) return place_of(o, f, row);
    char *made = f->scratch + o->made;
    int64_t width = o->one ? 1 : g->width;
    if (o->how == RG_PACKED)
        rg_pack(made, o->window, row * width, rows * width);
    else
        spread_rows(made, place_of(o, f, row), rows, width, rg_dtype_size((rg_dtype)o->dtype));
    return made;
}

/* ---- tiles ----------------------------------------------------------------------- */

static rg_tensor tile_window(const rg_bunch *g, const rg_operand *o, const void *numbers,
                             int64_t rows)
{
    rg_tensor w = {
        .data = (void *)(uintptr_t)numbers, .dtype = (rg_dtype)o->dtype, .rank = o->one ? 1 : 2};
    w.dim[0] = rows;
    w.dim[1] = g->width;
    w.stride[0] = o->one ? 1 : g->width;
    w.stride[1] = 1;
    return w;
}

static rg_status run_rows(const job *j, const rg_instruction *c, const void *const *in, void *out,
                          int64_t rows)
{
    rg_tensor w[RG_WIRES];
    for (int k = 0; k < c->nin; k++) w[k] = tile_window(j->g, &c->in[k], in[k], rows);
    rg_call call = {j->p->t, c->op, c->attr, c->nin, w, tile_window(j->g, &c->out, out, rows)};
    return c->run(&call);
}

/* Ask memory for the tile that starts at row: a tile is too short for the processor to find
 * out by itself. A part of it before each of the instructions, so that memory works while they
 * do. */
static void ask_for(const rg_bunch *g, int64_t row, const rg_instruction *before)
{
    int64_t turn = before - g->code;
    for (uint32_t i = 0; i < g->streams; i++) {
        int64_t lines = (g->tile * g->stream[i].step + RG_LINE - 1) / RG_LINE;
        const char *p = g->stream[i].memory + row * g->stream[i].step;
        for (int64_t k = turn * lines / g->steps; k < (turn + 1) * lines / g->steps; k++)
            __builtin_prefetch(p + k * RG_LINE, 1, 2);
    }
}

static rg_status run_tile(job *j, const frame *f, int64_t row, int64_t rows)
{
    const rg_bunch *g = j->g;
    bool more = g->streams && row + rows < g->rows;
    const rg_instruction *end = g->code + g->steps;
    for (const rg_instruction *c = g->code; c < end; c++) {
        const void *in[RG_WIRES];
        if (more) ask_for(g, row + rows, c);
        for (int k = 0; k < c->nin; k++) in[k] = fetch(g, &c->in[k], f, row, rows);
        void *out = place_of(&c->out, f, row);
        if (c->rows) {
            c->rows(rows, g->width, out, in[c->each], in[1 - c->each], c->apart);
        } else if (c->tile) {
            c->tile(c->out.one ? rows : rows * g->width, out, in, c->attr);
        } else {
            rg_status s = run_rows(j, c, in, out, rows);
            if (s) atomic_store(&j->item, c->item);
            if (s) return s;
        }
    }
    return RG_OK;
}

/* ---- pieces ---------------------------------------------------------------------- */

/* Rows row .. end-1, tile by tile. */
static void run_tiles(job *j, const frame *f, int64_t row, int64_t end)
{
    const rg_bunch *g = j->g;
    rg_status s = RG_OK;
    for (; row < end && !s; row += g->tile)
        s = run_tile(j, f, row, end - row < g->tile ? end - row : g->tile);
    if (s) atomic_store(&j->status, (int)s);
}

/* Every other strip of the head, and what the tail makes of it. */
static void run_lane(job *j, frame *f, int lane)
{
    const rg_bunch *g = j->g;
    const rg_tensor *out = &g->call.out;
    int64_t columns = out->dim[out->rank - 1], all = g->count / columns;
    int64_t ratio = columns / g->width;
    f->strip = (char *)out->data + (size_t)lane * rg_strip_bytes(j->p, g);
    for (int64_t from = lane * g->strip; from < all; from += RG_LANES * g->strip) {
        int64_t left = all - from, rows = left < g->strip ? left : g->strip;
        g->call.op->strip(&g->call, from, rows, f->strip);
        f->first = from * ratio;
        run_tiles(j, f, f->first, f->first + rows * ratio);
    }
}

static void run_piece(void *arg, int i)
{
    job *j = arg;
    const rg_bunch *g = j->g;
    _Alignas(64) char stack[RG_STACK];
    frame f = {.scratch = g->scratch <= RG_STACK ? stack : j->p->tiles + (size_t)i * g->scratch};
    for (const rg_fixed *x = g->fixed; x; x = x->next) fill_fixed(g, x, f.scratch, longest(g));
    if (g->strip) {
        run_lane(j, &f, i);
        return;
    }
    int64_t row = i * g->piece, end = row + g->piece < g->rows ? row + g->piece : g->rows;
    run_tiles(j, &f, row, end);
}

static rg_status run_tail(const rg_plan *p, const rg_bunch *g, uint32_t *refused)
{
    if (g->numbers) {
        rg_numbers_run(g->numbers);
        return RG_OK;
    }
    job j = {.p = p, .g = g};
    if (g->pieces == 1)
        run_piece(&j, 0);
    else if (g->pieces)
        rg_parallel(p->t, g->pieces, run_piece, &j);
    rg_status s = (rg_status)atomic_load(&j.status);
    if (s) *refused = atomic_load(&j.item);
    return s;
}

static rg_status run_head(const rg_bunch *g)
{
    if (g->head == RG_NOWHERE || g->strip) return RG_OK;
    const rg_call *c = &g->call;
    return c->op->run[c->nin ? c->in[0].dtype : c->out.dtype](c);
}

/* ---- a run ----------------------------------------------------------------------- */

/* Assignments take effect. */
static void tick(rg_plan *p)
{
    for (uint32_t i = p->regs; i-- > 0;) { /* as rg_commit does */
        rg_register *r = &p->reg[i];
        rg_touch(r->leaf->node);
        if (r->in_place) continue;
        rg_tensor w = rg_window(r->leaf->node);
        rg_unpack(&w, p->item[r->value].data);
    }
    if (!p->ticks) return;
    p->t->tick++;
    p->t->random_ops = 0;
    rg_touch(p->t->counter);
}

static rg_status refuse_run(rg_plan *p, uint32_t item, rg_status s)
{
    const rg_item *v = &p->item[item];
    rg_refuse(p->t, s, v->op, "%s: %s", v->op->name, rg_status_text(s));
    if (!p->t->error.file && v->file) {
        p->t->error.file = p->t->file[v->file];
        p->t->error.line = v->line;
    }
    return s;
}

rg_status rg_run(rg_plan *p) { return rg_run_watched(p, NULL, NULL); }

rg_status rg_run_watched(rg_plan *p, void (*done)(void *ud, uint32_t half), void *ud)
{
    if (!p) return RG_USAGE;
    if (p->t->error.status) return p->t->error.status;
    if (p->broken)
        return rg_refuse(p->t, RG_USAGE, NULL,
                         "run: a leaf that the plan reads or writes was rewound");
    for (uint32_t g = 0; g < p->groups; g++) {
        uint32_t refused = p->group[g].head;
        rg_status s = run_head(&p->group[g]);
        if (done) done(ud, 2 * g);
        if (!s) s = run_tail(p, &p->group[g], &refused);
        if (done) done(ud, 2 * g + 1);
        if (s) return refuse_run(p, refused, s);
    }
    tick(p);
    return RG_OK;
}
