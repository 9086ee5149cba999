/* test_safetensors.c - tensors to a file and back; files that lie; files that cannot
 * be written. */
#include "data_help.h"
#include <retrograd/retrograd.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>

/* ---- there and back ------------------------------------------------------------------- */

static rg_tensor dense(void *data, rg_dtype d, int rank, int64_t d0, int64_t d1)
{
    rg_tensor x = {.data = data, .dtype = d, .rank = rank, .dim = {d0, d1}, .stride = {1, 1}};
    if (rank == 2) x.stride[0] = d1;
    return x;
}

START_TEST(round_trip)
{
    float f[6] = {0, -0.0f, 1e-45f, INFINITY, 3, 4};
    double d = 0.1, none = 0;
    int64_t w[2] = {INT64_MIN, INT64_MAX};
    unsigned char u[3] = {0, 7, 255};
    const rg_saved saved[] = {{"bytes", dense(u, RG_U8, 1, 3, 0)},
                              {"x \"quoted\"\n", dense(f, RG_F32, 2, 2, 3)},
                              {"scalar", dense(&d, RG_F64, 0, 0, 0)},
                              {"none", dense(&none, RG_F64, 2, 0, 5)},
                              {"whole", dense(w, RG_I64, 1, 2, 0)}};
    const rg_remark remark[] = {{"spec", "linear 10, \\ \x01 gr\xc3\xbc\xc3\x9f"}, {"empty", ""}};
    make_folder();
    rg_error e = {0};
    expect_ok(rg_safetensors_write(in_folder("a"), 5, saved, 2, remark, NULL, &e), &e);
    rg_safetensors file;
    expect_ok(rg_safetensors_read(&file, in_folder("a"), NULL, &e), &e);
    ck_assert_int_eq(file.n, 5);
    ck_assert_str_eq(rg_safetensors_remark(&file, "spec"), remark[0].value);
    ck_assert_str_eq(rg_safetensors_remark(&file, "empty"), "");
    ck_assert_ptr_null(rg_safetensors_remark(&file, "other"));
    ck_assert_ptr_null(rg_safetensors_find(&file, "other"));
    for (int i = 0; i < 5; i++) {
        const rg_tensor *x = rg_safetensors_find(&file, saved[i].name), *y = &saved[i].x;
        ck_assert_ptr_nonnull(x);
        ck_assert(x->dtype == y->dtype && x->rank == y->rank && !memcmp(x->dim, y->dim, sizeof x->dim));
        ck_assert_uint_eq((uintptr_t)x->data % 8, 0);
        ck_assert(!memcmp(x->data, y->data, (size_t)rg_count(y) * rg_dtype_size(y->dtype)));
    }
    rg_safetensors_free(&file);
    remove_files((const char *[]){"a", NULL});
}
END_TEST

START_TEST(windows_are_packed)
{
    double d[6] = {1, 2, 3, 4, 5, 6}, want[6] = {1, 4, 2, 5, 3, 6};
    rg_saved turned = {"t", {.data = d, .dtype = RG_F64, .rank = 2, .dim = {3, 2}, .stride = {1, 3}}};
    make_folder();
    rg_error e = {0};
    expect_ok(rg_safetensors_write(in_folder("a"), 1, &turned, 0, NULL, NULL, &e), &e);
    rg_safetensors file;
    expect_ok(rg_safetensors_read(&file, in_folder("a"), NULL, &e), &e);
    ck_assert_mem_eq(file.tensor[0].x.data, want, sizeof want);
    ck_assert_int_eq(file.remarks, 0);
    rg_safetensors_free(&file);
    remove_files((const char *[]){"a", NULL});
}
END_TEST

/* ---- files that lie ------------------------------------------------------------------------ */

/* A file of this header and `bytes` bytes of numbers; what reading it says. */
static rg_status read_made(const char *header, size_t length, size_t bytes, rg_error *e)
{
    char file[4096] = {0};
    ck_assert_uint_le(8 + length + bytes, sizeof file);
    for (int i = 0; i < 8; i++) file[i] = (char)(length >> 8 * i & 255);
    memcpy(file + 8, header, length);
    put_file("a", file, 8 + length + bytes);
    rg_safetensors f;
    rg_status s = rg_safetensors_read(&f, in_folder("a"), NULL, e);
    rg_safetensors_free(&f);
    return s;
}

#define T(dtype, shape, offsets) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

START_TEST(lies_are_refused)
{
    static const struct {
        const char *header;
        size_t bytes;
        rg_status status;
        const char *says;
    } lie[] = {
        {"", 0, RG_FORMAT, "not JSON"},
        {"[]", 0, RG_FORMAT, "not JSON"},
        {" {}", 0, RG_FORMAT, "not JSON"},
        {"{", 0, RG_FORMAT, "not JSON"},
        {"{} x", 0, RG_FORMAT, "not JSON"},
        {"{}", 1, RG_FORMAT, "goes on"},
        {"{\"a\":1}", 0, RG_FORMAT, "'a' should have"},
        {"{\"a\":{}}", 0, RG_FORMAT, "'a' should have"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, RG_FORMAT, "'a' should have"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4, RG_FORMAT, "'a' should have"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"offsets\":[0,4]}}", 4, RG_FORMAT, "no data_offsets"},
        {"{\"a\":" T("F33", "[1]", "[0,4]") "}", 4, RG_FORMAT, "dtype that does not exist"},
        {"{\"a\":" T("BF16", "[1]", "[0,2]") "}", 2, RG_DTYPE, "BF16"},
        {"{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, RG_FORMAT, "no dtype"},
        {"{\"a\":" T("F32", "1", "[0,4]") "}", 4, RG_FORMAT, "no shape"},
        {"{\"a\":" T("F32", "[1.5]", "[0,4]") "}", 4, RG_FORMAT, "no whole number"},
        {"{\"a\":" T("F32", "[-1]", "[0,4]") "}", 4, RG_FORMAT, "no whole number"},
        {"{\"a\":" T("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, RG_SHAPE, "9 axes"},
        {"{\"a\":" T("F32", "[4611686018427387904]", "[0,4]") "}", 4, RG_FORMAT, "too large"},
        {"{\"a\":" T("F32", "[4294967296,4294967296]", "[0,0]") "}", 0, RG_FORMAT, "too large"},
        {"{\"a\":" T("F32", "[0,4294967296,4294967296]", "[0,0]") "}", 0, RG_FORMAT, "too large"},
        {"{\"a\":" T("F32", "[99999999999999999999]", "[0,4]") "}", 4, RG_FORMAT, "not JSON"},
        {"{\"a\":" T("F32", "[1]", "[0,5]") "}", 5, RG_FORMAT, "do not fit"},
        {"{\"a\":" T("F32", "[1]", "[4,0]") "}", 4, RG_FORMAT, "do not fit"},
        {"{\"a\":" T("F32", "[1]", "[-4,0]") "}", 4, RG_FORMAT, "do not fit"},
        {"{\"a\":" T("F32", "[1]", "[0]") "}", 4, RG_FORMAT, "no data_offsets"},
        {"{\"a\":" T("F32", "[1]", "[0,4.0]") "}", 4, RG_FORMAT, "no data_offsets"},
        {"{\"a\":" T("F32", "[1]", "{}") "}", 4, RG_FORMAT, "no data_offsets"},
        {"{\"a\":" T("F32", "[1]", "[4,8]") "}", 8, RG_FORMAT, "'a' leaves a gap"},
        {"{\"a\":" T("F32", "[1]", "[0,4]") ",\"b\":" T("F32", "[1]", "[8,12]") "}", 12, RG_FORMAT, "'b' leaves a gap"},
        {"{\"a\":" T("F32", "[2]", "[0,8]") ",\"b\":" T("F32", "[1]", "[4,8]") "}", 8, RG_FORMAT, "'b' overlaps"},
        {"{\"a\":" T("F32", "[1]", "[0,4]") ",\"b\":" T("F32", "[1]", "[0,4]") "}", 4, RG_FORMAT, "overlaps"},
        {"{\"a\":" T("F32", "[1]", "[0,4]") ",\"a\":" T("F32", "[1]", "[4,8]") "}", 8, RG_FORMAT, "duplicate"},
        {"{\"a\":" T("F32", "[1]", "[0,4]") "}", 3, RG_FORMAT, "ends at byte"},
        {"{\"a\":" T("F32", "[1]", "[0,4]") "}", 5, RG_FORMAT, "goes on"},
        {"{\"a\":" T("F32", "[9000000000000000]", "[0,36000000000000000]") "}", 4, RG_FORMAT, "ends at byte"},
        {"{\"__metadata__\":1}", 0, RG_FORMAT, "not a list of texts"},
        {"{\"__metadata__\":{\"k\":1}}", 0, RG_FORMAT, "no text"},
        {"{\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}}", 0, RG_FORMAT, "duplicate"},
        {"{\"__metadata__\":{\"k\":\"\xff\"}}", 0, RG_FORMAT, "not JSON"},
        {"{\"__metadata__\":{\"k\":\"\xc0\x80\"}}", 0, RG_FORMAT, "not JSON"},
        {"{\"__metadata__\":{\"k\":\"\\u0000\"}}", 0, RG_FORMAT, "not JSON"},
        {"{\"\xed\xa0\x80\":" T("F32", "[1]", "[0,4]") "}", 4, RG_FORMAT, "not JSON"},
    };
    make_folder();
    for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
        rg_error e = {0};
        rg_status s = read_made(lie[i].header, strlen(lie[i].header), lie[i].bytes, &e);
        ck_assert_msg(s == lie[i].status, "%s: status %d, %s", lie[i].header, (int)s, e.text);
        ck_assert_msg(strstr(e.text, lie[i].says) != NULL, "%s: '%s' does not say '%s'", lie[i].header, e.text, lie[i].says);
    }
    remove_files((const char *[]){"a", NULL});
}
END_TEST

/* The same shapes as the lies, so that these show the lies are refused for what they say. */
START_TEST(truths_are_read)
{
    static const struct {
        const char *header;
        size_t bytes;
    } truth[] = {{"{}", 0},
                 {"{}      ", 0},
                 {"{\"a\":" T("F32", "[1]", "[0,4]") "}", 4},
                 {"{\"b\":" T("F32", "[1]", "[4,8]") ",\"a\":" T("F32", "[1]", "[0,4]") "}", 8},
                 {"{\"a\":" T("F32", "[0]", "[0,0]") ",\"b\":" T("F32", "[1]", "[0,4]") ",\"c\":" T("U8", "[0,9]", "[4,4]") "}", 4},
                 {"{\"a\":" T("I64", "[1,1,1,1,1,1,1,1]", "[0,8]") "}", 8},
                 {"{\"__metadata__\":{}}", 0},
                 {"{\"__metadata__\":{\"k\":\"\xc3\xbc\"}}", 0}};
    make_folder();
    for (size_t i = 0; i < sizeof truth / sizeof *truth; i++) {
        rg_error e = {0};
        expect_ok(read_made(truth[i].header, strlen(truth[i].header), truth[i].bytes, &e), &e);
    }
    remove_files((const char *[]){"a", NULL});
}
END_TEST

START_TEST(lengths_that_lie)
{
    rg_safetensors f;
    make_folder();
    for (int n = 0; n < 8; n++) { /* too short for a length */
        rg_error e = {0};
        put_file("a", "\2\0\0\0\0\0\0\0{}", (size_t)n);
        expect_error(rg_safetensors_read(&f, in_folder("a"), NULL, &e), &e, RG_FORMAT, "the length of the header");
    }
    const struct {
        const char *bytes, *says;
    } lie[] = {{"\3\0\0\0\0\0\0\0{}", "the header should fill"},
               {"\0\xe1\xf5\5\0\0\0\0{}", "the header should fill"},
               {"\1\xe1\xf5\5\0\0\0\0{}", "no safetensors file"},
               {"\xff\xff\xff\xff\xff\xff\xff\xff{}", "no safetensors file"},
               {"\2\0\0\0\0\0\0\x80{}", "no safetensors file"}};
    for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
        rg_error e = {0};
        put_file("a", lie[i].bytes, 10);
        expect_error(rg_safetensors_read(&f, in_folder("a"), NULL, &e), &e, RG_FORMAT, lie[i].says);
    }
    rg_error e = {0};
    expect_error(rg_safetensors_read(&f, in_folder("b"), NULL, &e), &e, RG_IO, "cannot be read");
    remove_files((const char *[]){"a", NULL});
}
END_TEST

START_TEST(deep_nesting)
{
    char header[4000];
    memset(header, '[', sizeof header);
    memcpy(header, "{\"a\":", 5);
    make_folder();
    rg_error e = {0};
    expect_error(read_made(header, sizeof header, 0, &e), &e, RG_FORMAT, "not JSON");
    remove_files((const char *[]){"a", NULL});
}
END_TEST

/* Any single byte of a good file changed: read or refused, nothing else. */
START_TEST(every_byte_may_change)
{
    const char header[] = "{\"__metadata__\":{\"k\":\"v\"},\"a\":" T("F32", "[1]", "[0,4]") ",\"b\":" T("U8", "[2]", "[4,6]") "}";
    size_t length = strlen(header);
    int refused = 0;
    make_folder();
    for (size_t i = 0; i < length; i++)
        for (int k = 0; k < 4; k++) {
            char changed[sizeof header];
            memcpy(changed, header, sizeof header);
            changed[i] = (char)(changed[i] ^ (int[]){1, 16, 128, 127}[k]);
            rg_error e = {0};
            rg_status s = read_made(changed, length, 6, &e);
            ck_assert(s == RG_OK || ((s == RG_FORMAT || s == RG_DTYPE) && e.text[0]));
            refused += s != RG_OK;
        }
    ck_assert_int_gt(refused, (int)length);
    remove_files((const char *[]){"a", NULL});
}
END_TEST

/* ---- files that cannot be written ---------------------------------------------------------- */

START_TEST(what_is_not_written)
{
    double d = 1;
    const rg_saved good = {"x", dense(&d, RG_F64, 0, 0, 0)}, meta = {"__metadata__", good.x}, latin = {"\xe9", good.x};
    const rg_saved twice[] = {good, good};
    const rg_remark bad[] = {{"k", "\xf4\x90\x80\x80"}, {"\x80", "v"}, {"k", "\xed\xa0\x80"}, {"k", "\xe0\x80\x80"}, {"k", "\xc3"}};
    make_folder();
    struct {
        int n;
        const rg_saved *x;
        const rg_remark *r;
        rg_status want;
        const char *says;
    } no[] = {{2, twice, NULL, RG_USAGE, "two tensors are called 'x'"},
              {1, &meta, NULL, RG_USAGE, "__metadata__"},
              {1, &latin, NULL, RG_FORMAT, "not UTF-8"},
              {1, &good, &bad[0], RG_FORMAT, "not UTF-8"},
              {1, &good, &bad[1], RG_FORMAT, "not UTF-8"},
              {1, &good, &bad[2], RG_FORMAT, "not UTF-8"},
              {1, &good, &bad[3], RG_FORMAT, "not UTF-8"},
              {1, &good, &bad[4], RG_FORMAT, "not UTF-8"}};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        rg_error e = {0};
        expect_error(rg_safetensors_write(in_folder("a"), no[i].n, no[i].x, no[i].r != NULL, no[i].r, NULL, &e), &e,
                     no[i].want, no[i].says);
        ck_assert_int_ne(access(in_folder("a"), F_OK), 0);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static void write_numbers(const char *name, double *numbers, int64_t n, rg_status want)
{
    rg_saved x = {"x", dense(numbers, RG_F64, 1, n, 0)};
    rg_error e = {0};
    rg_status s = rg_safetensors_write(name, 1, &x, 0, NULL, NULL, &e);
    ck_assert_msg(s == want, "%s", e.text);
    ck_assert_int_eq(e.status, want);
}

/* A full disk, by a limit on the size of a file: the old one stays, no part is left. */
START_TEST(old_file_survives)
{
    static double numbers[100000];
    struct rlimit old, small = {100000, 100000};
    make_folder();
    write_numbers(in_folder("a"), numbers, 100, RG_OK);
    struct stat before, after;
    ck_assert_int_eq(stat(in_folder("a"), &before), 0);
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    write_numbers(in_folder("a"), numbers, 100000, RG_IO);
    setrlimit(RLIMIT_FSIZE, &old);
    ck_assert_int_eq(stat(in_folder("a"), &after), 0);
    ck_assert_int_eq(before.st_size, after.st_size);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    rg_error e = {0};
    rg_safetensors f;
    expect_ok(rg_safetensors_read(&f, in_folder("a"), NULL, &e), &e);
    rg_safetensors_free(&f);
    write_numbers("/dev/full", numbers, 100, RG_IO);
    write_numbers("/nowhere/a", numbers, 100, RG_IO);
    remove_files((const char *[]){"a", NULL}); /* and there was nothing else */
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------ */

static rg_status write_and_read(const rg_alloc *alloc, rg_error *e)
{
    double d[2] = {1, 2};
    rg_saved x[] = {{"x", dense(d, RG_F64, 1, 2, 0)}, {"y", dense(d, RG_F64, 0, 0, 0)}};
    rg_remark r = {"k", "v"};
    rg_safetensors f = {0};
    rg_status s = rg_safetensors_write(in_folder("a"), 2, x, 1, &r, alloc, e);
    if (!s) s = rg_safetensors_read(&f, in_folder("a"), alloc, e);
    rg_safetensors_free(&f);
    return s;
}

START_TEST(without_memory)
{
    make_folder();
    refuse_each(write_and_read);
    remove_files((const char *[]){"a", NULL});
}
END_TEST

int main(void)
{
    Suite *s = suite_create("safetensors");
    TCase *c = tcase_create("safetensors");
    tcase_add_test(c, round_trip);
    tcase_add_test(c, windows_are_packed);
    tcase_add_test(c, lies_are_refused);
    tcase_add_test(c, truths_are_read);
    tcase_add_test(c, lengths_that_lie);
    tcase_add_test(c, deep_nesting);
    tcase_add_test(c, every_byte_may_change);
    tcase_add_test(c, what_is_not_written);
    tcase_add_test(c, old_file_survives);
    tcase_add_test(c, without_memory);
    suite_add_tcase(s, c);
    return run_checks(s);
}
