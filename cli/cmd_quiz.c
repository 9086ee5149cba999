/* cmd_quiz.c - retrograd quiz: asks for the numbers of a backward pass, one after the other, and
 * says which misconception an answer comes from. On a pipe every line is an answer. */
#define RG_NO_HERE
#include "command.h"
#include "expression.h"
#include "grade.h"
#include "json_out.h"
#include "memory.h"
#include "nonfinite.h"
#include "status.h"
#include "term.h"
#include "text_out.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_IDS = 32 };

/* Which misconception, and how often. */
typedef struct met_trap {
    const char *id;
    int times;
} met_trap;

typedef struct quiz_run {
    FILE *talk; /* where the dialogue goes */
    bool typed; /* answers come from a keyboard */
    bool over;  /* no more answers              */
    int tries, digits, width, column;
    char *line;
    size_t line_cap;
    json *j; /* NULL: no JSON */
    int64_t asked, of, points, hints;
    met_trap met[MOST_IDS];
    int mets;
} quiz_run;

/* ---- texts ------------------------------------------------------------------------------ */

static void say(const quiz_run *r, const char *text)
{
    fprintf(r->talk, "%*s", r->column, "");
    text_wrapped(r->talk, r->column, r->column, r->width, text);
    fputc('\n', r->talk);
}

/* Facts side by side where they fit. */
static void say_facts(const quiz_run *r, const rg_question *q)
{
    int at = 0;
    for (int i = 0; i < q->facts; i++) {
        int n = (int)strlen(q->fact[i]);
        if (at && at + 3 + n <= r->width) {
            fprintf(r->talk, "   %s", q->fact[i]);
            at += 3 + n;
            continue;
        }
        if (at) fputc('\n', r->talk);
        fprintf(r->talk, "%*s", r->column, "");
        text_wrapped(r->talk, r->column, r->column + 2, r->width, q->fact[i]);
        at = r->column + n;
    }
    if (at) fputc('\n', r->talk);
}

static void say_choices(const quiz_run *r, const rg_question *q)
{
    for (int k = 0; k < q->choices; k++) {
        fprintf(r->talk, "%*s%c  ", r->column, "", 'a' + k);
        text_wrapped(r->talk, r->column + 3, r->column + 3, r->width, q->choice[k]);
        fputc('\n', r->talk);
    }
}

static void pose(quiz_run *r, const rg_question *q)
{
    char head[64];
    snprintf(head, sizeof head, "%lld of %lld", (long long)q->number, (long long)q->of);
    if (q->number > 1) fputc('\n', r->talk);
    fprintf(r->talk, "%-*s", r->column, head);
    text_wrapped(r->talk, r->column, r->column + 2, r->width, q->gate);
    if (*q->part) fprintf(r->talk, "   %s", q->part);
    fputc('\n', r->talk);
    say_facts(r, q);
    say_choices(r, q);
}

/* The answer as it would be typed. */
static void put_answer(const quiz_run *r, FILE *to, const rg_question *q)
{
    rg_shape s = q->shape;
    if (q->kind == RG_ASK_RULE)
        fprintf(to, "%c", 'a' + (int)q->answer[0]);
    else if (q->kind == RG_ASK_SIGN)
        fputs(q->answer[0] > 0 ? "+" : q->answer[0] < 0 ? "-" : "0", to);
    else if (q->kind == RG_ASK_SHAPE)
        for (int64_t i = 0; i < q->entries; i++)
            fprintf(to, "%s%lld", i ? "x" : "", (long long)q->answer[i]);
    else
        text_array(to, q->kind == RG_ASK_PATHS ? 17 : r->digits, q->entries == 1 ? 0 : s.rank,
                   s.dim, q->answer);
}

static void tell_answer(const quiz_run *r, const rg_question *q, const char *lead)
{
    fprintf(r->talk, "%*s%s", r->column, "", lead);
    bool work = *q->work && (q->kind == RG_ASK_VALUE);
    if (work)
        text_wrapped(r->talk, r->column + (int)strlen(lead), r->column + 2, r->width, q->work);
    if (work) fputs(" = ", r->talk);
    put_answer(r, r->talk, q);
    fputc('\n', r->talk);
}

/* ---- answers ---------------------------------------------------------------------------- */

/* The next line, without blanks around it; NULL: there is none. */
static char *read_line(quiz_run *r, const rg_question *q)
{
    fprintf(r->talk, "%*s%s%s ? ", r->column, "", q->asked, q->kind == RG_ASK_VALUE ? " =" : "");
    fflush(r->talk);
    ssize_t n = getline(&r->line, &r->line_cap, stdin);
    r->over = n < 0;
    if (r->over) {
        fputc('\n', r->talk);
        return NULL;
    }
    while (n > 0 && isspace((unsigned char)r->line[n - 1])) r->line[--n] = 0;
    char *text = r->line + strspn(r->line, " \t");
    if (!r->typed) diag_plain(r->talk, text, strlen(text), term_utf8());
    if (!r->typed) fputc('\n', r->talk);
    return text;
}

/* A letter that asks for something, unless a wire is called like that. */
static bool is_command(const rg_question *q, const char *text, char letter)
{
    if (text[0] == ':') return text[1] == letter && !text[2];
    for (int i = 0; i < q->wires && q->kind == RG_ASK_VALUE; i++)
        if (!strcmp(q->wire[i].name, text)) return false;
    return text[0] == letter && !text[1];
}

static grade grade_choice(const rg_question *q, const char *text)
{
    return text[0] == 'a' + (int)q->answer[0] && !text[1] ? GRADE_RIGHT : GRADE_WRONG;
}

static grade grade_sign(const rg_question *q, const char *text)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text)
        v = text[0] == '+' || text[0] == 'p' ? 1 : text[0] == '-' || text[0] == 'n' ? -1 : 0;
    bool known = (end > text && !isnan(v)) || (end == text && strchr("+-pnz", text[0]));
    return known && (v > 0) - (v < 0) == q->answer[0] ? GRADE_RIGHT : GRADE_WRONG;
}

/* Whole numbers with anything else between them. */
static grade grade_shape(const rg_question *q, const char *text)
{
    int64_t i = 0;
    for (; *text; i++) {
        text += strcspn(text, "0123456789");
        if (!*text) break;
        char *end;
        double v = strtod(text, &end);
        if (i >= q->entries || v != q->answer[i]) return GRADE_WRONG;
        text = end;
    }
    return i == q->entries ? GRADE_RIGHT : GRADE_WRONG;
}

static void meet_trap(quiz_run *r, const char *id)
{
    int i = 0;
    while (i < r->mets && strcmp(r->met[i].id, id) != 0) i++;
    if (i == MOST_IDS) return;
    if (i == r->mets) r->met[r->mets++].id = id;
    r->met[i].times++;
}

static void tell_shape(const quiz_run *r, const answer *a, const rg_question *q)
{
    char mine[RG_TEXT], right[RG_TEXT], text[3 * RG_TEXT];
    snprintf(text, sizeof text, "not yet. That is %s; %s is %s, the shape of its wire.",
             shape_words(a->value.shape, mine), q->asked, shape_words(q->shape, right));
    say(r, text);
}

/* What a wrong value says about how it was come by: the id of the misconception, or NULL. */
static const char *diagnose_value(const quiz_run *r, const answer *a, const rg_question *q, grade g)
{
    const rg_trap *t = answer_trap(a, q);
    char text[RG_TEXT * 2];
    if (t) {
        snprintf(text, sizeof text, "not yet. %s [%s]", t->text, t->id);
        say(r, text);
        return t->id;
    }
    if (g == GRADE_SHAPE)
        tell_shape(r, a, q);
    else if (g == GRADE_CLOSE)
        say(r, "close, but not to the digits that you wrote. Keep more of them on the way.");
    else
        say(r, q->op ? "not yet. The answer is what arrives times the local derivative."
                     : "not yet. The gradients that arrive along all paths add up.");
    return NULL;
}

/* Shapes that do not fit in a product: a transpose is missing. */
static const char *diagnose_error(const quiz_run *r, const rg_question *q, const diag *d)
{
    char text[sizeof d->text + sizeof d->help + 128];
    bool product = q->op && !strcmp(q->op, "matmul") && d->code == E_SHAPE;
    snprintf(text, sizeof text, "not understood: %s%s%s%s", d->text, *d->help ? "; " : "", d->help,
             product ? ". One factor has to be transposed: write W.T for it. [Q12]" : "");
    say(r, text);
    return product ? "Q12" : NULL;
}

static grade judge_value(quiz_run *r, const rg_question *q, const char *text, const char **met)
{
    answer a;
    diag d = {0};
    grade g = GRADE_WRONG;
    if (!answer_read(&a, text, q, r->digits, &d)) {
        *met = diagnose_error(r, q, &d);
    } else {
        g = answer_grade(&a, q->shape, q->answer, q->entries);
        if (g == GRADE_SHORT)
            say(r, "one more digit, please.");
        else if (g != GRADE_RIGHT)
            *met = diagnose_value(r, &a, q, g);
    }
    literal_free(&a.value);
    return g;
}

static grade judge(quiz_run *r, const rg_question *q, const char *text, const char **met)
{
    grade g;
    *met = NULL;
    if (q->kind == RG_ASK_VALUE) return judge_value(r, q, text, met);
    if (q->kind == RG_ASK_RULE)
        g = grade_choice(q, text);
    else if (q->kind == RG_ASK_SIGN)
        g = grade_sign(q, text);
    else if (q->kind == RG_ASK_SHAPE)
        g = grade_shape(q, text);
    else
        g = strtod(text, NULL) == q->answer[0] ? GRADE_RIGHT : GRADE_WRONG;
    if (g != GRADE_RIGHT) say(r, "not yet.");
    return g;
}

static void give_hint(quiz_run *r, const rg_question *q, int *hints)
{
    int k = *hints < q->hints ? (*hints)++ : q->hints - 1;
    r->hints++;
    say(r, k < 0 ? "look at the gate again" : q->hint[k]);
}

/* ---- one question ----------------------------------------------------------------------- */

typedef struct outcome_of_question {
    bool right;
    int tries, hints;
} outcome_of_question;

static void json_string_member(json *j, const char *key, const char *text)
{
    json_key(j, key, strlen(key));
    json_words(j, text, strlen(text));
}

static void begin_json_question(const quiz_run *r, const rg_question *q)
{
    json *j = r->j;
    if (!j) return;
    json_open(j, '{');
    json_key(j, "number", 6);
    json_whole(j, q->number);
    json_string_member(j, "gate", q->gate);
    json_string_member(j, "asked", q->asked);
    json_key(j, "answer", 6);
    json_numbers(j, RG_F64, q->entries == 1 ? 0 : q->shape.rank, q->shape.dim, q->answer);
    json_key(j, "given", 5);
    json_open(j, '[');
}

static void json_given(const quiz_run *r, const char *text, const char *met)
{
    json *j = r->j;
    if (!j) return;
    json_open(j, '{');
    json_string_member(j, "text", text);
    if (met) json_string_member(j, "misconception", met);
    json_close(j, '}');
}

static void end_json_question(const quiz_run *r, const outcome_of_question *o)
{
    json *j = r->j;
    if (!j) return;
    json_close(j, ']');
    json_key(j, "hints", 5);
    json_whole(j, o->hints);
    json_key(j, "right", 5);
    json_bool(j, o->right);
    json_close(j, '}');
}

/* Take an answer. True: the question is settled. */
static bool take_answer(quiz_run *r, const rg_question *q, const char *text, outcome_of_question *o)
{
    const char *met;
    if (is_command(q, text, 'h')) {
        give_hint(r, q, &o->hints);
        return false;
    }
    if (is_command(q, text, 'q')) return r->over = true;
    if (!*text || is_command(q, text, 's')) {
        tell_answer(r, q, "the answer: ");
        return true;
    }
    grade g = judge(r, q, text, &met);
    json_given(r, text, met);
    if (met) meet_trap(r, met);
    o->right = g == GRADE_RIGHT;
    if (o->right) tell_answer(r, q, o->tries ? "right, in the end: " : "right: ");
    o->tries += g != GRADE_SHORT;
    if (!o->right && o->tries >= r->tries) tell_answer(r, q, "the answer: ");
    return o->right || o->tries >= r->tries;
}

static bool ask_question(void *ud, const rg_question *q)
{
    quiz_run *r = ud;
    outcome_of_question o = {0};
    char *text;
    char last[64];
    r->of = q->of;
    r->column = snprintf(last, sizeof last, "%lld of %lld", (long long)q->of, (long long)q->of) + 3;
    pose(r, q);
    begin_json_question(r, q);
    do text = read_line(r, q);
    while (text && !take_answer(r, q, text, &o));
    end_json_question(r, &o);
    r->asked += text != NULL && !r->over;
    r->points += o.right;
    return !r->over;
}

/* ---- the whole -------------------------------------------------------------------------- */

static void tell_score(const quiz_run *r)
{
    fprintf(r->talk, "\nscore %lld of %lld", (long long)r->points, (long long)r->of);
    if (r->hints) fprintf(r->talk, ", %lld hint%s", (long long)r->hints, r->hints == 1 ? "" : "s");
    if (r->asked < r->of) fprintf(r->talk, ", %lld not answered", (long long)(r->of - r->asked));
    for (int i = 0; i < r->mets; i++) {
        fprintf(r->talk, "%s%s", i ? ", " : "\nmet: ", r->met[i].id);
        if (r->met[i].times > 1) fprintf(r->talk, " (%d times)", r->met[i].times);
    }
    fputc('\n', r->talk);
}

static void json_score(const quiz_run *r)
{
    json *j = r->j;
    json_close(j, ']');
    json_key(j, "score", 5);
    json_whole(j, r->points);
    json_key(j, "of", 2);
    json_whole(j, r->of);
    json_key(j, "hints", 5);
    json_whole(j, r->hints);
    json_key(j, "misconceptions", 14);
    json_open(j, '{');
    for (int i = 0; i < r->mets; i++) {
        json_key(j, r->met[i].id, strlen(r->met[i].id));
        json_whole(j, r->met[i].times);
    }
    json_close(j, '}');
    json_close(j, '}');
    fputc('\n', j->to);
}

static bool read_kinds(const args *a, unsigned *kinds, diag *d)
{
    static const struct {
        const char *name;
        unsigned bits;
    } kind[] = {{"value", RG_ASK_VALUE}, {"rule", RG_ASK_RULE},   {"shape", RG_ASK_SHAPE},
                {"sign", RG_ASK_SIGN},   {"paths", RG_ASK_PATHS}, {"all", 31}};
    const char *text = args_has(a, OPT_KIND) ? a->opt[OPT_KIND].text : "value";
    for (*kinds = 0; *text; text += strspn(text, ", ")) {
        size_t n = strcspn(text, ", "), i = 0;
        while (i < 6 && (strlen(kind[i].name) != n || memcmp(kind[i].name, text, n) != 0)) i++;
        if (i == 6) {
            diag_set(d, E_USAGE, NULL, (span){0, 0}, "no such kind of question: %.60s", text);
            diag_help(d, "value, rule, shape, sign, paths or all; several with commas");
            return false;
        }
        *kinds |= kind[i].bits;
        text += n;
    }
    return true;
}

static void begin_json(quiz_run *r, json *j, const expression *x)
{
    r->j = j;
    json_open(j, '{');
    json_key(j, "schema", 6);
    json_words(j, "quiz/1", 6);
    json_key(j, "expr", 4);
    json_words(j, x->src.text, x->src.len);
    json_key(j, "questions", 9);
    json_open(j, '[');
}

static int run_quiz(expression *x, const args *a, unsigned kinds, diag *d)
{
    json j = {.to = stdout};
    bool typed = isatty(STDIN_FILENO) != 0, as_json = args_has(a, OPT_JSON);
    quiz_run r = {.talk = as_json ? stderr : stdout,
                  .typed = typed,
                  .tries = typed ? 3 : 1,
                  .digits = args_has(a, OPT_DIGITS) ? (int)a->opt[OPT_DIGITS].number : 6,
                  .width = term_width()};
    rg_quiz_options o = {.digits = r.digits, .kinds = kinds};
    if (args_has(a, OPT_TRIES)) r.tries = (int)a->opt[OPT_TRIES].number;
    if (args_has(a, OPT_ASK)) o.count = (int64_t)a->opt[OPT_ASK].number;
    if (args_has(a, OPT_SEED)) o.seed = (uint64_t)a->opt[OPT_SEED].number;
    if (as_json) begin_json(&r, &j, x);
    fprintf(r.talk, "%s\nh hint   s show   Enter skip   q quit\n\n", x->src.text);
    rg_node **leaf = expression_leaves(x);
    rg_status s = rg_quiz(x->out, x->in.n, leaf, &o, ask_question, &r);
    free(leaf);
    free(r.line);
    if (!s && r.of) tell_score(&r);
    if (!s && as_json) json_score(&r);
    if (s) {
        expression_error(x, PARSE_NONE, d);
        return term_report(d, ERROR);
    }
    if (r.of) return r.points == r.of ? EXIT_FINE : EXIT_FAILED;
    char found[NONFINITE_TEXT];
    if (nonfinite_first(x, found)) {
        diag_set(d, E_USAGE, NULL, (span){0, 0}, "there is nothing of this kind to ask: %s", found);
        diag_help(d, "values at which every number is finite");
        return term_report(d, ERROR);
    }
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "there is nothing of this kind to ask");
    diag_help(d, "--kind all, or smaller tensors: a number is asked for where all that it is made "
                 "of can be shown");
    return term_report(d, ERROR);
}

/* Answers come from there. */
static bool leaves_stdin(const args *a, diag *d)
{
    bool taken = a->expression && !strcmp(a->expression, "-");
    if (!taken) return true;
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "the answers are read from standard input");
    diag_help(d, "give the expression as an argument, or with --file");
    return false;
}

int cmd_quiz(const args *a)
{
    expression x = {0};
    diag d = {0};
    unsigned kinds;
    bool ok = leaves_stdin(a, &d) && read_kinds(a, &kinds, &d) && expression_read(&x, a, &d) &&
              expression_load(&x, &d) && expression_record(&x, a, &d) &&
              expression_one_number(&x, "asked about", &d) && nonfinite_check(&x, false, false, &d);
    if (ok) expression_name_statements(&x);
    int status = ok ? run_quiz(&x, a, kinds, &d) : term_report(&d, ERROR);
    expression_close(&x);
    return status;
}
