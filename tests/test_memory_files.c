/* test_memory_files.c - data sets, files, models and training, each with every request for
 * memory refused in turn. A new function is one row. */
#include "data_help.h"
#include "memory_help.h"
#include <math.h>

static const char table_text[] = "a,kind,y\n1,p,u\n2,q,v\n3,p,u\n,q,v\n5,p,u\n6,q,v\n";

static void make_files(void)
{
    static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4};
    static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 0};
    static unsigned char record[2 * 3073];
    static const float x[] = {1, 2, 3, 4, 5, 6};
    if (folder[0]) return;
    make_folder();
    put_file("t.csv", table_text, sizeof table_text - 1);
    put_file("train-images-idx3-ubyte", images, sizeof images);
    put_file("train-labels-idx1-ubyte", labels, sizeof labels);
    put_file("data_batch_1.bin", record, sizeof record);
    ck_assert_int_eq(rg_write_npy(in_folder("x.npy"), &(rg_tensor){.data = (void *)(uintptr_t)x, .dtype = RG_F32, .rank = 2, .dim = {2, 3}, .stride = {3, 1}},
                                  NULL, NULL), RG_OK);
}

static void drop_files(void)
{
    static const char *const names[] = {"t.csv", "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "data_batch_1.bin", "x.npy", "m", "out.npy", NULL};
    for (int i = 0; names[i]; i++) remove(in_folder(names[i]));
    ck_assert_int_eq(rmdir(folder), 0); /* nothing half written was left beside them */
    folder[0] = 0;
}

/* What was refused is said, and what was to be filled in is zero or owns nothing. */
static rg_status over(scene *s, rg_status st)
{
    disarm(s);
    ck_assert_int_eq(s->e.status, st);
    if (folder[0]) drop_files();
    return st;
}

/* ---- loaders ------------------------------------------------------------------------ */

static rg_status read_idx(scene *s)
{
    rg_data d;
    make_files();
    arm(s);
    rg_status st = rg_read_idx(&d, folder, RG_TRAIN, &s->alloc, &s->e);
    ck_assert(st ? !d.rows && !d.x : d.rows == 2 && d.label[0] == 1);
    rg_data_free(&d);
    return over(s, st);
}

static rg_status read_cifar(scene *s)
{
    rg_data d;
    make_files();
    arm(s);
    rg_status st = rg_read_cifar10(&d, folder, RG_TRAIN, &s->alloc, &s->e);
    ck_assert(st ? !d.rows : d.rows == 2 && d.classes == 10);
    if (!st) st = rg_data_expect(&d, 12, &s->e);
    rg_data_free(&d);
    return over(s, st);
}

static rg_status make_digits(scene *s)
{
    rg_data d;
    arm(s);
    rg_status st = rg_make_digits(&d, 2, 1, RG_TRAIN, &s->alloc, &s->e);
    ck_assert(st ? !d.rows : d.rows == 2);
    rg_data_free(&d);
    return over(s, st);
}

static rg_status read_csv(scene *s)
{
    rg_table t;
    make_files();
    arm(s);
    rg_status st = rg_read_csv(&t, in_folder("t.csv"), &s->alloc, &s->e);
    ck_assert(st ? !t.rows : t.rows == 6);
    rg_table_free(&t);
    return over(s, st);
}

static rg_status code_columns(scene *s)
{
    rg_table t;
    rg_coding c = {0}, back = {0};
    rg_text text = {0};
    rg_data d = {0};
    make_files();
    ck_assert_int_eq(rg_read_csv(&t, in_folder("t.csv"), NULL, NULL), RG_OK);
    arm(s);
    rg_status st = rg_coding_learn(&c, &t, "y", &s->alloc, &s->e);
    if (!st) st = rg_coding_write(&c, &text, &s->alloc, &s->e);
    if (!st) st = rg_coding_read(&back, text.text, &s->alloc, &s->e);
    if (!st) st = rg_encode(&d, &back, &t, RG_MISSING_DROP, &s->alloc, &s->e);
    if (!st) ck_assert_int_eq(d.rows, 5);
    rg_data_free(&d);
    rg_coding_free(&back);
    rg_text_free(&text);
    rg_coding_free(&c);
    rg_table_free(&t);
    return over(s, st);
}

static rg_status cut_rows(scene *s)
{
    static const int64_t label[] = {0, 1, 0, 1, 0, 1, 0, 1};
    rg_split a = {0}, b = {0};
    rg_partition p = {0};
    rg_batches k = {0};
    arm(s);
    rg_status st = rg_split_rows(&a, NULL, 8, label, 2, .25, 1, &s->alloc, &s->e);
    if (!st) st = rg_fold_rows(&b, a.kept, a.n_kept, label, 2, 3, 1, 1, &s->alloc, &s->e);
    if (!st) st = rg_partition_rows(&p, 8, label, 2, .25, .25, 1, &s->alloc, &s->e);
    if (!st) st = rg_batches_new(&k, NULL, 8, 3, 1, &s->alloc, &s->e);
    if (!st) st = rg_batches_stratify(&k, label, 2, &s->e);
    rg_batches_free(&k);
    rg_partition_free(&p);
    rg_split_free(&b);
    rg_split_free(&a);
    return over(s, st);
}

static rg_status standardise(scene *s)
{
    double x[] = {1, 2, 3, 4};
    rg_data d = {.rows = 2, .shape = rg_shape1(2), .width = 2, .dtype = RG_F64, .x = x};
    rg_standard z;
    arm(s);
    rg_status st = rg_standard_fit(&z, &d, NULL, 2, &s->alloc, &s->e);
    if (!st) ck_assert_double_eq(z.mean[1], 3);
    rg_standard_free(&z);
    return over(s, st);
}

/* ---- arrays --------------------------------------------------------------------------- */

static rg_status npy(scene *s)
{
    rg_array a;
    make_files();
    arm(s);
    rg_status st = rg_read_npy(&a, in_folder("x.npy"), RG_F64, &s->alloc, &s->e);
    if (!st) {
        rg_tensor turned = {.data = a.data, .dtype = RG_F64, .rank = 2, .dim = {3, 2}, .stride = {1, 3}};
        st = rg_write_npy(in_folder("out.npy"), &turned, &s->alloc, &s->e);
        ck_assert_int_eq(access(in_folder("out.npy"), F_OK) == 0, st == RG_OK);
    }
    rg_array_free(&a);
    return over(s, st);
}

/* Deflated and as they are; an archive that was there stays when the new one fails. */
static rg_status npz(scene *s)
{
    static double v[] = {1, 2, 3, 4, 5, 6};
    static const char *const name[] = {"a", "b"};
    const rg_tensor x[] = {{.data = v, .dtype = RG_F64, .rank = 2, .dim = {3, 2}, .stride = {1, 3}},
                           {.data = v, .dtype = RG_F64, .rank = 1, .dim = {6}, .stride = {1}}};
    rg_npz z = {0};
    rg_array a = {0};
    rg_status st = RG_OK;
    bool replaced = false;
    make_files();
    ck_assert_int_eq(rg_npz_write(in_folder("out.npy"), 2, name, x, true, NULL, NULL), RG_OK);
    arm(s);
    for (int deflate = 0; deflate < 2 && !st; deflate++) st = rg_npz_write(in_folder("m"), 2, name, x, deflate, &s->alloc, &s->e);
    if (!st) st = rg_npz_write(in_folder("out.npy"), 1, name, x, true, &s->alloc, &s->e);
    replaced = !st;
    if (!st) st = rg_npz_open(&z, in_folder("m"), &s->alloc, &s->e);
    if (!st) st = rg_npz_read(&a, &z, "a", RG_F32, &s->alloc, &s->e);
    if (!st) ck_assert(((const float *)a.data)[1] == 4);
    rg_array_free(&a);
    rg_npz_close(&z);
    disarm(s);
    ck_assert_int_eq(rg_npz_open(&z, in_folder("out.npy"), NULL, NULL), RG_OK);
    ck_assert_int_eq(z.n, replaced ? 1 : 2);
    rg_npz_close(&z);
    return over(s, st);
}

static rg_status tensors(scene *s)
{
    static double v[] = {1, 2, 3, 4, 5, 6};
    rg_saved saved = {"v", {.data = v, .dtype = RG_F64, .rank = 2, .dim = {3, 2}, .stride = {1, 3}}};
    rg_remark remark = {"key", "value"};
    rg_safetensors f;
    make_files();
    arm(s);
    rg_status st = rg_safetensors_write(in_folder("m"), 1, &saved, 1, &remark, &s->alloc, &s->e);
    if (!st) {
        st = rg_safetensors_read(&f, in_folder("m"), &s->alloc, &s->e);
        if (!st) ck_assert(((const double *)f.tensor[0].x.data)[1] == 4);
        rg_safetensors_free(&f);
    }
    return over(s, st);
}

/* ---- models ----------------------------------------------------------------------------- */

static const rg_model_info info = {.spec = "linear 3, batchnorm, prelu, linear 1", .task = RG_REGRESS, .row = {3, {1, 1, 2}}};

static rg_model new_model(rg_tape *t)
{
    rg_spec spec;
    rg_model m;
    ck_assert_int_eq(rg_spec_parse(&spec, info.spec, NULL), RG_OK);
    rg_model_init(&m, t, &spec, 2, RG_F32, 1);
    return m;
}

static void put_model(const rg_model_info *about)
{
    rg_error e = {0};
    rg_tape *t = rg_tape_new(NULL);
    rg_model m = new_model(t);
    expect_ok(rg_model_save(in_folder("m"), &m, about, NULL, &e), &e);
    rg_tape_free(t);
}

/* On an error the old file stays as it was, to the byte. */
static rg_status save_model(scene *s)
{
    double mean[] = {0}, deviation[] = {1};
    rg_standard standard = {.width = 1, .mean = mean, .deviation = deviation, .target_deviation = 1};
    rg_model_info about = info;
    rg_model_file f;
    about.standard = &standard;
    make_files();
    about.seed = 1;
    put_model(&about);
    rg_tape *t = rg_tape_new(NULL);
    rg_model m = new_model(t);
    about.seed = 2;
    arm(s);
    rg_status st = rg_model_save(in_folder("m"), &m, &about, &s->alloc, &s->e);
    disarm(s);
    rg_error e = {0};
    expect_ok(rg_model_open(&f, in_folder("m"), NULL, &e), &e);
    ck_assert_uint_eq(f.info.seed, st ? 1 : 2);
    rg_model_close(&f);
    rg_tape_free(t);
    return over(s, st);
}

static rg_status open_model(scene *s)
{
    double mean[] = {0}, deviation[] = {1};
    rg_standard standard = {.width = 1, .mean = mean, .deviation = deviation, .target_deviation = 1};
    rg_model_info about = info;
    rg_model_file f;
    about.standard = &standard;
    make_files();
    put_model(&about);
    arm(s);
    rg_status st = rg_model_open(&f, in_folder("m"), &s->alloc, &s->e);
    ck_assert(!st || !f.info.spec);
    rg_model_close(&f);
    return over(s, st);
}

static rg_status restore_model(scene *s)
{
    rg_model_file f;
    rg_model m;
    double mean[] = {0}, deviation[] = {1};
    rg_standard standard = {.width = 1, .mean = mean, .deviation = deviation, .target_deviation = 1};
    rg_model_info about = info;
    about.standard = &standard;
    make_files();
    put_model(&about);
    rg_error e = {0};
    expect_ok(rg_model_open(&f, in_folder("m"), NULL, &e), &e);
    rg_tape *t = scene_tape(s);
    arm(s);
    rg_status st = rg_model_restore(&m, t, &f);
    if (!st) st = rg_model_restore_member(&m, t, &f, 0);
    disarm(s);
    rg_model_close(&f);
    drop_files();
    return scene_over(s, t, st);
}

static rg_status use_model(scene *s)
{
    rg_model m, small;
    rg_spec spec;
    rg_tape *t = scene_tape(s);
    ck_assert_int_eq(rg_spec_parse(&spec, "linear 6, groupnorm 2, swish, layernorm, linear 3, pswish, dropout .5, linear 2", NULL), RG_OK);
    arm(s);
    rg_status st = rg_model_init(&m, t, &spec, 2, RG_F32, 1);
    if (!st) {
        rg_node *x = rg_leaf(t, RG_F32, rg_shape2(4, 2));
        rg_model_apply(&m, x, RG_MODE_TRAIN);
        rg_model *twice[] = {&m, &m};
        rg_ensemble(2, twice, x, true);
        rg_model_prune(&small, &m, 0);
        st = rg_error_of(t)->status;
    }
    return scene_over(s, t, st);
}

/* ---- training --------------------------------------------------------------------------------- */

static rg_status step_optimizer(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *w = rg_leaf_from(t, RG_F64, rg_shape1(3), (double[]){1, 2, 3}, 3);
    rg_optim_config c = rg_adam();
    c.clip = 1;
    rg_group g = {.n = 1, .param = &w, .lr = .1, .decay = .01, .l1 = .01};
    arm(s);
    rg_optim *o = rg_optim_new(t, &c, 1, &g);
    if (o) rg_optim_step(o, rg_sum(rg_square(w), RG_ALL_AXES));
    if (o) rg_commit(t);
    disarm(s);
    double v[3];
    rg_status st = rg_error_of(t)->status;
    ck_assert_int_eq(rg_read(w, RG_F64, v, 3), RG_OK);
    ck_assert(st ? v[0] == 1 && v[2] == 3 : v[0] < 1); /* a step is made, or it is not */
    rg_optim_free(o);
    return scene_over(s, t, st);
}

typedef struct lesson {
    rg_tape *t;
    rg_node *w;
    bool handed;
} lesson;

static rg_status begin_epoch(void *ud, rg_phase phase, int64_t epoch)
{
    (void)phase, (void)epoch;
    ((lesson *)ud)->handed = false;
    return RG_OK;
}

static rg_status next_rows(void *ud, rg_phase phase, int64_t *rows)
{
    lesson *l = ud;
    (void)phase;
    *rows = l->handed ? 0 : 2;
    l->handed = true;
    return RG_OK;
}

static rg_measured record_loss(void *ud, rg_phase phase, int64_t rows)
{
    (void)phase, (void)rows;
    rg_node *loss = rg_sum(rg_square(rg_offset(((lesson *)ud)->w, -1)), RG_ALL_AXES);
    return (rg_measured){loss, NULL};
}

static rg_status train_some(scene *s, bool replay)
{
    lesson l = {.t = scene_tape(s)};
    l.w = rg_leaf(l.t, RG_F64, rg_shape1(3));
    rg_optim_config c = rg_sgd(.9);
    rg_optim *o = rg_optim_new(l.t, &c, 1, &(rg_group){.n = 1, .param = &l.w, .lr = .1});
    rg_training tr = {.tape = l.t, .optim = o, .kept = 1, .keep = &l.w, .epochs = 4, .begin = begin_epoch, .next = next_rows,
                      .record = record_loss, .ud = &l, .replay = replay};
    rg_outcome out;
    double v[3];
    arm(s);
    rg_status st = rg_train(&tr, &out);
    disarm(s);
    ck_assert_int_eq(rg_read(l.w, RG_F64, v, 3), RG_OK);
    ck_assert(isfinite(v[0]) && v[0] == v[1] && v[0] == v[2]); /* a step took place for all of w */
    rg_optim_free(o);
    return scene_over(s, l.t, st);
}

static rg_status train_eagerly(scene *s) { return train_some(s, false); }
static rg_status train_by_plan(scene *s) { return train_some(s, true); }

static const memory_row rows[] = {
    {"rg_read_idx", read_idx, 0},
    {"rg_read_cifar10, rg_data_expect", read_cifar, 0},
    {"rg_make_digits", make_digits, 0},
    {"rg_read_csv", read_csv, 0},
    {"codings", code_columns, 0},
    {"splits and batches", cut_rows, 0},
    {"rg_standard_fit", standardise, 0},
    {"rg_read_npy, rg_write_npy", npy, 0},
    {"rg_npz_write, rg_npz_open, rg_npz_read", npz, 0},
    {"rg_safetensors_write, rg_safetensors_read", tensors, 0},
    {"rg_model_save", save_model, 0},
    {"rg_model_open", open_model, 0},
    {"rg_model_restore", restore_model, 4},
    {"models", use_model, 4},
    {"optimizers", step_optimizer, FINE(2, 12)},
    {"rg_train", train_eagerly, 2},
    {"rg_train by a plan", train_by_plan, 2},
};

MEMORY_SUITE("memory_files", rows)
