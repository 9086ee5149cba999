/* test_circuit.c - the drawing with characters: whoever follows a line back from a gate comes
 * to the wire that the gate reads, in random calculations, and nothing else is drawn. */
#define RG_NO_HERE
#include "suite.h"
#include "explain_help.h"
#include "rolls.h"
#include <stdio.h>

enum { MOST_ROWS = 40, WIDTH = 80, LEAVES = 3, MOST = 12 };

/* ---- reading ----------------------------------------------------------------------------- */

typedef struct sheet {
    char at[MOST_ROWS][WIDTH + 2];
    int rows;
} sheet;

/* The lines between the table of wires and the way back, blanks to their right; whether there
 * are any. */
static bool read_sheet(const char *text, sheet *s)
{
    const char *from = strstr(text, "\n\n"), *end = strstr(text, "\nBACKWARD");
    from = from ? strstr(from + 2, "\n\n") : NULL; /* behind the inputs, behind the table */
    s->rows = 0;
    memset(s->at, ' ', sizeof s->at);
    if (!from || !end || from + 2 > end) return false;
    for (from += 2; from < end; from += strcspn(from, "\n") + 1, s->rows++) {
        ck_assert_int_lt(s->rows, MOST_ROWS);
        memcpy(s->at[s->rows], from, strcspn(from, "\n"));
    }
    return true;
}

static bool is_of_a_name(char c) { return c && strchr("abcdefghijklmnopqrstuvwxyz0123456789", c); }

/* The word that ends at column c. */
static void word_before(const char *row, int c, char word[WIDTH])
{
    int n = 0;
    while (c >= n && is_of_a_name(row[c - n])) n++;
    memcpy(word, row + c - n + 1, (size_t)n);
    word[n] = 0;
}

/* To the left along a line, over others that cross it, and up where it forks: the name that
 * stands on it. */
static void follow_back(const sheet *s, int row, int c, char name[WIDTH])
{
    for (;;) {
        char here = s->at[row][c], left = s->at[row][c - 1];
        if (here == '+' && left != '-' && left != ' ')
            ck_abort_msg("a + behind %c", left);
        if (here == '+' && left == ' ') {
            do row--;
            while (row > 0 && (s->at[row][c] == '|' || s->at[row][c - 1] != '-'));
            ck_assert_int_eq(s->at[row][c], '+');
        } else if (here == ' ' || is_of_a_name(here)) {
            word_before(s->at[row], here == ' ' ? c - 1 : c, name);
            return;
        }
        c--;
    }
}

/* Names that lead into the box whose right bracket is at column c, sorted. */
static int names_into(const sheet *s, int row, int c, char name[MOST][WIDTH])
{
    int n = 0, left = c;
    while (s->at[row][left] != '[') left--;
    if (s->at[row][left - 2] == '>') follow_back(s, row, left - 3, name[n++]);
    for (int i = left; i <= c && row + 1 < s->rows; i++) {
        int foot = row + 1;
        if (s->at[foot][i] != '^') continue;
        if (s->at[foot][i - 1] != '-')
            while (s->at[++foot][i] == '|') continue;
        follow_back(s, foot, i - 1, name[n++]);
    }
    return n;
}

/* ---- what is drawn is what is recorded ------------------------------------------------------ */

typedef struct recorded {
    rg_node *x[MOST];
    int from[MOST][2], n; /* -1: none */
    char name[MOST][16];
} recorded;

static rg_node *gate_of(rg_node *a, rg_node *b, int kind)
{
    return kind == 0 ? rg_add(a, b) : kind == 1 ? rg_mul(a, b) : kind == 2 ? rg_max(a, b) : rg_tanh(a);
}

static void record(recorded *r, rg_tape *t, int gates)
{
    r->n = LEAVES + gates;
    for (int i = 0; i < r->n; i++) {
        int a = i > LEAVES && dice(2) ? i - 1 : dice(i + 1) - 1, b = dice(i + 1) - 1;
        if (a < 0) a = i - 1;
        if (b < 0) b = i - 1;
        int kind = dice(4);
        snprintf(r->name[i], sizeof r->name[i], i < LEAVES ? "x%d" : "n%d", i);
        r->x[i] = i < LEAVES ? rg_scalar(t, i + 1) : gate_of(r->x[a], r->x[b], kind);
        r->from[i][0] = i < LEAVES ? -1 : a;
        r->from[i][1] = i < LEAVES || kind == 3 ? -1 : b;
        rg_name(r->x[i], r->name[i]);
    }
}

static int expected_into(const recorded *r, int i, char name[MOST][WIDTH])
{
    int n = 0;
    for (int k = 0; k < 2; k++)
        if (r->from[i][k] >= 0) snprintf(name[n++], WIDTH, "%s", r->name[r->from[i][k]]);
    return n;
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

/* The gate whose box ends at column c: its name stands behind it. */
static int gate_behind(const recorded *r, const char *row, int c)
{
    char word[WIDTH] = "";
    for (int k = 0; !is_of_a_name(row[c]) && k < 8; k++) c++;
    while (is_of_a_name(row[c + 1])) c++;
    word_before(row, c, word);
    for (int i = 0; i < r->n; i++)
        if (!strcmp(r->name[i], word)) return i;
    ck_abort_msg("nothing is called %s", word);
    return -1;
}

static int compare_gates(const recorded *r, const sheet *s, const char *text)
{
    char got[MOST][WIDTH], want[MOST][WIDTH];
    int gates = 0;
    for (int row = 0; row < s->rows; row++)
        for (int c = 0; c < WIDTH; c++) {
            if (s->at[row][c] != ']') continue;
            int i = gate_behind(r, s->at[row], c + 1), n = names_into(s, row, c, got),
                m = expected_into(r, i, want);
            gates++;
            qsort(got, (size_t)n, sizeof *got, by_name);
            qsort(want, (size_t)m, sizeof *want, by_name);
            ck_assert_msg(n == m, "%s: %d lines, not %d\n%s", r->name[i], n, m, text);
            for (int k = 0; k < n; k++)
                ck_assert_msg(!strcmp(got[k], want[k]), "%s: from %s, not %s\n%s", r->name[i], got[k],
                              want[k], text);
        }
    return gates;
}

/* Gates that the last one depends on. */
static int gates_told(const recorded *r)
{
    bool told[MOST] = {0};
    int n = 0;
    told[r->n - 1] = true;
    for (int i = r->n; i-- > LEAVES;) {
        n += told[i];
        for (int k = 0; told[i] && k < 2; k++)
            if (r->from[i][k] >= 0) told[r->from[i][k]] = true;
    }
    return n;
}

START_TEST(lines_lead_to_what_is_read)
{
    enum { GRAPHS = 2000 };
    int drawn = 0;
    for (uint32_t seed = 0; seed < GRAPHS; seed++) {
        dice_state = seed * 2654435761u + 1;
        rg_tape *t = rg_tape_new(NULL);
        recorded r;
        sheet s;
        record(&r, t, 2 + dice(7));
        output o = explain(r.x[r.n - 1], LEAVES, r.x, "y", 0);
        if (gates_told(&r) > 1 && read_sheet(o.text, &s)) {
            drawn++;
            ck_assert_msg(compare_gates(&r, &s, o.text) == gates_told(&r), "%s", o.text);
        }
        free(o.text);
        rg_tape_free(t);
    }
    ck_assert_int_gt(drawn, GRAPHS / 2);
}
END_TEST

/* One gate needs no drawing; what does not fit has none, rather than one that is cut. */
START_TEST(what_would_not_fit_is_not_drawn)
{
    sheet s;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_name(rg_scalar(t, 2), "a"), *y = rg_mul(a, a);
    output o = explain(y, 1, &a, NULL, 0);
    ck_assert(!read_sheet(o.text, &s));
    free(o.text);
    for (int i = 0; i < 20; i++) y = rg_sin(y);
    o = explain(y, 1, &a, NULL, 0);
    ck_assert(!read_sheet(o.text, &s));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* Read from below, so that the drawing has several rows. */
START_TEST(an_input_that_is_not_read_is_not_drawn)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[3] = {rg_name(rg_scalar(t, 2), "a"), rg_name(rg_scalar(t, 3), "b"),
                     rg_name(rg_scalar(t, 4), "c")};
    rg_node *y = rg_add(rg_mul(x[0], x[1]), rg_sin(x[0]));
    output without = explain(y, 2, x, NULL, 0), with = explain(y, 3, x, NULL, 0);
    sheet s, same;
    ck_assert(read_sheet(without.text, &s) && read_sheet(with.text, &same));
    ck_assert_int_gt(s.rows, 2);
    ck_assert_int_eq(s.rows, same.rows);
    ck_assert_mem_eq(s.at, same.at, sizeof s.at);
    free(without.text);
    free(with.text);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("circuit", lines_lead_to_what_is_read, an_input_that_is_not_read_is_not_drawn,
         what_would_not_fit_is_not_drawn)
