/* main.c - retrograd_bench: how long a workload takes, as JSON.
 *
 *   retrograd_bench --workload W1 [--threads N] [--repeats N] [--eager | --plain | --hand]
 *                   [--budget BYTES|N%] [--cpu] [--json]
 *                   [--check | --serve | --print | --memory | --profile | --picture]
 *
 * One step is recorded, compiled and replayed; --plain compiles without fusion, --eager
 * records anew at every step; --hand runs loops written by hand, where there are any. Warms up,
 * then times repeats of at least 70 ms of steps each.
 * --check: only the first steps, and exit 1 unless their outputs are the known ones. --serve: says
 * `ready`, then answers every line of input with one repeat, so that a runner can take turns.
 * --print, --memory, --profile, --picture (SVG): the plan itself, instead of how long it takes; the last of as
 * many runs as --repeats says.
 * --cpu: processor time instead of wall time, for one thread on a busy machine. --json: as without. */
#include "bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_REPEATS = 10000 };

typedef struct settings {
    const char *name;
    int threads, repeats;
    bool cpu, check, serve;
    int look; /* 'P', 'M', 'F', 'S': the plan, its memory, profile, picture; 0: none */
    manner how;
} settings;

/* ---- the command line ----------------------------------------------------------------- */

static const workload *const families[] = {perceptrons,  recurrences, chains,  hessians,
                                           transformers, updates,     convnets};

static void usage(void)
{
    fputs(
        "retrograd_bench --workload NAME [--threads N] [--repeats N] [--eager | --plain | --hand]\n"
        "                [--budget BYTES|N%] [--cpu] [--json]\n"
        "                [--check | --serve | --print | --memory | --profile | --picture]\n"
        "results are JSON, with --json and without\nworkloads:",
        stderr);
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        for (const workload *w = families[f]; w->name; w++) fprintf(stderr, " %s", w->name);
    fputc('\n', stderr);
    exit(2);
}

static const workload *find_workload(const char *name)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        for (const workload *w = families[f]; w->name; w++)
            if (name && !strcmp(name, w->name)) return w;
    usage();
    return NULL;
}

static int count_of(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < 1 || n > MOST_REPEATS) usage();
    return (int)n;
}

/* Read by hand, as the peers do: what getopt_long touches would be part of the memory that is
 * measured, 50 KiB. */
typedef struct option {
    const char *name;
    char letter;
    bool takes; /* a value */
} option;

static const option *find_option(const char *name)
{
    static const option known[] = {
        {"--workload", 'w', true}, {"--threads", 't', true},  {"--repeats", 'r', true},
        {"--budget", 'b', true},   {"--eager", 'e', false},   {"--plain", 'p', false},
        {"--hand", 'h', false},    {"--cpu", 'u', false},     {"--check", 'c', false},
        {"--serve", 's', false},   {"--print", 'P', false},   {"--memory", 'M', false},
        {"--profile", 'F', false}, {"--picture", 'S', false}, {"--json", 'j', false},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name)) return &known[i];
    usage();
    return NULL;
}

static settings parse(int argc, char **argv)
{
    settings s = {.threads = 1, .repeats = 9};
    for (int i = 1; i < argc; i++) {
        const option *o = find_option(argv[i]);
        if (o->takes && ++i == argc) usage();
        switch (o->letter) {
        case 'w':
            s.name = argv[i];
            break;
        case 't':
            s.threads = count_of(argv[i]);
            break;
        case 'r':
            s.repeats = count_of(argv[i]);
            break;
        case 'b':
            s.how.budget = argv[i];
            break;
        case 'e':
            s.how.eager = true;
            break;
        case 'u':
            s.cpu = true;
            break;
        case 'h':
            s.how.hand = true;
            break;
        case 'p':
            s.how.plain = true;
            break;
        case 'c':
            s.check = true;
            break;
        case 's':
            s.serve = true;
            break;
        case 'P':
        case 'M':
        case 'F':
        case 'S':
            s.look = o->letter;
            break;
        case 'j': /* results are JSON in any case */
            break;
        }
    }
    return s;
}

/* ---- measuring --------------------------------------------------------------------------- */

static clockid_t clock_used = CLOCK_MONOTONIC;

static double now(void)
{
    struct timespec t;
    clock_gettime(clock_used, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The most memory the process ever had, in MiB. */
static double peak_memory(void)
{
    char line[256];
    double kib = NAN;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6)) kib = strtod(line + 6, NULL);
    if (f) fclose(f);
    return kib / 1024;
}

static double time_steps(job *j, int64_t steps)
{
    double start = now();
    for (int64_t i = 0; i < steps; i++) job_step(j);
    return now() - start;
}

/* How many steps take 70 ms. The last try warms up for as long. */
static int64_t steps_per_repeat(job *j)
{
    int64_t steps = 1;
    for (double t; (t = time_steps(j, steps)) < 0.07;)
        steps = t < 0.007 ? steps * 10 : (int64_t)((double)steps * 0.08 / t) + 1;
    return steps;
}

static double repeat(job *j, int64_t steps)
{
    const workload *w = j->workload;
    if (w->measure == PEAK_MEMORY) return peak_memory();
    return w->measure == FIRST_STEP ? NAN : time_steps(j, steps) / (double)steps * w->scale;
}

/* ---- printing ------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_list(const char *name, const double *v, int n, int digits)
{
    printf(", \"%s\": [", name);
    for (int i = 0; i < n; i++) printf("%s%.*g", i ? ", " : "", digits, v[i]);
    putchar(']');
}

static const char *mode_of(const settings *s, const job *j)
{
    if (s->how.hand) return "hand";
    if (!j->plan) return "eager";
    return s->how.plain ? "plain" : "plan";
}

static void print_result(const settings *s, const job *j, double *took, int n)
{
    printf("{\"workload\": \"%s\", \"engine\": \"retrograd %s\", \"mode\": \"%s\", \"threads\": "
           "%d, "
           "\"unit\": \"%s\"",
           s->name, rg_version(), mode_of(s, j), s->threads, j->workload->unit);
    print_list("check", j->seen, j->outputs, 12);
    printf(", \"bits\": \"%016llx\"", (unsigned long long)j->digest);
    if (j->plan) printf(", \"workspace\": %zu", rg_plan_bytes(j->plan));
    if (n) {
        print_list("repeats", took, n, 6);
        qsort(took, (size_t)n, sizeof *took, by_size);
        printf(", \"median\": %.6g, \"min\": %.6g", took[n / 2], took[0]);
    }
    puts("}");
    fflush(stdout); /* who times the first step waits for this line */
}

/* ---- the two ways to run --------------------------------------------------------------------- */

static bool as_known(const job *j)
{
    const workload *w = j->workload;
    bool right = true;
    for (int i = 0; i < 4 && w->known[i] != 0; i++)
        if (!(fabs(j->seen[i] - w->known[i]) <= w->tolerance * fabs(w->known[i]))) {
            fprintf(stderr, "%s: output %d is %.12g, not %.12g\n", w->name, i, j->seen[i],
                    w->known[i]);
            right = false;
        }
    return right;
}

static int measure_all(const settings *s, job *j)
{
    static double took[MOST_REPEATS];
    bool timed = j->workload->measure == STEP_TIME || j->workload->measure == RECORDING_TIME;
    int64_t steps = timed ? steps_per_repeat(j) : 0;
    int n = 0;
    if (s->serve) {
        puts("ready");
        fflush(stdout);
        for (char line[64]; n < MOST_REPEATS && fgets(line, sizeof line, stdin); n++) {
            printf("%.9g\n", took[n] = repeat(j, steps));
            fflush(stdout);
        }
    }
    for (; !s->serve && n < s->repeats; n++) took[n] = repeat(j, steps);
    print_result(s, j, took, n);
    return 0;
}

static void put_text(void *ud, const char *text, size_t n) { fwrite(text, 1, n, ud); }

/* The plan as text; exit status. */
static int look_into(const settings *s, job *j)
{
    if (s->look == 'P') return rg_plan_print(j->plan, put_text, stdout) != RG_OK;
    if (s->look == 'M') return rg_plan_memory(j->plan, put_text, stdout) != RG_OK;
    if (s->look == 'S') return rg_plan_svg(j->plan, put_text, stdout) != RG_OK;
    return rg_plan_profile(j->plan, s->repeats, put_text, stdout) != RG_OK;
}

int main(int argc, char **argv)
{
    settings s = parse(argc, argv);
    const workload *w = find_workload(s.name);
    if ((s.how.hand && !w->hand) || (s.look && (s.how.hand || s.how.eager))) usage();
    if (s.cpu) clock_used = CLOCK_PROCESS_CPUTIME_ID;
    rg_set_threads(s.threads);
    job *j = job_open(w, &s.how);
    int first = w->measure == FIRST_STEP && !s.check ? 1 : CHECK_STEPS;
    for (int i = 0; i < first; i++) job_step(j);
    int status = 0;
    if (s.check) status = !as_known(j);
    if (s.look)
        status = look_into(&s, j);
    else if (s.check || w->measure == FIRST_STEP)
        print_result(&s, j, NULL, 0);
    else
        status = measure_all(&s, j);
    job_close(j);
    return status;
}
