/* figure_text.c - a figure as characters, 80 columns wide. */
#include "figure_parts.h"
#include <math.h>
#include <string.h>

enum { COLUMNS = 64, ROWS = 20, MARGIN = 10, NAME_MOST = 60, HEADS = 4, SHADES = 10, GLYPHS = 8 };

/* What a cell holds: a character of its own, or a place in one of these tables. */
enum { BLANK = ' ', GLYPH = 128, RULE = 140, HEAD = 142, SHADE = 146 };

/* By code, from GLYPH on. */
static const char *const ascii_cell[SHADE + SHADES - GLYPH] = {"*",
                                                               "+",
                                                               "o",
                                                               "x",
                                                               "#",
                                                               "%",
                                                               "@",
                                                               "&",
                                                               [RULE - GLYPH] = "-",
                                                               "|",
                                                               [HEAD - GLYPH] = "<",
                                                               ">",
                                                               "v",
                                                               "^",
                                                               [SHADE - GLYPH] = " ",
                                                               ".",
                                                               ":",
                                                               "-",
                                                               "=",
                                                               "+",
                                                               "*",
                                                               "%",
                                                               "#",
                                                               "@"};
static const char *const utf8_cell[SHADE + SHADES - GLYPH] = {"\xe2\x97\x8f",
                                                              "\xe2\x97\x8b",
                                                              "\xe2\x96\xb2",
                                                              "\xe2\x96\xb3",
                                                              "\xe2\x96\xa0",
                                                              "\xe2\x96\xa1",
                                                              "\xe2\x97\x86",
                                                              "\xe2\x97\x87",
                                                              [RULE - GLYPH] = "\xe2\x94\x80",
                                                              "\xe2\x94\x82",
                                                              [HEAD - GLYPH] = "\xe2\x86\x90",
                                                              "\xe2\x86\x92",
                                                              "\xe2\x86\x93",
                                                              "\xe2\x86\x91",
                                                              [SHADE - GLYPH] = " ",
                                                              ".",
                                                              "\xe2\x96\x91",
                                                              "\xe2\x96\x91",
                                                              "\xe2\x96\x91",
                                                              "\xe2\x96\x92",
                                                              "\xe2\x96\x92",
                                                              "\xe2\x96\x93",
                                                              "\xe2\x96\x93",
                                                              "\xe2\x96\x88"};

typedef struct sheet {
    rg_figure_out *o;
    const rg_figure *f;
    rg_figure_frame frame;
    bool utf8;
    unsigned char cell[ROWS][COLUMNS]; /* row 0 is on top */
} sheet;

/* ---- the canvas ----------------------------------------------------------------------------- */

static int column_of(double x)
{
    int c = (int)(x * COLUMNS);
    return c < COLUMNS ? c : COLUMNS - 1;
}

static int row_of(double y)
{
    int r = (int)((1 - y) * ROWS);
    return r < ROWS ? r : ROWS - 1;
}

static void text_marker(void *ud, const rg_figure_mark *m, const double at[2])
{
    sheet *s = ud;
    s->cell[row_of(at[1])][column_of(at[0])] = (unsigned char)(GLYPH + m->style % GLYPHS);
}

static unsigned char line_cell(const rg_figure_mark *m, double shade)
{
    if (m->kind == RG_MARK_RULE_Y) return RULE;
    if (m->kind == RG_MARK_RULE_X) return RULE + 1;
    if (!isnan(shade)) return (unsigned char)('0' + (int)(shade * 9.5)); /* contours: 0 to 9 */
    return (unsigned char)(GLYPH + m->style % GLYPHS);
}

static void text_line(void *ud, const rg_figure_mark *m, double shade, const double from[2],
                      const double to[2])
{
    sheet *s = ud;
    double steps = fmax(fabs(to[0] - from[0]) * COLUMNS, fabs(to[1] - from[1]) * ROWS);
    int n = (int)ceil(steps) + 1;
    for (int i = 0; i <= n; i++) {
        double t = (double)i / n, x = from[0] + t * (to[0] - from[0]),
               y = from[1] + t * (to[1] - from[1]);
        s->cell[row_of(y)][column_of(x)] = line_cell(m, shade);
    }
}

static void text_head(void *ud, const rg_figure_mark *m, const double from[2], const double to[2])
{
    sheet *s = ud;
    double dx = (to[0] - from[0]) * COLUMNS, dy = (to[1] - from[1]) * ROWS * 2;
    int way = fabs(dx) >= fabs(dy) ? (dx > 0) : 2 + (dy > 0);
    (void)m;
    s->cell[row_of(to[1])][column_of(to[0])] = (unsigned char)(HEAD + way);
}

/* Whole cells: from the one that holds the low corner to just before the high one. */
static void fill_cells(sheet *s, const double low[2], const double high[2], unsigned char with)
{
    int c0 = column_of(low[0]), c1 = (int)(high[0] * COLUMNS + 0.5);
    int r0 = row_of(high[1]), r1 = (int)((1 - low[1]) * ROWS + 0.5);
    for (int r = r0; r < ROWS && (r < r1 || r == r0); r++)
        for (int c = c0; c < COLUMNS && (c < c1 || c == c0); c++) s->cell[r][c] = with;
}

static void text_bar(void *ud, const rg_figure_mark *m, const double low[2], const double high[2])
{
    if ((high[1] - low[1]) * ROWS < 0.5) return;
    fill_cells(ud, low, high, (unsigned char)(GLYPH + m->style % GLYPHS));
}

/* How many shades there are to use: few for a ground. */
static int shades_of(const rg_figure *f)
{
    return rg_figure_is_ground(f) ? SHADES / 3 : SHADES;
}

static void text_cell(void *ud, double shade, const double low[2], const double high[2],
                      const char *text)
{
    sheet *s = ud;
    fill_cells(s, low, high, (unsigned char)(SHADE + (int)(shade * (shades_of(s->f) - 0.5))));
    int n = text ? (int)strlen(text) : 0, width = (int)((high[0] - low[0]) * COLUMNS);
    if (!n || n + 2 > width || s->f->o.bare) return;
    int c = column_of((low[0] + high[0]) / 2) - n / 2, r = row_of((low[1] + high[1]) / 2);
    for (int i = -1; i <= n; i++)
        if (c + i >= 0 && c + i < COLUMNS)
            s->cell[r][c + i] = i < 0 || i == n ? BLANK : (unsigned char)text[i];
}

/* ---- the sheet ------------------------------------------------------------------------------- */

static void put_cell(const sheet *s, unsigned char code)
{
    int place = code - GLYPH;
    bool listed = place >= 0 && place < SHADE + SHADES - GLYPH;
    const char *text = listed ? (s->utf8 ? utf8_cell : ascii_cell)[place] : NULL;
    if (text)
        rg_figure_put(s->o, "%s", text);
    else
        rg_figure_put(s->o, "%c", code);
}

/* The tick that belongs to a row, or nothing. */
static const char *row_label(const sheet *s, int row)
{
    for (int i = 0; i < s->frame.y.ticks; i++)
        if (row_of(s->frame.y.at[i]) == row) return s->frame.y.text[i];
    return "";
}

static void put_rows(sheet *s)
{
    const char *edge = (s->utf8 ? utf8_cell : ascii_cell)[RULE + 1 - GLYPH];
    for (int r = 0; r < ROWS; r++) {
        int used = COLUMNS;
        while (used && s->cell[r][used - 1] == BLANK) used--;
        rg_figure_put(s->o, "%*s %s", MARGIN, s->f->o.bare ? "" : row_label(s, r), edge);
        for (int c = 0; c < used; c++) put_cell(s, s->cell[r][c]);
        rg_figure_put(s->o, "\n");
    }
    rg_figure_put(s->o, "%*s %s", MARGIN, "", s->utf8 ? "\xe2\x94\x94" : "+");
    for (int c = 0; c < COLUMNS; c++)
        rg_figure_put(s->o, "%s", (s->utf8 ? utf8_cell : ascii_cell)[RULE - GLYPH]);
    rg_figure_put(s->o, "\n");
}

/* Text around a column, if it does not run into what is there. */
static void put_below(char line[COLUMNS + 1], double x, const char *text)
{
    int n = (int)strlen(text), from = column_of(x) - n / 2;
    if (from < 0) from = 0;
    if (from + n > COLUMNS) from = COLUMNS - n;
    for (int i = from - 1; i < from + n + 1; i++)
        if (from < 0 || (i >= 0 && i < COLUMNS && line[i] != BLANK)) return;
    memcpy(line + from, text, (size_t)n);
}

static void put_x_ticks(sheet *s)
{
    char line[COLUMNS + 1];
    memset(line, BLANK, COLUMNS);
    line[COLUMNS] = 0;
    for (int i = 0; i < s->frame.x.ticks; i++)
        put_below(line, s->frame.x.at[i], s->frame.x.text[i]);
    for (int n = COLUMNS; n && line[n - 1] == BLANK; n--) line[n - 1] = 0;
    rg_figure_put(s->o, "%*s  %s\n", MARGIN, "", line);
}

/* Labels of bars are names of any length: each on a line of its own. */
static void put_bar_names(const sheet *s)
{
    const rg_figure_mark *m = s->frame.bars;
    for (int64_t i = 0; i < m->n && m->label; i++) {
        if (!m->label[i]) continue;
        rg_figure_put(s->o, "%*lld = ", MARGIN, (long long)i);
        rg_figure_put_plain(s->o, m->label[i], NAME_MOST, s->utf8);
        rg_figure_put(s->o, "\n");
    }
}

static void put_note(const sheet *s, const char *before, const char *text, const char *after)
{
    if (!text) return;
    rg_figure_put(s->o, "%s", before);
    rg_figure_put_plain(s->o, text, NAME_MOST, s->utf8);
    rg_figure_put(s->o, "%s\n", after);
}

static void put_key(const sheet *s)
{
    const rg_figure_options *o = &s->f->o;
    char lo[RG_TICK_TEXT], hi[RG_TICK_TEXT];
    put_note(s, "  across: ", o->x.label, o->x.log ? " (logarithmic)" : "");
    put_note(s, "  up: ", o->y.label, o->y.log ? " (logarithmic)" : "");
    for (const rg_figure_mark *m = s->f->first; m; m = m->next) {
        if (rg_figure_has_grid(m)) {
            const char *const *shade = (s->utf8 ? utf8_cell : ascii_cell) + SHADE - GLYPH;
            bool heat = m->kind == RG_MARK_HEAT;
            rg_figure_put(s->o, "  '%s' %s to '%s' %s", heat ? shade[0] : "0",
                          rg_figure_number(m->lo, 3, lo), heat ? shade[shades_of(s->f) - 1] : "9",
                          rg_figure_number(m->hi, 3, hi));
            put_note(s, "  ", m->name ? m->name : "", "");
        } else if (m->name) {
            rg_figure_put(s->o, "  ");
            put_cell(s, line_cell(m, (double)NAN));
            put_note(s, " ", m->name, "");
        }
    }
}

void rg_figure_characters(const rg_figure *f, bool utf8, rg_figure_out *o)
{
    sheet s = {.o = o, .f = f, .utf8 = utf8};
    rg_figure_canvas c = {&s, text_line, text_marker, text_head, text_bar, text_cell};
    memset(s.cell, BLANK, sizeof s.cell);
    rg_figure_frame_of(f, 2.0 * ROWS / COLUMNS, 6, 5, &s.frame);
    rg_figure_draw(f, &s.frame, &c);
    put_note(&s, "", f->o.title, "");
    put_rows(&s);
    if (!f->o.bare) put_x_ticks(&s);
    if (s.frame.bars) put_bar_names(&s);
    put_key(&s);
}
