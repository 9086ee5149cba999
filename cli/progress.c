/* progress.c - a line about the training. */
#include "progress.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t stop_asked;
static struct sigaction before;

static double seconds_since(const struct timespec *from)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + 1e-9 * (double)(now.tv_nsec - from->tv_nsec);
}

void progress_begin(progress *p, int64_t rows)
{
    *p = (progress){.rows = rows, .live = isatty(STDERR_FILENO)};
    clock_gettime(CLOCK_MONOTONIC, &p->begun);
    p->shown = p->begun;
}

double progress_seconds(const progress *p) { return seconds_since(&p->begun); }

static void put_measures(const char *what, double loss, double share)
{
    if (isnan(loss)) return;
    fprintf(stderr, "  %s loss %.4f", what, loss);
    if (!isnan(share)) fprintf(stderr, ", accuracy %.2f %%", 100 * share);
}

void progress_show(progress *p, const rg_progress *now)
{
    if (!now->done && (!p->live || seconds_since(&p->shown) < 0.1)) return;
    clock_gettime(CLOCK_MONOTONIC, &p->shown);
    fprintf(stderr, "%sepoch %lld of %lld", p->live ? "\r\033[K" : "", (long long)now->epoch, (long long)now->epochs);
    if (!now->done) fprintf(stderr, "  row %lld of %lld", (long long)now->rows, (long long)p->rows);
    put_measures("training:", now->loss, now->score);
    put_measures("validation:", now->valid_loss, now->valid_score);
    if (now->best) fputs("  best", stderr);
    if (!p->live) fputc('\n', stderr);
    fflush(stderr);
}

static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

void progress_catch(void)
{
    struct sigaction act = {.sa_handler = ask_to_stop};
    sigaction(SIGINT, &act, &before);
}

bool progress_stop_asked(void) { return stop_asked; }

void progress_end(progress *p)
{
    sigaction(SIGINT, &before, NULL);
    if (p->live) fputc('\n', stderr);
}
