/* plan_picture.c - a plan as a picture: its groups from left to right as they run, above
 * what each computes and moves, below the workspace, each value a box as long as it lives
 * and as high as it is large. Told apart without colour; every box has its title. */
#include "plan_facts.h"
#include "pen.h"
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 960,
    LEFT = 76,
    RIGHT = 16,
    NAMES = 62, /* tops, from here on: names of the groups, bars of work, map of memory */
    WORK = 112,
    WORK_HEIGHT = 44,
    MAP = 184,
    MAP_HEIGHT = 340,
    HEIGHT = MAP + MAP_HEIGHT + 44
};
#define LETTER 6.3 /* width of a character of 10 px text, about */

typedef struct picture {
    const rg_plan *p;
    rg_pen *pen;
    const rg_facts *f;
    double column; /* width of a group */
} picture;

/* ---- pieces of SVG ------------------------------------------------------------------ */

/* A number in pixels, whatever the locale. */
static void put_px(rg_pen *pen, const char *before, double v)
{
    int tenths = (int)(v * 10 + 0.5);
    rg_pen_put(pen, "%s%d.%d", before, tenths / 10, tenths % 10);
}

static void open_box(const picture *c, const char *looks, double x, double y, double w, double h)
{
    put_px(c->pen, "<rect x=\"", x);
    put_px(c->pen, "\" y=\"", y);
    put_px(c->pen, "\" width=\"", w);
    put_px(c->pen, "\" height=\"", h);
    rg_pen_put(c->pen, "\" class=\"%s\"><title>", looks);
}

static void close_box(const picture *c) { rg_pen_text(c->pen, "</title></rect>\n"); }

/* As much of the text as there is room for; nothing where that is little. */
static void put_label(const picture *c, double x, double y, double room, const char *text)
{
    int n = (int)(room / LETTER);
    if (n < 3) return;
    put_px(c->pen, "<text x=\"", x);
    put_px(c->pen, "\" y=\"", y);
    rg_pen_text(c->pen, "\">");
    rg_html_put(c->pen, "%.*s", n, text);
    rg_pen_text(c->pen, "</text>\n");
}

static void put_words(const picture *c, double x, double y, const char *looks, const char *text)
{
    put_px(c->pen, "<text x=\"", x);
    put_px(c->pen, "\" y=\"", y);
    rg_pen_put(c->pen, "\" class=\"%s\">", looks);
    rg_html_text(c->pen, text);
    rg_pen_text(c->pen, "</text>\n");
}

static double x_of(const picture *c, uint32_t half) { return LEFT + half * c->column / 2; }

/* ---- groups ------------------------------------------------------------------------- */

static void draw_name(const picture *c, uint32_t g)
{
    char source[RG_TEXT], tail[RG_TEXT];
    const rg_bunch *b = &c->p->group[g];
    uint32_t first = b->head != RG_NOWHERE ? b->head : b->first;
    uint32_t more = b->members - (b->head == RG_NOWHERE);
    double x = x_of(c, 2 * g) + 2, room = c->column - 3;
    if (first == RG_NOWHERE) return;
    snprintf(tail, sizeof tail, "%s%u more", b->members > 0 && more ? "+ " : "", more);
    put_label(c, x, NAMES + 10, room, c->p->item[first].op->name);
    if (more) put_label(c, x, NAMES + 23, room, tail);
    const char *line = rg_value_source(c->p, &c->p->item[first], source);
    if ((double)strlen(line) * LETTER > room && strchr(line, ':')) line = strchr(line, ':');
    put_label(c, x, NAMES + 36, room, line);
}

static double most_of(const picture *c, bool bytes)
{
    double most = 1;
    for (uint32_t h = 0; h < 2 * c->p->groups; h++) {
        const rg_half *v = &c->f->half[h];
        double n = bytes ? v->read + v->written : v->flops;
        if (n > most) most = n;
    }
    return most;
}

/* Two bars for each half: operations, bytes. */
static void draw_work(const picture *c, uint32_t half, const double most[2])
{
    char flops[RG_TEXT], bytes[RG_TEXT];
    const rg_half *v = &c->f->half[half];
    double amount[] = {v->flops, v->read + v->written}, w = c->column / 4;
    if (rg_half_first(c->p, half) == RG_NOWHERE) return;
    for (int k = 0; k < 2; k++) {
        double h = amount[k] / most[k] * WORK_HEIGHT;
        if (h < 0.3) continue;
        open_box(c, k ? "bytes" : "flops", x_of(c, half) + k * w, WORK + WORK_HEIGHT - h, w * 0.9,
                 h);
        rg_pen_put(c->pen, "group %u, %s: %s, %s moved", half / 2 + 1, half % 2 ? "tail" : "head",
                   rg_amount_text(v->flops, "FLOP", flops), rg_amount_text(amount[1], "B", bytes));
        close_box(c);
    }
}

static void draw_groups(const picture *c)
{
    double most[] = {most_of(c, false), most_of(c, true)};
    char text[RG_TEXT];
    for (uint32_t g = 0; g < c->p->groups; g++) {
        draw_name(c, g);
        draw_work(c, 2 * g, most);
        draw_work(c, 2 * g + 1, most);
    }
    put_words(c, LEFT - 6, WORK + 10, "left", rg_amount_text(most[0], "FLOP", text));
    put_words(c, LEFT - 6, WORK + 26, "left", rg_amount_text(most[1], "B", text));
}

/* ---- the workspace ------------------------------------------------------------------ */

static double y_of(const picture *c, double offset)
{
    return MAP + offset / (double)c->p->workspace * MAP_HEIGHT;
}

/* Its name, op and shape, or the first two or one of them. */
static void label_value(const picture *c, uint32_t i, double x, double y, double room)
{
    const rg_item *v = &c->p->item[i];
    char name[RG_TEXT], shape[RG_TEXT], text[RG_TEXT];
    int n = snprintf(text, sizeof text, "%.30s", rg_value_name(c->p, i, name)), more = n;
    for (int k = 0; k < 2; k++) {
        const char *word = k ? rg_value_shape(v, shape) : v->op->name;
        more += snprintf(text + more, sizeof text - (size_t)more, " %.40s", word);
        if (more * LETTER > room) break;
        n = more;
    }
    text[n] = 0;
    put_label(c, x, y, room, text);
}

/* What is written over a value lies on its rest. */
static void draw_value(const picture *c, uint32_t i)
{
    const rg_item *v = &c->p->item[i];
    char formula[RG_TEXT], shape[RG_TEXT], source[RG_TEXT], name[RG_TEXT];
    if (v->block == RG_NOWHERE) return;
    double x = x_of(c, rg_item_start(v)), right = x_of(c, rg_item_end(c->p, v) + 1);
    if (right > WIDTH - RIGHT) right = WIDTH - RIGHT;
    double y = y_of(c, (double)v->offset),
           h = y_of(c, (double)(v->offset + rg_held_bytes(c->p, v))) - y;
    rg_value_name(c->p, i, name);
    open_box(c, v->at ? "tail" : "head", x, y, right - x, h);
    rg_html_put(c->pen, "%.30s = %.120s", name, rg_value_formula(c->p, i, formula));
    rg_html_put(c->pen, ", %.40s, %zu B at %zu", rg_value_shape(v, shape), rg_held_bytes(c->p, v),
                v->offset);
    rg_html_put(c->pen, " %.40s", rg_value_source(c->p, v, source));
    close_box(c);
    if (h >= 11) label_value(c, i, x + 3, y + h / 2 + 4, right - x - 5);
}

static void draw_peak(const picture *c)
{
    char text[RG_TEXT], bytes[RG_TEXT];
    double x = x_of(c, c->f->peak_half) + c->column / 4;
    put_px(c->pen, "<path class=\"peak\" d=\"M", x);
    rg_pen_put(c->pen, ",%dV%d\"/>\n", MAP - 8, MAP + MAP_HEIGHT + 6);
    snprintf(text, sizeof text, "fullest: %s in group %u",
             rg_amount_text((double)c->f->peak_bytes, "B", bytes), c->f->peak_half / 2 + 1);
    put_words(c, x, MAP + MAP_HEIGHT + 18, x > WIDTH / 2. ? "left" : "right", text);
}

static void draw_memory(const picture *c)
{
    const rg_plan *p = c->p;
    char text[RG_TEXT];
    rg_pen_put(c->pen, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"frame\"/>\n",
               LEFT, MAP, WIDTH - LEFT - RIGHT, MAP_HEIGHT);
    put_words(c, LEFT - 6, MAP + 10, "left", "0 B");
    put_words(c, LEFT - 6, MAP + MAP_HEIGHT, "left",
              rg_amount_text((double)p->workspace, "B", text));
    if (!p->workspace) return;
    for (uint32_t g = 0; g < p->groups; g++) { /* as they run: heirs after what they cover */
        if (p->group[g].head != RG_NOWHERE) draw_value(c, p->group[g].head);
        for (uint32_t i = p->group[g].first; i != RG_NOWHERE; i = p->item[i].next) draw_value(c, i);
    }
    draw_peak(c);
}

/* ---- all of it ---------------------------------------------------------------------- */

static const char *const looks =
    "<style>.rg-plan text{font:10px ui-sans-serif,system-ui,sans-serif;fill:#1f2328}"
    ".rg-plan .title{font-size:15px;font-weight:600}.rg-plan .note{font-size:12px;fill:#59636e}"
    ".rg-plan .left{text-anchor:end}.rg-plan .flops{fill:#33588a}"
    ".rg-plan .bytes{fill:#b9c6d8;stroke:#7387a3;stroke-width:.5}"
    ".rg-plan .frame{fill:#f6f8fa;stroke:#d0d7de}.rg-plan .head{fill:#9dbbe3;stroke:#33588a}"
    ".rg-plan .tail{fill:#fbe3ad;stroke:#8a6d1f;stroke-dasharray:3 1.5}"
    ".rg-plan .peak{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:5 3;fill:none}</style>\n";

static void put_legend(const picture *c)
{
    int y = HEIGHT - 16;
    static const struct {
        const char *looks, *words;
        int x;
    } part[] = {{"head", "result of a head", LEFT},
                {"tail", "of a tail", LEFT + 130},
                {"flops", "operations", LEFT + 220},
                {"bytes", "bytes moved", LEFT + 310}};
    for (int i = 0; i < 4; i++) {
        rg_pen_put(c->pen, "<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"10\" class=\"%s\"/>\n",
                   part[i].x, y, part[i].looks);
        put_words(c, part[i].x + 19, y + 9, "right", part[i].words);
    }
    put_words(c, WIDTH - RIGHT, y + 9, "left", "groups in the order in which they run");
}

static void put_plan_head(const picture *c)
{
    const rg_plan *p = c->p;
    char line[RG_TEXT], a[RG_TEXT], b[RG_TEXT], d[RG_TEXT];
    snprintf(line, sizeof line,
             "%u steps in %u groups; a run takes %.30s and moves %.30s; workspace %.30s", p->steps,
             p->groups, rg_amount_text(c->f->all.flops, "FLOP", a),
             rg_amount_text(c->f->all.read + c->f->all.written, "B", b),
             rg_amount_text((double)p->workspace, "B", d));
    rg_pen_put(c->pen,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rg-plan\" role=\"img\" "
               "viewBox=\"0 0 %d %d\" "
               "width=\"%d\" height=\"%d\">\n<title>A plan: groups and memory</title>\n"
               "<desc>%s. Each value in the workspace is a box from the group that makes it to the "
               "last that reads it.</desc>\n%s<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
               WIDTH, HEIGHT, WIDTH, HEIGHT, line, looks, WIDTH, HEIGHT);
    put_words(c, LEFT, 24, "title", "A plan: groups and memory");
    put_words(c, LEFT, 44, "note", line);
    put_words(c, LEFT - 6, NAMES + 10, "left", "groups");
}

rg_status rg_plan_svg(const rg_plan *p, void (*write)(void *ud, const char *text, size_t n),
                      void *ud)
{
    if (!p || !write) return RG_USAGE;
    rg_pen pen = {.write = write, .ud = ud};
    rg_facts f;
    rg_status s = rg_facts_find(p, &f);
    if (!s) {
        picture c = {p, &pen, &f, (WIDTH - LEFT - RIGHT) / (double)(p->groups ? p->groups : 1)};
        put_plan_head(&c);
        draw_groups(&c);
        draw_memory(&c);
        put_legend(&c);
        rg_pen_text(&pen, "</svg>\n");
        rg_pen_flush(&pen);
    }
    rg_facts_free(p, &f);
    return s;
}
