/* Numbers from the command line, and numbers written out: as text and as JSON. */
#include "json_out.h"
#include "literal.h"
#include "suite.h"
#include "text_out.h"
#include <math.h>
#include <string.h>

/* ---- VALUEs ------------------------------------------------------------------- */

START_TEST(values_need_no_brackets)
{
    static const struct {
        const char *text;
        int rank;
        int64_t dim[3];
        double last;
    } want[] = {{"3", 0, {0}, 3},
                {"-3", 0, {0}, -3},
                {" +1e2 ", 0, {0}, 100},
                {"1 2", 1, {2}, 2},
                {"[3]", 1, {1}, 3},
                {"[1 2]", 1, {2}, 2},
                {"1,2;3,4", 2, {2, 2}, 4},
                {"5;", 2, {1, 1}, 5},
                {"[1 2] [3 4]", 2, {2, 2}, 4},
                {"-inf", 0, {0}, -INFINITY},
                {"1 -2", 1, {2}, -2}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        source src = {NULL, want[i].text, strlen(want[i].text)};
        literal v;
        diag d = {0};
        ck_assert_msg(literal_read_value(&src, 0, &v, &d), "%s: %s", want[i].text, d.text);
        ck_assert_int_eq(v.shape.rank, want[i].rank);
        for (int k = 0; k < v.shape.rank; k++) ck_assert_int_eq(v.shape.dim[k], want[i].dim[k]);
        ck_assert_double_eq(v.number[v.count - 1], want[i].last);
        literal_free(&v);
    }
}
END_TEST

START_TEST(bad_values_are_refused)
{
    static const char *const bad[] = {"",     " ",   "1/2",  "1 - 2", "[1", "1]",    "x", "1 2;3",
                                      "1..2", "--1", "1 2)", "pie",   "1,", "[1] 2", "@", "1e"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        source src = {NULL, bad[i], strlen(bad[i])};
        literal v;
        diag d = {0};
        ck_assert_msg(!literal_read_value(&src, 0, &v, &d), "'%s' was read", bad[i]);
        ck_assert_int_eq(diag_status(&d), 2);
    }
}
END_TEST

/* ---- text ---------------------------------------------------------------------- */

static const struct {
    const char *text;
    int rank;
    int64_t dim[4];
} written[] = {
    {"1", 0, {0}},
    {"[1 2 3]", 1, {3}},
    {"[1 2; 3 4]", 2, {2, 2}},
    {"[1; 2]", 2, {2, 1}},
    {"[1 2;]", 2, {1, 2}},
    {"[[1 2; 3 4] [5 6; 7 8]]", 3, {2, 2, 2}},
    {"[[1 2;]]", 3, {1, 1, 2}},
    {"[[[1; 2] [3; 4]] [[5; 6] [7; 8]]]", 4, {2, 2, 2, 1}},
};

START_TEST(text_reads_back_in_its_shape)
{
    static const double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        char *text;
        size_t size;
        FILE *to = open_memstream(&text, &size);
        text_array(to, 6, written[i].rank, written[i].dim, numbers);
        fclose(to);
        ck_assert_str_eq(text, written[i].text);
        source src = {NULL, text, size};
        literal v;
        diag d = {0};
        ck_assert(literal_read_value(&src, 0, &v, &d));
        ck_assert_int_eq(v.shape.rank, written[i].rank);
        for (int k = 0; k < v.shape.rank; k++) ck_assert_int_eq(v.shape.dim[k], written[i].dim[k]);
        ck_assert(!memcmp(v.number, numbers, v.count * sizeof *numbers));
        literal_free(&v);
        free(text);
    }
}
END_TEST

/* ---- JSON ------------------------------------------------------------------------ */

START_TEST(json_is_ascii_and_exact)
{
    static const double v[] = {0.1, INFINITY, -INFINITY, NAN, -0.0, 5e-324};
    const int64_t dim[] = {3, 1, 2};
    char *text;
    size_t size;
    json j = {.to = open_memstream(&text, &size)};
    json_open(&j, '{');
    json_key(&j, "q\"\\\n", 4);
    json_numbers(&j, RG_F64, 3, dim, v);
    json_key(&j, "\xc3\xa9\xf0\x9f\x98\x80\xff", 7);
    json_number(&j, RG_F32, (double)0.1f);
    json_key(&j, "", 0);
    json_open(&j, '[');
    json_bool(&j, true);
    json_whole(&j, -7);
    json_close(&j, ']');
    json_key(&j, "none", 4);
    json_open(&j, '[');
    json_close(&j, ']');
    json_close(&j, '}');
    fclose(j.to);
    ck_assert_str_eq(
        text, "{\"q\\\"\\\\\\u000a\": [[[0.10000000000000001, \"inf\"]], [[\"-inf\", \"nan\"]], "
              "[[-0, 4.9406564584124654e-324]]], \"\\u00e9\\ud83d\\ude00\\ufffd\": 0.100000001, "
              "\"\": [true, -7], \"none\": []}");
    free(text);
}
END_TEST

RG_SUITE("values", values_need_no_brackets, bad_values_are_refused, text_reads_back_in_its_shape,
         json_is_ascii_and_exact)
