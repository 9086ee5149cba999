/* check_fixtures.c - what the command computes against what PyTorch computed.
 *
 *   check_fixtures RETROGRAD FILE.jsonl
 *
 * A line of the file is one graph (README.md says how they are made): the expression, its inputs as
 * literals, the value and the derivatives. Each goes through `RETROGRAD grad --json`; every tensor
 * may be off by 1e-9 of its largest entry (1e-4 when the line asks for float32), a Hessian by that
 * of the whole matrix. */
#include <jansson.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 64, NAME_LENGTH = 80 };

static const double BOUND_F64 = 1e-9, BOUND_F32 = 1e-4;

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(2);
}

/* ---- the command line of a graph ---- */

typedef struct command {
    char *word[WORDS + 1]; /* NULL at the end */
    int words;
} command;

__attribute__((format(printf, 2, 3))) static void add_word(command *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (c->words == WORDS || vasprintf(&c->word[c->words++], format, args) < 0)
        give_up("command line");
    va_end(args);
}

static const char *text_in(const json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}

static void command_of(command *c, const char *binary, json_t *line)
{
    static const char *const flag[] = {"hessian", "jacobian"};
    static const char *const option[] = {"upstream", "dtype"};
    const char *name;
    json_t *value;
    *c = (command){0};
    add_word(c, "%s", binary);
    add_word(c, "grad");
    add_word(c, "--json");
    for (int i = 0; i < 2; i++)
        if (json_object_get(line, flag[i])) add_word(c, "--%s", flag[i]);
    for (int i = 0; i < 2; i++)
        if (text_in(line, option[i])) {
            add_word(c, "--%s", option[i]);
            add_word(c, "%s", text_in(line, option[i]));
        }
    add_word(c, "%s", text_in(line, "expr"));
    json_object_foreach(json_object_get(line, "inputs"), name, value)
        add_word(c, "%s=%s", name, json_string_value(value));
}

static void command_free(command *c)
{
    for (int i = 0; i < c->words; i++) free(c->word[i]);
}

/* For a shell; no graph has a single quote in it. */
static void command_print(const command *c)
{
    for (int i = 0; i < c->words; i++) printf(" '%s'", c->word[i]);
    putchar('\n');
}

/* What it writes on stdout, to be freed; its exit status in *status. */
static char *command_run(command *c, int *status)
{
    posix_spawn_file_actions_t actions;
    int end[2];
    pid_t child;
    char *out = NULL;
    size_t room = 0;
    if (pipe(end) || posix_spawn_file_actions_init(&actions)) give_up("pipe");
    if (posix_spawn_file_actions_adddup2(&actions, end[1], STDOUT_FILENO) ||
        posix_spawn_file_actions_addclose(&actions, end[0]) ||
        posix_spawn_file_actions_addclose(&actions, end[1]))
        give_up("pipe");
    if (posix_spawn(&child, c->word[0], &actions, NULL, c->word, environ)) give_up(c->word[0]);
    posix_spawn_file_actions_destroy(&actions);
    close(end[1]);
    FILE *from = fdopen(end[0], "r");
    if (!from) give_up("pipe");
    if (getdelim(&out, &room, 0, from) < 0 && ferror(from)) give_up("pipe");
    fclose(from);
    if (waitpid(child, status, 0) < 0) give_up("waitpid");
    return out;
}

/* ---- comparison ---- */

static double larger(double a, double b) { return a > b ? a : b; }

/* The largest absolute value in nested arrays and objects. */
static double largest(json_t *x)
{
    double most = json_is_number(x) ? fabs(json_number_value(x)) : 0;
    const char *key;
    json_t *value;
    for (size_t i = 0; i < json_array_size(x); i++)
        most = larger(most, largest(json_array_get(x, i)));
    json_object_foreach(x, key, value) most = larger(most, largest(value));
    return most;
}

/* The largest difference; infinite when the two are not built alike. */
static double distance(json_t *got, json_t *wanted)
{
    double most = 0;
    const char *key;
    json_t *value;
    if (json_is_number(got) && json_is_number(wanted))
        return fabs(json_number_value(got) - json_number_value(wanted));
    if (!got || json_typeof(got) != json_typeof(wanted)) return INFINITY;
    if (json_array_size(got) != json_array_size(wanted) ||
        json_object_size(got) != json_object_size(wanted))
        return INFINITY;
    for (size_t i = 0; i < json_array_size(wanted); i++)
        most = larger(most, distance(json_array_get(got, i), json_array_get(wanted, i)));
    json_object_foreach(wanted, key, value)
        most = larger(most, distance(json_object_get(got, key), value));
    return most;
}

/* The error of the worst tensor so far, and its name. */
typedef struct worst {
    double error;
    char what[NAME_LENGTH];
} worst;

static void compare(worst *w, const char *what, const char *name, json_t *got, json_t *wanted)
{
    double off = distance(got, wanted), error = off == 0 ? 0 : off / largest(wanted);
    if (error <= w->error) return;
    w->error = error;
    snprintf(w->what, sizeof w->what, "%s %s", what, name);
}

/* One tensor for each input: none may be missing and none too many. */
static void compare_each(worst *w, const char *what, json_t *got, json_t *wanted)
{
    const char *name;
    json_t *value;
    if (json_object_size(got) != json_object_size(wanted)) compare(w, what, "(all)", got, wanted);
    json_object_foreach(wanted, name, value)
        compare(w, what, name, json_object_get(got, name), value);
}

static worst compare_all(json_t *got, json_t *line)
{
    worst w = {0};
    compare(&w, "value", "", json_object_get(got, "value"), json_object_get(line, "value"));
    compare_each(&w, "grads", json_object_get(got, "grads"), json_object_get(line, "grads"));
    compare_each(&w, "jacobian", json_object_get(got, "jacobian"),
                 json_object_get(line, "jacobian"));
    if (json_object_get(line, "hessian"))
        compare(&w, "hessian", "", json_object_get(got, "hessian"),
                json_object_get(line, "hessian"));
    return w;
}

/* ---- the file ---- */

typedef struct tally {
    int graphs, bad;
    double worst; /* in float64 */
} tally;

static void check_graph(tally *t, const char *binary, json_t *line)
{
    command c;
    int status;
    bool single = text_in(line, "dtype") != NULL;
    command_of(&c, binary, line);
    char *out = command_run(&c, &status);
    json_t *got = out ? json_loads(out, 0, NULL) : NULL;
    worst w = compare_all(got, line);
    bool ok = status == 0 && got && w.error <= (single ? BOUND_F32 : BOUND_F64);
    if (!ok) {
        long long seed = json_integer_value(json_object_get(line, "seed"));
        printf("seed %lld: status %d, %s is off by %.2g\n ", seed, status, w.what, w.error);
        command_print(&c);
    }
    t->graphs++;
    t->bad += !ok;
    if (!single) t->worst = larger(t->worst, w.error);
    json_decref(got);
    free(out);
    command_free(&c);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: check_fixtures RETROGRAD FILE.jsonl\n");
        return 2;
    }
    FILE *file = fopen(argv[2], "r");
    if (!file) give_up(argv[2]);
    tally t = {0};
    char *text = NULL;
    size_t room = 0;
    while (getline(&text, &room, file) > 0) {
        json_t *line = json_loads(text, 0, NULL);
        if (!json_is_string(json_object_get(line, "expr"))) {
            fprintf(stderr, "%s:%d: not a graph\n", argv[2], t.graphs + 1);
            return 2;
        }
        check_graph(&t, argv[1], line);
        json_decref(line);
    }
    free(text);
    fclose(file);
    printf("%d graphs, %d wrong; the worst float64 tensor is off by %.2g\n", t.graphs, t.bad,
           t.worst);
    return t.graphs == 0 || t.bad ? 1 : 0;
}
