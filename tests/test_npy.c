/* test_npy.c - .npy files: known values, files that lie, memory that runs out. */
#include "data_help.h"
#include <math.h>

static const char *const npy_files[] = {"a.npy", NULL};

static void remove_arrays(void) { remove_files(npy_files); }

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
                 {"'<f2'", "\x00\xfc", 2, -INFINITY},
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
        {"'<f8'", "False, 'shape': (0,4611686018427387904,4611686018427387904)", RG_FORMAT, "axes in 'shape'"},
        {"'<f8'", "False, 'shape': (1152921504606846975,)", RG_FORMAT, "to 9223372036854775807"},
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

START_TEST(npy_that_is_something_else_is_refused)
{
    static const char longest[] = "\x93NUMPY\x02\0\xff\xff\xff\x7f";
    rg_array a;
    rg_error e = {0};
    put_file("a.npy", "not numbers at all", 18);
    expect_error(rg_read_npy(&a, in_folder("a.npy"), RG_F64, NULL, &e), &e, RG_FORMAT,
                 "does not begin like a .npy");
    e = (rg_error){0};
    put_file("a.npy", longest, 12);
    expect_error(rg_read_npy(&a, in_folder("a.npy"), RG_F64, NULL, &e), &e, RG_FORMAT,
                 "a header of 2147483647 bytes");
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
    Suite *suite = suite_create("npy");
    TCase *npy = tcase_create("npy");
    tcase_add_checked_fixture(npy, make_folder, remove_arrays);
    tcase_add_test(npy, npy_of_every_type_and_order_is_read);
    tcase_add_test(npy, npy_of_fortran_is_turned_round);
    tcase_add_test(npy, npy_numbers_without_a_place_are_refused);
    tcase_add_test(npy, npy_that_lies_is_refused);
    tcase_add_test(npy, npy_that_is_something_else_is_refused);
    tcase_add_test(npy, npy_cut_anywhere_is_refused);
    tcase_add_test(npy, npy_goes_out_and_in_and_survives_a_lack_of_memory);
    tcase_add_test(npy, a_failed_write_says_so_and_leaves_nothing);
    suite_add_tcase(suite, npy);
    return run_checks(suite);
}
