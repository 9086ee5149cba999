/* test_data.c - image files, made digits, splits, standards and batches: known
 * values, files that lie, memory that runs out. */
#define _XOPEN_SOURCE 700
#include "data_help.h"
#include "philox.h"
#include <math.h>
#include <zlib.h>

/* ---- random bits ---------------------------------------------------------------- */

/* kat_vectors of the Random123 distribution, philox4x32 10: counter, key, result. */
START_TEST(philox_gives_the_published_numbers)
{
    static const uint32_t known[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        rg_philox(known[i] + 4, known[i], out);
        ck_assert_mem_eq(out, known[i] + 6, sizeof out);
    }
}
END_TEST

/* ---- IDX ------------------------------------------------------------------------ */

static const char *const image_files[] = {"train-images-idx3-ubyte",
                                          "train-labels-idx1-ubyte",
                                          "t10k-images-idx3-ubyte.gz",
                                          "t10k-labels-idx1-ubyte.gz",
                                          "data_batch_2.bin",
                                          "data_batch_4.bin",
                                          "test_batch.bin",
                                          "batches.meta.txt",
                                          NULL};

static const unsigned char three_images[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0,
                                             2, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6};
static const unsigned char three_labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 4, 0, 2};

static void put_zipped(const char *name, const void *bytes, unsigned n)
{
    gzFile f = gzopen(in_folder(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(gzwrite(f, bytes, n), (int)n);
    ck_assert_int_eq(gzclose(f), Z_OK);
}

static void put_idx(void)
{
    make_folder();
    put_file("train-images-idx3-ubyte", three_images, sizeof three_images);
    put_file("train-labels-idx1-ubyte", three_labels, sizeof three_labels);
}

static void remove_images(void) { remove_files(image_files); }

static rg_status read_train(const rg_alloc *alloc, rg_error *e)
{
    rg_data d;
    rg_status st = rg_read_images(&d, folder, RG_TRAIN, alloc, e);
    if (st != RG_OK) ck_assert_ptr_null(d.x);
    rg_data_free(&d);
    return st;
}

START_TEST(idx_is_read)
{
    rg_data d;
    rg_error e = {0};
    expect_ok(rg_read_idx(&d, folder, RG_TRAIN, NULL, &e), &e);
    ck_assert_int_eq(d.rows, 3);
    ck_assert_int_eq(d.shape.rank, 3);
    ck_assert_int_eq(d.shape.dim[0], 1);
    ck_assert_int_eq(d.shape.dim[1], 2);
    ck_assert_int_eq(d.shape.dim[2], 1);
    ck_assert_mem_eq(d.x, three_images + 16, 6);
    ck_assert_int_eq(d.label[0], 4);
    ck_assert_int_eq(d.label[2], 2);
    ck_assert_int_eq(d.classes, 5);
    ck_assert_str_eq(d.class_name[4], "4");
    ck_assert_str_eq(d.source, folder);
    rg_data_free(&d);
}
END_TEST

START_TEST(idx_test_part_needs_no_training_files)
{
    rg_data d;
    rg_error e = {0};
    put_zipped("t10k-images-idx3-ubyte.gz", three_images, sizeof three_images);
    put_zipped("t10k-labels-idx1-ubyte.gz", three_labels, sizeof three_labels);
    remove(in_folder("train-images-idx3-ubyte"));
    expect_ok(rg_read_images(&d, folder, RG_TEST, NULL, &e), &e);
    ck_assert_mem_eq(d.x, three_images + 16, 6);
    rg_data_free(&d);
    expect_error(rg_read_idx(&d, folder, RG_TRAIN, NULL, &e), &e, RG_IO,
                 "train-images-idx3-ubyte.gz");
}
END_TEST

static void refuse_idx(const char *name, const void *bytes, size_t n, const char *words)
{
    rg_error e = {0};
    put_file(name, bytes, n);
    expect_error(read_train(NULL, &e), &e, RG_FORMAT, words);
    ck_assert_ptr_nonnull(strstr(e.text, name));
    put_file("train-images-idx3-ubyte", three_images, sizeof three_images);
    put_file("train-labels-idx1-ubyte", three_labels, sizeof three_labels);
}

START_TEST(idx_that_lies_is_refused)
{
    static const unsigned char huge[] = {0, 0,   8,   3, 255, 255, 255, 255, 0,
                                         0, 127, 255, 0, 0,   127, 255, 1};
    static const unsigned char tall[] = {0, 0, 8, 3, 0, 0, 0, 1, 128, 0, 0, 0, 0, 0, 0, 1, 1};
    static const unsigned char none[] = {0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1};
    static const unsigned char two[] = {0, 0, 8, 1, 0, 0, 0, 2, 4, 0};
    static const unsigned char more[] = {0, 0, 8, 1, 0, 0, 0, 3, 4, 0, 2, 9};
    const char *images = "train-images-idx3-ubyte", *labels = "train-labels-idx1-ubyte";
    refuse_idx(images, three_labels, sizeof three_labels, "ends at byte 11");
    refuse_idx(labels, three_images, sizeof three_images, "magic number 0x00000803");
    refuse_idx(images, huge, sizeof huge, "ends at byte 17");
    refuse_idx(images, tall, sizeof tall, "sides are 1 to 32767");
    refuse_idx(images, none, sizeof none, "claims 0 images");
    refuse_idx(labels, two, sizeof two, "2 labels for 3 images");
    refuse_idx(labels, more, sizeof more, "should end at byte 11");
}
END_TEST

START_TEST(idx_cut_anywhere_is_refused)
{
    for (size_t n = 0; n < sizeof three_images; n++)
        refuse_idx("train-images-idx3-ubyte", three_images, n, "ends at byte");
    for (size_t n = 0; n < sizeof three_labels; n++)
        refuse_idx("train-labels-idx1-ubyte", three_labels, n, "ends at byte");
}
END_TEST

START_TEST(gzip_cut_or_damaged_is_refused)
{
    unsigned char bytes[256];
    put_zipped("t10k-labels-idx1-ubyte.gz", three_labels, sizeof three_labels);
    put_zipped("t10k-images-idx3-ubyte.gz", three_images, sizeof three_images);
    FILE *f = fopen(in_folder("t10k-images-idx3-ubyte.gz"), "rb");
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    for (size_t cut = 0; cut < n; cut++) {
        rg_data d;
        rg_error e = {0};
        put_file("t10k-images-idx3-ubyte.gz", bytes, cut);
        expect_error(rg_read_idx(&d, folder, RG_TEST, NULL, &e), &e, RG_FORMAT, "t10k-images");
    }
    bytes[n - 6] ^= 1; /* the checksum */
    rg_data d;
    rg_error e = {0};
    put_file("t10k-images-idx3-ubyte.gz", bytes, n);
    expect_error(rg_read_idx(&d, folder, RG_TEST, NULL, &e), &e, RG_FORMAT, "damaged");
}
END_TEST

START_TEST(labels_beyond_the_expected_classes_are_named)
{
    rg_data d;
    rg_error e = {0};
    expect_ok(rg_read_idx(&d, folder, RG_TRAIN, NULL, &e), &e);
    expect_ok(rg_data_expect(&d, 10, &e), &e);
    ck_assert_int_eq(d.classes, 10);
    ck_assert_str_eq(d.class_name[9], "9");
    expect_error(rg_data_expect(&d, 4, &e), &e, RG_INDEX, "row 1 has label 4");
    rg_data_free(&d);
}
END_TEST

START_TEST(images_survive_a_lack_of_memory) { refuse_each(read_train); }
END_TEST

START_TEST(a_folder_without_images_is_refused)
{
    rg_data d;
    rg_error e = {0};
    expect_error(rg_read_images(&d, "/nonexistent", RG_TRAIN, NULL, &e), &e, RG_IO, "/nonexistent");
}
END_TEST

/* ---- CIFAR-10 --------------------------------------------------------------------- */

enum { RECORD_BYTES = 3073 };

static void put_records(const char *name, int n, int label)
{
    unsigned char *bytes = calloc((size_t)n, RECORD_BYTES);
    for (int i = 0; i < n; i++) {
        bytes[i * RECORD_BYTES] = (unsigned char)(label + i);
        bytes[i * RECORD_BYTES + 1] = 7;
        bytes[i * RECORD_BYTES + RECORD_BYTES - 1] = (unsigned char)i;
    }
    put_file(name, bytes, (size_t)n * RECORD_BYTES);
    free(bytes);
}

static void put_cifar(void)
{
    make_folder();
    put_records("data_batch_2.bin", 3, 1);
    put_records("data_batch_4.bin", 2, 8);
}

START_TEST(cifar_joins_the_batches_that_are_there)
{
    rg_data d;
    rg_error e = {0};
    expect_ok(rg_read_images(&d, folder, RG_TRAIN, NULL, &e), &e);
    ck_assert_int_eq(d.rows, 5);
    ck_assert_int_eq(d.shape.dim[0], 3);
    ck_assert_int_eq(d.width, 3072);
    ck_assert_int_eq(d.label[0], 1);
    ck_assert_int_eq(d.label[4], 9);
    ck_assert_int_eq(((unsigned char *)d.x)[4 * 3072], 7);
    ck_assert_int_eq(((unsigned char *)d.x)[3 * 3072 - 1], 2);
    ck_assert_str_eq(d.class_name[1], "automobile");
    rg_data_free(&d);
    expect_error(rg_read_cifar10(&d, folder, RG_TEST, NULL, &e), &e, RG_IO, "test_batch.bin");
}
END_TEST

START_TEST(cifar_names_come_from_the_meta_file)
{
    rg_data d;
    rg_error e = {0};
    put_file("batches.meta.txt", "a\r\nb\nc\nd\ne\nf\ng\nh\ni\nj", 20);
    expect_ok(rg_read_cifar10(&d, folder, RG_TRAIN, NULL, &e), &e);
    ck_assert_str_eq(d.class_name[0], "a");
    ck_assert_str_eq(d.class_name[9], "j");
    rg_data_free(&d);
    put_file("batches.meta.txt", "a\nb\n", 4);
    expect_error(rg_read_cifar10(&d, folder, RG_TRAIN, NULL, &e), &e, RG_FORMAT, "names 2 classes");
}
END_TEST

START_TEST(cifar_that_lies_is_refused)
{
    rg_error e = {0};
    unsigned char part[100] = {0};
    put_records("data_batch_4.bin", 2, 9);
    expect_error(read_train(NULL, &e), &e, RG_FORMAT,
                 "data_batch_4.bin: record 2 (byte 3073) has label 10");
    e = (rg_error){0};
    put_file("data_batch_4.bin", part, sizeof part);
    expect_error(read_train(NULL, &e), &e, RG_FORMAT, "record 1 has 100 bytes");
    e = (rg_error){0};
    put_file("data_batch_4.bin", part, 0);
    expect_error(read_train(NULL, &e), &e, RG_FORMAT, "record 1 has 0 bytes");
}
END_TEST

/* ---- made digits -------------------------------------------------------------------- */

static uint64_t digest_of(const void *bytes, int64_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < n; i++) h = (h ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
    return h;
}

/* The same bits from every compiler and processor: this number never changes
 * unless the digits are meant to look different. */
START_TEST(digits_are_the_same_everywhere)
{
    rg_data d;
    rg_error e = {0};
    expect_ok(rg_make_digits(&d, 1000, 42, RG_TRAIN, NULL, &e), &e);
    ck_assert_int_eq(d.classes, 10);
    ck_assert_int_eq(d.label[37], 7);
    ck_assert_msg(digest_of(d.x, d.rows * d.width) == UINT64_C(0x3908a8f1942127a3),
                  "digest %016llx", (unsigned long long)digest_of(d.x, d.rows * d.width));
    rg_data_free(&d);
}
END_TEST

START_TEST(a_digit_depends_on_seed_part_and_row_alone)
{
    rg_data few, many, test, other;
    rg_error e = {0};
    expect_ok(rg_make_digits(&few, 10, 1, RG_TRAIN, NULL, &e), &e);
    expect_ok(rg_make_digits(&many, 20, 1, RG_TRAIN, NULL, &e), &e);
    expect_ok(rg_make_digits(&test, 10, 1, RG_TEST, NULL, &e), &e);
    expect_ok(rg_make_digits(&other, 10, 2, RG_TRAIN, NULL, &e), &e);
    ck_assert_mem_eq(few.x, many.x, 7840);
    ck_assert_mem_ne((char *)many.x, (char *)many.x + 7840, 784);
    ck_assert_mem_ne(few.x, test.x, 784);
    ck_assert_mem_ne(few.x, other.x, 784);
    rg_data_free(&few);
    rg_data_free(&many);
    rg_data_free(&test);
    rg_data_free(&other);
    expect_error(rg_make_digits(&few, 0, 1, RG_TRAIN, NULL, &e), &e, RG_SHAPE, "0 digits");
}
END_TEST

static rg_status make_few_digits(const rg_alloc *alloc, rg_error *e)
{
    rg_data d;
    rg_status st = rg_make_digits(&d, 3, 1, RG_TRAIN, alloc, e);
    rg_data_free(&d);
    return st;
}

/* ---- shuffles, splits, standards, batches ----------------------------------------------- */

START_TEST(every_order_is_as_likely_as_any_other)
{
    int count[27] = {0};
    for (uint64_t round = 0; round < 6000; round++) {
        int64_t v[3] = {0, 1, 2};
        rg_shuffle(v, 3, 5, round);
        ck_assert_int_eq((1 << v[0]) | (1 << v[1]) | (1 << v[2]), 7);
        count[9 * v[0] + 3 * v[1] + v[2]]++;
    }
    for (int i = 0; i < 27; i++) /* 1000 expected, standard deviation 29 */
        if (count[i]) ck_assert_int_lt(abs(count[i] - 1000), 150);
}
END_TEST

START_TEST(a_split_cuts_the_rows_in_two)
{
    int64_t rows[100], seen[200] = {0};
    rg_split s, again;
    rg_error e = {0};
    for (int i = 0; i < 100; i++) rows[i] = 2 * i;
    expect_ok(rg_split_rows(&s, rows, 100, NULL, 0, 0.1, 3, NULL, &e), &e);
    ck_assert_int_eq(s.n_kept, 90);
    ck_assert_int_eq(s.n_held, 10);
    for (int i = 0; i < 90; i++) seen[s.kept[i]]++;
    for (int i = 0; i < 10; i++) seen[s.held[i]]++;
    for (int i = 0; i < 200; i++) ck_assert_int_eq(seen[i], i % 2 == 0);
    for (int i = 1; i < 10; i++) ck_assert_int_gt(s.held[i], s.held[i - 1]);
    expect_ok(rg_split_rows(&again, rows, 100, NULL, 0, 0.1, 4, NULL, &e), &e);
    ck_assert_mem_ne(s.held, again.held, 80);
    rg_split_free(&s);
    rg_split_free(&again);
}
END_TEST

START_TEST(a_split_by_class_takes_its_share_of_every_class)
{
    int64_t label[103], held[4] = {0}, all[4] = {0};
    rg_split s;
    rg_error e = {0};
    for (int i = 0; i < 103; i++) all[label[i] = i < 60 ? 0 : i < 90 ? 1 : i < 102 ? 2 : 3]++;
    expect_ok(rg_split_rows(&s, NULL, 103, label, 4, 0.25, 3, NULL, &e), &e);
    ck_assert_int_eq(s.n_held, 26);
    for (int i = 0; i < s.n_held; i++) held[label[s.held[i]]]++;
    for (int c = 0; c < 4; c++)
        ck_assert_double_lt(fabs((double)held[c] - 0.25 * (double)all[c]), 1);
    rg_split_free(&s);
    label[50] = 4;
    expect_error(rg_split_rows(&s, NULL, 103, label, 4, 0.25, 3, NULL, &e), &e, RG_INDEX,
                 "row 50 has label 4");
}
END_TEST

START_TEST(a_split_leaves_something_on_both_sides)
{
    static const double fraction[] = {0.001, 0.5, 0.999999999999999999};
    rg_split s;
    for (int64_t n = 2; n < 6; n++)
        for (int i = 0; i < 2; i++) {
            rg_error e = {0};
            expect_ok(rg_split_rows(&s, NULL, n, NULL, 0, fraction[i], 3, NULL, &e), &e);
            ck_assert_int_ge(s.n_kept, 1);
            ck_assert_int_ge(s.n_held, 1);
            ck_assert_int_eq(s.n_kept + s.n_held, n);
            rg_split_free(&s);
        }
    rg_error e = {0};
    expect_error(rg_split_rows(&s, NULL, 1, NULL, 0, 0.5, 3, NULL, &e), &e, RG_SHAPE, "of 1 rows");
    e = (rg_error){0};
    expect_error(rg_split_rows(&s, NULL, 9, NULL, 0, fraction[2], 3, NULL, &e), &e, RG_SHAPE,
                 "between 0 and 1");
}
END_TEST

START_TEST(standardised_pixels_have_mean_0_and_deviation_1)
{
    rg_data d;
    rg_standard s;
    rg_error e = {0};
    int64_t rows[50];
    double *x = malloc(50 * 784 * sizeof *x), sum = 0, squares = 0;
    float *y = malloc(50 * 784 * sizeof *y);
    for (int i = 0; i < 50; i++) rows[i] = 99 - i;
    expect_ok(rg_make_digits(&d, 100, 1, RG_TRAIN, NULL, &e), &e);
    expect_ok(rg_standard_fit(&s, &d, rows, 50, NULL, &e), &e);
    ck_assert_int_eq(s.width, 1);
    expect_ok(rg_take_rows(&d, &s, rows, 50, RG_F64, x, &e), &e);
    expect_ok(rg_take_rows(&d, &s, rows, 50, RG_F32, y, &e), &e);
    for (int i = 0; i < 50 * 784; i++) {
        sum += x[i];
        squares += x[i] * x[i];
        ck_assert(y[i] == (float)x[i]);
    }
    ck_assert_double_lt(fabs(sum), 1e-8);
    ck_assert_double_lt(fabs(squares / (50 * 784) - 1), 1e-12);
    ck_assert(x[5] == (((unsigned char *)d.x)[99 * 784 + 5] / 255.0 - s.mean[0]) / s.deviation[0]);
    expect_error(rg_take_rows(&d, &s, rows, 50, RG_I64, x, &e), &e, RG_DTYPE, "i64");
    free(x);
    free(y);
    rg_standard_free(&s);
    rg_data_free(&d);
}
END_TEST

START_TEST(standards_of_columns_leave_out_what_is_missing)
{
    double x[] = {1, 5, NAN, 5, 3, 5}, target[] = {10, 20, 30}, out[6], t[3];
    int64_t rows[] = {0, 1, 2};
    rg_data d = {.rows = 3,
                 .width = 2,
                 .dtype = RG_F64,
                 .x = x,
                 .task = RG_REGRESS,
                 .target = target,
                 .source = "x"};
    rg_standard s;
    rg_error e = {0};
    expect_ok(rg_standard_fit(&s, &d, NULL, 0, NULL, &e), &e);
    ck_assert_double_eq(s.mean[0], 2);
    ck_assert_double_eq(s.deviation[0], 1);
    ck_assert_double_eq(s.mean[1], 5);
    ck_assert_double_eq(s.deviation[1], 1);
    expect_ok(rg_take_rows(&d, &s, rows, 3, RG_F64, out, &e), &e);
    static const double known[] = {-1, 0, 0, 0, 1, 0};
    for (int i = 0; i < 6; i++) ck_assert_double_eq(out[i], known[i]);
    expect_ok(rg_take_targets(&d, &s, rows, 3, RG_F64, t, &e), &e);
    ck_assert_double_eq_tol(t[2], sqrt(1.5), 1e-15);
    expect_error(rg_take_labels(&d, rows, 3, rows, &e), &e, RG_USAGE, "no labels");
    rg_standard_free(&s);
}
END_TEST

START_TEST(an_epoch_hands_out_every_row_once)
{
    rg_batches b;
    rg_error e = {0};
    const int64_t *rows;
    int64_t first[23], own[23];
    for (int i = 0; i < 23; i++) own[i] = 100 + i;
    expect_ok(rg_batches_new(&b, own, 23, 5, 9, NULL, &e), &e);
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        int seen[23] = {0}, batches = 0;
        rg_batches_begin(&b, epoch);
        for (int64_t n; (n = rg_batches_next(&b, &rows)) > 0; batches++) {
            ck_assert_int_eq(n, batches < 4 ? 5 : 3);
            for (int64_t i = 0; i < n; i++) seen[rows[i] - 100]++;
        }
        ck_assert_int_eq(batches, 5);
        for (int i = 0; i < 23; i++) ck_assert_int_eq(seen[i], 1);
        if (epoch == 1) memcpy(first, b.order, sizeof first);
        if (epoch == 2) ck_assert_mem_ne(first, b.order, sizeof first);
    }
    rg_batches_begin(&b, 1);
    ck_assert_mem_eq(first, b.order, sizeof first);
    rg_batches_free(&b);
    expect_error(rg_batches_new(&b, NULL, 3, 0, 9, NULL, &e), &e, RG_SHAPE, "batches of 0");
}
END_TEST

static rg_status cut_and_measure(const rg_alloc *alloc, rg_error *e)
{
    double x[] = {1, 2, 3};
    int64_t label[] = {0, 1, 1};
    rg_data d = {.rows = 3, .width = 1, .dtype = RG_F64, .x = x, .source = "x"};
    rg_split s;
    rg_standard z;
    rg_batches b;
    rg_status st = rg_split_rows(&s, NULL, 3, label, 2, 0.5, 1, alloc, e);
    if (st != RG_OK) return st;
    st = rg_standard_fit(&z, &d, NULL, 0, alloc, e);
    if (st == RG_OK) st = rg_batches_new(&b, NULL, 3, 2, 1, alloc, e);
    if (st == RG_OK) rg_batches_free(&b);
    rg_standard_free(&z);
    rg_split_free(&s);
    return st;
}

START_TEST(makers_and_cutters_survive_a_lack_of_memory)
{
    refuse_each(make_few_digits);
    refuse_each(cut_and_measure);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data");
    TCase *idx = tcase_create("idx"), *cifar = tcase_create("cifar"), *rest = tcase_create("rest");
    tcase_add_checked_fixture(idx, put_idx, remove_images);
    tcase_add_test(idx, idx_is_read);
    tcase_add_test(idx, idx_test_part_needs_no_training_files);
    tcase_add_test(idx, idx_that_lies_is_refused);
    tcase_add_test(idx, idx_cut_anywhere_is_refused);
    tcase_add_test(idx, gzip_cut_or_damaged_is_refused);
    tcase_add_test(idx, labels_beyond_the_expected_classes_are_named);
    tcase_add_test(idx, images_survive_a_lack_of_memory);
    tcase_add_test(idx, a_folder_without_images_is_refused);
    tcase_add_checked_fixture(cifar, put_cifar, remove_images);
    tcase_add_test(cifar, cifar_joins_the_batches_that_are_there);
    tcase_add_test(cifar, cifar_names_come_from_the_meta_file);
    tcase_add_test(cifar, cifar_that_lies_is_refused);
    tcase_add_test(cifar, images_survive_a_lack_of_memory);
    tcase_add_test(rest, philox_gives_the_published_numbers);
    tcase_add_test(rest, digits_are_the_same_everywhere);
    tcase_add_test(rest, a_digit_depends_on_seed_part_and_row_alone);
    tcase_add_test(rest, every_order_is_as_likely_as_any_other);
    tcase_add_test(rest, a_split_cuts_the_rows_in_two);
    tcase_add_test(rest, a_split_by_class_takes_its_share_of_every_class);
    tcase_add_test(rest, a_split_leaves_something_on_both_sides);
    tcase_add_test(rest, standardised_pixels_have_mean_0_and_deviation_1);
    tcase_add_test(rest, standards_of_columns_leave_out_what_is_missing);
    tcase_add_test(rest, an_epoch_hands_out_every_row_once);
    tcase_add_test(rest, makers_and_cutters_survive_a_lack_of_memory);
    suite_add_tcase(suite, idx);
    suite_add_tcase(suite, cifar);
    suite_add_tcase(suite, rest);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
