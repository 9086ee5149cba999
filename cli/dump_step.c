/* dump_step.c - one step of a training run, explained. */
#define RG_NO_HERE
#include "dump_step.h"
#include "explain.h"
#include "text_file.h"
#include <stdlib.h>
#include <string.h>

static bool name_ends_in(const char *path, const char *tail)
{
    size_t n = strlen(path), k = strlen(tail);
    return n > k && !strcmp(path + n - k, tail);
}

static rg_status explain_loss(const char *path, rg_node *loss, const rg_model *m, text_file *to)
{
    rg_explain_options o = {.title = "the loss of the batch"};
    if (name_ends_in(path, ".html"))
        return rg_explain_html(loss, m->params, m->param, &o, text_file_add, to);
    if (name_ends_in(path, ".json"))
        return rg_explain_json(loss, m->params, m->param, &o, text_file_add, to);
    return rg_explain_text(loss, m->params, m->param, &o, text_file_add, to);
}

bool dump_step(learner *l, int64_t n, const char *path, diag *d)
{
    text_file text = {0};
    int64_t mark = rg_mark(l->tape);
    rg_measured m = learner_measure(l, n, RG_MODE_TRAIN);
    bool fine = !rg_error_of(l->tape)->status && !explain_loss(path, m.loss, &l->model, &text);
    if (!fine) {
        learner_error(l, d);
        free(text.text);
        return false;
    }
    rg_rewind(l->tape, mark);
    return text_file_save(&text, path, d);
}
