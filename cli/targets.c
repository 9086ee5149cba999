/* targets.c - compares the places of files, there or not, on one command line. */
#include "targets.h"
#include "data.h"
#include "memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where a path leads: a file by its device and number, else its folder's and the name in it. */
typedef struct place {
    const char *path, *name;
    struct stat at, folder;
    bool there, has_folder;
} place;

static place place_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    place p = {.path = path, .name = path + n};
    char *folder = memory_new(n + 2, 1);
    memcpy(folder, n ? path : ".", n ? n : 1);
    p.there = stat(path, &p.at) == 0;
    p.has_folder = stat(folder, &p.folder) == 0;
    free(folder);
    return p;
}

static bool same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool same_place(const place *a, const place *b)
{
    if (a->there && b->there) return S_ISREG(a->at.st_mode) && same_inode(&a->at, &b->at);
    if (a->there || b->there || strcmp(a->name, b->name) != 0) return false;
    return a->has_folder && b->has_folder ? same_inode(&a->folder, &b->folder) : !strcmp(a->path, b->path);
}

/* A folder of images, and one of the files that are read in it. */
static bool is_part_of(const place *file, const place *folder)
{
    static const char *const ending[] = {"-ubyte", "-ubyte.gz", ".bin", ".meta.txt"};
    size_t n = strlen(file->name);
    if (!file->there || !folder->there || !S_ISDIR(folder->at.st_mode) || !same_inode(&file->folder, &folder->at)) return false;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        size_t k = strlen(ending[i]);
        if (n > k && !strcmp(file->name + n - k, ending[i])) return true;
    }
    return false;
}

static bool are_the_same(const option *out, const char *other, const char *path, diag *d)
{
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "--%s would replace the file of %s: %.200s", out->name, other, path);
    diag_help(d, "let --%s name another file", out->name);
    return false;
}

/* One output against one input, which is named so on the command line. */
static bool apart(const option *out, const place *to, const char *called, const char *path, diag *d)
{
    place from = place_of(path);
    return !(same_place(to, &from) || is_part_of(to, &from)) || are_the_same(out, called, to->path, d);
}

static bool apart_from_option(const args *a, int out, const place *to, option_id in, diag *d)
{
    char called[64];
    if (!args_has(a, in) || (int)in == out) return true;
    snprintf(called, sizeof called, "--%s", options[in].name);
    return apart(&options[out], to, called, a->opt[in].text, d);
}

/* NAME=@FILE */
static bool apart_from_values(const args *a, int out, const place *to, diag *d)
{
    for (int i = 0; i < a->words; i++) {
        char called[64];
        const char *at = strstr(a->word[i], "=@");
        if (!at) continue;
        snprintf(called, sizeof called, "%.*s", (int)(at - a->word[i] < 60 ? at - a->word[i] : 60), a->word[i]);
        if (!apart(&options[out], to, called, at + 2, d)) return false;
    }
    return true;
}

/* What goes on from a model or a checkpoint may take its place. */
static bool goes_on(int out) { return out == OPT_SAVE || out == OPT_CHECKPOINT; }

static bool is_apart(const args *a, bool model, int out, diag *d)
{
    static const option_id input[] = {OPT_DATA, OPT_FILE, OPT_LIBRARY};
    place to = place_of(a->opt[out].text);
    bool ok = apart_from_values(a, out, &to, d);
    for (size_t i = 0; i < sizeof input / sizeof *input && ok; i++) ok = apart_from_option(a, out, &to, input[i], d);
    if (model && ok) ok = apart_from_option(a, out, &to, OPT_MODEL, d);
    if (!goes_on(out) && ok) ok = apart_from_option(a, out, &to, OPT_RESUME, d);
    for (int i = 0; i < out && ok; i++)
        if (options[i].kind == OPTION_TARGET) ok = apart_from_option(a, out, &to, (option_id)i, d);
    return ok;
}

/* Standard output has the text of the command; a file called - is nobody's wish. */
static bool is_a_name(const args *a, int out, diag *d)
{
    const char *path = a->opt[out].text;
    if (!*path) return diag_set(d, E_USAGE, NULL, (span){0, 0}, "--%s: an empty text is not the name of a file", options[out].name);
    if (strcmp(path, "-") != 0) return true;
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "- is not the name of a file to write");
    diag_help(d, "/dev/stdout is standard output, ./- a file of that name");
    return false;
}

bool targets_are_apart(const args *a, bool model, diag *d)
{
    for (int out = 0; out < OPT_COUNT; out++)
        if (options[out].kind == OPTION_TARGET && args_has(a, (option_id)out) &&
            (!is_a_name(a, out, d) || !is_apart(a, model, out, d)))
            return false;
    return true;
}

bool target_takes_a_file(const char *path, diag *d)
{
    rg_error e = {0};
    rg_status s = rg_write_try(path, NULL, &e);
    if (s == RG_NOMEM) memory_die();
    return !s || diag_set(d, E_WRITE, NULL, (span){0, 0}, "%s", e.text);
}
