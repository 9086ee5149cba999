/* augmentation.c - how pictures are changed in training, as text. */
#include "augmentation.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The number that a word such as "shift=2" sets, or NULL; *most: what it may be. */
static double *number_of(rg_augment *a, const char *word, size_t len, double *most)
{
    struct {
        const char *name;
        double *number, most;
    } const known[] = {{"shift", &a->shift, 1000}, {"rotate", &a->rotate, 180}, {"zoom", &a->zoom, 0.9},
                       {"deform", &a->deform, 1000}, {"occlude", &a->occlude, 1}, {"brightness", &a->brightness, 1},
                       {"crop", &a->crop, 0.9}, {"lens", &a->lens, 1. / 6}, {"clutter", &a->clutter, 100}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == len && !memcmp(known[i].name, word, len)) {
            *most = known[i].most;
            return known[i].number;
        }
    return NULL;
}

static bool take_word(rg_augment *a, const char *word, size_t len)
{
    size_t name = 0;
    while (name < len && word[name] != '=') name++;
    if (name == len && len == 4 && !memcmp(word, "flip", 4)) {
        a->flip = true;
        return true;
    }
    double most = 0, *number = number_of(a, word, name, &most);
    if (!number || name + 1 >= len) return false;
    char *end;
    *number = strtod(word + name + 1, &end);
    return end == word + len && *number >= 0 && *number <= most;
}

bool augmentation_parse(rg_augment *a, const char *text, diag *d)
{
    *a = (rg_augment){0};
    for (const char *s = text + strspn(text, " "); *s; s += strspn(s, " ")) {
        size_t len = strcspn(s, " ");
        if (!take_word(a, s, len)) {
            diag_set(d, E_USAGE, NULL, (span){0, 0}, "no such change of a picture, or too much of it: %.*s",
                     (int)(len < 60 ? len : 60), s);
            diag_help(d, "there are flip, and with a number: shift=2 rotate=10 zoom=0.1 deform=1 "
                         "brightness=0.2 occlude=0.3 crop=0.2 lens=0.1 clutter=4");
            return false;
        }
        s += len;
    }
    return true;
}
