/* result.c - the RESULT table: every gradient beside a central difference and a
 * nudge. At a corner nothing is compared, and the two slopes are told. */
#include "page.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ALL_ENTRIES = 12, SAMPLES = 8, MOST_CORNERS = 8 };

typedef struct result {
    rg_page *p;
    rg_story *s;
    rg_secants *c;           /* of the input whose turn it is */
    int width;               /* of the column of wires */
    int64_t compared, agree; /* entries                */
    int64_t corners;
    bool jump, corner;   /* what the gates have, once there are corners */
    double worst;        /* relative error ...     */
    int64_t worst_entry; /* ... and where          */
} result;

const char *rg_entry_name(const rg_story *s, const rg_node *x, int64_t i, char buf[RG_TEXT])
{
    const rg_layout *l = x->layout;
    char name[RG_LABEL];
    int64_t left = l->count;
    size_t n = (size_t)snprintf(buf, RG_TEXT, "%s", rg_story_name(s, x, 6, name));
    if (!l->rank) return buf;
    for (int a = 0; a < l->rank; a++) {
        left /= l->dim[a];
        n += (size_t)snprintf(buf + n, RG_TEXT - n, "%c%lld", a ? ',' : '[', (long long)(i / left));
        i %= left;
    }
    snprintf(buf + n, RG_TEXT - n, "]");
    return buf;
}

double rg_relative_error(double g, double numeric)
{
    double size = fmax(fabs(g), fabs(numeric));
    return size > 0 ? fabs(g - numeric) / size : 0;
}

/* What is below this is made of rounding, not of calculus. */
static const char *error_text(const rg_node *x, double error, char buf[RG_LABEL])
{
    bool narrow = x->layout->dtype == RG_F32;
    if (error > 0 && error < (narrow ? 1e-5 : 1e-8))
        snprintf(buf, RG_LABEL, narrow ? "<1e-5" : "<1e-8");
    else
        rg_number_text(error, 2, buf);
    return buf;
}

rg_agreement rg_judge_gradient(const rg_node *x, double g, const rg_slopes *at)
{
    double tolerance = x->layout->dtype == RG_F32 ? 1e-4 : 1e-6;
    if (at->corner) return RG_AT_CORNER;
    if (!at->finite || !isfinite(g)) return RG_NO_VALUE;
    double size = fmax(fabs(g), fabs(at->central)), slack = tolerance * size + 4 * at->noise;
    /* Where the second derivative jumps, only the slopes of the two sides enclose it. */
    double low = fmin(at->left, fmin(at->right, at->central)),
           high = fmax(at->left, fmax(at->right, at->central));
    return g >= low - slack && g <= high + slack ? RG_AGREES : RG_DIFFERS;
}

static void count_verdict(result *r, rg_agreement v, int64_t entry, double error)
{
    r->corners += v == RG_AT_CORNER;
    if (v != RG_AGREES && v != RG_DIFFERS) return;
    r->compared++;
    r->agree += v == RG_AGREES;
    if (error < r->worst) return;
    r->worst = error;
    r->worst_entry = entry;
}

static rg_agreement compare(result *r, int i, int64_t entry, rg_slopes *at)
{
    *at = rg_secants_at(r->c, entry);
    double g = rg_entry(r->s->gradient[i], entry);
    rg_agreement v = rg_judge_gradient(r->s->x[i], g, at);
    count_verdict(r, v, entry, rg_relative_error(g, at->central));
    return v;
}

/* ---- few entries: a row for each -------------------------------------------------------- */

/* With a sign in any case. */
static const char *change_text(double v, int digits, char buf[RG_LABEL])
{
    char number[RG_LABEL];
    rg_number_text(v, digits, number);
    snprintf(buf, RG_LABEL, "%s%.30s", v >= 0 ? "+" : "", number);
    return buf;
}

/* Looks at the gates when first asked. */
static bool has_jumps(result *r)
{
    int wire;
    int64_t entry;
    rg_node *y = r->jump || r->corner ? NULL : rg_corner_gate(r->s, NULL, &wire, &entry);
    for (int i = 0; i < MOST_CORNERS && y; i++) {
        *(rg_jumps(r->s, y, wire, entry) ? &r->jump : &r->corner) = true;
        y = rg_corner_gate(r->s, y, &wire, &entry);
    }
    return r->jump;
}

/* " at a corner", " at a jump", or either. */
static const char *corner_words(result *r)
{
    return !has_jumps(r) ? "at a corner" : r->corner ? "at a corner or a jump" : "at a jump";
}

bool rg_is_at_jump(rg_story *s, const rg_slopes *at)
{
    double less = fmin(fabs(at->left), fabs(at->right)), more = fmax(fabs(at->left), fabs(at->right));
    int wire;
    int64_t entry;
    if (!(more > 1000 * (1 + less))) return false;
    rg_node *y = rg_corner_gate(s, NULL, &wire, &entry);
    for (int i = 0; i < MOST_CORNERS && y && !rg_jumps(s, y, wire, entry); i++) y = rg_corner_gate(s, y, &wire, &entry);
    return y && rg_jumps(s, y, wire, entry);
}

static void tell_entry(result *r, int i, int64_t entry)
{
    static const char *const text[] = {
        [RG_AGREES] = "ok", [RG_DIFFERS] = "DIFFERS", [RG_NO_VALUE] = "no value"};
    rg_page *p = r->p;
    rg_slopes at;
    char name[RG_TEXT], a[RG_LABEL], b[RG_LABEL];
    double g = rg_entry(r->s->gradient[i], entry);
    int number = p->digits + 6, digits = p->digits < 4 ? p->digits : 4;
    rg_agreement v = compare(r, i, entry, &at);
    rg_page_put(p, "  %-*s  %-*s ", r->width, rg_entry_name(r->s, r->s->x[i], entry, name), number,
                rg_number_text(g, p->digits, a));
    if (v == RG_AT_CORNER && rg_is_at_jump(r->s, &at)) {
        rg_page_put(p, "jump: no slope");
    } else if (v == RG_AT_CORNER) {
        rg_page_put(p, "corner: left slope %s, right slope %s",
                    rg_number_text(at.left, p->digits, a), rg_number_text(at.right, p->digits, b));
    } else {
        double error = rg_relative_error(g, at.central);
        rg_page_put(p, "%-*s %-8s %-8s", number, rg_number_text(at.central, p->digits, b),
                    error_text(r->s->x[i], error, a), text[v]);
        rg_page_put(p, " %-11s %s", change_text(RG_NUDGE * g, digits, a),
                    change_text(at.nudged, digits, b));
    }
    rg_page_end(p);
}

/* ---- many: a sample --------------------------------------------------------------------- */

static int64_t largest_entry(const rg_node *g)
{
    int64_t at = 0;
    double most = -1;
    for (int64_t i = 0; i < g->layout->count; i++) {
        double v = fabs(rg_entry(g, i));
        if (v > most) most = v, at = i;
    }
    return at;
}

int64_t rg_compared_entries(const rg_node *x)
{
    return x->layout->count > ALL_ENTRIES ? SAMPLES : x->layout->count;
}

int64_t rg_compared_entry(const rg_node *gradient, int64_t k)
{
    int64_t count = gradient->layout->count;
    if (count <= ALL_ENTRIES) return k;
    return k + 1 < SAMPLES ? k * (count - 1) / (SAMPLES - 1) : largest_entry(gradient);
}

static void tell_sample(result *r, int i)
{
    rg_node *x = r->s->x[i], *g = r->s->gradient[i];
    int64_t count = x->layout->count;
    result sample = {.s = r->s, .c = r->c};
    rg_slopes at;
    char text[RG_TEXT], name[RG_LABEL];
    for (int64_t k = 0; k < SAMPLES; k++) compare(&sample, i, rg_compared_entry(g, k), &at);
    rg_page_put(r->p, "  %-*s  %s  %s", r->width, rg_story_name(r->s, x, r->p->digits, name),
                rg_shape_text(rg_shape_of(x), text),
                rg_numbers_text(g, r->p->digits, 50, (char[RG_TEXT]){0}));
    rg_page_end(r->p);
    rg_page_put(r->p, "  %-*s  %d of %lld entries compared: %lld agree", r->width, "", SAMPLES,
                (long long)count, (long long)sample.agree);
    if (sample.compared)
        rg_page_put(r->p, ", worst rel. error %s at %s", error_text(x, sample.worst, name),
                    rg_entry_name(r->s, x, sample.worst_entry, text));
    if (sample.corners) rg_page_put(r->p, ", %lld at a corner", (long long)sample.corners);
    rg_page_end(r->p);
    r->compared += sample.compared;
    r->agree += sample.agree;
    r->corners += sample.corners;
}

static void tell_entries(result *r, int i)
{
    rg_secants c;
    r->c = &c;
    if (rg_secants_open(&c, r->s, i)) {
        if (r->s->x[i]->layout->count > ALL_ENTRIES)
            tell_sample(r, i);
        else
            for (int64_t e = 0; e < r->s->x[i]->layout->count; e++) tell_entry(r, i, e);
    }
    rg_secants_close(&c);
}

static void tell_input(result *r, int i)
{
    const rg_node *x = r->s->x[i];
    char name[RG_LABEL], y[RG_LABEL];
    if (!r->s->gradient[i]) {
        rg_page_put(r->p, "  %-*s  -  absent: no gradient flows from %s to here", r->width,
                    rg_story_name(r->s, x, r->p->digits, name),
                    rg_story_name(r->s, r->s->y, r->p->digits, y));
        rg_page_end(r->p);
    } else {
        tell_entries(r, i);
    }
}

/* ---- corners ---------------------------------------------------------------------------- */

/* "v3 = max(a, c) has a corner at a = 3, c = 3" */
static void tell_corner(const result *r, rg_node *y, int wire, int64_t entry)
{
    char formula[RG_TEXT], name[RG_TEXT], number[RG_LABEL];
    rg_page *p = r->p;
    rg_page_put(p, "  %s %s at ", rg_formula_text(r->s, y, y->op->formula, p->digits, formula),
                rg_jumps(r->s, y, wire, entry) ? "jumps" : "has a corner");
    bool each = y->op->kind == RG_ELEMENTWISE;
    for (int k = 0; k < y->nin; k++) {
        const rg_node *x = rg_in(y, k);
        if (!each && k != wire) continue;
        if (x->op->kind == RG_VIEW || rg_story_wire_of(r->s, x)->role == RG_ROLE_NUMBER)
            rg_story_name(r->s, x, p->digits, name);
        else
            rg_entry_name(r->s, x, entry, name);
        if (rg_story_wire_of(r->s, x)->role == RG_ROLE_NUMBER) continue;
        rg_page_put(p, "%s%s = %s", each && k ? ", " : "", name,
                    rg_number_text(rg_entry(x, entry), p->digits, number));
    }
    rg_page_end(p);
}

static void tell_corners(result *r)
{
    rg_node *y = NULL;
    int wire;
    int64_t entry;
    if (!r->corners && r->agree == r->compared) return;
    if (!(y = rg_corner_gate(r->s, NULL, &wire, &entry))) return;
    rg_page_end(r->p);
    has_jumps(r);
    for (int i = 0; i < MOST_CORNERS && y; i++) {
        tell_corner(r, y, wire, entry);
        y = rg_corner_gate(r->s, y, &wire, &entry);
    }
    rg_page_put(r->p, "  %s no number is the derivative; the gate's rule says which is taken.",
                r->jump && r->corner ? "There" : r->jump ? "At a jump" : "At a corner");
    rg_page_end(r->p);
    if (!r->corners) return;
    if (r->jump) {
        rg_page_put(r->p, "  None is compared: across a jump a difference quotient has no limit.");
        rg_page_end(r->p);
        return;
    }
    rg_page_put(r->p,
                "  None is compared: a central difference is the mean of the two slopes there,");
    rg_page_end(r->p);
    rg_page_put(r->p, "  and would agree with a half of each whatever the rule.");
    rg_page_end(r->p);
}

/* ---- what the numbers say together --------------------------------------------------------- */

/* Up to rounding, the positive ones are as much as the negative ones. */
static bool sums_to_zero(const rg_node *g)
{
    double sum = 0, size = 0, rounding = g->layout->dtype == RG_F32 ? 1e-5 : 1e-12;
    for (int64_t i = 0; i < g->layout->count; i++) {
        sum += rg_entry(g, i);
        size += fabs(rg_entry(g, i));
    }
    return g->layout->count > 1 && size > 0 && isfinite(size) && fabs(sum) <= rounding * size;
}

/* Scores before a softmax, a batch before its norm: a shift of all is not seen. */
static void tell_shifts(const result *r)
{
    char g[RG_TEXT], x[RG_LABEL], y[RG_LABEL];
    for (int i = 0; i < r->s->n; i++) {
        if (!r->s->gradient[i] || !sums_to_zero(r->s->gradient[i])) continue;
        rg_page_put(r->p, "  The entries of %s sum to 0: raising all of %s together leaves %s as it is.",
                    rg_gradient_name(r->s, r->s->x[i], g),
                    rg_story_name(r->s, r->s->x[i], r->p->digits, x),
                    rg_story_name(r->s, r->s->y, r->p->digits, y));
        rg_page_end(r->p);
    }
}

/* ---- the table ------------------------------------------------------------------------------- */

static void tell_table_head(const result *r)
{
    rg_page *p = r->p;
    int number = p->digits + 6;
    rg_page_put(p, "RESULT");
    rg_page_to(p, (size_t)(r->width + 5 + number), 1);
    rg_page_put(p, "central difference");
    rg_page_to(p, (size_t)(r->width + 6 + number * 2 + 19), 1);
    bool room = p->len + sizeof "nudge the wire by 0.01" <= (size_t)p->width + 1;
    rg_page_put(p, room ? "nudge the wire by %g" : "nudge by %g", RG_NUDGE);
    rg_page_end(p);
    rg_page_put(p, "  %-*s  %-*s %-*s %-17s %-11s measured", r->width, "wire", number, "gradient",
                number, "numeric", "rel. error", "predicted");
    rg_page_end(p);
}

static size_t gates_in(const rg_story *s)
{
    size_t n = 0;
    for (size_t id = 0; id < s->wires; id++) n += s->wire[id].role == RG_ROLE_GATE;
    return n;
}

static int widest_name(const rg_story *s)
{
    char text[RG_TEXT];
    int most = 4;
    for (int i = 0; i < s->n; i++) {
        const rg_node *x = s->x[i];
        int64_t count = x->layout->count;
        int n = (int)strlen(count && count <= ALL_ENTRIES ? rg_entry_name(s, x, count - 1, text)
                                                          : rg_story_name(s, x, 6, text));
        if (n > most) most = n;
    }
    return most;
}

void rg_tell_result(rg_page *p, rg_story *s)
{
    result r = {.p = p, .s = s, .width = widest_name(s)};
    char gates[RG_LABEL], products[RG_LABEL];
    tell_table_head(&r);
    for (int i = 0; i < s->n; i++) tell_input(&r, i);
    tell_corners(&r);
    tell_shifts(&r);
    rg_page_put(p, "  %lld of %lld agree", (long long)r.agree, (long long)r.compared);
    if (r.corners) rg_page_put(p, ", %lld %s", (long long)r.corners, corner_words(&r));
    rg_page_put(p, ".  %s gate%s, %s product%s on the way back",
                rg_count_text((double)gates_in(s), gates), gates_in(s) == 1 ? "" : "s",
                rg_count_text((double)s->products, products), s->products == 1 ? "" : "s");
    rg_page_end(p);
    if (!s->opened) return;
    if (!(s->gap <= 0))
        rg_page_put(p, "  The gradients of the closed ops are the same, to %s of the largest.",
                    rg_number_text(s->gap, 2, gates));
    else
        rg_page_put(p, "  The gradients of the closed ops are the same, bit for bit.");
    rg_page_end(p);
}
