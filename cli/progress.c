/* progress.c - a line about the training. */
#include "progress.h"
#include "term.h"
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
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
    *p = (progress){.rows = rows, .live = term_rewrites()};
    clock_gettime(CLOCK_MONOTONIC, &p->begun);
    p->shown = p->begun;
}

double progress_seconds(const progress *p) { return seconds_since(&p->begun); }

/* Columns of the terminal; 80 when it does not say. */
static int terminal_width(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

typedef struct progress_line {
    char text[200];
    size_t n;
} progress_line;

static void put(progress_line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(progress_line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(l->text + l->n, sizeof l->text - l->n, fmt, ap);
    va_end(ap);
    l->n = n < (int)(sizeof l->text - l->n) ? l->n + (size_t)n : sizeof l->text - 1;
}

static void put_measures(progress_line *l, const char *what, double loss, double share)
{
    if (isnan(loss)) return;
    put(l, "  %s loss %.4f", what, loss);
    if (!isnan(share)) put(l, ", accuracy %.2f %%", 100 * share);
}

void progress_show(progress *p, const rg_progress *now)
{
    if (!now->done && (!p->live || seconds_since(&p->shown) < 0.1)) return;
    clock_gettime(CLOCK_MONOTONIC, &p->shown);
    progress_line l = {.n = 0};
    put(&l, "epoch %lld of %lld", (long long)now->epoch, (long long)now->epochs);
    if (!now->done) put(&l, "  row %lld of %lld", (long long)now->rows, (long long)p->rows);
    put_measures(&l, "training:", now->loss, now->score);
    put_measures(&l, "validation:", now->valid_loss, now->valid_score);
    if (now->best) put(&l, "  best");
    /* A line that wrapped could not be rewritten. */
    if (p->live)
        fprintf(stderr, "\r\033[K%.*s", terminal_width() - 1, l.text);
    else
        fprintf(stderr, "%s\n", l.text);
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
