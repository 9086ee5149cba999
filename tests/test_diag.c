/* How errors look: the line, the underline, the labels. */
#include "diag.h"
#include "suite.h"
#include <string.h>

__attribute__((noinline)) static char *shown(const char *text, span at, bool utf8)
{
    char *out;
    size_t size;
    source src = {NULL, text, strlen(text)};
    diag d = {0};
    diag_set(&d, E_SYNTAX, &src, at, "wrong");
    FILE *to = open_memstream(&out, &size);
    diag_render(to, &d, ERROR, (diag_style){false, utf8});
    fclose(to);
    return out;
}

static void check_shown(const char *text, span at, bool utf8, const char *want)
{
    char *out = shown(text, at, utf8);
    ck_assert_str_eq(out, want);
    free(out);
}

START_TEST(underline_counts_characters)
{
    check_shown("lgo(x)", (span){0, 3}, true, "error[E103]: wrong\n  lgo(x)\n  ^~~\n");
    check_shown("`\xc3\xa9\xe2\x82\xac` + y", (span){10, 1}, true,
                "error[E103]: wrong\n  `\xc3\xa9\xe2\x82\xac` + y\n         ^\n");
    check_shown("`\xc3\xa9` + y", (span){7, 1}, false,
                "error[E103]: wrong\n  `?` + y\n        ^\n");
    check_shown("a\tb", (span){2, 1}, true, "error[E103]: wrong\n  a       b\n          ^\n");
    check_shown("ab", (span){2, 0}, true, "error[E103]: wrong\n  ab\n    ^\n");
}
END_TEST

START_TEST(lines_are_told_apart)
{
    check_shown("a\nb c\nd", (span){4, 1}, true, "error[E103]: wrong\n  line:2:3\n  b c\n    ^\n");
}
END_TEST

/* A right-to-left mark, an escape and a broken byte must not reach the terminal. */
START_TEST(terminals_are_not_steered)
{
    check_shown("\033[2J\xe2\x80\xae\xff", (span){0, 1}, true,
                "error[E103]: wrong\n  ?[2J??\n  ^\n");
}
END_TEST

START_TEST(long_lines_are_cut)
{
    char text[501];
    memset(text, 'a', 500);
    text[500] = 0;
    for (uint32_t at = 0; at < 500; at += 7) {
        text[at] = 'B';
        char *out = shown(text, (span){at, 1}, true), *line = strchr(out, '\n') + 1;
        char *under = strchr(line, '\n') + 1;
        ck_assert_int_le(under - line, 81);
        ck_assert_int_eq(line[strchr(under, '^') - under], 'B');
        free(out);
        text[at] = 'a';
    }
}
END_TEST

START_TEST(labels_hang_below)
{
    const char *text = "W @ x";
    char *out;
    size_t size;
    source src = {NULL, text, strlen(text)};
    diag d = {0};
    diag_set(&d, E_SHAPE, &src, (span){2, 1}, "shapes do not multiply");
    diag_label(&d, (span){0, 1}, "W is 2x3");
    diag_label(&d, (span){4, 1}, "x is 4x2");
    FILE *to = open_memstream(&out, &size);
    diag_render(to, &d, ERROR, (diag_style){false, true});
    fclose(to);
    ck_assert_str_eq(out, "error[E301]: shapes do not multiply\n"
                          "  W @ x\n"
                          "  - ^ -\n"
                          "  |   x is 4x2\n"
                          "  W is 2x3\n");
    free(out);
}
END_TEST

START_TEST(names_are_near_or_far)
{
    static const struct {
        const char *a, *b;
        int distance;
    } want[] = {{"log", "log", 0},   {"lgo", "log", 1},       {"sigmod", "sigmoid", 1},
                {"tnah", "tanh", 1}, {"sofmx", "softmax", 2}, {"a", "relu", 3},
                {"", "ab", 2}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ck_assert_int_eq(edit_distance(want[i].a, strlen(want[i].a), want[i].b, strlen(want[i].b)),
                         want[i].distance);
}
END_TEST

RG_SUITE("diag", underline_counts_characters, lines_are_told_apart, terminals_are_not_steered,
         long_lines_are_cut, labels_hang_below, names_are_near_or_far)
