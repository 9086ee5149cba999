/* targets.c - the files of one command line: compares their places, there or not. */
#include "targets.h"
#include "data.h"
#include "links.h"
#include "memory.h"
#include "term.h"
#include <stdio.h>

/* Where a path leads: a file by its device and number, else its folder's and the name in it. */
typedef struct place {
    char path[PATH_MAX];
    const char *name; /* behind it, in path */
    struct stat at, folder;
    bool there, has_folder;
} place;

/* path: what is too long for a file is cut; who opens it refuses it. */
static void find_place(place *p, const char *path)
{
    snprintf(p->path, sizeof p->path, "%s", path);
    size_t n = rg_folder_length(p->path);
    p->name = p->path + n;
    char first = p->path[n];
    p->path[n] = 0;
    p->has_folder = stat(n ? p->path : ".", &p->folder) == 0;
    p->path[n] = first;
    p->there = stat(p->path, &p->at) == 0;
}

/* One link on; false: p is none. */
static bool follow_place(place *p)
{
    char next[PATH_MAX];
    if (!rg_follow_link(p->path, next)) return false;
    find_place(p, next);
    return true;
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

/* A folder of images, and one of the files that are read in it, there or not yet. */
static bool is_part_of(const place *file, const place *folder)
{
    static const char *const ending[] = {"-ubyte", "-ubyte.gz", ".bin", ".meta.txt"};
    size_t n = strlen(file->name);
    if (!file->has_folder || !folder->there || !S_ISDIR(folder->at.st_mode) || !same_inode(&file->folder, &folder->at)) return false;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        size_t k = strlen(ending[i]);
        if (n > k && !strcmp(file->name + n - k, ending[i])) return true;
    }
    return false;
}

static bool are_the_same(const option *out, const char *what, const char *other, const char *path, diag *d)
{
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "--%s would %s of %s: %.200s", out->name, what, other, path);
    diag_help(d, "let --%s name another file", out->name);
    return false;
}

/* One output against one input or other output, which is named so on the command line. */
static bool apart(const option *out, const char *path, const char *called, const char *other, diag *d)
{
    place to, from;
    find_place(&from, other);
    for (int i = 0; i < RG_LINKS && follow_place(&from); i++) continue;
    find_place(&to, path);
    for (int i = 0; i < RG_LINKS; i++) {
        bool part = is_part_of(&to, &from);
        if (part && !to.there) return are_the_same(out, "be taken for a file", called, path, d);
        if (part || same_place(&to, &from)) return are_the_same(out, "replace the file", called, path, d);
        if (!follow_place(&to)) break;
    }
    return true;
}

static bool apart_from_option(const args *a, int out, option_id in, diag *d)
{
    char called[64];
    if (!args_has(a, in) || (int)in == out) return true;
    snprintf(called, sizeof called, "--%s", options[in].name);
    return apart(&options[out], a->opt[out].text, called, a->opt[in].text, d);
}

/* NAME=@FILE */
static bool apart_from_values(const args *a, int out, diag *d)
{
    for (int i = 0; i < a->words; i++) {
        char called[64];
        const char *at = strstr(a->word[i], "=@");
        if (!at) continue;
        snprintf(called, sizeof called, "%.*s", (int)(at - a->word[i] < 60 ? at - a->word[i] : 60), a->word[i]);
        if (!apart(&options[out], a->opt[out].text, called, at + 2, d)) return false;
    }
    return true;
}

/* What goes on from a model or a checkpoint may take its place. */
static bool goes_on(int out) { return out == OPT_SAVE || out == OPT_CHECKPOINT; }

static bool is_apart(const args *a, bool model, int out, diag *d)
{
    static const option_id input[] = {OPT_DATA, OPT_FILE, OPT_LIBRARY};
    bool ok = apart_from_values(a, out, d);
    for (size_t i = 0; i < sizeof input / sizeof *input && ok; i++) ok = apart_from_option(a, out, input[i], d);
    if (model && ok) ok = apart_from_option(a, out, OPT_MODEL, d);
    if (!goes_on(out) && ok) ok = apart_from_option(a, out, OPT_RESUME, d);
    for (int i = 0; i < out && ok; i++)
        if (options[i].kind == OPTION_TARGET) ok = apart_from_option(a, out, (option_id)i, d);
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

/* Without a name of its own (/dev/fd/63) a pipe has its writer. */
static void say_of_pipe(const char *path)
{
    struct stat st;
    if (strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0 && stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
        term_note("%.200s is a pipe: it is waited for until somebody writes to it", path);
}

void pipes_are_told(const args *a)
{
    for (int in = 0; in < OPT_COUNT; in++)
        if (options[in].kind == OPTION_FILE && args_has(a, (option_id)in)) say_of_pipe(a->opt[in].text);
    for (int i = 0; i < a->words; i++) {
        const char *at = strstr(a->word[i], "=@");
        if (at) say_of_pipe(at + 2);
    }
}

bool target_takes_a_file(const char *path, diag *d)
{
    rg_error e = {0};
    rg_status s = rg_write_try(path, NULL, &e);
    if (s == RG_NOMEM) memory_die();
    return !s || diag_set(d, E_WRITE, NULL, (span){0, 0}, "%s", e.text);
}
