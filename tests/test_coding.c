/* test_coding.c - from tables to numbers: what is learnt, what is refused, what is
 * kept with a model. */
#include "table_help.h"
#include <math.h>

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

START_TEST(a_regression_takes_numbers_as_targets)
{
    rg_table t = read_text("x,y\n1,0.5\n2,1\n3,\n"), u;
    rg_coding c = learn(&t, "y");
    rg_data d;
    rg_error e = {0};
    expect_ok(rg_encode(&d, &c, &t, RG_MISSING_DROP, NULL, &e), &e);
    ck_assert_int_eq(d.task, RG_REGRESS);
    ck_assert_int_eq(d.rows, 2);
    ck_assert_double_eq(d.target[0], 0.5);
    expect_error(rg_data_expect(&d, 2, &e), &e, RG_USAGE, "has no classes, 2 were expected");
    rg_data_free(&d);
    u = read_text("x,y\n1,high\n");
    e = (rg_error){0};
    expect_error(rg_encode(&d, &c, &u, RG_MISSING_DROP, NULL, &e), &e, RG_FORMAT,
                 "'high' is no number");
    rg_table_free(&u);
    rg_coding_free(&c);
    rg_table_free(&t);
}
END_TEST

START_TEST(a_column_without_values_is_refused)
{
    rg_table t = read_text("x,y\n,0.5\n?,1\n");
    rg_coding c;
    rg_error e = {0};
    expect_error(rg_coding_learn(&c, &t, "y", NULL, &e), &e, RG_FORMAT,
                 "'x' has no value in any of 2 rows");
    rg_table_free(&t);
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

int main(void)
{
    Suite *suite = suite_create("coding");
    TCase *coding = tcase_create("coding");
    tcase_add_checked_fixture(coding, make_folder, remove_tables);
    tcase_add_test(coding, columns_become_numbers);
    tcase_add_test(coding, missing_cells_become_the_mean_of_the_training_part);
    tcase_add_test(coding, few_whole_values_are_classes_and_more_are_not);
    tcase_add_test(coding, a_regression_takes_numbers_as_targets);
    tcase_add_test(coding, a_column_without_values_is_refused);
    tcase_add_test(coding, text_that_always_differs_is_left_out);
    tcase_add_test(coding, another_table_uses_the_same_coding);
    tcase_add_test(coding, a_coding_survives_being_written);
    tcase_add_test(coding, tables_survive_a_lack_of_memory);
    suite_add_tcase(suite, coding);
    return run_checks(suite);
}
