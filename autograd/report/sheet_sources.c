/* sheet_sources.c - the lines of the program that recorded the calculation, each with the
 * wires that it made: from a line to its wires, and by the script from a wire to its line. */
#include "sheet.h"
#include <stdio.h>
#include <string.h>

enum { MOST_LINES = 500, CONTEXT = 2 };

/* Line n of a source file as it stands there; "" when it cannot be read. */
static void read_source_line(const rg_sheet *h, const char *file, int n, char line[RG_TEXT])
{
    char path[4 * RG_TEXT];
    line[0] = 0;
    if (!h->sources) return;
    snprintf(path, sizeof path, "%s/%s", h->sources, file);
    FILE *f = fopen(path, "rb");
    for (int i = 0; f && i < n; i++)
        if (!fgets(line, RG_TEXT, f)) {
            line[0] = 0;
            break;
        }
    if (f) fclose(f);
    line[strcspn(line, "\r\n")] = 0;
}

static bool can_read_source(const rg_sheet *h, const char *file)
{
    char path[4 * RG_TEXT];
    snprintf(path, sizeof path, "%s/%s", h->sources, file);
    FILE *f = fopen(path, "rb");
    if (f) fclose(f);
    return f != NULL;
}

typedef struct source_line {
    const char *file;
    int line;
    uint32_t first; /* the first told wire that it made */
} source_line;

static int by_source_line(const source_line *a, const source_line *b)
{
    int order = strcmp(a->file, b->file);
    return order ? order : a->line - b->line;
}

/* The line that comes next after `last` (file NULL: the first); false: there is none. */
static bool next_source_line(const rg_sheet *h, source_line *last)
{
    source_line best = {NULL, 0, 0};
    for (uint32_t id = (uint32_t)h->s->wires; id-- > 0;) {
        const rg_node *x = h->s->t->node[id];
        source_line here = {rg_file_of(x), x->line, id};
        if (!rg_sheet_tells(h, id) || !here.file) continue;
        if (last->file && by_source_line(&here, last) <= 0) continue;
        if (!best.file || by_source_line(&here, &best) <= 0) best = here;
    }
    *last = best;
    return best.file != NULL;
}

static bool made_here(const rg_sheet *h, uint32_t id, const source_line *l)
{
    const rg_node *x = h->s->t->node[id], *first = h->s->t->node[l->first];
    return rg_sheet_tells(h, id) && x->file == first->file && x->line == first->line;
}

/* The wires of a line, a few of them by name. */
static void list_made(const rg_sheet *h, const source_line *l)
{
    enum { MOST = 6 };
    int n = 0;
    rg_pen_text(h->p, "<span class=\"made\">");
    for (uint32_t id = l->first; id < h->s->wires; id++) {
        if (!made_here(h, id, l) || ++n > MOST) continue;
        if (h->forward[id]) rg_pen_put(h->p, "<a href=\"#s%u\">", (unsigned)h->forward[id]);
        rg_sheet_name(h, h->s->t->node[id]);
        rg_pen_text(h->p, h->forward[id] ? "</a> " : " ");
    }
    if (n > MOST) rg_pen_put(h->p, "and %d more", n - MOST);
    rg_pen_text(h->p, "</span>");
}

static void code_of_line(const rg_sheet *h, const char *file, int n)
{
    char line[RG_TEXT];
    rg_pen_put(h->p, "<span class=\"at\">%d</span><code>", n);
    read_source_line(h, file, n, line);
    rg_html_text(h->p, line);
    rg_pen_text(h->p, "</code>");
}

/* Lines between two that record, where they are few. */
static void lines_between(const rg_sheet *h, const source_line *before, const source_line *l)
{
    if (!before->file || strcmp(before->file, l->file) != 0 || l->line == before->line + 1) return;
    if (l->line - before->line > CONTEXT + 1 || !h->sources) {
        rg_pen_text(h->p, "<li class=\"gap\" aria-hidden=\"true\">&#8942;</li>\n");
        return;
    }
    for (int n = before->line + 1; n < l->line; n++) {
        rg_pen_text(h->p, "<li class=\"idle\">");
        code_of_line(h, l->file, n);
        rg_pen_text(h->p, "</li>\n");
    }
}

static void tell_source_line(const rg_sheet *h, const source_line *l)
{
    rg_pen_text(h->p, "<li data-l=\"");
    for (uint32_t id = l->first; id < h->s->wires; id++)
        if (made_here(h, id, l)) rg_pen_put(h->p, "%u ", (unsigned)id);
    rg_pen_text(h->p, "\">");
    code_of_line(h, l->file, l->line);
    list_made(h, l);
    rg_pen_text(h->p, "</li>\n");
}

void rg_sheet_sources(const rg_sheet *h)
{
    source_line l = {NULL, 0, 0}, before = l;
    int told = 0;
    for (; told < MOST_LINES && next_source_line(h, &l); told++, before = l) {
        if (!told) rg_sheet_section(h, "source", "Source");
        if (!before.file || strcmp(before.file, l.file) != 0) {
            const char *slash = strrchr(l.file, '/');
            rg_pen_text(h->p, told ? "</ol>\n<p class=\"file\">" : "<p class=\"file\">");
            rg_html_put(h->p, "%.80s", slash ? slash + 1 : l.file);
            if (h->sources && !can_read_source(h, l.file))
                rg_html_put(h->p, " (%.160s is not in the folder of sources: numbers of lines alone)",
                            l.file);
            rg_pen_text(h->p, "</p>\n<ol>\n");
        }
        lines_between(h, &before, &l);
        tell_source_line(h, &l);
    }
    if (told) rg_pen_text(h->p, "</ol></section>\n");
}
