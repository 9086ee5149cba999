/* test_modelfile.c - a network to a file and back, and files that do not fit together. */
#include "data_help.h"
#include "nn_help.h"

static double mean[] = {1, 2}, deviation[] = {3, 4};
static const char *const class_name[] = {"a", "\xc3\xbc \"b\"", ""};
static const int64_t held[] = {3, 8};
static const rg_standard standard = {.width = 2, .mean = mean, .deviation = deviation, .target_deviation = 1};

static const char csv[] = "x,y,kind\n1,2,a\n2,3,b\n3,1,c\n4,4,a\n";

/* The coding of that table, in words of its own. */
static void learn_coding(rg_coding *c, rg_table *t, rg_error *e)
{
    put_file("table.csv", csv, sizeof csv - 1);
    expect_ok(rg_read_csv(t, in_folder("table.csv"), NULL, e), e);
    expect_ok(rg_coding_learn(c, t, "kind", NULL, e), e);
}

static rg_model_info some_info(const rg_coding *c)
{
    return (rg_model_info){.spec = "linear 4, batchnorm, relu, linear 3", .task = RG_CLASSIFY, .row = rg_shape1(2), .classes = 3,
                           .class_name = class_name, .standard = &standard, .coding = c, .missing = RG_MISSING_MEAN,
                           .seed = UINT64_MAX, .digest = 0xfedcba9876543210u, .held = 2, .held_row = held};
}

static rg_status new_model(rg_model *m, rg_tape *t, const char *spec, uint64_t seed)
{
    rg_spec s;
    ck_assert_int_eq(rg_spec_parse(&s, spec, NULL), RG_OK);
    return rg_model_init(m, t, &s, 2, RG_F32, seed);
}

static void same_weights(const rg_model *m, const rg_model *back)
{
    ck_assert_int_eq(m->params, back->params);
    for (int i = 0; i < m->params; i++) {
        float a[64], b[64];
        size_t n = bits_of(m->param[i], a, sizeof a);
        ck_assert_uint_eq(bits_of(back->param[i], b, sizeof b), n);
        ck_assert_mem_eq(a, b, n);
    }
}

START_TEST(model_comes_back)
{
    rg_error e = {0};
    rg_coding c;
    rg_table table;
    rg_model m, back;
    rg_model_file f;
    make_folder();
    learn_coding(&c, &table, &e);
    rg_tape *t = rg_tape_new(NULL), *u = rg_tape_new(NULL);
    rg_model_info info = some_info(&c);
    ck_assert_int_eq(new_model(&m, t, info.spec, 5), RG_OK);
    expect_ok(rg_model_save(in_folder("m"), &m, &info, NULL, &e), &e);
    expect_ok(rg_model_open(&f, in_folder("m"), NULL, &e), &e);
    ck_assert_str_eq(f.info.spec, info.spec);
    ck_assert_int_eq(f.info.task, RG_CLASSIFY);
    ck_assert(f.info.row.rank == 1 && f.info.row.dim[0] == 2 && f.info.classes == 3 && f.dtype == RG_F32);
    for (int i = 0; i < 3; i++) ck_assert_str_eq(f.info.class_name[i], class_name[i]);
    ck_assert(f.info.seed == info.seed && f.info.digest == info.digest && f.info.missing == RG_MISSING_MEAN);
    ck_assert(f.info.held == 2 && !memcmp(f.info.held_row, held, sizeof held));
    ck_assert(!memcmp(f.info.standard->mean, mean, sizeof mean) && !memcmp(f.info.standard->deviation, deviation, sizeof deviation));
    ck_assert_int_eq(f.info.coding->columns, 2);
    ck_assert_str_eq(f.info.coding->target.category[2], "c");
    ck_assert_int_eq(rg_model_restore(&back, u, &f), RG_OK);
    same_weights(&m, &back);
    rg_model_close(&f);
    rg_tape_free(t);
    rg_tape_free(u);
    rg_coding_free(&c);
    rg_table_free(&table);
    remove_files((const char *[]){"m", "table.csv", NULL});
}
END_TEST

/* Save with one thing wrong; what opening the file says. */
static void wrong(rg_model_info info, const char *built, const char *says)
{
    rg_error e = {0};
    rg_model m;
    rg_model_file f;
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(new_model(&m, t, built, 1), RG_OK);
    expect_ok(rg_model_save(in_folder("m"), &m, &info, NULL, &e), &e);
    expect_error(rg_model_open(&f, in_folder("m"), NULL, &e), &e, RG_FORMAT, says);
    rg_tape_free(t);
}

START_TEST(what_does_not_fit)
{
    rg_error e = {0};
    rg_coding c;
    rg_table table;
    make_folder();
    learn_coding(&c, &table, &e);
    const rg_model_info good = some_info(&c);
    rg_model_info bad = good;
    bad.spec = "linear 4, rleu";
    wrong(bad, good.spec, "no layer is called 'rleu'");
    bad = good;
    bad.classes = 2;
    wrong(bad, good.spec, "not as many as its classes");
    bad = good;
    bad.task = RG_UNLABELLED;
    wrong(bad, good.spec, "its task");
    bad = good;
    bad.row = rg_shape2(2, 0);
    wrong(bad, good.spec, "shape of its rows");
    bad = good;
    bad.row = rg_shape1(3);
    wrong(bad, good.spec, "its columns");
    bad = good;
    double zero[] = {1, 0}, nan[] = {1, (double)NAN};
    rg_standard flat = standard, unknown = standard, narrow = standard;
    flat.deviation = zero;
    unknown.mean = nan;
    narrow.width = 1;
    const rg_standard *standards[] = {&flat, &unknown, &narrow};
    for (int i = 0; i < 3; i++) {
        bad.standard = standards[i];
        wrong(bad, good.spec, "mean and deviation");
    }
    wrong(good, "relu, linear 3", "it has no weights");
    wrong(good, "linear 5, batchnorm, relu, linear 3", "0.weight is not of the size that its network has");
    bad = good;
    bad.spec = "linear 2000000000, batchnorm, relu, linear 3"; /* and not that there is no memory for it */
    wrong(bad, good.spec, "/m: is no model that can be used: 0.weight is not of the size");
    rg_saved x = {"x", {.data = zero, .dtype = RG_F64, .rank = 1, .dim = {2}, .stride = {1}}};
    rg_model_file f;
    expect_ok(rg_safetensors_write(in_folder("m"), 1, &x, 0, NULL, NULL, &e), &e);
    expect_error(rg_model_open(&f, in_folder("m"), NULL, &e), &e, RG_FORMAT, "not written by retrograd");
    rg_coding_free(&c);
    rg_table_free(&table);
    remove_files((const char *[]){"m", "table.csv", NULL});
}
END_TEST

/* A leaf that the file lacks is found when it is recorded; the message names the file. */
START_TEST(leaves_that_do_not_fit)
{
    rg_error e = {0};
    rg_model m;
    rg_model_file f;
    rg_coding c;
    rg_table table;
    make_folder();
    learn_coding(&c, &table, &e);
    rg_tape *t = rg_tape_new(NULL);
    rg_model_info info = some_info(&c);
    ck_assert_int_eq(new_model(&m, t, "linear 4, relu, relu, linear 3", 1), RG_OK);
    expect_ok(rg_model_save(in_folder("m"), &m, &info, NULL, &e), &e);
    expect_ok(rg_model_open(&f, in_folder("m"), NULL, &e), &e);
    ck_assert_int_eq(rg_model_restore(&m, t, &f), RG_FORMAT);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "1.weight"));
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, in_folder("m")));
    rg_model_close(&f);
    rg_tape_free(t);
    rg_coding_free(&c);
    rg_table_free(&table);
    remove_files((const char *[]){"m", "table.csv", NULL});
}
END_TEST

/* Sizes that a spec promises are compared with the file's: of every kind of layer. */
START_TEST(every_layer_opens_again)
{
    static const char *const spec[] = {"linear 3", "linear 8, maxout 4, linear 6, maxout 2, linear 3",
                                       "linear 4, batchnorm, prelu, linear 6, layernorm, pswish, linear 8, groupnorm 2, relu, dropout 0.5, linear 3"};
    rg_error e = {0};
    rg_coding c;
    rg_table table;
    make_folder();
    learn_coding(&c, &table, &e);
    rg_model_info info = some_info(&c);
    for (size_t i = 0; i < sizeof spec / sizeof *spec; i++) {
        rg_model m, back;
        rg_model_file f;
        rg_tape *t = rg_tape_new(NULL);
        info.spec = spec[i];
        ck_assert_int_eq(new_model(&m, t, spec[i], 1), RG_OK);
        expect_ok(rg_model_save(in_folder("m"), &m, &info, NULL, &e), &e);
        expect_ok(rg_model_open(&f, in_folder("m"), NULL, &e), &e);
        ck_assert_int_eq(rg_model_restore(&back, t, &f), RG_OK);
        same_weights(&m, &back);
        rg_model_close(&f);
        rg_tape_free(t);
    }
    rg_coding_free(&c);
    rg_table_free(&table);
    remove_files((const char *[]){"m", "table.csv", NULL});
}
END_TEST

/* Three networks of one spec, each with its own bits; of a fourth there is nothing. */
START_TEST(several_networks_come_back)
{
    rg_error e = {0};
    rg_coding c;
    rg_table table;
    rg_model m[3], back;
    rg_model_file f;
    make_folder();
    learn_coding(&c, &table, &e);
    rg_tape *t = rg_tape_new(NULL), *u = rg_tape_new(NULL);
    rg_model_info info = some_info(&c);
    info.networks = 3;
    for (int k = 0; k < 3; k++) ck_assert_int_eq(new_model(&m[k], t, info.spec, (uint64_t)k), RG_OK);
    expect_ok(rg_model_save(in_folder("m"), m, &info, NULL, &e), &e);
    expect_ok(rg_model_open(&f, in_folder("m"), NULL, &e), &e);
    ck_assert_int_eq(f.info.networks, 3);
    for (int k = 0; k < 3; k++) {
        float a[8], b[8], first[8];
        ck_assert_int_eq(rg_model_restore_member(&back, u, &f, k), RG_OK);
        size_t n = bits_of(m[k].param[0], a, sizeof a);
        bits_of(back.param[0], b, sizeof b);
        bits_of(m[0].param[0], first, sizeof first);
        ck_assert_mem_eq(a, b, n);
        ck_assert((memcmp(first, b, n) == 0) == (k == 0));
    }
    ck_assert_int_eq(rg_model_restore_member(&back, u, &f, 3), RG_USAGE);
    rg_model_close(&f);
    rg_tape_free(t);
    rg_tape_free(u);
    rg_coding_free(&c);
    rg_table_free(&table);
    remove_files((const char *[]){"m", "table.csv", NULL});
}
END_TEST

/* Wherever a bit of the file is flipped, the model is refused. Bit 5 is left alone: the
 * case of a hex digit in an escape says nothing. */
START_TEST(a_flipped_bit_is_found)
{
    rg_error e = {0};
    rg_model m;
    rg_model_file f;
    rg_coding c;
    rg_table table;
    make_folder();
    learn_coding(&c, &table, &e);
    rg_tape *t = rg_tape_new(NULL);
    rg_model_info info = some_info(&c);
    ck_assert_int_eq(new_model(&m, t, info.spec, 1), RG_OK);
    expect_ok(rg_model_save(in_folder("m"), &m, &info, NULL, &e), &e);
    unsigned char bytes[4096];
    FILE *file = fopen(in_folder("m"), "rb");
    ck_assert_ptr_nonnull(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ck_assert(n > 1000 && n < sizeof bytes);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= (unsigned char)(1u << i % 5);
        put_file("m", bytes, n);
        ck_assert_msg(rg_model_open(&f, in_folder("m"), NULL, &e), "byte %zu", i);
        bytes[i] ^= (unsigned char)(1u << i % 5);
    }
    rg_tape_free(t);
    rg_coding_free(&c);
    rg_table_free(&table);
    remove_files((const char *[]){"m", "table.csv", NULL});
}
END_TEST

static const rg_coding *kept_coding;
static const rg_model *kept_model;

static rg_status save_and_open(const rg_alloc *alloc, rg_error *e)
{
    rg_model_info info = some_info(kept_coding);
    rg_model_file f = {0};
    rg_status s = rg_model_save(in_folder("m"), kept_model, &info, alloc, e);
    if (!s) s = rg_model_open(&f, in_folder("m"), alloc, e);
    rg_model_close(&f);
    return s;
}

START_TEST(model_file_without_memory)
{
    rg_error e = {0};
    rg_coding c;
    rg_table table;
    rg_model m;
    make_folder();
    learn_coding(&c, &table, &e);
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(new_model(&m, t, some_info(&c).spec, 1), RG_OK);
    kept_coding = &c;
    kept_model = &m;
    refuse_each(save_and_open);
    rg_tape_free(t);
    rg_coding_free(&c);
    rg_table_free(&table);
    remove_files((const char *[]){"m", "table.csv", NULL});
}
END_TEST

RG_SUITE("modelfile", model_comes_back, what_does_not_fit, leaves_that_do_not_fit, every_layer_opens_again, a_flipped_bit_is_found, several_networks_come_back, model_file_without_memory)
