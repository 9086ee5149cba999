/* main.c - the command `retrograd`: finds the row of the table and runs it. */
#include "command.h"
#include "resolve.h"
#include "status.h"
#include "targets.h"
#include "term.h"
#include <string.h>

#define BIT OPTION_BIT

/* A small table to learn from, and a model of it. */
#define BAND "d=$(mktemp -d) && seq 300 | awk 'BEGIN {print \"x,band\"} {print $1/50 \",\" ($1 > 100 && $1 < 200 ? \"middle\" : \"edge\")}' >$d/band.csv && "
#define TRAIN_BAND "retrograd train --data $d/band.csv --target band --model 'linear 32, tanh, linear 2' --save $d/band.model"

const command commands[] = {
    {"grad", cmd_grad, "value and gradients of an expression", "EXPR NAME=VALUE...",
     OPTIONS_EXPRESSION | BIT(OPT_JSON) | BIT(OPT_UPSTREAM) | BIT(OPT_HESSIAN) | BIT(OPT_JACOBIAN) | BIT(OPT_STRICT) |
         BIT(OPT_DIGITS),
     {"grad 'log(exp(a)*b + max(a, c))' a=1 b=2 c=3", "grad 'sum((W@x - y)^2)' W='1 2; 3 4' x='1 -1' y='0 1' --json"}},
    {"explain", cmd_explain, "the backward pass step by step, with every number", "EXPR NAME=VALUE...",
     OPTIONS_EXPRESSION | BIT(OPT_STRICT) | BIT(OPT_DIGITS) | BIT(OPT_BRIEF) | BIT(OPT_JSON) |
         BIT(OPT_HTML) | BIT(OPT_SVG) | BIT(OPT_OPEN) | BIT(OPT_TABLE) | BIT(OPT_PATHS) | BIT(OPT_ORDER) | BIT(OPT_SYMBOLIC) | BIT(OPT_STEP) |
         BIT(OPT_SHOW) | BIT(OPT_CSV) | BIT(OPT_DOT) | BIT(OPT_ASCII),
     {"explain 'tanh(a*b + a)' a=2 b=3", "explain 'sum(relu(W@x + b)^2)/2' W='1 -2 0.5; 0 1 -1' x='2;1;4' b='0.5;1'"}},
    {"quiz", cmd_quiz, "asks for the numbers of the backward pass, and says what went wrong", "EXPR NAME=VALUE...",
     OPTIONS_EXPRESSION | BIT(OPT_DIGITS) | BIT(OPT_KIND) | BIT(OPT_ASK) | BIT(OPT_TRIES) | BIT(OPT_JSON),
     {"printf '3\\n2\\n' | retrograd quiz 'a*b' a=2 b=3", "printf '+\\n+\\n' | retrograd quiz 'a*b' a=2 b=3 --kind sign"}},
    {"check", cmd_check, "gradients against slopes: is each rule right?", "EXPR NAME=VALUE...",
     OPTIONS_EXPRESSION | BIT(OPT_JSON) | BIT(OPT_STRICT) | BIT(OPT_NODES) | BIT(OPT_LIBRARY) |
         BIT(OPT_ROUNDING) | BIT(OPT_PLANT) | BIT(OPT_ITSELF),
     {"check 'log(exp(a)*b + max(a, c))' a=1 b=2 c=3", "check 'softmax(W@x)' W='1 2; 3 4' x='1 -1' --dtype f32 --json"}},
    {"fit", cmd_fit, "least squares: parameters of a formula from the columns of a CSV file", "'Y ~ EXPR'",
     BIT(OPT_DATA) | BIT(OPT_DROP) | BIT(OPT_PARAM) | BIT(OPT_BOUND) | BIT(OPT_STARTS) | BIT(OPT_LOSS) | BIT(OPT_DELTA) | BIT(OPT_OPTIMIZER) | BIT(OPT_EPOCHS) | BIT(OPT_ERRORS) | BIT(OPT_JSON) | BIT(OPT_DIGITS) | BIT(OPT_SVG),
     {"printf 'x,y\\n0,1\\n1,3.1\\n2,4.9\\n' | retrograd fit 'y ~ a*x + b' --data /dev/stdin",
      "printf 't,y\\n0,8\\n1,4.1\\n2,1.9\\n' | retrograd fit 'y ~ a*exp(-b*t)' --data /dev/stdin --param b=0.1 --json"}},
    {"train", cmd_train, "train a network on images or a CSV file", "",
     BIT(OPT_DATA) | BIT(OPT_MODEL) | BIT(OPT_SAVE) | BIT(OPT_TARGET) | BIT(OPT_WITHOUT) | BIT(OPT_MISSING) | BIT(OPT_EPOCHS) | BIT(OPT_PATIENCE) | BIT(OPT_BATCH) |
         BIT(OPT_OPTIMIZER) | BIT(OPT_SCHEDULE) | BIT(OPT_RESUME) | BIT(OPT_CHECKPOINT) | BIT(OPT_EVERY) | BIT(OPT_SHARDS) | BIT(OPT_DTYPE) | BIT(OPT_THREADS) | BIT(OPT_REPORT) | BIT(OPT_AUGMENT) | BIT(OPT_SMOOTH) | BIT(OPT_ENSEMBLE) | BIT(OPT_CHECK) | BIT(OPT_CHECK_EVERY) | BIT(OPT_EXPLAIN) | BIT(OPT_EXPLAIN_FILE) | BIT(OPT_JSON),
     {BAND TRAIN_BAND, BAND TRAIN_BAND " --optimizer 'sgd lr=0.1 momentum=0.9' --epochs 50 --json"}},
    {"test", cmd_test, "loss and accuracy of a model on rows it has not seen", "",
     BIT(OPT_MODEL) | BIT(OPT_DATA) | BIT(OPT_MISSING) | BIT(OPT_THREADS) | BIT(OPT_JSON), 
     {BAND TRAIN_BAND " && retrograd test --model $d/band.model --data $d/band.csv",
      BAND TRAIN_BAND " && retrograd test --model $d/band.model --data $d/band.csv --json"}},
    {"predict", cmd_predict, "what a model says about rows", "",
     BIT(OPT_MODEL) | BIT(OPT_DATA) | BIT(OPT_MISSING) | BIT(OPT_THREADS) | BIT(OPT_JSON) | BIT(OPT_CSV),
     {BAND TRAIN_BAND " && retrograd predict --model $d/band.model --data $d/band.csv | head -n 3",
      BAND TRAIN_BAND " && retrograd predict --model $d/band.model --data $d/band.csv --csv | head -n 3"}},
    {"export", cmd_export, "a trained model as one C file without dependencies", "",
     BIT(OPT_C) | BIT(OPT_MODEL) | BIT(OPT_PREFIX),
     {BAND TRAIN_BAND " && retrograd export --model $d/band.model --c $d/band.c",
      BAND TRAIN_BAND " && retrograd export --model $d/band.model --c $d/band.c --prefix band && cc -DMODEL_MAIN -o $d/band $d/band.c -lm && $d/band <$d/band.csv | head -n 3"}},
    {"demo", cmd_demo, "draw digits, train a network on them, check it, test it", "", BIT(OPT_THREADS) | BIT(OPT_JSON),
     {"demo", "demo --json"}},
    {"rules", cmd_rules, "the gradient rule of every op, or of one", "[OP]", BIT(OPT_JSON) | BIT(OPT_MARKDOWN), {"rules", "rules matmul"}},
    {"graph", cmd_graph, "a picture of an expression or a network: shapes on its lines, parameters counted", "[EXPR NAME=VALUE...]",
     OPTIONS_EXPRESSION | BIT(OPT_MODEL) | BIT(OPT_SPEC) | BIT(OPT_INPUTS) | BIT(OPT_BATCH) | BIT(OPT_DEPTH) | BIT(OPT_SVG) | BIT(OPT_DOT),
     {"graph 'log(exp(a)*b + max(a, c))' a=1 b=2 c=3", "d=$(mktemp -d) && retrograd graph --spec 'linear 256, relu, dropout 0.8, linear 10' --svg $d/network.svg"}},
    {"verify", cmd_verify, "derive every number of an explanation again, from its JSON alone", "FILE.json",
     BIT(OPT_JSON) | BIT(OPT_DIGITS) | BIT(OPT_STRICT),
     {"retrograd explain 'tanh(a*b + a)' a=2 b=3 --json | retrograd verify /dev/stdin",
      "retrograd explain 'sum(W@x)' W='1 2; 3 4' x='1 -1' --json | retrograd verify - --json"}},
    {"lesson", cmd_lesson, "an experiment for each section of the notes, with facts that are checked", "[SECTION|all]",
     BIT(OPT_LIST) | BIT(OPT_DIR) | BIT(OPT_HTML) | BIT(OPT_PLOT) | BIT(OPT_JSON),
     {"lesson --list", "lesson 4.5"}},
    {"completion", cmd_completion, "completion script for a shell", "bash|zsh|fish", 0,
     {"completion bash", "completion fish"}},
    {"version", cmd_version, "version, and what it is built on", "", BIT(OPT_VERBOSE) | BIT(OPT_JSON),
     {"version", "version --verbose"}},
    {"help", cmd_help, "help on a command, or on expressions; the manual page", "[COMMAND|expressions|man]", 0,
     {"help grad", "help expressions"}},
    {0},
};

const command *command_find(const char *name)
{
    for (const command *c = commands; c->name; c++)
        if (!strcmp(c->name, name)) return c;
    return NULL;
}

int command_unknown(const char *name)
{
    diag d = {0};
    nearest best = {.distance = 3};
    diag_set(&d, E_USAGE, NULL, (span){0, 0}, "unknown command: %.60s", name);
    for (const command *c = commands; c->name; c++) nearest_offer(&best, name, strlen(name), c->name, strlen(c->name));
    if (best.text)
        diag_help(&d, "did you mean '%s'?", best.text);
    else
        diag_help(&d, "a command comes first, as in: retrograd grad 'x^2' x=3");
    return term_report(&d, ERROR);
}

bool command_takes(const args *a, int most)
{
    diag d = {0};
    const char *extra = a->expression ? a->expression : a->words > most ? a->word[most] : NULL;
    if (!extra) return true;
    diag_set(&d, E_USAGE, NULL, (span){0, 0}, "an argument too many: %.60s", extra);
    term_report(&d, ERROR);
    return false;
}

static int run_command(const command *c, int argc, char *const *argv)
{
    args a;
    diag d = {0};
    int status;
    bool ok = args_parse(&a, argc, argv, c->options | OPTIONS_COMMON, &d);
    term_options(&a);
    if (args_has(&a, OPT_HELP)) {
        help_command(stdout, c);
        status = EXIT_FINE;
    } else {
        ok = ok && targets_are_apart(&a, c->run != cmd_train, &d);
        if (ok) pipes_are_told(&a);
        status = ok ? c->run(&a) : term_report(&d, ERROR);
    }
    args_free(&a);
    return status;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    term_begin();
    if (argc < 2) {
        help_program(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) name = "help";
    if (!strcmp(name, "--version")) name = "version";
    const command *c = command_find(name);
    return term_end(c ? run_command(c, argc - 2, argv + 2) : command_unknown(name));
}
