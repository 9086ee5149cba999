/* test_table.c - CSV files, codings and .npy files: known values, hostile bytes,
 * memory that runs out. */
#define _XOPEN_SOURCE 700
#include "data_help.h"
#include <locale.h>
#include <math.h>

static const char *const table_files[] = {"t.csv", "u.csv", "a.npy", "a.npy.part", NULL};

static void remove_tables(void) { remove_files(table_files); }

/* ---- CSV -------------------------------------------------------------------------- */

static rg_table read_text(const char *text)
{
    rg_table t;
    rg_error e = {0};
    put_file("t.csv", text, strlen(text));
    expect_ok(rg_read_csv(&t, in_folder("t.csv"), NULL, &e), &e);
    return t;
}

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
    refuse_csv("a,b,a\n1,2,3\n", 12, "two columns are called 'a'");
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

/* ---- codings ---------------------------------------------------------------------- */

static const char people[] =
    "id,age,town,likes\nu1,30,Rome,tea\nu2,,Bonn,coffee\nu3,50,,tea\nu4,40,Bonn,\nu5,20,Rome,tea\n";

static rg_coding learn(const rg_table *t, const char *target)
{
    rg_coding c;
    rg_error e = {0};
    expect_ok(rg_coding_learn(&c, t, target, NULL, &e), &e);
    return c;
}

START_TEST(columns_become_numbers)
{
    rg_table t = read_text(people);
    rg_coding c = learn(&t, "likes");
    rg_data d;
    rg_error e = {0};
    ck_assert_int_eq(c.task, RG_CLASSIFY);
    ck_assert_int_eq(c.column[0].role, RG_CATEGORY); /* five ids are few enough */
    ck_assert_int_eq(c.column[1].role, RG_NUMBER);
    ck_assert_int_eq(c.width, 5 + 1 + 2);
    expect_error(
        rg_encode(&d, &c, &t, RG_MISSING_ERROR, NULL, &e), &e, RG_FORMAT,
        "3 missing cells: row 2 (line 3) column 'age', row 3 (line 4) column 'town', row 4");
    e = (rg_error){0};
    expect_ok(rg_encode(&d, &c, &t, RG_MISSING_DROP, NULL, &e), &e);
    ck_assert_int_eq(d.rows, 2);
    ck_assert_int_eq(d.row[1], 5);
    static const double known[] = {1, 0, 0, 0, 0, 30, 0, 1, 0, 0, 0, 0, 1, 20, 0, 1};
    for (int i = 0; i < 16; i++) ck_assert_double_eq(((double *)d.x)[i], known[i]);
    ck_assert_str_eq(d.column[5], "age");
    ck_assert_str_eq(d.column[6], "town=Bonn");
    ck_assert_str_eq(d.class_name[0], "coffee");
    ck_assert_int_eq(d.label[0], 1);
    rg_data_free(&d);
    rg_coding_free(&c);
    rg_table_free(&t);
}
END_TEST

START_TEST(missing_cells_become_the_mean_of_the_training_part)
{
    rg_table t = read_text(people);
    rg_coding c = learn(&t, "likes");
    rg_data d;
    rg_standard s;
    rg_error e = {0};
    int64_t rows[] = {0, 1, 2, 3};
    double x[4 * 8];
    expect_ok(rg_encode(&d, &c, &t, RG_MISSING_MEAN, NULL, &e), &e);
    ck_assert_int_eq(d.rows, 4); /* u4 has no target */
    ck_assert(isnan(((double *)d.x)[8 + 5]));
    expect_ok(rg_standard_fit(&s, &d, rows, 4, NULL, &e), &e);
    ck_assert_double_eq_tol(s.mean[5], 100 / 3.0, 1e-12);
    ck_assert_double_eq_tol(s.mean[6], 1 / 3.0, 1e-12);
    expect_ok(rg_take_rows(&d, &s, rows, 4, RG_F64, x, &e), &e);
    ck_assert_double_eq(x[8 + 5], 0);
    ck_assert_double_eq(x[16 + 6], 0);
    ck_assert_double_eq(x[16 + 7], 0);
    rg_standard_free(&s);
    rg_data_free(&d);
    rg_coding_free(&c);
    rg_table_free(&t);
}
END_TEST

/* A column y of n rows with the values 0..values-1 in turn, and a column x. */
static rg_table numbered(int n, int values, const char *format)
{
    char text[2000] = "x,y\n";
    for (int i = 0; i < n; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, format, i, i % values);
    }
    return read_text(text);
}

START_TEST(few_whole_values_are_classes_and_more_are_not)
{
    static const struct {
        int values;
        const char *format;
        rg_task task;
    } known[] = {{20, "%d,%d\n", RG_CLASSIFY},
                 {21, "%d,%d\n", RG_REGRESS},
                 {2, "%d,%d.5\n", RG_REGRESS},
                 {25, "%d,t%d\n", RG_CLASSIFY}};
    for (int i = 0; i < 4; i++) {
        rg_table t = numbered(60, known[i].values, known[i].format);
        rg_coding c = learn(&t, "y");
        ck_assert_int_eq(c.task, known[i].task);
        ck_assert_int_eq(c.target.categories, c.task == RG_CLASSIFY ? known[i].values : 0);
        if (i == 0) ck_assert_str_eq(c.target.category[2], "2"); /* by value: not "10" */
        rg_coding_free(&c);
        rg_table_free(&t);
    }
}
END_TEST

START_TEST(text_that_always_differs_is_left_out)
{
    rg_table t = numbered(60, 7, "name %d,%d\n");
    rg_coding c;
    rg_error e = {0};
    expect_error(rg_coding_learn(&c, &t, "y", NULL, &e), &e, RG_FORMAT,
                 "no column to predict 'y' from");
    rg_table_free(&t);
}
END_TEST

START_TEST(another_table_uses_the_same_coding)
{
    rg_table t = read_text("x,c,y\n1,a,1\n2,b,2.0\n3,a,10\n"), u;
    rg_coding c = learn(&t, "y");
    rg_data d;
    rg_error e = {0};
    u = read_text("more,y,c,x\n?,2,b,7\n?,10.0,b,8\n");
    expect_ok(rg_encode(&d, &c, &u, RG_MISSING_ERROR, NULL, &e), &e);
    static const double known[] = {7, 0, 1, 8, 0, 1};
    for (int i = 0; i < 6; i++) ck_assert_double_eq(((double *)d.x)[i], known[i]);
    ck_assert_int_eq(d.label[0], 1); /* 2 is 2.0 */
    ck_assert_int_eq(d.label[1], 2);
    ck_assert_int_eq(d.classes, 3);
    rg_data_free(&d);
    rg_table_free(&u);
    static const struct {
        const char *text;
        rg_status st;
        const char *words;
    } wrong[] = {{"x,c,y\n1,z,1\n", RG_INDEX, "row 1 (line 2), column 'c': 'z' is a category"},
                 {"x,c,y\n1,a,3\n", RG_INDEX, "'3' is a class"},
                 {"x,c,y\n1,a,q\n", RG_INDEX, "'q' is a class"},
                 {"x,c,y\nb,a,1\n", RG_FORMAT, "'b' is no number"},
                 {"x,y\n1,1\n", RG_FORMAT, "lacks the column 'c'"},
                 {"x,c,y\n", RG_FORMAT, "none of its 0 rows"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        u = read_text(wrong[i].text);
        e = (rg_error){0};
        expect_error(rg_encode(&d, &c, &u, RG_MISSING_ERROR, NULL, &e), &e, wrong[i].st,
                     wrong[i].words);
        rg_table_free(&u);
    }
    e = (rg_error){0};
    u = read_text("c,x\na,5\n");
    expect_ok(rg_encode(&d, &c, &u, RG_MISSING_ERROR, NULL, &e), &e);
    ck_assert_int_eq(d.task, RG_UNLABELLED);
    rg_data_free(&d);
    rg_table_free(&u);
    rg_coding_free(&c);
    rg_table_free(&t);
}
END_TEST

START_TEST(a_coding_survives_being_written)
{
    rg_table t = read_text(people);
    rg_coding c = learn(&t, "likes"), back;
    rg_text text, again;
    rg_error e = {0};
    expect_ok(rg_coding_write(&c, &text, NULL, &e), &e);
    ck_assert_uint_eq(strlen(text.text), text.length);
    expect_ok(rg_coding_read(&back, text.text, NULL, &e), &e);
    ck_assert_int_eq(back.width, c.width);
    ck_assert_str_eq(back.target.category[1], "tea");
    expect_ok(rg_coding_write(&back, &again, NULL, &e), &e);
    ck_assert_str_eq(text.text, again.text);
    rg_coding_free(&back);
    rg_text_free(&again);
    for (size_t n = 0; n < text.length; n++) { /* cut anywhere, then changed anywhere */
        char was = text.text[n];
        e = (rg_error){0};
        text.text[n] = 0;
        expect_error(rg_coding_read(&back, text.text, NULL, &e), &e, RG_FORMAT,
                     "coding is damaged");
        text.text[n] = was == '9' ? '0' : '9';
        e = (rg_error){0};
        ck_assert_int_eq(rg_coding_read(&back, text.text, NULL, &e), e.status);
        rg_coding_free(&back);
        text.text[n] = was;
    }
    rg_text_free(&text);
    rg_coding_free(&c);
    rg_table_free(&t);
}
END_TEST

static rg_status read_and_encode(const rg_alloc *alloc, rg_error *e)
{
    rg_table t;
    rg_coding c = {0}, back = {0};
    rg_text text = {0};
    rg_data d = {0};
    rg_status st = rg_read_csv(&t, in_folder("t.csv"), alloc, e);
    if (st == RG_OK) st = rg_coding_learn(&c, &t, "likes", alloc, e);
    if (st == RG_OK) st = rg_coding_write(&c, &text, alloc, e);
    if (st == RG_OK) st = rg_coding_read(&back, text.text, alloc, e);
    if (st == RG_OK) st = rg_encode(&d, &back, &t, RG_MISSING_MEAN, alloc, e);
    rg_data_free(&d);
    rg_text_free(&text);
    rg_coding_free(&back);
    rg_coding_free(&c);
    rg_table_free(&t);
    return st;
}

START_TEST(tables_survive_a_lack_of_memory)
{
    put_file("t.csv", people, sizeof people - 1);
    refuse_each(read_and_encode);
}
END_TEST

/* ---- .npy --------------------------------------------------------------------------- */

/* A file as NumPy writes it: version, dictionary, numbers. */
static size_t make_npy(char *out, int version, const char *dictionary, const void *numbers,
                       size_t n)
{
    size_t head = version == 1 ? 10 : 12, length = strlen(dictionary);
    memset(out, 0, head);
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (char)version;
    out[8] = (char)(length & 255);
    out[9] = (char)(length >> 8);
    memcpy(out + head, dictionary, length);
    memcpy(out + head + length, numbers, n);
    return head + length + n;
}

static rg_status read_npy(int version, const char *descr, const char *order_and_shape,
                          const void *numbers, size_t n, rg_dtype dtype, rg_array *a, rg_error *e)
{
    char bytes[400], dictionary[200];
    snprintf(dictionary, sizeof dictionary, "{'descr': %s, 'fortran_order': %s, }\n", descr,
             order_and_shape);
    put_file("a.npy", bytes, make_npy(bytes, version, dictionary, numbers, n));
    *e = (rg_error){0};
    return rg_read_npy(a, in_folder("a.npy"), dtype, NULL, e);
}

START_TEST(npy_of_every_type_and_order_is_read)
{
    static const struct {
        const char *descr, *bytes;
        size_t n;
        double value;
    } known[] = {{"'|b1'", "\x01", 1, 1},
                 {"'|i1'", "\xfe", 1, -2},
                 {"'|u1'", "\xfe", 1, 254},
                 {"'<i2'", "\xfe\xff", 2, -2},
                 {"'>i2'", "\x01\x02", 2, 258},
                 {"'<u2'", "\xfe\xff", 2, 65534},
                 {"'>i4'", "\xff\xff\xff\xfe", 4, -2},
                 {"'<u4'", "\xfe\xff\xff\xff", 4, 4294967294},
                 {"'<i8'", "\xfe\xff\xff\xff\xff\xff\xff\xff", 8, -2},
                 {"'>u8'", "\x80\0\0\0\0\0\0\0", 8, 0x1p63},
                 {"'<f2'", "\x00\x3e", 2, 1.5},
                 {"'>f2'", "\x80\x01", 2, -0x1p-24},
                 {"'>f4'", "\x3f\xc0\0\0", 4, 1.5},
                 {"'<f8'", "\0\0\0\0\0\0\xf8\xbf", 8, -1.5}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (int version = 1; version <= 3; version++) {
            rg_array a;
            rg_error e;
            expect_ok(read_npy(version, known[i].descr, "False, 'shape': ()", known[i].bytes,
                               known[i].n, RG_F64, &a, &e),
                      &e);
            ck_assert_int_eq(a.shape.rank, 0);
            ck_assert_double_eq(*(double *)a.data, known[i].value);
            rg_array_free(&a);
        }
}
END_TEST

START_TEST(npy_of_fortran_is_turned_round)
{
    static const unsigned char columns[] = {1, 4, 2, 5, 3, 6};
    rg_array a;
    rg_error e;
    expect_ok(read_npy(1, "'|u1'", "True, 'shape': (2, 3)", columns, 6, RG_I64, &a, &e), &e);
    for (int i = 0; i < 6; i++) ck_assert_int_eq(((int64_t *)a.data)[i], i + 1);
    ck_assert_int_eq(a.shape.dim[1], 3);
    rg_array_free(&a);
}
END_TEST

START_TEST(npy_numbers_without_a_place_are_refused)
{
    rg_array a;
    rg_error e;
    rg_status st =
        read_npy(1, "'<f8'", "False, 'shape': (1,)", "\0\0\0\0\0\0\xf8\xbf", 8, RG_I64, &a, &e);
    expect_error(st, &e, RG_DOMAIN, "element 0 is -1.5, which is no i64");
    st = read_npy(1, "'>u8'", "False, 'shape': (1,)", "\x80\0\0\0\0\0\0\0", 8, RG_I64, &a, &e);
    expect_error(st, &e, RG_DOMAIN, "no i64");
    st = read_npy(1, "'>i2'", "False, 'shape': (1,)", "\x01\x02", 2, RG_U8, &a, &e);
    expect_error(st, &e, RG_DOMAIN, "element 0 is 258, which is no u8");
}
END_TEST

START_TEST(npy_that_lies_is_refused)
{
    static const struct {
        const char *descr, *rest;
        rg_status st;
        const char *words;
    } wrong[] = {
        {"'<c16'", "False, 'shape': (1,)", RG_DTYPE, "type '<c16'"},
        {"[('a', '<f8')]", "False, 'shape': (1,)", RG_DTYPE, "type [("},
        {"'<f1'", "False, 'shape': (1,)", RG_DTYPE, "type '<f1'"},
        {"'<f8'", "Maybe, 'shape': (1,)", RG_FORMAT, "fortran_order"},
        {"'<f8'", "False", RG_FORMAT, "'shape'"},
        {"'<f8'", "False, 'shape': (-1,)", RG_FORMAT, "axes in 'shape'"},
        {"'<f8'", "False, 'shape': (1", RG_FORMAT, "axes in 'shape'"},
        {"'<f8'", "False, 'shape': (99999999999, 99999999999)", RG_FORMAT, "axes in 'shape'"},
        {"'<f8'", "False, 'shape': (99999999999999999999,)", RG_FORMAT, "axes in 'shape'"},
        {"'<f8'", "False, 'shape': (1000000000000,)", RG_FORMAT, "should fill"},
        {"'<f8'", "False, 'shape': (1,1,1,1,1,1,1,1,1)", RG_SHAPE, "more than 8 axes"},
        {"'<f8'", "False, 'shape': (0,)", RG_FORMAT, "goes on"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rg_array a;
        rg_error e;
        rg_status st = read_npy(1, wrong[i].descr, wrong[i].rest, "12345678", 8, RG_F64, &a, &e);
        expect_error(st, &e, wrong[i].st, wrong[i].words);
        ck_assert_ptr_null(a.data);
    }
}
END_TEST

static const rg_tensor every_other = {.data = (double[]){1, 2, 3, 4, 5, 6, 7, 8},
                                      .dtype = RG_F64,
                                      .rank = 2,
                                      .dim = {2, 2},
                                      .stride = {4, 2}};

START_TEST(npy_cut_anywhere_is_refused)
{
    char bytes[400];
    rg_error e = {0};
    expect_ok(rg_write_npy(in_folder("a.npy"), &every_other, NULL, &e), &e);
    FILE *f = fopen(in_folder("a.npy"), "rb");
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    ck_assert_uint_eq(n, 128 + 4 * 8);
    for (size_t cut = 0; cut < n; cut++) {
        rg_array a;
        e = (rg_error){0};
        put_file("a.npy", bytes, cut);
        expect_error(rg_read_npy(&a, in_folder("a.npy"), RG_F64, NULL, &e), &e, RG_FORMAT,
                     "ends at byte");
    }
}
END_TEST

static rg_status write_and_read(const rg_alloc *alloc, rg_error *e)
{
    rg_array a;
    rg_status st = rg_write_npy(in_folder("a.npy"), &every_other, alloc, e);
    if (st != RG_OK) return st;
    st = rg_read_npy(&a, in_folder("a.npy"), RG_F32, alloc, e);
    if (st == RG_OK) {
        static const float known[] = {1, 3, 5, 7};
        ck_assert_mem_eq(a.data, known, sizeof known);
        ck_assert_int_eq(a.shape.rank, 2);
        rg_array_free(&a);
    }
    return st;
}

START_TEST(npy_goes_out_and_in_and_survives_a_lack_of_memory) { refuse_each(write_and_read); }
END_TEST

START_TEST(a_failed_write_says_so_and_leaves_nothing)
{
    rg_error e = {0};
    expect_error(rg_write_npy("/nonexistent/a.npy", &every_other, NULL, &e), &e, RG_IO,
                 "/nonexistent/a.npy");
    if (access("/dev/full", W_OK) != 0) return;
    e = (rg_error){0};
    expect_error(rg_write_npy("/dev/full", &every_other, NULL, &e), &e, RG_IO,
                 "/dev/full: cannot be written");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *csv = tcase_create("csv"), *coding = tcase_create("coding"), *npy = tcase_create("npy");
    tcase_add_checked_fixture(csv, make_folder, remove_tables);
    tcase_add_test(csv, csv_is_read_as_rfc_4180_says);
    tcase_add_test(csv, rows_know_their_lines);
    tcase_add_test(csv, the_digest_tells_files_apart);
    tcase_add_test(csv, csv_that_lies_is_refused);
    tcase_add_test(csv, csv_cut_or_changed_anywhere_does_no_harm);
    tcase_add_test(csv, numbers_are_decimal_and_finite);
    tcase_add_test(csv, what_is_no_number);
    tcase_add_test(csv, numbers_do_not_depend_on_the_locale);
    tcase_add_test(csv, a_wrong_column_gets_a_hint);
    tcase_add_checked_fixture(coding, make_folder, remove_tables);
    tcase_add_test(coding, columns_become_numbers);
    tcase_add_test(coding, missing_cells_become_the_mean_of_the_training_part);
    tcase_add_test(coding, few_whole_values_are_classes_and_more_are_not);
    tcase_add_test(coding, text_that_always_differs_is_left_out);
    tcase_add_test(coding, another_table_uses_the_same_coding);
    tcase_add_test(coding, a_coding_survives_being_written);
    tcase_add_test(coding, tables_survive_a_lack_of_memory);
    tcase_add_checked_fixture(npy, make_folder, remove_tables);
    tcase_add_test(npy, npy_of_every_type_and_order_is_read);
    tcase_add_test(npy, npy_of_fortran_is_turned_round);
    tcase_add_test(npy, npy_numbers_without_a_place_are_refused);
    tcase_add_test(npy, npy_that_lies_is_refused);
    tcase_add_test(npy, npy_cut_anywhere_is_refused);
    tcase_add_test(npy, npy_goes_out_and_in_and_survives_a_lack_of_memory);
    tcase_add_test(npy, a_failed_write_says_so_and_leaves_nothing);
    suite_add_tcase(suite, csv);
    suite_add_tcase(suite, coding);
    suite_add_tcase(suite, npy);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
