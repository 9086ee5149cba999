/* test_images.c - IDX and CIFAR-10 files: known values, files that lie, memory that
 * runs out. */
#include "data_help.h"
#include <zlib.h>

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
    expect_ok(rg_data_expect(&d, 5, &e), &e);
    ck_assert_int_eq(d.classes, 5);
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

/* More than arrives in one piece, and not all of what is promised. */
START_TEST(large_files_are_read_piece_by_piece)
{
    enum { SIDE = 1500, ALL = 16 + SIDE * SIDE };
    static const unsigned char head[] = {0, 0, 8,         3,          0, 0, 0,         1,
                                         0, 0, SIDE >> 8, SIDE & 255, 0, 0, SIDE >> 8, SIDE & 255};
    static const unsigned char label[] = {0, 0, 8, 1, 0, 0, 0, 1, 3};
    unsigned char *bytes = malloc(ALL);
    rg_data d;
    rg_error e = {0};
    for (int i = 0; i < ALL; i++) bytes[i] = i < 16 ? head[i] : (unsigned char)(i * 31 >> 4);
    put_file("train-images-idx3-ubyte", bytes, ALL);
    put_file("train-labels-idx1-ubyte", label, sizeof label);
    expect_ok(rg_read_idx(&d, folder, RG_TRAIN, NULL, &e), &e);
    ck_assert_mem_eq(d.x, bytes + 16, SIDE * SIDE);
    rg_data_free(&d);
    put_file("train-images-idx3-ubyte", bytes, ALL - 1);
    expect_error(read_train(NULL, &e), &e, RG_FORMAT,
                 "ends at byte 2250015, but the pixels should fill bytes 16 to 2250015");
    free(bytes);
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
    put_file("batches.meta.txt", "a\nb\nc\n\xE9\ne\nf\ng\nh\ni\nj", 19);
    expect_error(rg_read_cifar10(&d, folder, RG_TRAIN, NULL, &e), &e, RG_FORMAT, "batches.meta.txt: the name of class 3 is not UTF-8");
    e = (rg_error){0};
    put_file("batches.meta.txt", "a\nb\n", 4);
    expect_error(rg_read_cifar10(&d, folder, RG_TRAIN, NULL, &e), &e, RG_FORMAT, "names 2 classes");
}
END_TEST

START_TEST(cifar_that_lies_is_refused)
{
    rg_error e = {0};
    unsigned char part[100] = {0};
    put_records("data_batch_4.bin", 2, 9);
    expect_error(read_train(NULL, &e), &e, RG_INDEX,
                 "data_batch_4.bin: record 2 (byte 3073) has label 10");
    e = (rg_error){0};
    put_file("data_batch_4.bin", part, sizeof part);
    expect_error(read_train(NULL, &e), &e, RG_FORMAT, "record 1 has 100 bytes");
    e = (rg_error){0};
    put_file("data_batch_4.bin", part, 0);
    expect_error(read_train(NULL, &e), &e, RG_FORMAT, "record 1 has 0 bytes");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("images");
    TCase *idx = tcase_create("idx"), *cifar = tcase_create("cifar");
    tcase_add_checked_fixture(idx, put_idx, remove_images);
    tcase_add_test(idx, idx_is_read);
    tcase_add_test(idx, idx_test_part_needs_no_training_files);
    tcase_add_test(idx, idx_that_lies_is_refused);
    tcase_add_test(idx, idx_cut_anywhere_is_refused);
    tcase_add_test(idx, gzip_cut_or_damaged_is_refused);
    tcase_add_test(idx, labels_beyond_the_expected_classes_are_named);
    tcase_add_test(idx, images_survive_a_lack_of_memory);
    tcase_add_test(idx, a_folder_without_images_is_refused);
    tcase_add_test(idx, large_files_are_read_piece_by_piece);
    tcase_add_checked_fixture(cifar, put_cifar, remove_images);
    tcase_add_test(cifar, cifar_joins_the_batches_that_are_there);
    tcase_add_test(cifar, cifar_names_come_from_the_meta_file);
    tcase_add_test(cifar, cifar_that_lies_is_refused);
    tcase_add_test(cifar, images_survive_a_lack_of_memory);
    suite_add_tcase(suite, idx);
    suite_add_tcase(suite, cifar);
    return run_checks(suite);
}
