/* cmd_lesson.c - retrograd lesson: one experiment per section of the notes, each with facts
 * that are computed and checked while one reads them. */
#include "../docs/lessons/lesson.h"
#include "command.h"
#include "html.h"
#include "json_out.h"
#include "memory.h"
#include "resolve.h"
#include "status.h"
#include "term.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct chapter {
    const char *section, *title, *file;
    void (*run)(lesson *l);
} chapter;

#define LESSON(id, section, title) {section, title, "lesson_" #id, lesson_##id},
static const chapter chapters[] = {
#include "../docs/lessons/lessons.def"
    {0}};
#undef LESSON

static const char *const facts_tag = "ul", *const table_tag = "pre";
static const char *const tone_word[] = {"", "holds", "shown", "slip", "FAILS"};

/* Where a lesson is heard. */
typedef struct lesson_ear {
    const args *a;
    const chapter *now;
    int fact;
    json j;
    text_file page, table; /* table: in JSON, the lines that are no facts */
    const char *open;      /* of the page: the list or table that is open, or NULL */
    diag d;
} lesson_ear;

/* ---- hearing ----------------------------------------------------------------------------- */

static void hear_text(lesson_ear *e, lesson_tone tone, const char *text)
{
    enum { WIDTH = 80, FURTHER = 4 };
    int used = tone == LESSON_SAYS
                   ? printf("  ")
                   : printf("  %s/%d %-5s  ", e->now->section, e->fact, tone_word[tone]);
    for (const char *word = text; *word;) {
        int n = (int)strcspn(word + 1, " ") + 1;
        if (tone != LESSON_SAYS && used + n > WIDTH && used > FURTHER + 2) {
            used = printf("\n%*s", FURTHER + 2, "") - 1;
            if (*word == ' ') word++, n--;
        }
        used += printf("%.*s", n, word);
        word += n;
    }
    putchar('\n');
}

static void hear_json(lesson_ear *e, lesson_tone tone, const char *text)
{
    if (tone == LESSON_SAYS) {
        text_file_print(&e->table, "%s\n", text);
        return;
    }
    json_open(&e->j, '{');
    json_key(&e->j, "fact", 4);
    json_whole(&e->j, e->fact);
    json_key(&e->j, "kind", 4);
    json_words(&e->j, tone_word[tone], strlen(tone_word[tone]));
    json_key(&e->j, "text", 4);
    json_words(&e->j, text, strlen(text));
    json_close(&e->j, '}');
}

/* Go on in a table or a list of facts; NULL: in neither. */
static void open_on_page(lesson_ear *e, const char *what)
{
    if (e->open == what) return;
    if (e->open) text_file_print(&e->page, "</%s>\n", e->open);
    if (what)
        text_file_print(&e->page, "<%s%s>", what, what == facts_tag ? " class=\"facts\"" : "");
    e->open = what;
}

static void hear_page(lesson_ear *e, lesson_tone tone, const char *text)
{
    bool fact = tone != LESSON_SAYS;
    open_on_page(e, fact ? facts_tag : table_tag);
    if (fact)
        text_file_print(&e->page, "<li><b>%s/%d %s</b>", e->now->section, e->fact, tone_word[tone]);
    html_text(&e->page, text);
    text_file_print(&e->page, fact ? "</li>\n" : "\n");
}

static void hear_line(void *ud, lesson_tone tone, const char *text)
{
    lesson_ear *e = ud;
    e->fact += tone != LESSON_SAYS;
    if (args_has(e->a, OPT_JSON))
        hear_json(e, tone, text);
    else
        hear_text(e, tone, text);
    if (args_has(e->a, OPT_HTML)) hear_page(e, tone, text);
}

/* ---- figures ------------------------------------------------------------------------------- */

static void print_piece(void *ud, const char *text, size_t n)
{
    (void)ud;
    fwrite(text, 1, n, stdout);
}

/* With the folders that it lies in. */
static bool make_folder(const char *dir, diag *d)
{
    size_t n = strlen(dir), i = 0;
    char *part = memory_new(n + 1, 1);
    bool good = true;
    do {
        i += strspn(dir + i, "/");
        i += strcspn(dir + i, "/");
        memcpy(part, dir, i);
        good = !mkdir(part, 0777) || errno == EEXIST;
    } while (good && i < n);
    if (!good) diag_set(d, E_WRITE, NULL, (span){0, 0}, "%s: cannot be made: %s", part, strerror(errno));
    free(part);
    return good;
}

/* --html must not name one of the figures that --dir has written. */
static bool page_is_apart(const args *a, diag *d)
{
    if (!args_has(a, OPT_DIR) || !args_has(a, OPT_HTML)) return true;
    const char *page = a->opt[OPT_HTML].text, *slash = strrchr(page, '/'), *name = slash ? slash + 1 : page, *dot = strrchr(name, '.');
    if (strncmp(name, "lesson_", 7) != 0 || !dot || (strcmp(dot, ".svg") != 0 && strcmp(dot, ".csv") != 0)) return true;
    struct stat one, other;
    size_t n = slash ? (size_t)(slash - page) + 1 : 2;
    char *folder = memory_new(n + 1, 1);
    memcpy(folder, slash ? page : "./", n);
    bool same = !stat(folder, &one) && !stat(a->opt[OPT_DIR].text, &other) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    free(folder);
    return !same || diag_set(d, E_USAGE, NULL, (span){0, 0}, "--html %.200s has the name of a figure that --dir writes", page);
}

/* DIR/lesson_8_2-1.svg and .csv. */
static bool save_figure(lesson_ear *e, const rg_figure *f, int which)
{
    static const char *const ending[] = {"svg", "csv"};
    static const rg_figure_form form[] = {RG_FIGURE_SVG, RG_FIGURE_CSV};
    const char *dir = e->a->opt[OPT_DIR].text;
    size_t room = strlen(dir) + 64;
    char *path = memory_new(room, 1);
    bool good = true;
    for (int i = 0; i < 2 && good; i++) {
        text_file out = {0};
        snprintf(path, room, "%s/%s-%d.%s", dir, e->now->file, which, ending[i]);
        if (rg_figure_write(f, form[i], text_file_add, &out)) memory_die();
        good = text_file_save(&out, path, &e->d);
    }
    free(path);
    return good;
}

static bool show_figures(lesson_ear *e, const lesson *l)
{
    bool good = true, paged = args_has(e->a, OPT_HTML) && l->figures;
    if (paged) text_file_print(&e->page, "<div class=\"figures\">\n");
    for (int i = 0; i < l->figures && good; i++) {
        if (args_has(e->a, OPT_PLOT)) {
            putchar('\n');
            rg_figure_write(l->figure[i], term_utf8() ? RG_FIGURE_UTF8 : RG_FIGURE_ASCII,
                            print_piece, NULL);
        }
        if (args_has(e->a, OPT_DIR)) good = save_figure(e, l->figure[i], i + 1);
        if (!args_has(e->a, OPT_HTML)) continue;
        text_file_print(&e->page, "<figure>");
        if (rg_figure_write(l->figure[i], RG_FIGURE_SVG, text_file_add, &e->page)) memory_die();
        text_file_print(&e->page, "</figure>\n");
    }
    if (paged) text_file_print(&e->page, "</div>\n");
    return good;
}

/* ---- lessons --------------------------------------------------------------------------------- */

static void begin_lesson(lesson_ear *e)
{
    e->fact = 0;
    e->open = NULL;
    if (args_has(e->a, OPT_JSON)) {
        json_open(&e->j, '{');
        json_key(&e->j, "section", 7);
        json_words(&e->j, e->now->section, strlen(e->now->section));
        json_key(&e->j, "title", 5);
        json_words(&e->j, e->now->title, strlen(e->now->title));
        json_key(&e->j, "facts", 5);
        json_open(&e->j, '[');
    } else
        printf("%s %s\n", e->now->section, e->now->title);
    if (!args_has(e->a, OPT_HTML)) return;
    text_file_print(&e->page, "<section id=\"%s\">\n<h2>%s ", e->now->file, e->now->section);
    html_text(&e->page, e->now->title);
    text_file_print(&e->page, "</h2>\n");
}

/* The lines of its tables as they are printed, and its figures as numbers. */
static void tables_and_figures(lesson_ear *e, const lesson *l)
{
    json_key(&e->j, "table", 5);
    json_open(&e->j, '[');
    for (const char *line = e->table.text, *end; line && (end = strchr(line, '\n')); line = end + 1)
        json_words(&e->j, line, (size_t)(end - line));
    json_close(&e->j, ']');
    free(e->table.text);
    e->table = (text_file){0};
    json_key(&e->j, "figures", 7);
    json_open(&e->j, '[');
    for (int i = 0; i < l->figures; i++) {
        text_file csv = {0};
        if (rg_figure_write(l->figure[i], RG_FIGURE_CSV, text_file_add, &csv)) memory_die();
        json_open(&e->j, '{');
        json_key(&e->j, "title", 5);
        json_words(&e->j, l->title[i], strlen(l->title[i]));
        json_key(&e->j, "csv", 3);
        json_words(&e->j, csv.text, csv.n);
        json_close(&e->j, '}');
        free(csv.text);
    }
    json_close(&e->j, ']');
}

static void end_lesson(lesson_ear *e, const lesson *l)
{
    if (args_has(e->a, OPT_JSON)) {
        json_close(&e->j, ']');
        tables_and_figures(e, l);
        json_key(&e->j, "failed", 6);
        json_whole(&e->j, l->failed);
        json_close(&e->j, '}');
    }
    if (args_has(e->a, OPT_HTML)) open_on_page(e, NULL);
}

/* How many facts failed; -1: a figure could not be written. */
static int run_chapter(lesson_ear *e, const chapter *c)
{
    lesson l;
    uint64_t seed = args_has(e->a, OPT_SEED) ? (uint64_t)e->a->opt[OPT_SEED].number : 0;
    if (lesson_open(&l, seed)) memory_die();
    l.hear = hear_line;
    l.ud = e;
    e->now = c;
    begin_lesson(e);
    lesson_run(&l, c->run);
    end_lesson(e, &l);
    int failed = show_figures(e, &l) ? l.failed : -1;
    if (args_has(e->a, OPT_HTML)) text_file_print(&e->page, "</section>\n");
    lesson_close(&l);
    return failed;
}

static void begin_page(lesson_ear *e, const chapter *from, const chapter *to)
{
    html_begin(&e->page, "Retrograd: the lessons");
    text_file_print(&e->page,
                    "<p>What holds is proved or exact up to rounding; what is shown was "
                    "seen on this set-up; a slip is a form that is easily written and "
                    "wrong, beside the right one.</p>\n<nav aria-label=\"lessons\"><ol>\n");
    for (const chapter *c = from; c < to; c++) {
        text_file_print(&e->page, "<li><a href=\"#%s\">%s ", c->file, c->section);
        html_text(&e->page, c->title);
        text_file_print(&e->page, "</a></li>\n");
    }
    text_file_print(&e->page, "</ol></nav>\n");
}

static int run_chapters(lesson_ear *e, const chapter *from, const chapter *to)
{
    int facts = 0, failed = 0;
    bool as_json = args_has(e->a, OPT_JSON), paged = args_has(e->a, OPT_HTML);
    if (paged) begin_page(e, from, to);
    if (as_json) json_open(&e->j, '[');
    for (const chapter *c = from; c < to; c++) {
        int bad = run_chapter(e, c);
        if (bad < 0) return term_report(&e->d, ERROR);
        facts += e->fact;
        failed += bad;
        if (!as_json && c + 1 < to) putchar('\n');
    }
    if (as_json) {
        json_close(&e->j, ']');
        putchar('\n');
    } else if (to - from > 1)
        printf("\n%d lessons, %d facts, %d failed\n", (int)(to - from), facts, failed);
    if (paged) html_end(&e->page);
    if (paged && !text_file_save(&e->page, e->a->opt[OPT_HTML].text, &e->d))
        return term_report(&e->d, ERROR);
    return failed ? EXIT_FAILED : EXIT_FINE;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int list_chapters(bool as_json)
{
    json j = {.to = stdout};
    if (as_json) json_open(&j, '[');
    for (const chapter *c = chapters; c->section; c++) {
        if (!as_json) {
            printf("%-6s %s\n", c->section, c->title);
            continue;
        }
        json_open(&j, '{');
        json_key(&j, "section", 7);
        json_words(&j, c->section, strlen(c->section));
        json_key(&j, "title", 5);
        json_words(&j, c->title, strlen(c->title));
        json_close(&j, '}');
    }
    if (as_json) json_close(&j, ']');
    if (as_json) putchar('\n');
    return EXIT_FINE;
}

static int no_such_lesson(const char *name)
{
    diag d = {0};
    nearest best = {.distance = 3};
    diag_set(&d, E_USAGE, NULL, (span){0, 0}, "there is no lesson %.60s", name);
    for (const chapter *c = chapters; c->section; c++)
        nearest_offer(&best, name, strlen(name), c->section, strlen(c->section));
    diag_help(&d, "'retrograd lesson --list' names them all%s%s%s",
              best.text ? "; did you mean " : "", best.text ? best.text : "", best.text ? "?" : "");
    return term_report(&d, ERROR);
}

int cmd_lesson(const args *a)
{
    lesson_ear e = {.a = a, .j = {.to = stdout}};
    if (!command_takes(a, 1)) return EXIT_USAGE;
    const chapter *from = chapters, *to = chapters;
    if (args_has(a, OPT_LIST) || !a->words) return list_chapters(args_has(a, OPT_JSON));
    while (to->section) to++;
    if (strcmp(a->word[0], "all") != 0) {
        while (from->section && strcmp(from->section, a->word[0]) != 0) from++;
        if (!from->section) return no_such_lesson(a->word[0]);
        to = from + 1;
    }
    if (args_has(a, OPT_JSON) && args_has(a, OPT_PLOT))
        diag_set(&e.d, E_USAGE, NULL, (span){0, 0}, "--plot draws with characters, --json has the figures as numbers: one of the two");
    if (e.d.code || (args_has(a, OPT_DIR) && !make_folder(a->opt[OPT_DIR].text, &e.d)) || !page_is_apart(a, &e.d))
        return term_report(&e.d, ERROR);
    int status = run_chapters(&e, from, to);
    free(e.page.text);
    return status;
}
