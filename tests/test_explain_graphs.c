/* test_explain_graphs.c - on random graphs, explanations have the bits of the gradient
 * that rg_grad gives without a watcher, ledgers add up to it, slopes agree with it. */
#define RG_NO_HERE
#include "suite.h"
#include "explain_help.h"
#include "random_graph.h"
#include <math.h>
#include <stdio.h>

enum { ENTRIES = 64, GRAPHS = 1000 };

/* The word behind the next `name` at or after *at; moves *at behind both. */
static bool word_after(const char **at, const char *name, char word[64])
{
    size_t n = strlen(name);
    for (const char *p = *at; (p = strstr(p, name)); p += n) {
        bool whole = (p == *at || strchr(" \n", p[-1])) && p[n] && strchr(" \n", p[n]);
        if (!whole || sscanf(p + n, "%63s", word) != 1) continue;
        *at = strstr(p + n, word) + strlen(word);
        return true;
    }
    return false;
}

/* The RESULT table names every entry with the very bits of the gradient. */
static void check_result(const char *text, rg_node *x, rg_node *g)
{
    const char *at = strstr(text, "\nRESULT");
    char word[64], name[32];
    double want[6];
    if (g) ck_assert_int_eq(rg_read(g, RG_F64, want, (size_t)rg_count_of(x)), RG_OK);
    for (int i = 0; i < (g ? (int)rg_count_of(x) : 1); i++) {
        snprintf(name, sizeof name, rg_count_of(x) == 1 || !g ? "%s" : "%s[%d,%d]", rg_name_of(x),
                 i / 3, i % 3);
        ck_assert_msg(word_after(&at, name, word), "no %s in\n%.3000s", name, text);
        if (!g)
            ck_assert_str_eq(word, "-");
        else
            ck_assert_msg(strtod(word, NULL) == want[i], "%s: %s explained, %.17g without\n%.3000s",
                          name, word, want[i], text);
    }
}

/* The gradient of a wire: where its gate's turn comes, or as a result. */
static double told_gradient(const char *text, const char *wire)
{
    char key[64], word[64];
    snprintf(key, sizeof key, "upstream dL/d%s = ", wire);
    const char *turn = strstr(text, key), *result = strstr(text, "\nRESULT");
    if (turn) return strtod(turn + strlen(key), NULL);
    ck_assert_msg(word_after(&result, wire, word), "no gradient of %s in\n%.3000s", wire, text);
    return strtod(word, NULL);
}

/* Each sum of the FAN-IN ledger is the gradient of its wire. Returns how many. */
static int check_ledger(const char *text)
{
    const char *at = strstr(text, "\nFAN-IN"), *end = strstr(text, "\nRESULT");
    int sums = 0;
    for (; at && (at = strstr(at, "dL/d")) && at < end; at++, sums++) {
        char wire[16];
        double sum;
        ck_assert_int_eq(sscanf(at, "dL/d%15s = %lf", wire, &sum), 2);
        double want = told_gradient(text, wire);
        ck_assert_msg(fabs(sum - want) <= 1e-9 * (1 + fabs(want)),
                      "dL/d%s: sum %.17g, gradient %.17g\n%.3000s", wire, sum, want, text);
    }
    return sums;
}

static int explain_random_graph(uint32_t seed, bool scalar)
{
    dice_state = seed * 2654435761u;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[INPUTS], *g[INPUTS];
    rg_node *y = random_graph(t, x, scalar);
    int64_t len = rg_len(t);
    output o = explain(y, INPUTS, x, NULL, 17);
    ck_assert_int_eq(rg_len(t), len);
    ck_assert_int_eq(rg_grad(y, NULL, INPUTS, x, g), RG_OK);
    for (int i = 0; i < INPUTS; i++) check_result(o.text, x[i], g[i]);
    int sums = scalar ? check_ledger(o.text) : 0;
    ck_assert_msg(!strstr(o.text, "DIFFERS"), "%s", o.text);
    free(o.text);
    rg_tape_free(t);
    return sums;
}

/* The numbers behind the bracket of a line; how many; 0: they are not all told. */
static int numbers_of_line(const char *line, double v[ENTRIES])
{
    const char *end = line + strcspn(line, "\n"), *at = memchr(line, '[', (size_t)(end - line));
    int n = 0;
    for (at = at ? at + 1 : end; at < end && n < ENTRIES; n++) {
        char *next;
        v[n] = strtod(at, &next);
        if (next == at) break;
        for (at = next; *at == ' ' || *at == ';'; at++) continue;
    }
    return n;
}

/* "    x > v4 > v11  [ 1 0 ]" and so on add up to "    dL/dx =  [ 1 2 ]"; how many such sums. */
static int check_ways(const char *text)
{
    double sum[ENTRIES] = {0}, size[ENTRIES] = {0}, v[ENTRIES];
    int n = 0, sums = 0;
    bool whole = true;
    const char *line = strstr(text, "\nFAN-IN"), *end = line ? strstr(line, "\nRESULT") : NULL;
    for (line = line ? strchr(line + 1, '\n') : NULL; line && line < end; line = strchr(line + 1, '\n')) {
        bool total = !strncmp(line + 1, "    dL/d", 8), way = !strncmp(line + 1, "    ", 4) && !total;
        int m = numbers_of_line(line + 1, v);
        if (way) whole = whole && m && strstr(line, " > ") && (n = m) != 0;
        for (int i = 0; way && i < m; i++) sum[i] += v[i], size[i] += fabs(v[i]);
        for (int i = 0; total && whole && m == n && i < m; i++)
            ck_assert_msg(fabs(sum[i] - v[i]) <= 6e-3 * (size[i] + fabs(v[i])), "%g is not %g\n%.3000s", sum[i], v[i], strstr(text, "\nFAN-IN"));
        sums += total && whole && m == n && n > 0;
        if (way) continue;
        memset(sum, 0, sizeof sum), memset(size, 0, sizeof size), n = 0, whole = true;
    }
    return sums;
}

START_TEST(ways_of_tensors_add_up)
{
    int sums = 0;
    for (uint32_t seed = 0; seed < GRAPHS; seed++) {
        dice_state = seed * 2654435761u;
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x[INPUTS], *y = random_graph(t, x, false);
        output o = explain(y, INPUTS, x, NULL, 3);
        sums += check_ways(o.text);
        free(o.text);
        rg_tape_free(t);
    }
    ck_assert_int_gt(sums, GRAPHS / 20);
}
END_TEST

START_TEST(random_graphs_have_the_bits_of_the_gradient)
{
    int sums = 0;
    for (uint32_t seed = 0; seed < GRAPHS; seed++)
        sums += explain_random_graph(seed, seed % 2 == 0);
    ck_assert_int_gt(sums, GRAPHS / 4);
}
END_TEST

RG_SUITE("explain_graphs", ways_of_tensors_add_up, random_graphs_have_the_bits_of_the_gradient)
