/* outputs.c - files to write: apart from those that are read, and in folders that take them. */
#define RG_NO_HERE
#include "outputs.h"
#include "data.h"
#include <string.h>
#include <sys/stat.h>

static const option_id written[] = {OPT_SAVE, OPT_CHECKPOINT, OPT_REPORT, OPT_EXPLAIN_FILE, OPT_C, OPT_SVG, OPT_HTML};
static const option_id read_too[] = {OPT_DATA, OPT_MODEL, OPT_FILE, OPT_LIBRARY};
enum { WRITTEN = sizeof written / sizeof *written, READ = sizeof read_too / sizeof *read_too };

/* Two names of one file; a device or a pipe may well be two things at once. */
static bool one_file(const char *a, const char *b)
{
    struct stat x, y;
    if (stat(a, &x) != 0 || stat(b, &y) != 0) return !strcmp(a, b);
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool apart(const args *a, option_id to, option_id other, const char *what, diag *d)
{
    if (!args_has(a, to) || !args_has(a, other) || !one_file(a->opt[to].text, a->opt[other].text)) return true;
    return diag_set(d, E_USAGE, NULL, (span){0, 0}, "--%s %.200s is also %s --%s: that would be lost",
                    options[to].name, a->opt[to].text, what, options[other].name);
}

bool outputs_apart(const args *a, diag *d)
{
    for (int i = 0; i < WRITTEN; i++) {
        for (int k = 0; k < READ; k++)
            if (!apart(a, written[i], read_too[k], "the file of", d)) return false;
        for (int k = 0; k < i; k++)
            if (!apart(a, written[i], written[k], "what is written by", d)) return false;
    }
    return true;
}

bool output_possible(const char *path, diag *d)
{
    rg_error e = {0};
    if (!*path) return diag_set(d, E_USAGE, NULL, (span){0, 0}, "'' is not the name of a file to write");
    return !rg_write_try(path, NULL, &e) || diag_set(d, E_WRITE, NULL, (span){0, 0}, "%s", e.text);
}
