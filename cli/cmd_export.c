/* cmd_export.c - retrograd export: a trained model as one C file. */
#define RG_NO_HERE
#include "command.h"
#include "export_c.h"
#include "learner.h"
#include "status.h"
#include "term.h"
#include <ctype.h>
#include <string.h>

typedef struct export_run {
    const args *a;
    diag d;
    rg_model_file file;
    learner l;
    text_file text;
} export_run;

/* Names begin with it, so it must be one. */
static bool prefix_is_sound(const char *p)
{
    if (!isalpha((unsigned char)*p) || strlen(p) > 40) return false;
    for (; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_') return false;
    return true;
}

static bool read_export(export_run *r, const char **prefix)
{
    rg_error e = {0};
    *prefix = args_has(r->a, OPT_PREFIX) ? r->a->opt[OPT_PREFIX].text : "model";
    if (!args_has(r->a, OPT_MODEL))
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "--model FILE is missing");
    if (!args_has(r->a, OPT_C))
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                        "--c FILE is missing: where the C goes");
    if (!prefix_is_sound(*prefix))
        return diag_set(
            &r->d, E_USAGE, NULL, (span){0, 0},
            "--prefix '%.60s' is no name in C that is at most 40 letters, digits and _ long",
            *prefix);
    return !rg_model_open(&r->file, r->a->opt[OPT_MODEL].text, NULL, &e) || diag_library(&r->d, &e);
}

int cmd_export(const args *a)
{
    export_run r = {.a = a};
    const char *prefix;
    if (!command_takes(a, 0)) return EXIT_USAGE;
    learner_open(&r.l, RG_F64, 0);
    bool ok = read_export(&r, &prefix) && (!learner_restore(&r.l, &r.file) || learner_error(&r.l, &r.d));
    if (ok) export_c(&r.text, &r.file, r.l.member, prefix);
    ok = ok && text_file_save(&r.text, a->opt[OPT_C].text, &r.d);
    int status = ok ? EXIT_FINE : term_report(&r.d, ERROR);
    learner_close(&r.l);
    rg_model_close(&r.file);
    return status;
}
