/* quiz.c - questions about a backward pass, in the order of its steps. Each is told with all
 * that is needed to answer it, so that one mistake does not spoil the next answer. */
#include "page.h"
#include "philox.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ASKED = 12, FACT_WIDTH = 60, MOST_PARTS = 8 };

/* A question that can be asked: about a step, or, without one, about a wire. */
typedef struct planned {
    rg_quiz_kind kind;
    uint32_t step; /* from 1; 0: about the wire       */
    uint32_t wire; /* its id                          */
} planned;

typedef struct quizzing {
    rg_story *s;
    int digits;
    unsigned kinds;
    uint64_t seed;
    uint32_t drawn; /* random words that were taken */
    planned *plan;
    size_t plans, plan_cap;
    rg_quiz_wire *wire;
    char (*name)[RG_LABEL];
    int wires, wire_cap;
    /* what a question points to */
    char fact[RG_QUIZ_FACTS][RG_TEXT], hint[RG_QUIZ_HINTS][RG_TEXT];
    char gate[RG_TEXT], asked[RG_TEXT], part[RG_TEXT], work[RG_TEXT];
    double answer[MOST_ASKED], room[RG_TRAP_ROOM(MOST_ASKED)];
    rg_trap trap[RG_MOST_TRAPS];
} quizzing;

static uint32_t random_below(quizzing *z, uint32_t n)
{
    uint32_t key[2] = {(uint32_t)z->seed, (uint32_t)(z->seed >> 32)},
             counter[4] = {z->drawn++, 0, 0, 0x71u};
    rg_philox(key, counter, counter);
    return (uint32_t)((uint64_t)counter[0] * n >> 32);
}

/* ---- what can be asked ------------------------------------------------------------------ */

/* Small enough that its numbers can be shown. */
static bool can_be_shown(const quizzing *z, const rg_node *x)
{
    char text[RG_TEXT];
    if (!x) return true;
    if (x->layout->count == 1) return isfinite(rg_entry(x, 0));
    if (x->layout->count > RG_TEXT) return false;
    for (int64_t i = 0; i < x->layout->count; i++)
        if (!isfinite(rg_entry(x, i))) return false;
    return *rg_numbers_text(x, z->digits, RG_TEXT - RG_LABEL - 4, text) == '[';
}

static bool plan_question(quizzing *z, rg_quiz_kind kind, size_t step, uint32_t wire)
{
    if (!(z->kinds & kind)) return true;
    if (z->plans == z->plan_cap) {
        size_t cap = z->plan_cap ? 2 * z->plan_cap : 64;
        void *more = rg_mem_resize(&z->s->t->mem, z->plan, z->plan_cap * sizeof *z->plan,
                                   cap * sizeof *z->plan);
        if (!more) return rg_fail(z->s->t, RG_NOMEM, NULL, "out of memory"), false;
        z->plan = more;
        z->plan_cap = cap;
    }
    z->plan[z->plans++] = (planned){kind, (uint32_t)step, wire};
    return true;
}

static bool all_of_gate_is_shown(const quizzing *z, const rg_story_step *step)
{
    bool fine = can_be_shown(z, step->upstream) && can_be_shown(z, step->y) &&
                step->y->nin + 2 <= RG_QUIZ_FACTS;
    for (int k = 0; k < step->y->nin && fine; k++) fine = can_be_shown(z, rg_in(step->y, k));
    return fine && can_be_shown(z, step->contribution);
}

static bool all_parts_are_shown(const quizzing *z, const rg_node *x)
{
    const rg_story_wire *w = rg_story_wire_of(z->s, x);
    if (w->parts < 2 || w->parts > MOST_PARTS || !can_be_shown(z, w->gradient)) return false;
    for (uint32_t i = w->first; i; i = z->s->step[i - 1].next)
        if (!can_be_shown(z, z->s->step[i - 1].contribution)) return false;
    return true;
}

static bool plan_step(quizzing *z, size_t i)
{
    const rg_story_step *step = &z->s->step[i - 1];
    rg_node *x = rg_in(step->y, step->wire), *root = rg_story_root(z->s, x);
    if (!step->contribution || rg_story_wire_of(z->s, x)->role == RG_ROLE_NUMBER) return true;
    bool shown = all_of_gate_is_shown(z, step), one = step->contribution->layout->count == 1;
    bool ok = !rg_story_why(step->y, step->wire) || plan_question(z, RG_ASK_RULE, i, x->id);
    if (ok && rg_story_shape(z->s, x).rank) ok = plan_question(z, RG_ASK_SHAPE, i, x->id);
    if (ok && shown && one) ok = plan_question(z, RG_ASK_SIGN, i, x->id);
    if (ok && shown) ok = plan_question(z, RG_ASK_VALUE, i, x->id);
    if (ok && rg_story_wire_of(z->s, root)->last == i && all_parts_are_shown(z, root))
        ok = plan_question(z, RG_ASK_VALUE, 0, root->id);
    return ok;
}

static int told_gates(const rg_story *s)
{
    int n = 0;
    for (uint32_t id = 0; id < s->wires; id++) n += s->wire[id].role == RG_ROLE_GATE;
    return n;
}

static bool plan_all(quizzing *z)
{
    const rg_story *s = z->s;
    bool ok = true;
    for (size_t b = 0; b < s->blocks && ok; b++)
        for (size_t i = 0; i < s->block[b].steps && ok; i++)
            ok = plan_step(z, s->block[b].first + i + 1);
    bool few = told_gates(s) <= RG_QUIZ_FACTS;
    for (int i = 0; i < s->n && ok && few; i++)
        if (rg_story_wire_of(s, s->x[i])->paths > 0)
            ok = plan_question(z, RG_ASK_PATHS, 0, s->x[i]->id);
    return ok;
}

/* Leaves count of them, chosen by chance, in order. */
static void choose_questions(quizzing *z, int64_t count)
{
    size_t kept = 0, n = z->plans;
    if (count <= 0 || (size_t)count >= n) return;
    for (size_t i = 0; i < n; i++)
        if (random_below(z, (uint32_t)(n - i)) < (uint32_t)((size_t)count - kept))
            z->plan[kept++] = z->plan[i];
    z->plans = kept;
}

/* ---- wires that answers may name -------------------------------------------------------- */

static bool name_wires(quizzing *z)
{
    rg_story *s = z->s;
    int n = 1;
    for (uint32_t id = 0; id < s->wires; id++) n += s->wire[id].role >= RG_ROLE_INPUT;
    z->wire_cap = n;
    z->wire = rg_scratch(s->t, (size_t)n * sizeof *z->wire);
    z->name = z->wire ? rg_scratch(s->t, (size_t)n * sizeof *z->name) : NULL;
    if (!z->name) return false;
    for (uint32_t id = 0; id < s->wires; id++) {
        const rg_node *x = s->t->node[id];
        if (s->wire[id].role < RG_ROLE_INPUT) continue;
        z->wire[z->wires] = (rg_quiz_wire){rg_story_name(s, x, z->digits, z->name[z->wires]), x,
                                           rg_story_shape(s, x)};
        z->wires++;
    }
    return true;
}

/* ---- texts ------------------------------------------------------------------------------ */

static void add_quiz_fact(quizzing *z, rg_question *q, const char *what, const rg_node *x,
                          const rg_node *wire)
{
    char numbers[RG_TEXT];
    if (q->facts == RG_QUIZ_FACTS) return;
    rg_numbers_text_as(x, rg_story_shape(z->s, wire), z->digits, RG_TEXT - RG_LABEL - 4, numbers);
    snprintf(z->fact[q->facts], RG_TEXT, "%.*s = %.*s", RG_LABEL, what, RG_TEXT - RG_LABEL - 4,
             numbers);
    q->fact[q->facts] = z->fact[q->facts];
    q->facts++;
}

static void add_hint(quizzing *z, rg_question *q, const char *text)
{
    snprintf(z->hint[q->hints], RG_TEXT, "%s", text);
    q->hint[q->hints] = z->hint[q->hints];
    q->hints++;
}

/* The inputs, the output where the rule reads it, and what arrives. */
static void tell_facts(quizzing *z, rg_question *q, const rg_story_step *step)
{
    const rg_story *s = z->s;
    char name[RG_LABEL], g[RG_TEXT], what[RG_TEXT];
    rg_node *kept[RG_MOST_KEPT];
    for (int k = 0; k < step->y->nin; k++) {
        const rg_node *x = rg_in(step->y, k);
        bool again = k && x == rg_in(step->y, 0);
        if (!again && rg_story_wire_of(s, x)->role != RG_ROLE_NUMBER)
            add_quiz_fact(z, q, rg_story_name(s, x, z->digits, name), x, x);
    }
    uint32_t turn = rg_story_wire_of(s, step->y)->block;
    int n = turn ? rg_story_kept(s, &s->block[turn - 1], kept) : 0;
    for (int i = 0; i < n; i++)
        if (kept[i] == step->y)
            add_quiz_fact(z, q, rg_story_name(s, step->y, z->digits, name), step->y, step->y);
    snprintf(what, RG_TEXT, "upstream %.60s", rg_gradient_name(s, step->y, g));
    add_quiz_fact(z, q, what, step->upstream, step->y);
}

static bool same_everywhere(const rg_node *x)
{
    for (int64_t i = 1; i < x->layout->count; i++)
        if (rg_entry(x, i) != rg_entry(x, 0)) return false;
    return true;
}

/* The rule in words; with the names of the wires; with their numbers. */
static void tell_hints(quizzing *z, rg_question *q, const rg_story_step *step, const rg_node *local)
{
    const rg_story *s = z->s;
    const char *why = rg_story_why(step->y, step->wire);
    char text[RG_TEXT], a[RG_TEXT], b[RG_TEXT];
    const rg_story_block *block = &s->block[rg_story_wire_of(s, step->y)->block - 1];
    if (why) add_hint(z, q, why);
    if (local) {
        rg_local_text(s, step, z->digits, a);
        snprintf(text, RG_TEXT, "upstream times %.100s", a);
        add_hint(z, q, text);
        rg_numbers_text(step->upstream, z->digits, 100, a);
        rg_numbers_text(local, z->digits, 100, b);
        bool constant = same_everywhere(local);
        if (constant) rg_number_text(rg_entry(local, 0), z->digits, b);
        snprintf(z->work, RG_TEXT, constant ? "%.100s x %.100s" : "%.100s (.) %.100s", a, b);
        add_hint(z, q, z->work);
    } else if (rg_formula_of_rule(s, block, step->contribution, z->digits, text)) {
        snprintf(z->work, RG_TEXT, "%s", text);
        add_hint(z, q, text);
    }
}

/* "path 1 of 2" */
static void tell_quiz_part(quizzing *z, const rg_story_step *step)
{
    const rg_story_wire *to = rg_story_wire_of(z->s, rg_in(step->y, step->wire));
    z->part[0] = 0;
    if (to->parts > 1)
        snprintf(z->part, RG_TEXT, "%s %u of %u", to->paths == to->parts ? "path" : "part",
                 (unsigned)step->part, (unsigned)to->parts);
}

/* All numbers of x, or one of them. */
static void ask_numbers(quizzing *z, rg_question *q, const rg_node *x, const rg_node *numbers,
                    int64_t *first)
{
    int64_t count = numbers->layout->count;
    char entry[RG_TEXT];
    rg_gradient_name(z->s, x, z->asked);
    q->entries = count <= MOST_ASKED ? count : 1;
    q->shape = count <= MOST_ASKED ? rg_story_shape(z->s, x) : rg_shape0();
    *first = q->entries == count ? 0 : random_below(z, (uint32_t)count);
    if (q->entries < count) {
        size_t n = strlen(z->asked);
        const char *place = strchr(rg_entry_name(z->s, x, *first, entry), '[');
        snprintf(z->asked + n, RG_TEXT - n, "%.60s", place ? place : "");
    }
    for (int64_t i = 0; i < q->entries; i++) z->answer[i] = rg_entry(numbers, *first + i);
}

/* ---- questions -------------------------------------------------------------------------- */

static void ask_value(quizzing *z, rg_question *q, const rg_story_step *step)
{
    int64_t first;
    const rg_node *local =
        step->y->op->kind == RG_ELEMENTWISE ? rg_story_local(z->s, step->y, step->wire) : NULL;
    tell_facts(z, q, step);
    tell_hints(z, q, step, local);
    ask_numbers(z, q, rg_in(step->y, step->wire), step->contribution, &first);
    q->traps = rg_entry_traps(z->s, step, local, first, q->entries, z->trap, z->room);
}

static void ask_sum(quizzing *z, rg_question *q, const rg_node *x)
{
    const rg_story *s = z->s;
    const rg_story_wire *w = rg_story_wire_of(s, x);
    char name[RG_LABEL], from[RG_TEXT];
    int64_t first;
    for (uint32_t i = w->first; i; i = s->step[i - 1].next) {
        snprintf(from, RG_TEXT, "from %s", rg_story_name(s, s->step[i - 1].y, z->digits, name));
        add_quiz_fact(z, q, from, s->step[i - 1].contribution, x);
    }
    snprintf(z->gate, RG_TEXT, "%s in all", rg_story_name(s, x, z->digits, name));
    add_hint(z, q, "a wire that feeds several gates gets one gradient along each path; they add");
    ask_numbers(z, q, x, w->gradient, &first);
    q->traps = rg_sum_traps(s, x, first, q->entries, z->trap, z->room);
    q->op = NULL;
}

static void ask_sign(quizzing *z, rg_question *q, const rg_story_step *step)
{
    double v = rg_entry(step->contribution, 0);
    tell_facts(z, q, step);
    tell_hints(z, q, step, NULL);
    char g[RG_TEXT];
    snprintf(z->asked, RG_TEXT, "sign of %.60s (+, - or 0)",
             rg_gradient_name(z->s, rg_in(step->y, step->wire), g));
    z->answer[0] = (v > 0) - (v < 0);
}

static void ask_shape(quizzing *z, rg_question *q, const rg_story_step *step)
{
    const rg_node *x = rg_in(step->y, step->wire);
    char g[RG_TEXT], name[RG_LABEL], shape[RG_TEXT];
    rg_shape answer = rg_story_shape(z->s, x);
    q->entries = answer.rank;
    for (int a = 0; a < answer.rank; a++) z->answer[a] = (double)answer.dim[a];
    for (int k = 0; k < step->y->nin && q->facts < RG_QUIZ_FACTS; k++) {
        const rg_node *in = rg_in(step->y, k);
        snprintf(z->fact[q->facts], RG_TEXT, "%s is %.200s",
                 rg_story_name(z->s, in, z->digits, name),
                 rg_shape_text(rg_story_shape(z->s, in), shape));
        q->fact[q->facts] = z->fact[q->facts];
        q->facts++;
    }
    add_hint(z, q, "a gradient has the shape of its wire");
    snprintf(z->asked, RG_TEXT, "shape of %.60s", rg_gradient_name(z->s, x, g));
    q->shape = rg_shape1(answer.rank);
}

/* The rule, and others: those of the other gates, then what people take for rules. */
static void ask_for_rule(quizzing *z, rg_question *q, const rg_story_step *step)
{
    static const char *const never[] = {"the value of the wire, whatever arrives",
                                        "upstream divided by the number of inputs",
                                        "the largest of the two gradients that arrive",
                                        "upstream times the wire's own value, squared"};
    const rg_story *s = z->s;
    const char *right = rg_story_why(step->y, step->wire), *text;
    char g[RG_TEXT];
    q->choice[q->choices++] = right;
    for (size_t i = 0; i < s->steps + 4 && q->choices < RG_QUIZ_CHOICES; i++) {
        bool again = false;
        text = i < s->steps ? rg_story_why(s->step[i].y, s->step[i].wire) : never[i - s->steps];
        for (int k = 0; k < q->choices && text; k++) again |= !strcmp(q->choice[k], text);
        if (text && !again) q->choice[q->choices++] = text;
    }
    for (int k = q->choices; k-- > 1;) {
        uint32_t j = random_below(z, (uint32_t)k + 1);
        text = q->choice[k];
        q->choice[k] = q->choice[j];
        q->choice[j] = text;
    }
    while (q->choice[(int)z->answer[0]] != right) z->answer[0]++;
    snprintf(z->asked, RG_TEXT, "rule for %.60s",
             rg_gradient_name(s, rg_in(step->y, step->wire), g));
}

static void ask_paths(quizzing *z, rg_question *q, const rg_node *x)
{
    const rg_story *s = z->s;
    char name[RG_LABEL], y[RG_LABEL], formula[RG_TEXT];
    for (uint32_t id = 0; id < s->wires && q->facts < RG_QUIZ_FACTS; id++) {
        const rg_node *v = s->t->node[id];
        if (s->wire[id].role != RG_ROLE_GATE) continue;
        snprintf(z->fact[q->facts], RG_TEXT, "%s = %.200s", rg_story_name(s, v, z->digits, name),
                 rg_formula_text(s, v, v->op->formula, z->digits, formula));
        q->fact[q->facts] = z->fact[q->facts];
        q->facts++;
    }
    rg_story_name(s, x, z->digits, name);
    snprintf(z->gate, RG_TEXT, "paths from %s to %s", name, rg_story_name(s, s->y, z->digits, y));
    snprintf(z->asked, RG_TEXT, "how many");
    add_hint(z, q,
             "count backward: the output has 1, and every gate adds its count to each of its "
             "wires");
    z->answer[0] = rg_story_wire_of(s, x)->paths;
    q->op = NULL;
}

static void ask_about_step(quizzing *z, rg_question *q, const rg_story_step *step)
{
    const rg_story *s = z->s;
    char name[RG_LABEL], formula[RG_TEXT];
    snprintf(z->gate, RG_TEXT, "%s = %.200s", rg_story_name(s, step->y, z->digits, name),
             rg_formula_text(s, step->y, step->y->op->formula, z->digits, formula));
    tell_quiz_part(z, step);
    q->op = step->y->op->name;
    if (q->kind == RG_ASK_VALUE) ask_value(z, q, step);
    if (q->kind == RG_ASK_SIGN) ask_sign(z, q, step);
    if (q->kind == RG_ASK_SHAPE) ask_shape(z, q, step);
    if (q->kind == RG_ASK_RULE) ask_for_rule(z, q, step);
}

static rg_question begin_question(quizzing *z, size_t i)
{
    rg_question q = {.number = (int64_t)i + 1,
                     .of = (int64_t)z->plans,
                     .step = z->plan[i].step,
                     .kind = z->plan[i].kind,
                     .gate = z->gate,
                     .asked = z->asked,
                     .part = z->part,
                     .work = z->work,
                     .answer = z->answer,
                     .entries = 1,
                     .shape = rg_shape0(),
                     .trap = z->trap,
                     .wire = z->wire,
                     .wires = z->wires};
    z->part[0] = z->work[0] = 0;
    memset(z->answer, 0, sizeof z->answer);
    return q;
}

static bool put_question(quizzing *z, size_t i, bool (*ask)(void *, const rg_question *), void *ud)
{
    const planned *p = &z->plan[i];
    rg_story *s = z->s;
    int64_t mark = rg_mark(s->t);
    rg_question q = begin_question(z, i);
    if (p->step) {
        const rg_story_step *step = &s->step[p->step - 1];
        z->wire[q.wires++] = (rg_quiz_wire){"upstream", step->upstream, rg_story_shape(s, step->y)};
        ask_about_step(z, &q, step);
    } else if (p->kind == RG_ASK_PATHS)
        ask_paths(z, &q, s->t->node[p->wire]);
    else
        ask_sum(z, &q, s->t->node[p->wire]);
    bool go_on = ask(ud, &q);
    rg_story_forget(s, mark);
    return go_on;
}

/* ---- the quiz --------------------------------------------------------------------------- */

static void free_quiz(quizzing *z)
{
    rg_tape *t = z->s->t;
    if (z->plan) rg_mem_put(&t->mem, z->plan, z->plan_cap * sizeof *z->plan);
    if (z->wire) rg_scratch_free(t, z->wire, (size_t)z->wire_cap * sizeof *z->wire);
    if (z->name) rg_scratch_free(t, z->name, (size_t)z->wire_cap * sizeof *z->name);
    rg_scratch_free(t, z, sizeof *z);
}

rg_status rg_quiz_of_story(rg_story *s, const rg_quiz_options *o,
                           bool (*ask)(void *ud, const rg_question *q), void *ud)
{
    if (!ask) return rg_refuse(s->t, RG_USAGE, NULL, "quiz: nobody to ask");
    quizzing *z = rg_scratch(s->t, sizeof *z);
    if (!z) return RG_NOMEM;
    memset(z, 0, sizeof *z);
    z->s = s;
    z->digits = o->digits >= 1 && o->digits <= 17 ? o->digits : RG_EXPLAIN_DIGITS;
    z->kinds = o->kinds ? o->kinds : RG_ASK_VALUE;
    z->seed = o->seed;
    if (plan_all(z) && name_wires(z)) {
        choose_questions(z, o->count);
        for (size_t i = 0; i < z->plans && put_question(z, i, ask, ud);) i++;
    }
    free_quiz(z);
    return s->t->error.status;
}

rg_status rg_quiz(rg_node *y, int n, rg_node *const *x, const rg_quiz_options *how,
                  bool (*ask)(void *ud, const rg_question *q), void *ud)
{
    static const rg_quiz_options standard = {0};
    rg_story s;
    rg_status status = rg_story_begin(&s, y, n, x);
    if (!status) status = rg_quiz_of_story(&s, how ? how : &standard, ask, ud);
    rg_story_end(&s);
    return status ? status : rg_error_of(rg_tape_of(y))->status;
}
