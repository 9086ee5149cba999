/* test_figure.c - figures: well-formed whatever they are given, equal for equal input, every
 * number in the table, nothing of a hostile name left, and the geometry where it can be told. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 1 << 20 };

typedef struct text {
    char *s;
    size_t n;
} text;

static void gather(void *ud, const char *s, size_t n)
{
    text *t = ud;
    ck_assert_uint_lt(t->n + n, ROOM);
    memcpy(t->s + t->n, s, n);
    t->n += n;
    t->s[t->n] = 0;
}

/* The figure in one form; to be freed. */
static char *form_of(const rg_figure *f, rg_figure_form form)
{
    text t = {calloc(1, ROOM), 0};
    ck_assert_int_eq(rg_figure_write(f, form, gather, &t), RG_OK);
    return t.s;
}

static int count_of(const char *in, const char *what)
{
    int n = 0;
    for (const char *s = strstr(in, what); s; s = strstr(s + 1, what)) n++;
    return n;
}

/* Tags are closed in order, attributes quoted, and no bare & or < is left: enough of XML for
 * what the writer makes. */
static void assert_well_formed(const char *svg)
{
    char open[32][16];
    int depth = 0;
    for (const char *s = svg; *s; s++) {
        if (*s == '&')
            ck_assert_msg(!strncmp(s, "&amp;", 5) || !strncmp(s, "&lt;", 4) ||
                              !strncmp(s, "&gt;", 4) || !strncmp(s, "&quot;", 6) ||
                              !strncmp(s, "&#39;", 5),
                          "a bare &: %.20s", s);
        ck_assert_msg((unsigned char)*s >= ' ' || *s == '\n', "a control character");
        if (*s != '<') continue;
        const char *end = strchr(s, '>');
        ck_assert_ptr_nonnull(end);
        ck_assert_ptr_null(memchr(s + 1, '<', (size_t)(end - s - 1)));
        char name[16] = "";
        sscanf(s + 1 + (s[1] == '/'), "%15[a-z]", name);
        ck_assert_int_gt((int)strlen(name), 0);
        if (s[1] == '/') {
            ck_assert_int_gt(depth, 0);
            ck_assert_str_eq(open[--depth], name);
        } else if (end[-1] != '/')
            strcpy(open[depth++], name);
        s = end;
    }
    ck_assert_int_eq(depth, 0);
    ck_assert_int_eq(count_of(svg, "<title>"), 1);
    ck_assert_int_eq(count_of(svg, "<desc>"), 1);
    ck_assert_ptr_null(strstr(svg, "nan"));
    ck_assert_ptr_null(strstr(svg, "inf"));
    ck_assert_int_eq(count_of(svg, "http"), 1); /* the name of SVG's own space */
}

static void assert_lines_fit(const char *characters)
{
    for (const char *line = characters; *line;) {
        size_t n = strcspn(line, "\n");
        ck_assert_msg(n <= 80, "%d columns: %.*s", (int)n, (int)n, line);
        for (size_t i = 0; i < n; i++) ck_assert(line[i] >= ' ' && line[i] <= '~');
        line += n + 1;
    }
}

/* All forms, twice, and nothing odd in any. Frees f. */
static void assert_sound(rg_figure *f)
{
    for (rg_figure_form form = RG_FIGURE_SVG; form <= RG_FIGURE_UTF8; form++) {
        char *once = form_of(f, form), *again = form_of(f, form);
        ck_assert_str_eq(once, again);
        if (form == RG_FIGURE_SVG) assert_well_formed(once);
        if (form == RG_FIGURE_ASCII) assert_lines_fit(once);
        free(once);
        free(again);
    }
    rg_figure_free(f);
}

/* Every kind of mark, with odd numbers in each. */
static rg_figure *everything(rg_tape *t, const char *name, bool log)
{
    rg_figure_options o = {
        .title = name, .about = name, .x = {name, log, 0, 0}, .y = {name, log, 0, 0}};
    const double inf = (double)INFINITY, nan = (double)NAN;
    const double x[] = {1, 2, nan, 4, inf, 6, 1e301}, y[] = {3, -1, 2, nan, 1, 1e-320, 7};
    const double g[] = {1, 2, nan, 4, 0, 6, -inf, 8, 9, 10, 11, 12};
    const char *const label[] = {name, "two", NULL, "four", "five", "six", name};
    rg_figure_grid grid = {3, 4, 1, 4, 3, 1, g};
    rg_figure *f = rg_figure_new(t, &o);
    rg_figure_heat(f, name, &grid, 0, 0);
    rg_figure_contours(f, name, &grid, 5, NULL);
    rg_figure_line(f, name, 7, x, y);
    rg_figure_points(f, name, 7, x, y);
    rg_figure_arrows(f, name, 7, x, y, y, x);
    rg_figure_bars(f, name, 7, label, y);
    rg_figure_bars(f, name, 7, NULL, x);
    rg_figure_histogram(f, name, 7, x, 0);
    rg_figure_rule_x(f, name, 2);
    rg_figure_rule_y(f, name, nan);
    return f;
}

START_TEST(odd_numbers_are_left_out)
{
    rg_tape *t = rg_tape_new(NULL);
    assert_sound(everything(t, "plain", false));
    assert_sound(everything(t, "plain", true));
    rg_tape_free(t);
}
END_TEST

START_TEST(hostile_names_stay_text)
{
    static const char *const hostile[] = {
        "</title><script>alert(1)</script>",
        "\" onload=\"x",
        "'&amp;<![CDATA[",
        "\x1b[31m\r\n\t\b",
        "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
        "\xe2\x80\xae txet",
        "%s%n%d",
        ("a name that goes on and on and on and on and on and on and on and on and on "
         "and on and on and on and on")};
    rg_tape *t = rg_tape_new(NULL);
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        rg_figure *f = everything(t, hostile[i], false);
        char *svg = form_of(f, RG_FIGURE_SVG);
        ck_assert_ptr_null(strstr(svg, "<script"));
        ck_assert_ptr_null(strstr(svg, "\" onload"));
        ck_assert_ptr_null(strstr(svg, "\xe2\x80\xae"));
        free(svg);
        assert_sound(f);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(a_name_in_any_script_is_kept)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_figure *f =
        rg_figure_new(t, &(rg_figure_options){.title = "\xce\xb5 \xe2\x86\x92 0 \xf0\x9f\x98\x80"});
    char *svg = form_of(f, RG_FIGURE_SVG), *ascii = form_of(f, RG_FIGURE_ASCII);
    ck_assert_ptr_nonnull(strstr(svg, "<title>\xce\xb5 \xe2\x86\x92 0 \xf0\x9f\x98\x80</title>"));
    ck_assert(!strncmp(ascii, "? ? 0 ?\n", 8));
    free(svg);
    free(ascii);
    assert_sound(f);
    rg_tape_free(t);
}
END_TEST

START_TEST(empty_single_and_huge)
{
    static const double ranges[][2] = {{0, 0},           {5, 5},           {-1e300, 1e300},
                                       {1e-300, 2e-300}, {1e15, 1e15 + 1}, {-3, -2.999999999},
                                       {0, 1e-9},        {1e300, 1e300}};
    rg_tape *t = rg_tape_new(NULL);
    assert_sound(rg_figure_new(t, NULL));
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (int log = 0; log < 2; log++) {
            rg_figure_options o = {
                .x = {.log = log}, .y = {.log = log}, .equal = i % 2, .bare = i % 3 == 2};
            rg_figure *f = rg_figure_new(t, &o);
            rg_figure_line(f, "range", 2, ranges[i], ranges[i]);
            rg_figure_histogram(f, "range", 2, ranges[i], 7);
            assert_sound(f);
        }
    rg_figure *f = rg_figure_new(t, NULL);
    rg_figure_line(f, "none", 0, NULL, ranges[0]);
    rg_figure_heat(f, "none", &(rg_figure_grid){0, 3, 0, 1, 0, 1, NULL}, 0, 0);
    rg_figure_contours(f, "none", &(rg_figure_grid){1, 1, 0, 1, 0, 1, ranges[1]}, 3, NULL);
    assert_sound(f);
    rg_tape_free(t);
}
END_TEST

/* Every number of every mark is in the table, and reads back the same. */
START_TEST(the_table_holds_every_number)
{
    const double x[] = {0.1, 1.0 / 3, 1e-7}, y[] = {2.0 / 7, -1e100, 123456789.123456789};
    rg_tape *t = rg_tape_new(NULL);
    rg_figure *f = rg_figure_new(t, NULL);
    rg_figure_line(f, "a, \"b\"", 3, x, y);
    rg_figure_heat(f, NULL, &(rg_figure_grid){1, 3, 0, 2, 0, 0, y}, 0, 0);
    char *csv = form_of(f, RG_FIGURE_CSV);
    ck_assert(!strncmp(csv, "mark,series,x,y,dx,dy,value,label\n", 34));
    const char *row = csv;
    for (int i = 0; i < 3; i++) {
        double a, b;
        row = strchr(row, '\n') + 1;
        ck_assert_int_eq(sscanf(row, "line,\"a, \"\"b\"\"\",%lf,%lf", &a, &b), 2);
        ck_assert(a == x[i] && b == y[i]);
    }
    for (int i = 0; i < 3; i++) {
        double at, v;
        row = strchr(row, '\n') + 1;
        ck_assert_int_eq(sscanf(row, "heat map,,%lf,0,,,%lf", &at, &v), 2);
        ck_assert(at == i && v == y[i]);
    }
    free(csv);
    rg_figure_free(f);
    rg_tape_free(t);
}
END_TEST

/* What is written as a title comes with the number of what is not drawn. */
START_TEST(the_description_says_what_is_not_drawn)
{
    const double x[] = {1, 2, 3, 4}, y[] = {10, (double)NAN, -5, 20};
    rg_tape *t = rg_tape_new(NULL);
    rg_figure *f = rg_figure_new(t, &(rg_figure_options){.about = "Falls.", .y = {.log = true}});
    rg_figure_line(f, "loss", 4, x, y);
    char *svg = form_of(f, RG_FIGURE_SVG);
    ck_assert_ptr_nonnull(strstr(svg, "<desc>Falls. Line (loss), 4 of which 2 are not drawn, "
                                      "from (1, 10) to (4, 20), heights 10 to 20.</desc>"));
    free(svg);
    rg_figure_free(f);
    rg_tape_free(t);
}
END_TEST

/* The contour of a cone is a circle: every segment of it lies near the radius. */
START_TEST(contours_lie_on_their_level)
{
    enum { N = 41 };
    static double v[N * N];
    rg_tape *t = rg_tape_new(NULL);
    for (int r = 0; r < N; r++)
        for (int c = 0; c < N; c++) v[r * N + c] = hypot(r - 20, c - 20) / 20;
    rg_figure_options o = {.x = {NULL, false, -1, 1}, .y = {NULL, false, -1, 1}, .equal = true};
    rg_figure *f = rg_figure_new(t, &o);
    const double level = 0.5;
    rg_figure_contours(f, NULL, &(rg_figure_grid){N, N, -1, 1, -1, 1, v}, 1, &level);
    char *svg = form_of(f, RG_FIGURE_SVG);
    const char *path = strstr(svg, "stroke-width=\"1.3\"");
    ck_assert_ptr_nonnull(path);
    path = strstr(path, " d=\"") + 4;
    double lo[2] = {1e9, 1e9}, hi[2] = {-1e9, -1e9}, x, y;
    int points = 0, used;
    for (const char *s = path; sscanf(s, "%*1[ML]%lf,%lf%n", &x, &y, &used) == 2;
         s += used, points++) {
        lo[0] = fmin(lo[0], x), hi[0] = fmax(hi[0], x);
        lo[1] = fmin(lo[1], y), hi[1] = fmax(hi[1], y);
    }
    double rx = (hi[0] - lo[0]) / 2, ry = (hi[1] - lo[1]) / 2, cx = lo[0] + rx, cy = lo[1] + ry;
    ck_assert_int_gt(points, 60);
    ck_assert_double_eq_tol(rx, ry, 0.05);           /* equal: a circle is round */
    ck_assert_double_eq_tol(2 * rx, 420 * level, 1); /* half of the plot's height */
    for (const char *s = path; sscanf(s, "%*1[ML]%lf,%lf%n", &x, &y, &used) == 2; s += used)
        ck_assert_double_eq_tol(hypot(x - cx, y - cy), rx, 0.5);
    free(svg);
    rg_figure_free(f);
    rg_tape_free(t);
}
END_TEST

/* A histogram loses nothing: heights add up to the numbers there are. */
START_TEST(a_histogram_counts_every_number_once)
{
    enum { N = 1000, BINS = 13 };
    double v[N], x, h, sum = 0;
    rg_tape *t = rg_tape_new(NULL);
    rg_read(rg_normal(t, RG_F64, rg_shape1(N)), RG_F64, v, N);
    rg_figure *f = rg_figure_new(t, NULL);
    rg_figure_histogram(f, NULL, N, v, BINS);
    char *csv = form_of(f, RG_FIGURE_CSV);
    const char *row = csv;
    for (int i = 0; i < BINS; i++) {
        row = strchr(row, '\n') + 1;
        ck_assert_int_eq(sscanf(row, "histogram,,%lf,%lf", &x, &h), 2);
        sum += h;
    }
    ck_assert_double_eq(sum, N);
    free(csv);
    rg_figure_free(f);
    rg_tape_free(t);
}
END_TEST

/* Ticks stand at 1, 2 or 5 times a power of ten, and at powers of ten on a logarithmic axis. */
START_TEST(ticks_are_round)
{
    const double y[] = {0, 70}, z[] = {1, 1e6};
    rg_tape *t = rg_tape_new(NULL);
    rg_figure *f = rg_figure_new(t, &(rg_figure_options){.x = {.log = true}});
    rg_figure_line(f, NULL, 2, z, y);
    char *svg = form_of(f, RG_FIGURE_SVG);
    static const char *const there[] = {">0<", ">20<", ">40<", ">60<", ">1<", ">1000<", ">1e6<"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        ck_assert_ptr_nonnull(strstr(svg, there[i]));
    ck_assert_ptr_null(strstr(svg, ">30<"));
    free(svg);
    rg_figure_free(f);
    rg_tape_free(t);
}
END_TEST

/* Without colour: eight lines, eight dashes; eight kinds of points, eight outlines or fills. */
START_TEST(series_differ_without_colour)
{
    const double y[13] = {0, 1, 2};
    char *dash[8];
    rg_tape *t = rg_tape_new(NULL);
    for (int k = 0; k < 8; k++) {
        rg_figure *f = rg_figure_new(t, NULL);
        for (int i = 0; i < k; i++) rg_figure_line(f, NULL, 0, NULL, y);
        rg_figure_line(f, NULL, 13, NULL, y);
        char *svg = form_of(f, RG_FIGURE_SVG), *at = strstr(svg, "stroke-dasharray"),
             *end = at ? strchr(at, '>') : at;
        dash[k] = calloc(1, 64);
        if (at) snprintf(dash[k], 64, "%.*s", (int)strcspn(at + 18, "\""), at + 18);
        ck_assert(k == 0 ? !at : end != NULL);
        for (int i = 0; i < k; i++) ck_assert_str_ne(dash[i], dash[k]);
        free(svg);
        rg_figure_free(f);
    }
    for (int k = 0; k < 8; k++) free(dash[k]);
    rg_tape_free(t);
}
END_TEST

/* The ninth curve has the colour of the first, and dashes of its own. */
START_TEST(the_ninth_is_not_the_first)
{
    static const char *const curve = "stroke-width=\"1.8\"";
    const double y[13] = {0, 1, 2};
    rg_tape *t = rg_tape_new(NULL);
    rg_figure *f = rg_figure_new(t, NULL);
    for (int i = 0; i < 16; i++) rg_figure_line(f, NULL, 13, NULL, y);
    char *svg = form_of(f, RG_FIGURE_SVG), *seen[16];
    int found = 0;
    for (char *at = strstr(svg, curve); at && found < 16; at = strstr(at + 1, curve)) {
        char *begin = at;
        while (begin > svg && *begin != '<') begin--;
        size_t n = (size_t)(strstr(at, " d=") - begin); /* colour, width, dashes */
        seen[found] = calloc(1, n + 1);
        memcpy(seen[found], begin, n);
        for (int i = 0; i < found; i++) ck_assert_str_ne(seen[i], seen[found]);
        found++;
    }
    ck_assert_int_eq(found, 16);
    for (int i = 0; i < 16; i++) free(seen[i]);
    free(svg);
    rg_figure_free(f);
    rg_tape_free(t);
}
END_TEST

/* ---- where it all stands --------------------------------------------------------------------- */

static double number_after(const char *svg, const char *what)
{
    const char *at = svg ? strstr(svg, what) : NULL;
    ck_assert_msg(at != NULL, "no %s", what);
    return strtod(at + strlen(what), NULL);
}

/* A title longer than the picture is broken at blanks, and moves what is below it down. */
START_TEST(a_long_title_is_broken)
{
    static const char *const title[] = {
        "Residuals",
        "Residuals of y ~ a * exp(-b * x) + c against the number of the row in the file"};
    const double y[] = {0, 1};
    double height[2];
    for (int k = 0; k < 2; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_figure *f = rg_figure_new(t, &(rg_figure_options){.title = title[k]});
        rg_figure_line(f, NULL, 2, NULL, y);
        char *svg = form_of(f, RG_FIGURE_SVG);
        assert_well_formed(svg);
        height[k] = number_after(svg, "height=\"");
        ck_assert_int_eq(count_of(svg, "font-size=\"15\""), 1 + k);
        ck_assert(!k || strstr(svg, "+ c against the number of</text>"));
        ck_assert(!k || strstr(svg, ">the row in the file</text>"));
        free(svg);
        rg_figure_free(f);
        rg_tape_free(t);
    }
    ck_assert_double_gt(height[1], height[0] + 15);
}
END_TEST

/* Labels too long to stand side by side are turned, and whole. */
START_TEST(long_labels_are_turned)
{
    static const char *const brief[] = {"a", "b", "c", "d", "e", "f"};
    static const char *const full[] = {"carbon dioxide", "carbon monoxide", "c", "d", "e", "f"};
    const double y[] = {1, 2, 3, 4, 5, 6};
    for (int k = 0; k < 2; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_figure *f = rg_figure_new(t, NULL);
        rg_figure_bars(f, NULL, 6, k ? full : brief, y);
        char *svg = form_of(f, RG_FIGURE_SVG);
        ck_assert_int_eq(count_of(svg, "rotate(-45)"), k ? 6 : 0);
        ck_assert(!k || strstr(svg, ">carbon monoxide</text>"));
        free(svg);
        rg_figure_free(f);
        rg_tape_free(t);
    }
}
END_TEST

/* A scale belongs to a name: cells that are classes have none. */
START_TEST(cells_without_a_name_have_no_scale)
{
    const double v[] = {0, 1, 2, 3};
    size_t size[2];
    for (int k = 0; k < 2; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_figure *f = rg_figure_new(t, NULL);
        rg_figure_heat(f, k ? "height" : NULL, &(rg_figure_grid){2, 2, 0, 1, 0, 1, v}, 0, 0);
        char *svg = form_of(f, RG_FIGURE_SVG);
        size[k] = strlen(svg);
        ck_assert_int_eq(count_of(svg, ">height</text>"), k);
        free(svg);
        rg_figure_free(f);
        rg_tape_free(t);
    }
    ck_assert_uint_gt(size[1], size[0] + 1000); /* 32 pieces of colour */
}
END_TEST

/* Figures one above the other: equal axes stand in line, however wide their numbers are; and a
 * figure with equal units is as high as its numbers ask. */
START_TEST(stacked_axes_stand_in_line)
{
    static const char *const axes = "<path fill=\"none\" stroke=\"#6b7280\" d=\"M";
    const double small[] = {0, 1, 2}, large[] = {0.000123, 123456, 234567};
    rg_tape *t = rg_tape_new(NULL);
    rg_figure *f[2];
    for (int k = 0; k < 2; k++) {
        f[k] = rg_figure_new(t, NULL);
        rg_figure_line(f[k], NULL, 3, NULL, k ? large : small);
    }
    text both = {calloc(1, ROOM), 0};
    ck_assert_int_eq(rg_figure_write_stack(2, f, RG_FIGURE_SVG, gather, &both), RG_OK);
    double left = number_after(both.s, axes);
    ck_assert_double_eq(number_after(strstr(both.s, axes) + 1, axes), left);
    char *alone = form_of(f[0], RG_FIGURE_SVG);
    ck_assert_double_lt(number_after(alone, axes), left - 20);
    free(alone);
    free(both.s);
    for (int k = 0; k < 2; k++) rg_figure_free(f[k]);

    const double wide[] = {0, 10};
    rg_figure *flat = rg_figure_new(t, &(rg_figure_options){.equal = true});
    rg_figure_line(flat, NULL, 2, wide, (double[]){0, 4});
    char *svg = form_of(flat, RG_FIGURE_SVG);
    ck_assert_double_lt(number_after(svg, "height=\""), 320);
    free(svg);
    rg_figure_free(flat);
    rg_tape_free(t);
}
END_TEST

/* ---- memory, files --------------------------------------------------------------------------- */

typedef struct meter {
    long calls, fail_at;
    size_t live;
} meter;

static void *metered(void *ud, void *p, size_t old_size, size_t new_size)
{
    meter *m = ud;
    if (new_size && m->calls++ == m->fail_at) return NULL;
    void *q = new_size ? realloc(p, new_size) : (free(p), NULL);
    if (q || !new_size) m->live += new_size - old_size;
    return q;
}

START_TEST(a_figure_without_memory_says_so)
{
    long failed = 0, k = 0;
    for (;; k++) {
        meter m = {.fail_at = k};
        text out = {calloc(1, ROOM), 0};
        rg_tape *t = rg_tape_new(&(rg_config){.mem = metered, .ud = &m});
        rg_figure *f = t ? everything(t, "x", false) : NULL;
        rg_status s = rg_figure_write(f, RG_FIGURE_SVG, gather, &out);
        ck_assert_int_eq(s == RG_OK, out.n > 0);
        failed += s == RG_NOMEM;
        rg_figure_free(f);
        rg_tape_free(t);
        free(out.s);
        ck_assert_uint_eq(m.live, 0);
        if (m.calls <= k) break;
    }
    ck_assert_int_eq(failed, k);
    ck_assert_int_gt(k, 50);
}
END_TEST

START_TEST(a_file_is_whole_or_not_there)
{
    rg_error e = {0};
    ck_assert_int_eq(rg_write_file("/nowhere/x.svg", "abc", 3, NULL, &e), RG_IO);
    ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/x.svg"));
    e = (rg_error){0};
    ck_assert_int_eq(rg_write_file("/dev/full", "abc", 3, NULL, &e), RG_IO);
    char path[] = "/tmp/retrograd-figure-XXXXXX", got[8] = "";
    FILE *f = fdopen(mkstemp(path), "w");
    fclose(f);
    ck_assert_int_eq(rg_write_file(path, "abc", 3, NULL, NULL), RG_OK);
    f = fopen(path, "r");
    ck_assert_uint_eq(fread(got, 1, sizeof got, f), 3);
    ck_assert_str_eq(got, "abc");
    fclose(f);
    remove(path);
}
END_TEST

/* Cells alone go from the darkest to the lightest; with points on them they are pale, so that the
 * points are seen. */
START_TEST(a_ground_is_pale)
{
    const double v[] = {0, 1}, at[] = {0.5};
    for (int ground = 0; ground < 2; ground++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_figure *f = rg_figure_new(t, NULL);
        rg_figure_heat(f, NULL, &(rg_figure_grid){1, 2, 0, 1, 0, 0, v}, 0, 0);
        if (ground) rg_figure_points(f, "p", 1, at, at);
        char *svg = form_of(f, RG_FIGURE_SVG), *shown = form_of(f, RG_FIGURE_UTF8);
        ck_assert_int_eq(count_of(svg, "#440154") > 0, !ground);
        ck_assert_int_eq(count_of(svg, "#b499bb") > 0, ground); /* three fifths of the way to white */
        ck_assert_int_eq(count_of(shown, "\xe2\x96\x88") > 0, !ground); /* full blocks */
        free(svg);
        free(shown);
        rg_figure_free(f);
        rg_tape_free(t);
    }
}
END_TEST

RG_SUITE("figure", odd_numbers_are_left_out, hostile_names_stay_text, a_name_in_any_script_is_kept,
         empty_single_and_huge, the_table_holds_every_number,
         the_description_says_what_is_not_drawn, contours_lie_on_their_level,
         a_histogram_counts_every_number_once, ticks_are_round, series_differ_without_colour,
         the_ninth_is_not_the_first, a_long_title_is_broken, long_labels_are_turned,
         cells_without_a_name_have_no_scale, stacked_axes_stand_in_line,
         a_ground_is_pale, a_figure_without_memory_says_so, a_file_is_whole_or_not_there)
