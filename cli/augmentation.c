/* augmentation.c - how pictures are changed in training, as text. */
#include "augmentation.h"
#include "options.h"
#include <math.h>
#include <string.h>

enum { NUMBERS = 9 };

/* What a word such as "shift=2" sets, and the most that it may be. */
typedef struct change {
    const char *name;
    double *number, most;
    bool whole;
} change;

static const char *const blanks = " \t\r\n";

static bool refuse_word(diag *d, const char *what, const char *word, size_t len)
{
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "--augment: %s: %.*s", what, (int)(len < 60 ? len : 60), word);
    return false;
}

static bool refuse_name(diag *d, const char *what, const char *word, size_t len)
{
    refuse_word(d, what, word, len);
    diag_help(d, "there are flip, and with a number: shift=2 rotate=10 zoom=0.1 deform=1 "
                 "brightness=0.2 occlude=0.3 crop=0.2 lens=0.1 clutter=4");
    return false;
}

static bool take_number(const change *c, const char *word, size_t len, const char *text, diag *d)
{
    double v;
    if (!option_decimal(text, (size_t)(word + len - text), &v)) {
        refuse_word(d, "not a number", word, len);
        diag_help(d, "%s", option_decimal_help);
        return false;
    }
    if (!(v >= 0 && v <= c->most) || (c->whole && v != floor(v))) {
        refuse_word(d, c->whole ? "not a whole number in range" : "not in range", word, len);
        diag_help(d, "%s is from 0 to %.4g", c->name, c->most);
        return false;
    }
    *c->number = v;
    return true;
}

/* *seen: a bit for each change that has been taken, flip's behind the numbers'. */
static bool take_word(rg_augment *a, const char *word, size_t len, unsigned *seen, diag *d)
{
    const change known[NUMBERS + 1] = {
        {"shift", &a->shift, 1000, false}, {"rotate", &a->rotate, 180, false}, {"zoom", &a->zoom, 0.9, false},
        {"deform", &a->deform, 1000, false}, {"occlude", &a->occlude, 1, false}, {"brightness", &a->brightness, 1, false},
        {"crop", &a->crop, 0.9, false}, {"lens", &a->lens, 1. / 6, false}, {"clutter", &a->clutter, 100, true}, {"flip", NULL, 0, false}};
    size_t name = 0;
    unsigned i = 0;
    while (name < len && word[name] != '=') name++;
    while (i <= NUMBERS && (strlen(known[i].name) != name || memcmp(known[i].name, word, name))) i++;
    if (i > NUMBERS) return refuse_name(d, "no such change of a picture", word, len);
    if ((name < len) != (i < NUMBERS)) return refuse_name(d, i < NUMBERS ? "a number is missing" : "flip takes no number", word, len);
    if (*seen & 1u << i) return refuse_word(d, "given twice", word, name);
    *seen |= 1u << i;
    if (i < NUMBERS) return take_number(&known[i], word, len, word + name + 1, d);
    a->flip = true;
    return true;
}

bool augmentation_parse(rg_augment *a, const char *text, diag *d)
{
    unsigned seen = 0;
    *a = (rg_augment){0};
    for (const char *s = text + strspn(text, blanks); *s; s += strspn(s, blanks)) {
        size_t len = strcspn(s, blanks);
        if (!take_word(a, s, len, &seen, d)) return false;
        s += len;
    }
    return seen || refuse_name(d, "it names no change of a picture", "''", 2);
}
