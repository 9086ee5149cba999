/* options.c - the table of options, and sorting a command line by it. */
#include "options.h"
#include "lex.h"
#include "memory.h"
#include "resolve.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const option options[OPT_COUNT] = {
    [OPT_HELP] = {"help", NULL, OPTION_FLAG, 0, 0, NULL, "this text (also -h)"},
    [OPT_COLOR] = {"color", "WHEN", OPTION_CHOICE, 0, 0, "auto|always|never", "colours in messages; NO_COLOR turns auto off"},
    [OPT_JSON] = {"json", NULL, OPTION_FLAG, 0, 0, NULL, "the result as JSON"},
    [OPT_SEED] = {"seed", "N", OPTION_WHOLE, 0, 9007199254740992.0, NULL, "seed of all random numbers (default 0)"},
    [OPT_FILE] = {"file", "F", OPTION_FILE, 0, 0, NULL, "read the expression from a file"},
    [OPT_DTYPE] = {"dtype", "TYPE", OPTION_CHOICE, 0, 0, "f32|f64", "what to compute in (default f64)"},
    [OPT_UPSTREAM] = {"upstream", "VALUE", OPTION_TEXT, 0, 0, NULL, "gradient that arrives at the output, in its shape"},
    [OPT_HESSIAN] = {"hessian", NULL, OPTION_FLAG, 0, 0, NULL, "second derivatives, for all pairs of inputs"},
    [OPT_JACOBIAN] = {"jacobian", NULL, OPTION_FLAG, 0, 0, NULL, "derivative of every output element"},
    [OPT_STRICT] = {"strict", NULL, OPTION_FLAG, 0, 0, NULL, "inf or nan out of finite numbers: exit 3; a check that cannot tell: exit 1"},
    [OPT_TIES] = {"ties", "HOW", OPTION_CHOICE, 0, 0, "half|strict", "gradient of max(x, y) at x = y: half to each (default), or none"},
    [OPT_DIGITS] = {"digits", "N", OPTION_WHOLE, 1, 17, NULL, "significant digits in text (default 6)"},
    [OPT_BRIEF] = {"brief", NULL, OPTION_FLAG, 0, 0, NULL, "the result alone, without the steps"},
    [OPT_VERBOSE] = {"verbose", NULL, OPTION_FLAG, 0, 0, NULL, "also the libraries and instruction sets in use"},
    [OPT_DATA] = {"data", "FILE", OPTION_FILE, 0, 0, NULL, "the data"},
    [OPT_PARAM] = {"param", "NAME=VALUE", OPTION_TEXT, 0, 0, NULL, "where a parameter starts (default 1); may be repeated"},
    [OPT_BOUND] = {"bound", "NAME=LO:HI", OPTION_TEXT, 0, 0, NULL, "keep a parameter between LO and HI, either left out"},
    [OPT_STARTS] = {"starts", "N", OPTION_WHOLE, 1, 1000000, NULL, "descents: one from the start given, the others from beside it; the lowest counts (default 1)"},
    [OPT_LOSS] = {"loss", "NAME", OPTION_CHOICE, 0, 0, "squares|huber|mae|bce|bce_with_logits|poisson", "what to make smallest (default squares); the last three by the optimizers"},
    [OPT_DELTA] = {"delta", "D", OPTION_NUMBER, 1e-150, 1e150, NULL, "of --loss huber: where squares turn to distances, in the unit of the left side (default 1)"},
    [OPT_ERRORS] = {"errors", "HOW", OPTION_CHOICE, 0, 0, "jacobian|hessian", "standard errors from J^T J (default), or from the full Hessian"},
    [OPT_MODEL] = {"model", "MODEL", OPTION_FILE, 0, 0, NULL, "to train: a network such as 'linear 256, relu, linear 10'; else the file of one"},
    [OPT_SAVE] = {"save", "FILE", OPTION_TARGET, 0, 0, NULL, "where the trained model goes"},
    [OPT_TARGET] = {"target", "COLUMN", OPTION_TEXT, 0, 0, NULL, "the column to predict"},
    [OPT_WITHOUT] = {"without", "COLUMNS", OPTION_TEXT, 0, 0, NULL, "leave these columns out: names apart by commas; may be repeated"},
    [OPT_MISSING] = {"missing", "HOW", OPTION_CHOICE, 0, 0, "drop|mean", "rows with a missing cell: leave out, or put the mean (default: an error)"},
    [OPT_DROP] = {"missing", "HOW", OPTION_CHOICE, 0, 0, "drop", "leave out rows with a missing value in a column of the formula (default: an error)"},
    [OPT_EPOCHS] = {"epochs", "N", OPTION_WHOLE, 1, 1000000, NULL, "times through the data (default 10, more when there is little of it)"},
    [OPT_PATIENCE] = {"patience", "N", OPTION_WHOLE, 1, 1000000, NULL, "stop early: after N epochs without a better one in validation (default: never); the best is kept"},
    [OPT_BATCH] = {"batch", "N", OPTION_WHOLE, 1, 1000000, NULL, "rows per step (default 32)"},
    [OPT_OPTIMIZER] = {"optimizer", "TEXT", OPTION_TEXT, 0, 0, NULL, "sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw, then settings: 'adam lr=2e-3' (default; images: with decay=1), 'nesterov lr=0.1 cosine=2000 warmup=50 soft=1e-4 clip=1' ..."},
    [OPT_SCHEDULE] = {"schedule", "HOW", OPTION_CHOICE, 0, 0, "linear|constant", "the learning rate: falls evenly to 0 (default, unless the optimizer has a schedule), or stays"},
    [OPT_RESUME] = {"resume", "FILE", OPTION_FILE, 0, 0, NULL, "go on from this model; from a checkpoint: exactly as if the run had never stopped"},
    [OPT_CHECKPOINT] = {"checkpoint", "FILE", OPTION_TARGET, 0, 0, NULL, "keep in this file where the training stands after every epoch, for --resume"},
    [OPT_EVERY] = {"every", "N", OPTION_WHOLE, 1, 1e9, NULL, "keep it after every N steps, too"},
    [OPT_THREADS] = {"threads", "N", OPTION_WHOLE, 1, 1024, NULL, "threads to use (default: one per processor)"},
    [OPT_SHARDS] = {"shards", "S", OPTION_WHOLE, 1, 4096, NULL, "cut each batch into S shards, which mpirun -n N shares among N processes with the same bits"},
    [OPT_C] = {"c", "FILE", OPTION_TARGET, 0, 0, NULL, "write the model as C99 into this file"},
    [OPT_PREFIX] = {"prefix", "NAME", OPTION_TEXT, 0, 0, NULL, "what its names begin with (default model)"},
    [OPT_SVG] = {"svg", "FILE", OPTION_TARGET, 0, 0, NULL, "draw it into this file, as a picture"},
    [OPT_HTML] = {"html", "FILE", OPTION_TARGET, 0, 0, NULL, "the same as a page"},
    [OPT_DOT] = {"dot", NULL, OPTION_FLAG, 0, 0, NULL, "the graph for Graphviz"},
    [OPT_SPEC] = {"spec", "SPEC", OPTION_TEXT, 0, 0, NULL, "a network such as 'linear 256, relu, linear 10', not trained"},
    [OPT_INPUTS] = {"inputs", "N", OPTION_WHOLE, 1, 1000000000, NULL, "numbers in a row of --spec's input (default 784)"},
    [OPT_DEPTH] = {"depth", "N", OPTION_WHOLE, 0, 100, NULL, "open scopes, such as the layers of a network, that lie so deep (default 0: none)"},
    [OPT_AUGMENT] = {"augment", "TEXT", OPTION_TEXT, 0, 0, NULL, "change images by chance in training: 'flip shift=2 rotate=10 zoom=0.1 deform=1 crop=0.2 lens=0.1 clutter=4 brightness=0.2 occlude=0.3'"},
    [OPT_SMOOTH] = {"smooth", "SHARE", OPTION_NUMBER, 0, 0.5, NULL, "label smoothing: this share of each label goes to the other classes in training"},
    [OPT_ENSEMBLE] = {"ensemble", "N", OPTION_WHOLE, 1, 100, NULL, "train N networks, with seeds from --seed on, whose predictions are averaged"},
    [OPT_REPORT] = {"report", "FILE", OPTION_TARGET, 0, 0, NULL, "how it went, as a page: curves, confusions, mistakes, layers"},
    [OPT_DIR] = {"dir", "DIR", OPTION_FILE, 0, 0, NULL, "write the figures into this folder (made if it is not there), as SVG and as CSV"},
    [OPT_PLOT] = {"plot", NULL, OPTION_FLAG, 0, 0, NULL, "draw the figures with characters, too"},
    [OPT_LIST] = {"list", NULL, OPTION_FLAG, 0, 0, NULL, "the sections there are"},
    [OPT_OPEN] = {"open", NULL, OPTION_FLAG, 0, 0, NULL, "tell softmax, cross-entropy and the like as the small ops that they are made of"},
    [OPT_TABLE] = {"table", NULL, OPTION_FLAG, 0, 0, NULL, "a line for each product"},
    [OPT_PATHS] = {"paths", "WIRE", OPTION_TEXT, 0, 0, NULL, "every path from that wire to the output, up to 1,000; else how many"},
    [OPT_ORDER] = {"order", "HOW", OPTION_CHOICE, 0, 0, "tape|naive", "naive: what a recursion without order makes of it"},
    [OPT_SYMBOLIC] = {"symbolic", NULL, OPTION_FLAG, 0, 0, NULL, "names and rules, no numbers"},
    [OPT_STEP] = {"step", NULL, OPTION_FLAG, 0, 0, NULL, "on a terminal, a block for each Enter (b back, q quit)"},
    [OPT_SHOW] = {"show", "WIRE", OPTION_TEXT, 0, 0, NULL, "every number of that wire and of its gradient; of a part: 'W[0:2,3]'"},
    [OPT_ASCII] = {"ascii", NULL, OPTION_FLAG, 0, 0, NULL, "characters of ASCII alone: explanations have no others"},
    [OPT_MARKDOWN] = {"markdown", NULL, OPTION_FLAG, 0, 0, NULL, "as a document: docs/ops.md"},
    [OPT_EXPLAIN] = {"explain", "STEP", OPTION_WHOLE, 1, 9007199254740992.0, NULL, "explain that step of training, before its update, into --explain-file"},
    [OPT_EXPLAIN_FILE] = {"explain-file", "FILE", OPTION_TARGET, 0, 0, NULL, "where it goes: a page (.html), every number (.json), or text"},
    [OPT_KIND] = {"kind", "KINDS", OPTION_TEXT, 0, 0, NULL, "what to ask: value (default), rule, shape, sign, paths, all; several with commas"},
    [OPT_TRIES] = {"tries", "N", OPTION_WHOLE, 1, 100, NULL, "answers to a question before it is told (default 3, on a pipe 1)"},
    [OPT_ASK] = {"count", "N", OPTION_WHOLE, 1, 1000000, NULL, "ask that many questions, chosen by --seed (default: all)"},
    [OPT_CSV] = {"csv", NULL, OPTION_FLAG, 0, 0, NULL, "the result as CSV"},
    [OPT_LIBRARY] = {"library", "FILE", OPTION_FILE, 0, 0, NULL, "instead of an expression, the ops of a shared library"},
    [OPT_ROUNDING] = {"rounding", NULL, OPTION_FLAG, 0, 0, NULL, "also how many digits of each gradient are right, and where others were lost"},
    [OPT_CHECK] = {"check", "N", OPTION_WHOLE, 1, 1000, NULL, "check the gradient rules of N nodes, drawn anew at every step"},
    [OPT_CHECK_EVERY] = {"check-every", "N", OPTION_WHOLE, 1, 1e9, NULL, "... at every Nth step only: what --check costs falls by as much"},
    [OPT_PLANT] = {"plant", "BUG", OPTION_TEXT, 0, 0, NULL, "make a rule wrong first: 'relu -7', 'matmul.b transpose', an op and a factor, sign, zero, mean, row, shift ..."},
    [OPT_ITSELF] = {"itself", NULL, OPTION_FLAG, 0, 0, NULL, "instead of an expression, plant bugs in every rule: how many are caught?"},
    [OPT_NODES] = {"nodes", NULL, OPTION_FLAG, 0, 0, NULL, "also every op by itself, and how they are joined"},
};
/* clang-format on */

static bool option_fail(diag *d, const char *text, const option *o, const char *value,
                        const char *help)
{
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "%s: --%s%s%.60s", text, o->name, value ? " " : "",
             value ? value : "");
    if (help) diag_help(d, "%s", help);
    return false;
}

/* The option of that name among those allowed, or -1. */
static int find_option(const char *name, size_t len, option_set allowed)
{
    for (int i = 0; i < OPT_COUNT; i++)
        if ((allowed & OPTION_BIT(i)) && strlen(options[i].name) == len &&
            !memcmp(options[i].name, name, len))
            return i;
    return -1;
}

static bool unknown_option(const char *name, size_t len, option_set allowed, diag *d)
{
    nearest best = {.distance = 3};
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "unknown option --%.*s", (int)(len < 60 ? len : 60),
             name);
    for (int i = 0; i < OPT_COUNT; i++)
        if (allowed & OPTION_BIT(i))
            nearest_offer(&best, name, len, options[i].name, strlen(options[i].name));
    if (best.text)
        diag_help(d, "did you mean --%s?", best.text);
    else
        diag_help(d, "an expression that begins with -- stands behind a -- of its own");
    return false;
}

/* The place of word in "a|b|c", or -1. */
static int find_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    int k = 0;
    for (const char *s = choices; s; k++) {
        size_t n = strcspn(s, "|");
        if (n == len && !memcmp(s, word, n)) return k;
        s = s[n] ? s + n + 1 : NULL;
    }
    return -1;
}

const char *const option_decimal_help = "a number is decimal, with a digit on both sides of its dot: write 0.5, 3 or 1e-2";

bool option_decimal(const char *text, size_t len, double *v)
{
    const char *problem, *s = text + (*text == '-' || *text == '+');
    uint32_t bad, n = *s >= '0' && *s <= '9' ? lex_number(s, v, &problem, &bad) : 0;
    if (!n || s + n != text + len) return false;
    if (*text == '-') *v = -*v;
    return true;
}

/* The fewest digits that say the same number. */
static void limit_text(char *to, size_t size, double v)
{
    int digits = 1;
    do snprintf(to, size, "%.*g", digits, v);
    while (digits++ < 17 && strtod(to, NULL) != v);
    char *plus = strstr(to, "e+");
    if (plus) memmove(plus + 1, plus + 2, strlen(plus + 2) + 1);
}

static bool refuse_number(const option *o, const char *text, bool is_number, diag *d)
{
    char lo[40], hi[40];
    option_fail(d, o->kind == OPTION_WHOLE ? "not a whole number in range" : is_number ? "not a number in range" : "not a number", o, text, NULL);
    limit_text(lo, sizeof lo, o->lo);
    limit_text(hi, sizeof hi, o->hi);
    if (o->kind == OPTION_NUMBER && !is_number)
        diag_help(d, "%s", option_decimal_help);
    else
        diag_help(d, "from %s to %s", lo, hi);
    return false;
}

/* Given twice, an option would say two things; these add up. */
static const option_set repeated = OPTION_BIT(OPT_PARAM) | OPTION_BIT(OPT_BOUND) | OPTION_BIT(OPT_WITHOUT);

static bool keep_option(args *a, int id, const char *text, diag *d)
{
    const option *o = &options[id];
    double v = 0;
    if (o->kind != OPTION_FLAG && args_has(a, (option_id)id) && !(repeated & OPTION_BIT(id))) {
        diag_set(d, E_USAGE, NULL, (span){0, 0}, "--%s is given twice: %.60s and %.60s", o->name, a->opt[id].text, text);
        return false;
    }
    if (o->kind == OPTION_CHOICE) {
        a->opt[id].choice = find_choice(o->choices, text);
        if (a->opt[id].choice < 0) {
            option_fail(d, "no such choice", o, text, NULL);
            diag_help(d, "--%s is one of %s", o->name, o->choices);
            return false;
        }
    }
    if (o->kind == OPTION_WHOLE || o->kind == OPTION_NUMBER) {
        bool whole = o->kind == OPTION_WHOLE, is_number = option_decimal(text, strlen(text), &v);
        if (!is_number || !(v >= o->lo && v <= o->hi) || (whole && v != floor(v))) return refuse_number(o, text, is_number, d);
        a->opt[id].number = v;
    }
    a->opt[id].text = text;
    a->given[a->givens].id = (option_id)id;
    a->given[a->givens++].text = text;
    return true;
}

/* Argument *i, which begins with "--", and perhaps its value behind it. */
static bool take_option(args *a, int argc, char *const *argv, int *i, option_set allowed, diag *d)
{
    const char *name = argv[*i] + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] ? name + len + 1 : NULL;
    int id = find_option(name, len, allowed);
    if (id < 0) return unknown_option(name, len, allowed, d);
    const option *o = &options[id];
    if (o->kind == OPTION_FLAG) {
        if (value) return option_fail(d, "this option takes no value", o, value, NULL);
        return keep_option(a, id, "", d);
    }
    if (!value && *i + 1 < argc) value = argv[++*i];
    if (!value) return option_fail(d, "this option needs a value", o, o->value, NULL);
    return keep_option(a, id, value, d);
}

static bool take_expression(args *a, const char *text, diag *d)
{
    if (!a->expression) {
        a->expression = text;
        return true;
    }
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "two expressions: %.60s and %.60s", a->expression,
             text);
    diag_help(d, "an argument that begins with one - is the expression; options begin with --");
    return false;
}

bool args_parse(args *a, int argc, char *const *argv, option_set allowed, diag *d)
{
    bool dashes = true;
    *a = (args){0};
    a->given = memory_new((size_t)argc + 1, sizeof *a->given);
    a->word = memory_new((size_t)argc + 1, sizeof *a->word);
    for (int i = 0; i < argc; i++) {
        const char *s = argv[i];
        if (!dashes || s[0] != '-')
            a->word[a->words++] = s;
        else if (!strcmp(s, "--"))
            dashes = false;
        else if (!strcmp(s, "-h"))
            keep_option(a, OPT_HELP, "", d);
        else if (s[1] == '-' ? !take_option(a, argc, argv, &i, allowed, d)
                             : !take_expression(a, s, d))
            return false;
    }
    return true;
}

void args_free(args *a)
{
    free(a->given);
    free(a->word);
    *a = (args){0};
}
