/* test_table.c - CSV files: known values, hostile bytes. */
#include "table_help.h"
#include <locale.h>
#include <math.h>

static void expect_cells(const char *text, int columns, int rows, const char *const *cell)
{
    rg_table t = read_text(text);
    ck_assert_int_eq(t.columns, columns);
    ck_assert_int_eq(t.rows, rows);
    for (int i = 0; i < columns * rows; i++) ck_assert_pstr_eq(t.cell[i], cell[i]);
    rg_table_free(&t);
}

START_TEST(csv_is_read_as_rfc_4180_says)
{
    static const char *const two[] = {"1", "2", "3", "4"};
    static const char *const odd[] = {"a,b", "say \"hi\"", "line\r\nbreak", "\xC3\xA9", NULL, "x"};
    static const char *const gaps[] = {NULL, NULL, NULL, NULL, NULL, NULL, "Nan", "none"};
    expect_cells("x,y\n1,2\n3,4\n", 2, 2, two);
    expect_cells("x,y\n1,2\n3,4", 2, 2, two);
    expect_cells("\xEF\xBB\xBF\"x\",y\r\n1,2\r\n\r\n3,\"4\"\r\n\r\n", 2, 2, two);
    expect_cells("\n  \nx , y\n 1 ,\t2\n3, \"4\" \n", 2, 2, two);
    expect_cells("p,q\n\"a,b\",\"say \"\"hi\"\"\"\n\"line\r\nbreak\",\xC3\xA9\n\"\",x", 2, 3, odd);
    expect_cells("p,q\nNA,NaN\nnan,null\n?,\nNan,none\n", 2, 4, gaps);
}
END_TEST

START_TEST(rows_know_their_lines)
{
    rg_table t = read_text("a,b\n\n1,\"x\ny\"\n2,z\n");
    ck_assert_int_eq(t.line[0], 3);
    ck_assert_int_eq(t.line[1], 5);
    rg_table_free(&t);
}
END_TEST

START_TEST(the_digest_tells_files_apart)
{
    rg_table a = read_text("a\n1\n"), b = read_text("a\n2\n"), c = read_text("a\n1\n");
    ck_assert(a.digest == c.digest);
    ck_assert(a.digest != b.digest);
    rg_table_free(&a);
    rg_table_free(&b);
    rg_table_free(&c);
}
END_TEST

static void refuse_csv(const char *text, size_t n, const char *words)
{
    rg_table t;
    rg_error e = {0};
    put_file("t.csv", text, n);
    expect_error(rg_read_csv(&t, in_folder("t.csv"), NULL, &e), &e, RG_FORMAT, words);
    ck_assert_ptr_null(t.cell);
}

START_TEST(csv_that_lies_is_refused)
{
    refuse_csv("", 0, "is empty");
    refuse_csv("\n\n", 2, "is empty");
    refuse_csv("a,b\n1,2\n\n3\n", 11, "row 2 (line 4) has 1 cells, the header has 2");
    refuse_csv("a,b\n1,2,3\n", 10, "row 1 (line 2) has 3 cells");
    refuse_csv("a,b\n1,\"2\n3", 10, "line 2: a quote opens here");
    refuse_csv("a,b\n1,\"2\"3\n", 11, "line 2: text after a closing quote");
    refuse_csv("a,b\n1,\0\n", 8, "byte 6 is zero");
    refuse_csv("a,b\n1,2\n\n3,\xE9\n", 13, "line 4: byte 0xE9 is not UTF-8");
    refuse_csv("a\xED\xA0\x80,b", 6, "line 1: byte 0xED is not UTF-8");
    refuse_csv("a,b,a\n1,2,3\n", 12, "two columns are called 'a'");
    refuse_csv("a,b\n1,\xC3\xA9\n2,\xC3\n", 13, "line 3: byte 0xC3 is not UTF-8");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    rg_table t;
    rg_error e = {0};
    expect_error(rg_read_csv(&t, in_folder("t.csv"), NULL, &e), &e, RG_IO,
                 "/t.csv: cannot be read: No such file");
    e = (rg_error){0};
    expect_error(rg_read_csv(&t, folder, NULL, &e), &e, RG_IO, "is a folder");
    e = (rg_error){0};
    expect_error(rg_read_csv(&t, "/dev/zero", NULL, &e), &e, RG_IO, "/dev/zero: is a device");
}
END_TEST

static void *small_memory(void *ud, void *p, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size > 3 << 20) return NULL;
    if (new_size) return realloc(p, new_size);
    free(p);
    return NULL;
}

START_TEST(a_file_too_large_for_memory_is_named)
{
    rg_table t;
    rg_error e = {0};
    enum { LONG = 5 << 20 };
    char *text = malloc(LONG);
    ck_assert_ptr_nonnull(text);
    memset(text, 'a', LONG);
    put_file("t.csv", text, LONG);
    free(text);
    expect_error(rg_read_csv(&t, in_folder("t.csv"), &(rg_alloc){small_memory, NULL}, &e), &e, RG_NOMEM,
                 "/t.csv: no memory for more than its first 2097152 bytes");
}
END_TEST

/* Whatever the bytes, the answer is a table or an error. */
START_TEST(csv_cut_or_changed_anywhere_does_no_harm)
{
    static const char text[] =
        "\xEF\xBB\xBFname,\"x \"\"y\"\"\",z\r\nann,1,\"a\r\nb\"\r\n\"b,c\",NA,2\n";
    static const char change[] = {0, '"', ',', '\n', '\r', ' '};
    int good = 0, bad = 0;
    for (size_t n = 0; n < sizeof text; n++)
        for (size_t k = 0; k < sizeof change; k++)
            for (int cut = 0; cut < 2; cut++) {
                char bytes[sizeof text];
                rg_table t;
                rg_error e = {0};
                memcpy(bytes, text, sizeof text);
                bytes[n] = change[k];
                put_file("t.csv", bytes, cut ? n + 1 : sizeof text - 1);
                rg_status st = rg_read_csv(&t, in_folder("t.csv"), NULL, &e);
                ck_assert_int_eq(st, e.status);
                ck_assert(st == RG_OK || st == RG_FORMAT);
                st == RG_OK ? good++ : bad++;
                rg_table_free(&t);
            }
    ck_assert_int_gt(good, 100);
    ck_assert_int_gt(bad, 100);
}
END_TEST

START_TEST(numbers_are_decimal_and_finite)
{
    rg_table t = read_text("n,m\n1.5e3,1\n -2. ,2\n+.25,inf\nNA,3\n1e-400,4\n");
    rg_error e = {0};
    double v[5];
    ck_assert(rg_table_numeric(&t, 0));
    expect_ok(rg_table_numbers(&t, 0, v, &e), &e);
    ck_assert_double_eq(v[0], 1500);
    ck_assert_double_eq(v[1], -2);
    ck_assert_double_eq(v[2], 0.25);
    ck_assert(isnan(v[3]));
    ck_assert_double_eq(v[4], 0);
    ck_assert(!rg_table_numeric(&t, 1));
    expect_error(rg_table_numbers(&t, 1, v, &e), &e, RG_FORMAT,
                 "row 3 (line 4), column 'm': 'inf' is no number");
    rg_table_free(&t);
}
END_TEST

/* Those that stand in order, either way, are found at once; of two of one name, the one at hand. */
START_TEST(the_nearest_column_of_a_name)
{
    rg_table t = read_text("1,2,1,3\n1,2,3,4\n");
    ck_assert_int_eq(rg_table_near(&t, "1", 0), 0);
    ck_assert_int_eq(rg_table_near(&t, "1", 1), 0);
    ck_assert_int_eq(rg_table_near(&t, "1", 2), 2);
    ck_assert_int_eq(rg_table_near(&t, "1", 4), 2);
    ck_assert_int_eq(rg_table_near(&t, "3", 0), 3);
    ck_assert_int_eq(rg_table_near(&t, "2", 4), 1);
    for (int from = 0; from <= 4; from++) ck_assert_int_eq(rg_table_near(&t, "4", from), -1);
    rg_table_free(&t);
}
END_TEST

START_TEST(a_dropped_column_leaves_the_others)
{
    rg_table t = read_text("a,b,c\n1,2,3\n4,,6\n");
    rg_table_drop(&t, 1);
    ck_assert_int_eq(t.columns, 2);
    ck_assert_int_eq(rg_table_column(&t, "b", NULL), -1);
    ck_assert_int_eq(rg_table_column(&t, "c", NULL), 1);
    static const char *const want[] = {"1", "3", "4", "6"};
    for (int i = 0; i < 4; i++) ck_assert_str_eq(t.cell[i], want[i]);
    rg_table_drop(&t, 1);
    rg_table_drop(&t, 0);
    ck_assert_int_eq(t.columns, 0);
    ck_assert_int_eq(t.rows, 2);
    rg_table_free(&t);
}
END_TEST

START_TEST(what_is_no_number)
{
    static const char *const no[] = {"0x10", "1e999", "1,5", "1 2",      "e5",
                                     ".",    "1e",    "--1", "infinity", "1.5.2"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        char text[64];
        snprintf(text, sizeof text, "n\n\"%s\"\n", no[i]);
        rg_table t = read_text(text);
        ck_assert_msg(!rg_table_numeric(&t, 0), "%s", no[i]);
        rg_table_free(&t);
    }
}
END_TEST

START_TEST(numbers_do_not_depend_on_the_locale)
{
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")) return; /* not on this machine */
    rg_table t = read_text("n\n2.5\n");
    rg_error e = {0};
    double v;
    expect_ok(rg_table_numbers(&t, 0, &v, &e), &e);
    ck_assert_double_eq(v, 2.5);
    rg_table_free(&t);
    setlocale(LC_NUMERIC, "C");
}
END_TEST

START_TEST(a_wrong_column_gets_a_hint)
{
    rg_table t = read_text("sepal_length,species\n1,a\n");
    rg_error e = {0};
    ck_assert_int_eq(rg_table_column(&t, "species", &e), 1);
    ck_assert_int_eq(rg_table_column(&t, "Specie", &e), -1);
    expect_error(e.status, &e, RG_USAGE,
                 "did you mean 'species'? (columns: sepal_length, species)");
    e = (rg_error){0};
    ck_assert_int_eq(rg_table_column(&t, "price", &e), -1);
    expect_error(e.status, &e, RG_USAGE, "no column 'price' (columns:");
    rg_table_free(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *csv = tcase_create("csv");
    tcase_add_checked_fixture(csv, make_folder, remove_tables);
    tcase_add_test(csv, csv_is_read_as_rfc_4180_says);
    tcase_add_test(csv, rows_know_their_lines);
    tcase_add_test(csv, the_digest_tells_files_apart);
    tcase_add_test(csv, a_file_too_large_for_memory_is_named);
    tcase_add_test(csv, csv_that_lies_is_refused);
    tcase_add_test(csv, a_file_that_is_not_there_is_named);
    tcase_add_test(csv, csv_cut_or_changed_anywhere_does_no_harm);
    tcase_add_test(csv, numbers_are_decimal_and_finite);
    tcase_add_test(csv, the_nearest_column_of_a_name);
    tcase_add_test(csv, a_dropped_column_leaves_the_others);
    tcase_add_test(csv, what_is_no_number);
    tcase_add_test(csv, numbers_do_not_depend_on_the_locale);
    tcase_add_test(csv, a_wrong_column_gets_a_hint);
    suite_add_tcase(suite, csv);
    return run_checks(suite);
}
