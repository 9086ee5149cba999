/* protocol.h - the options, the numbers and the output of retrograd_bench, for peers in C and
 * C++: protocol.py says the same for those in Python. One program includes it, defines
 * peer_name, peer_open and peer_step, and has its main from here. */
#ifndef PROTOCOL_H
#define PROTOCOL_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PEER_CHECK_STEPS = 3, PEER_OUTPUTS = 16 };

extern const char peer_name[];
/* Sets up a workload; nonzero when the engine does not have it. */
int peer_open(const char *workload, int threads);
/* Runs step i = 0, 1, ... on batch i. How many outputs it has put at out; a tensor counts as the
 * root of its mean square. */
int peer_step(int64_t i, double *out);

static uint64_t peer_streams; /* of numbers drawn so far */

static uint64_t peer_scramble(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Where the next stream begins. */
static uint64_t peer_stream(void)
{
    return peer_scramble(peer_streams++);
}

/* Number i of a stream, in [0, 1). */
static double peer_unit(uint64_t stream, uint64_t i)
{
    return (double)(peer_scramble(stream + i) >> 40) * 0x1p-24;
}

typedef struct peer_unit_row {
    const char *workload, *unit;
    double scale; /* units in a second */
} peer_unit_row;

static const peer_unit_row *peer_unit_of(const char *workload)
{
    static const peer_unit_row rows[] = {
        {"W1", "ms", 1e3}, {"W3b32", "us", 1e6}, {"W3b1", "us", 1e6}, {"W5", "us", 1e6},
        {"W6_1k_record", "ns/node", 1e9 / (14 * 71)}, {"W6_1k_replay", "ns/node", 1e9 / (14 * 71)},
        {"W6_100k_record", "ns/node", 1e9 / (14 * 7142)}, {"W6_100k_replay", "ns/node", 1e9 / (14 * 7142)},
        {"W9_start", "MiB", 1}, {"W9_W1", "MiB", 1}, {"W9_deep", "MiB", 1}, {"W12", "ms", 1e3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].workload, workload)) return &rows[i];
    fprintf(stderr, "%s: no workload %s\n", peer_name, workload);
    exit(2);
}

static double peer_now(int cpu)
{
    struct timespec t;
    clock_gettime(cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The most memory the process ever had, in MiB. */
static double peer_peak_memory(void)
{
    char line[256];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6)) kib = atof(line + 6);
    if (f) fclose(f);
    return kib / 1024;
}

static int64_t peer_done;

/* Seconds that so many more steps take. */
static double peer_run(int64_t steps, int cpu)
{
    double out[PEER_OUTPUTS], start = peer_now(cpu);
    for (int64_t i = 0; i < steps; i++) peer_step(peer_done++, out);
    return peer_now(cpu) - start;
}

/* How many steps take 70 ms. The last try warms up for as long. */
static int64_t peer_steps_per_repeat(int cpu)
{
    int64_t steps = 1;
    for (double took; (took = peer_run(steps, cpu)) < 0.07;)
        steps = took < 0.007 ? steps * 10 : (int64_t)((double)steps * 0.08 / took) + 1;
    return steps;
}

typedef struct peer_options {
    const char *workload;
    int threads, repeats, cpu, serve;
} peer_options;

static peer_options peer_parse(int argc, char **argv)
{
    peer_options o = {NULL, 1, 9, 0, 0};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--cpu"))
            o.cpu = 1;
        else if (!strcmp(argv[i], "--serve"))
            o.serve = 1;
        else if (i + 1 < argc && !strcmp(argv[i], "--workload"))
            o.workload = argv[++i];
        else if (i + 1 < argc && !strcmp(argv[i], "--threads"))
            o.threads = atoi(argv[++i]);
        else if (i + 1 < argc && !strcmp(argv[i], "--repeats"))
            o.repeats = atoi(argv[++i]);
    }
    if (o.workload) return o;
    fprintf(stderr, "usage: %s --workload NAME [--threads N] [--repeats N] [--cpu] [--serve]\n", argv[0]);
    exit(2);
}

/* One figure per line of input with --serve, else `repeats` of them. */
static void peer_measure(const peer_options *o, const peer_unit_row *unit)
{
    int memory = !strcmp(unit->unit, "MiB");
    int64_t steps = memory ? 0 : peer_steps_per_repeat(o->cpu);
    char line[16];
    if (o->serve) puts("ready");
    fflush(stdout);
    for (int i = 0; o->serve ? fgets(line, sizeof line, stdin) != NULL : i < o->repeats; i++) {
        printf("%.9g\n", memory ? peer_peak_memory() : peer_run(steps, o->cpu) / (double)steps * unit->scale);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    peer_options o = peer_parse(argc, argv);
    const peer_unit_row *unit = peer_unit_of(o.workload);
    if (peer_open(o.workload, o.threads)) {
        fprintf(stderr, "%s has no %s\n", peer_name, o.workload);
        return 1;
    }
    int first = !strcmp(o.workload, "W12"), n = 0;
    double out[PEER_OUTPUTS];
    while (peer_done < (first ? 1 : PEER_CHECK_STEPS)) n = peer_step(peer_done++, out);
    if (first) puts("first step");
    fflush(stdout);
    if (!first) peer_measure(&o, unit);
    printf("{\"workload\": \"%s\", \"engine\": \"%s\", \"check\": [", o.workload, peer_name);
    for (int i = 0; i < n; i++) printf("%s%.12g", i ? ", " : "", out[i]);
    puts("]}");
    return 0;
}

#endif
