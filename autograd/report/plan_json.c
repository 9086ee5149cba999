/* plan_json.c - a plan for programs to read. plan.h says what is in it. */
#include "plan_facts.h"
#include "pen.h"

typedef struct plan_json {
    const rg_plan *p;
    rg_pen *pen;
    const rg_facts *f;
} plan_json;

static void text_pair(rg_pen *pen, const char *key, const char *text)
{
    rg_json_key(pen, key);
    rg_json_string(pen, text);
}

static void whole_pair(rg_pen *pen, const char *key, int64_t v)
{
    rg_json_key(pen, key);
    rg_json_whole(pen, v);
}

static void real_pair(rg_pen *pen, const char *key, double v)
{
    rg_json_key(pen, key);
    rg_json_real(pen, RG_F64, v);
}

static void flag_pair(rg_pen *pen, const char *key, bool v)
{
    rg_json_key(pen, key);
    rg_json_bool(pen, v);
}

/* ---- totals ------------------------------------------------------------------------- */

static void put_left_out(const plan_json *j)
{
    const rg_gathered *g = &j->p->gathered;
    rg_json_key(j->pen, "left_out");
    rg_json_open(j->pen, '{');
    whole_pair(j->pen, "dead", g->dead + j->f->unread);
    whole_pair(j->pen, "views", g->views);
    whole_pair(j->pen, "folded", j->f->folded);
    whole_pair(j->pen, "met_twice", g->twins);
    whole_pair(j->pen, "handed_on", g->handed_on);
    rg_json_close(j->pen, '}');
}

static void put_totals(const plan_json *j)
{
    const rg_facts *f = j->f;
    text_pair(j->pen, "schema", "plan/1");
    whole_pair(j->pen, "steps", j->p->steps);
    real_pair(j->pen, "flops", f->all.flops);
    real_pair(j->pen, "read", f->all.read);
    real_pair(j->pen, "written", f->all.written);
    whole_pair(j->pen, "workspace", (int64_t)j->p->workspace);
    whole_pair(j->pen, "tiles", (int64_t)j->p->tiles_told);
    whole_pair(j->pen, "budget", (int64_t)j->p->cfg.budget);
    whole_pair(j->pen, "outputs", (int64_t)f->output_bytes);
    whole_pair(j->pen, "leaves", (int64_t)f->leaf_bytes);
    whole_pair(j->pen, "again", f->again);
    real_pair(j->pen, "again_flops", f->again_flops);
    put_left_out(j);
}

/* ---- steps -------------------------------------------------------------------------- */

static void put_operands(const plan_json *j, const rg_item *v)
{
    char name[RG_TEXT];
    rg_json_key(j->pen, "inputs");
    rg_json_open(j->pen, '[');
    for (int k = 0; k < v->nin; k++) {
        rg_json_open(j->pen, '{');
        whole_pair(j->pen, "id", j->p->item[v->in[k].item].id);
        text_pair(j->pen, "name", rg_value_name(j->p, v->in[k].item, name));
        flag_pair(j->pen, "window", !rg_is_direct(j->p, &v->in[k]));
        rg_json_close(j->pen, '}');
    }
    rg_json_close(j->pen, ']');
}

static void put_step_shape(const plan_json *j, const rg_item *v)
{
    rg_json_key(j->pen, "shape");
    rg_json_open(j->pen, '[');
    for (int a = 0; a < v->layout->rank; a++) rg_json_whole(j->pen, v->layout->dim[a]);
    rg_json_close(j->pen, ']');
    text_pair(j->pen, "dtype", rg_dtype_text(v->layout->dtype));
}

static void put_step_place(const plan_json *j, uint32_t item)
{
    const rg_item *v = &j->p->item[item];
    bool here = rg_value_in_place(j->p, item), works = !here && v->stored && !v->output;
    text_pair(j->pen, "where",
              here         ? "register"
              : !v->stored ? "scratch"
              : v->output  ? "output"
                           : "workspace");
    if (works) whole_pair(j->pen, "offset", (int64_t)v->offset);
    if (rg_value_over(j->p, item) != RG_NOWHERE)
        whole_pair(j->pen, "over", j->p->item[rg_value_over(j->p, item)].id);
}

static void put_one_step(const plan_json *j, uint32_t item)
{
    const rg_item *v = &j->p->item[item];
    char name[RG_TEXT];
    rg_json_line(j->pen, 4);
    rg_json_open(j->pen, '{');
    whole_pair(j->pen, "id", v->id);
    text_pair(j->pen, "name", rg_value_name(j->p, item, name));
    text_pair(j->pen, "op", v->op->name);
    put_operands(j, v);
    put_step_shape(j, v);
    put_step_place(j, item);
    whole_pair(j->pen, "bytes", (int64_t)rg_value_bytes(v));
    real_pair(j->pen, "flops", rg_item_flops(j->p, v));
    flag_pair(j->pen, "again", v->again);
    if (v->file) text_pair(j->pen, "file", j->p->t->file[v->file]);
    if (v->file) whole_pair(j->pen, "line", v->line);
    rg_json_close(j->pen, '}');
}

/* ---- groups ------------------------------------------------------------------------- */

static void put_one_half(const plan_json *j, const char *key, uint32_t half)
{
    const rg_half *h = &j->f->half[half];
    uint32_t first = rg_half_first(j->p, half);
    double seconds = j->p->group[half / 2].seconds[half % 2];
    rg_json_key(j->pen, key);
    if (first == RG_NOWHERE) {
        rg_json_null(j->pen);
        return;
    }
    rg_json_open(j->pen, '{');
    real_pair(j->pen, "flops", h->flops);
    real_pair(j->pen, "read", h->read);
    real_pair(j->pen, "written", h->written);
    rg_json_key(j->pen, "seconds");
    if (seconds > 0)
        rg_json_real(j->pen, RG_F64, seconds);
    else
        rg_json_null(j->pen);
    rg_json_key(j->pen, "steps");
    rg_json_open(j->pen, '[');
    for (uint32_t i = first; i != RG_NOWHERE; i = half % 2 ? j->p->item[i].next : RG_NOWHERE)
        put_one_step(j, i);
    rg_json_close(j->pen, ']');
    rg_json_close(j->pen, '}');
}

static void put_all_groups(const plan_json *j)
{
    rg_json_line(j->pen, 0);
    rg_json_key(j->pen, "groups");
    rg_json_open(j->pen, '[');
    for (uint32_t g = 0; g < j->p->groups; g++) {
        rg_json_line(j->pen, 2);
        rg_json_open(j->pen, '{');
        put_one_half(j, "head", 2 * g);
        put_one_half(j, "tail", 2 * g + 1);
        rg_json_close(j->pen, '}');
    }
    rg_json_close(j->pen, ']');
}

static void put_peak(const plan_json *j)
{
    rg_json_line(j->pen, 0);
    rg_json_key(j->pen, "peak");
    rg_json_open(j->pen, '{');
    whole_pair(j->pen, "bytes", (int64_t)j->f->peak_bytes);
    whole_pair(j->pen, "group", j->f->peak_half / 2);
    text_pair(j->pen, "half", j->f->peak_half % 2 ? "tail" : "head");
    rg_json_key(j->pen, "alive");
    rg_json_open(j->pen, '[');
    for (uint32_t i = 0; i < j->f->peaks; i++) rg_json_whole(j->pen, j->p->item[j->f->peak[i]].id);
    rg_json_close(j->pen, ']');
    rg_json_close(j->pen, '}');
}

rg_status rg_plan_json(const rg_plan *p, void (*write)(void *ud, const char *text, size_t n),
                       void *ud)
{
    if (!p || !write) return RG_USAGE;
    rg_pen pen = {.write = write, .ud = ud};
    rg_facts f;
    plan_json j = {p, &pen, &f};
    rg_status s = rg_facts_find(p, &f);
    if (!s) {
        rg_json_open(&pen, '{');
        put_totals(&j);
        put_all_groups(&j);
        put_peak(&j);
        rg_json_close(&pen, '}');
        rg_pen_text(&pen, "\n");
        rg_pen_flush(&pen);
    }
    rg_facts_free(p, &f);
    return s;
}
