/* spot.c - train --check N: a few nodes of a network that learns, checked at every step. */
#define RG_NO_HERE
#include "spot.h"
#include "json_check.h"
#include "term.h"
#include <time.h>

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add_up(spot *s, const rg_nodes_report *r)
{
    s->steps++;
    s->looked += r->nodes;
    s->failed += r->failed;
    s->unsure += r->unsure;
    s->untested += r->untested;
    if (r->power.relative > s->relative) s->relative = r->power.relative;
    if (r->first.node && !s->first[0]) rg_node_finding_text(&r->first, s->first);
}

bool spot_look(spot *s, learner *l, int64_t rows)
{
    if (s->every && s->made++ % s->every) return true;
    double start = seconds_now();
    rg_nodes_report r;
    rg_check_how how = {.nodes = s->nodes, .seed = (uint64_t)s->steps, .directions = 1};
    int64_t mark = rg_step_begin(l->tape);
    rg_measured m = learner_measure(l, rows, RG_MODE_TRAIN);
    rg_status st = rg_error_of(l->tape)->status;
    if (!st) st = rg_check_nodes(m.loss, l->model.params, l->model.param, &how, NULL, NULL, &r);
    if (st) return false;
    add_up(s, &r);
    rg_rewind(l->tape, mark);
    s->seconds += seconds_now() - start;
    return true;
}

bool spot_show(const spot *s, double seconds)
{
    diag d = {0};
    if (!s->nodes) return true;
    term_note("checked %lld nodes in %lld steps: %lld failed, %lld cannot tell, %lld untested; would "
              "have caught a relative error of %.0e; that took %.0f %% of the time",
              (long long)s->looked, (long long)s->steps, (long long)s->failed, (long long)s->unsure,
              (long long)s->untested, s->relative, seconds > 0 ? 100 * s->seconds / seconds : 0);
    if (!s->failed) return true;
    diag_set(&d, E_GRADIENT, NULL, (span){0, 0}, "%.600s", s->first);
    term_report(&d, ERROR);
    return false;
}

void spot_json(json *j, const spot *s)
{
    if (!s->nodes) return;
    json_key(j, "check", 5);
    json_open(j, '{');
    json_count(j, "steps", s->steps);
    json_count(j, "nodes", s->looked);
    json_count(j, "failed", s->failed);
    json_count(j, "unsure", s->unsure);
    json_count(j, "untested", s->untested);
    json_real(j, "power", s->relative);
    json_real(j, "seconds", s->seconds);
    json_close(j, '}');
}
