/* swap.c - how long two ranks take to swap bytes, as a step of data parallel training does:
 *
 *   mpirun -n 2 bench_swap
 *
 * For each size the median of many swaps, and bytes each way in a second; then latency and bandwidth,
 * of the smallest and of the largest size. Needs a build with -Dmpi=enabled. */
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REPEATS = 201, LEAST = 8, MOST = 1 << 24 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median; 0 when the other cannot be reached. */
static double seconds_of(const rg_ranks *r, const char *send, char *receive, size_t bytes)
{
    static double took[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        double start = now();
        if (r->swap(r->ud, r->rank ^ 1, send, receive, bytes)) return 0;
        took[i] = now() - start;
    }
    qsort(took, REPEATS, sizeof *took, by_size);
    return took[REPEATS / 2];
}

static int measure(const rg_ranks *r)
{
    char *send = calloc(1, MOST), *receive = calloc(1, MOST);
    double least = 0, most = 0;
    bool fine = send && receive;
    for (size_t bytes = LEAST; fine && bytes <= MOST; bytes *= 8) {
        double s = seconds_of(r, send, receive, bytes);
        fine = s > 0;
        if (bytes == LEAST) least = s;
        most = s;
        if (fine && !r->rank) printf("%9zu bytes %10.2f us %8.3f GB/s\n", bytes, 1e6 * s, (double)bytes / s / 1e9);
    }
    if (fine && !r->rank) printf("latency %.2f us, bandwidth %.3f GB/s each way\n", 1e6 * least, MOST / most / 1e9);
    free(send);
    free(receive);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    rg_ranks r;
    rg_error e;
    int status = EXIT_FAILURE;
    if (rg_mpi_open(&r, &e))
        fprintf(stderr, "%s\n", e.text);
    else if (r.n != 2)
        fprintf(stderr, "two processes are needed: mpirun -n 2\n");
    else
        status = measure(&r);
    rg_mpi_close(&r, status);
    return status;
}
