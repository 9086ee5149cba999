/* test_npz.c - archives of arrays: out and in, archives that lie, cut and flipped ones,
 * memory that runs out. NumPy's own are in peers/npz_peer.py. */
#include "data_help.h"
#include "suite.h"
#include <retrograd/npz.h>
#include <sys/stat.h>

static const char *const npz_files[] = {"a.npz", NULL};
static double numbers[] = {1, 2, 3, 4, 5, 6};
static int64_t labels[700];
static const char *const names[] = {"x", "l"};
static const rg_tensor both[] = {
    {.data = numbers, .dtype = RG_F64, .rank = 2, .dim = {3, 2}, .stride = {1, 3}},
    {.data = labels, .dtype = RG_I64, .rank = 1, .dim = {700}, .stride = {1}},
};

static rg_status write_both(bool deflate, const rg_alloc *alloc, rg_error *e)
{
    for (int i = 0; i < 700; i++) labels[i] = i % 5;
    return rg_npz_write(in_folder("a.npz"), 2, names, both, deflate, alloc, e);
}

static rg_status read_both(const rg_alloc *alloc, rg_error *e)
{
    rg_npz z;
    rg_array x = {0}, l = {0};
    rg_status s = rg_npz_open(&z, in_folder("a.npz"), alloc, e);
    if (s) return s;
    s = rg_npz_read(&x, &z, "x", RG_F64, alloc, e);
    if (!s) s = rg_npz_read(&l, &z, "l", RG_I64, alloc, e);
    if (!s) {
        static const double turned[] = {1, 4, 2, 5, 3, 6};
        ck_assert(z.n == 2 && !strcmp(z.member[0].name, "x") && !strcmp(z.member[1].name, "l"));
        ck_assert(x.shape.rank == 2 && x.shape.dim[0] == 3 && x.shape.dim[1] == 2);
        ck_assert_mem_eq(x.data, turned, sizeof turned);
        ck_assert_mem_eq(l.data, labels, sizeof labels);
    }
    rg_array_free(&x);
    rg_array_free(&l);
    rg_npz_close(&z);
    return s;
}

START_TEST(npz_goes_out_and_in)
{
    make_folder();
    off_t size[2];
    for (int deflate = 0; deflate < 2; deflate++) {
        rg_error e = {0};
        struct stat st;
        expect_ok(write_both(deflate, NULL, &e), &e);
        expect_ok(read_both(NULL, &e), &e);
        ck_assert_int_eq(stat(in_folder("a.npz"), &st), 0);
        size[deflate] = st.st_size;
    }
    ck_assert_int_lt(size[1], size[0] / 4);
    rg_npz z;
    rg_array a;
    rg_error e = {0};
    expect_ok(rg_npz_open(&z, in_folder("a.npz"), NULL, &e), &e);
    expect_error(rg_npz_read(&a, &z, "y", RG_F64, NULL, &e), &e, RG_USAGE, "has no array 'y'; there are: x, l");
    rg_npz_close(&z);
    remove_files(npz_files);
}
END_TEST

/* ---- archives by hand ------------------------------------------------------------------------ */

enum { MOST = 4096 };

typedef struct archive {
    unsigned char byte[MOST];
    size_t n, directory;
} archive;

static size_t file_bytes(unsigned char *to)
{
    FILE *f = fopen(in_folder("a.npz"), "rb");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(to, 1, MOST, f);
    fclose(f);
    return n;
}

/* A good one, of two small arrays. */
static archive good_archive(bool deflate)
{
    archive a = {.n = 0};
    rg_error e = {0};
    static double few[] = {7, 8};
    const rg_tensor x[] = {both[0], {.data = few, .dtype = RG_F64, .rank = 1, .dim = {2}, .stride = {1}}};
    expect_ok(rg_npz_write(in_folder("a.npz"), 2, names, x, deflate, NULL, &e), &e);
    a.n = file_bytes(a.byte);
    a.directory = (size_t)a.byte[a.n - 6] | (size_t)a.byte[a.n - 5] << 8;
    return a;
}

/* Everything in it, or the error. */
static rg_status read_all_of(const unsigned char *byte, size_t n, rg_error *e)
{
    rg_npz z;
    *e = (rg_error){0};
    put_file("a.npz", byte, n);
    rg_status s = rg_npz_open(&z, in_folder("a.npz"), NULL, e);
    for (int i = 0; i < z.n && !s; i++) {
        rg_array a;
        s = rg_npz_read(&a, &z, z.member[i].name, RG_F64, NULL, e);
        rg_array_free(&a);
    }
    rg_npz_close(&z);
    return s;
}

/* Bytes of a good archive that become others; at counts from the end when negative, from the
 * directory when `entry`. */
typedef struct npz_lie {
    bool entry;
    int at;
    const char *bytes;
    int n;
    const char *says;
} npz_lie;

static const npz_lie npz_lies[] = {
    {false, -22, "Q", 1, "does not end like a zip archive"},
    {false, -2, "\1", 1, "does not end like a zip archive"},
    {false, -18, "\1", 1, "one part of several"},
    {false, -14, "\3", 1, "one part of several"},
    {false, -14, "\3\0\3", 3, "its directory is not where it says"},
    {false, -14, "\1\0\1", 3, "its directory is longer than it says"},
    {false, -14, "\xff\xff\xff\xff", 4, "zip64"},
    {false, -10, "\1\0\0\0", 4, "its directory is not where it says"},
    {false, -6, "\xff\xff\xff\xff", 4, "zip64"},
    {true, 0, "Q", 1, "its directory is damaged"},
    {true, 8, "\1", 1, "encrypted"},
    {true, 10, "\14", 1, "packed in a way that is not known"},
    {true, 20, "\1", 1, "has two sizes, though it is not packed"},
    {true, 20, "\xff\xff\xff\xff", 4, "zip64"},
    {true, 24, "\xff\xff\xff\xff", 4, "zip64"},
    {true, 20, "\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0", 8, "goes on beyond its file"},
    {true, 16, "\1\2\3\4", 4, "is told differently in the directory"},
    {true, 28, "\xff\xff", 2, "its directory is damaged"},
    {true, 42, "\1", 1, "is not where the directory says"},
    {true, 42, "\xff\xff\xff\xff", 4, "zip64"},
    {true, 42, "\xff\xff\xff\x7f", 4, "is not where the directory says"},
    {true, 46, "y", 1, "is told differently in the directory"},
    {true, 46, "\xff", 1, "not UTF-8"},
    {true, 46, "\0", 1, "not UTF-8"},
    {false, 14, "\1\2\3\4", 4, "is told differently in the directory"},
    {false, 26, "\0", 1, "is told differently in the directory"},
    {false, 8, "\10", 1, "is told differently in the directory"},
};

START_TEST(npz_that_lies_is_refused)
{
    make_folder();
    archive whole = good_archive(false);
    rg_error e;
    expect_ok(read_all_of(whole.byte, whole.n, &e), &e);
    for (size_t i = 0; i < sizeof npz_lies / sizeof *npz_lies; i++) {
        const npz_lie *l = &npz_lies[i];
        archive a = whole;
        size_t at = l->entry ? a.directory + (size_t)l->at : l->at < 0 ? a.n - (size_t)-l->at : (size_t)l->at;
        memcpy(a.byte + at, l->bytes, (size_t)l->n);
        rg_status s = read_all_of(a.byte, a.n, &e);
        ck_assert_msg(s == RG_FORMAT && strstr(e.text, l->says), "lie %zu: status %d, '%s'", i, (int)s, e.text);
    }
    remove_files(npz_files);
}
END_TEST

/* One name twice, one record twice, records that overlap, bytes that belong to nobody. */
START_TEST(npz_members_that_meet_are_refused)
{
    make_folder();
    rg_error e;
    archive whole = good_archive(false), a = whole;
    size_t second = a.directory + 46 + 5; /* its entry: behind one of name x.npy */
    a.byte[second + 46] = 'x';
    size_t local = (size_t)a.byte[second + 42] | (size_t)a.byte[second + 43] << 8;
    a.byte[local + 30] = 'x';
    expect_error(read_all_of(a.byte, a.n, &e), &e, RG_FORMAT, "array 'x' is there twice");
    a = whole;
    memcpy(a.byte + second, a.byte + a.directory, 51);
    expect_error(read_all_of(a.byte, a.n, &e), &e, RG_FORMAT, "overlaps another");
    a = whole;
    memmove(a.byte + a.directory + 1, whole.byte + a.directory, a.n - a.directory);
    a.byte[++a.n - 6]++;
    expect_error(read_all_of(a.byte, a.n, &e), &e, RG_FORMAT, "bytes that belong to no array");
    a = whole;
    a.byte[a.n++] = 0;
    expect_error(read_all_of(a.byte, a.n, &e), &e, RG_FORMAT, "does not end like a zip archive");
    remove_files(npz_files);
}
END_TEST

START_TEST(npz_cut_anywhere_is_refused)
{
    make_folder();
    for (int deflate = 0; deflate < 2; deflate++) {
        archive a = good_archive(deflate);
        for (size_t n = 0; n < a.n; n++) {
            rg_error e;
            ck_assert_msg(read_all_of(a.byte, n, &e) == RG_FORMAT, "cut at %zu: %s", n, e.text);
        }
    }
    remove_files(npz_files);
}
END_TEST

/* A bit of every byte: refused, or it does not matter (dates, versions, attributes). */
START_TEST(npz_with_a_flipped_bit_is_refused)
{
    make_folder();
    for (int deflate = 0; deflate < 2; deflate++) {
        archive a = good_archive(deflate);
        int passed = 0;
        for (size_t bit = 0; bit < 8 * a.n; bit += 7) {
            rg_error e;
            a.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
            rg_status s = read_all_of(a.byte, a.n, &e);
            a.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
            ck_assert_msg(s == RG_OK || (s == RG_FORMAT && *e.text), "bit %zu: status %d, %s", bit, (int)s, e.text);
            passed += !s;
        }
        ck_assert_int_le(passed, 2 * 2 * (6 + 2 + 6 + 10)); /* version, date and time, and so on; of two */
        ck_assert_int_gt(passed, 0);
    }
    remove_files(npz_files);
}
END_TEST

/* The directory promises 2 GiB: what is not there costs no memory. */
START_TEST(npz_promises_cost_nothing)
{
    make_folder();
    archive a = good_archive(true);
    const unsigned char huge[] = {0, 0, 0, 0x7f};
    memcpy(a.byte + a.directory + 24, huge, 4);
    memcpy(a.byte + 22, huge, 4);
    put_file("a.npz", a.byte, a.n);
    rg_npz z;
    rg_array x;
    rg_error e = {0};
    expect_ok(rg_npz_open(&z, in_folder("a.npz"), NULL, &e), &e);
    expect_error(rg_npz_read(&x, &z, "x", RG_F64, NULL, &e), &e, RG_FORMAT, "does not unpack to what");
    rg_npz_close(&z);
    remove_files(npz_files);
}
END_TEST

static void not_written(const char *path, const char *const *name, rg_status want, const char *says)
{
    rg_error e = {0};
    expect_error(rg_npz_write(path, 2, name, both, true, NULL, &e), &e, want, says);
}

START_TEST(npz_that_is_not_written)
{
    make_folder();
    not_written(in_folder("a.npz"), (const char *[]){"a", "a"}, RG_USAGE, "two arrays are called 'a'");
    not_written(in_folder("a.npz"), (const char *[]){"", "a"}, RG_USAGE, "without a name");
    not_written(in_folder("a.npz"), (const char *[]){"a", "\xc3"}, RG_FORMAT, "not UTF-8");
    not_written("/nowhere/a.npz", names, RG_IO, "cannot be written");
    if (access("/dev/full", W_OK) == 0) not_written("/dev/full", names, RG_IO, "/dev/full: cannot be written");
    ck_assert_int_ne(access(in_folder("a.npz"), F_OK), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static rg_status npz_write_and_read(const rg_alloc *alloc, rg_error *e)
{
    rg_status s = write_both(true, alloc, e);
    return s ? s : read_both(alloc, e);
}

START_TEST(npz_without_memory)
{
    make_folder();
    refuse_each(npz_write_and_read);
    remove_files(npz_files);
}
END_TEST

RG_SUITE("npz", npz_goes_out_and_in, npz_that_lies_is_refused, npz_members_that_meet_are_refused, npz_cut_anywhere_is_refused,
         npz_with_a_flipped_bit_is_refused, npz_promises_cost_nothing, npz_that_is_not_written, npz_without_memory)
