/* target_files.c - files that somebody hands us: images, tables, arrays, models, traces. */
#define RG_NO_HERE
#include "fuzz.h"
#include "modelfile.h"
#include "npz.h"
#include "verify.h"
#include <string.h>

enum { MOST_BYTES = 48 << 20, MOST_ELEMENTS = 1 << 16, NPZ_ARRAYS = 4 };

static fuzz_memory budget;
static const rg_alloc bounded = {fuzz_mem, &budget};

static void begin(void) { budget = (fuzz_memory){0, MOST_BYTES}; }

static void end(void) { FUZZ_PROMISE(budget.live == 0); }

/* What was refused has a reason. */
static bool fine(rg_status s, const rg_error *e)
{
    FUZZ_PROMISE(s == e->status && (s == RG_OK || e->text[0]));
    return s == RG_OK;
}

/* ---- data sets ------------------------------------------------------------------------ */

/* Batches and the standard of whatever was read. */
static void use_data(const rg_data *d)
{
    rg_error e = {0};
    rg_standard s;
    double row[4096];
    FUZZ_PROMISE(d->rows > 0 && d->width > 0);
    for (int64_t i = 0; d->label && i < d->rows; i++)
        FUZZ_PROMISE(d->label[i] >= 0 && d->label[i] < d->classes);
    if (d->width * d->rows > MOST_ELEMENTS || d->width > 4096) return;
    if (fine(rg_standard_fit(&s, d, NULL, d->rows, &bounded, &e), &e)) {
        int64_t last = d->rows - 1;
        FUZZ_PROMISE(rg_take_rows(d, &s, &last, 1, RG_F64, row, &e) == RG_OK);
    }
    rg_standard_free(&s);
}

/* The first byte says how many at the end are the labels, the rest are images. */
void fuzz_idx(const uint8_t *data, size_t n)
{
    if (n < 1) return;
    size_t labels = data[0] < n - 1 ? data[0] : n - 1, images = n - 1 - labels;
    rg_error e = {0};
    rg_data d;
    begin();
    fuzz_file(0, data + 1, images);
    fuzz_file(1, data + 1 + images, labels);
    fuzz_folder(0, "train-images-idx3-ubyte");
    if (fine(rg_read_idx(&d, fuzz_folder(1, "train-labels-idx1-ubyte"), RG_TRAIN, &bounded, &e),
             &e))
        use_data(&d);
    rg_data_free(&d);
    end();
}

/* The first byte says how many records there should be: an image is too long for a fuzzer, so
 * each byte stands for sixteen. */
void fuzz_cifar(const uint8_t *data, size_t n)
{
    static uint8_t record[64 << 10];
    enum { TIMES = 16 };
    size_t most = n < sizeof record / TIMES ? n : sizeof record / TIMES;
    rg_error e = {0};
    rg_data d;
    begin();
    for (size_t i = 0; i < most; i++) memset(record + i * TIMES, data[i], TIMES);
    size_t size = most * TIMES, odd = n ? data[n - 1] % TIMES : 0;
    fuzz_file(2, record, size > odd ? size - odd : 0);
    if (fine(rg_read_cifar10(&d, fuzz_folder(2, "data_batch_1.bin"), RG_TRAIN, &bounded, &e), &e))
        use_data(&d);
    rg_data_free(&d);
    end();
}

/* ---- tables --------------------------------------------------------------------------- */

static void round_trip_coding(const rg_coding *c)
{
    rg_error e = {0};
    rg_text text, again = {0};
    rg_coding same;
    if (fine(rg_coding_write(c, &text, &bounded, &e), &e)) {
        FUZZ_PROMISE(rg_coding_read(&same, text.text, &bounded, &e) == RG_OK ||
                     e.status == RG_NOMEM);
        if (!e.status && rg_coding_write(&same, &again, &bounded, &e) == RG_OK)
            FUZZ_PROMISE(!strcmp(text.text, again.text));
        rg_coding_free(&same);
    }
    rg_text_free(&again);
    rg_text_free(&text);
}

static void use_table(const rg_table *t)
{
    rg_error e = {0};
    rg_coding c;
    rg_data d;
    for (int64_t i = 0; i < t->rows; i++) FUZZ_PROMISE(t->line[i] > (i ? t->line[i - 1] : 0));
    FUZZ_PROMISE(t->columns > 0 && rg_table_column(t, t->name[0], &e) == 0);
    if (t->rows * t->columns > MOST_ELEMENTS) return;
    if (fine(rg_coding_learn(&c, t, t->name[t->columns - 1], &bounded, &e), &e)) {
        round_trip_coding(&c);
        if (fine(
                rg_encode(&d, &c, t, t->rows % 2 ? RG_MISSING_MEAN : RG_MISSING_DROP, &bounded, &e),
                &e))
            use_data(&d);
        rg_data_free(&d);
    }
    rg_coding_free(&c);
}

void fuzz_csv(const uint8_t *data, size_t n)
{
    rg_error e = {0};
    rg_table t;
    begin();
    if (fine(rg_read_csv(&t, fuzz_file(0, data, n), &bounded, &e), &e)) use_table(&t);
    rg_table_free(&t);
    end();
}

void fuzz_coding(const uint8_t *data, size_t n)
{
    char *text = fuzz_text(data, n);
    rg_error e = {0};
    rg_coding c;
    begin();
    if (fine(rg_coding_read(&c, text, &bounded, &e), &e)) round_trip_coding(&c);
    rg_coding_free(&c);
    end();
    free(text);
}

/* ---- arrays ---------------------------------------------------------------------------- */

static void same_array(const rg_array *a, const rg_array *b)
{
    FUZZ_PROMISE(a->dtype == b->dtype && a->count == b->count && a->shape.rank == b->shape.rank);
    FUZZ_PROMISE(!memcmp(a->shape.dim, b->shape.dim, sizeof *a->shape.dim * (size_t)a->shape.rank));
    FUZZ_PROMISE(!a->count ||
                 !memcmp(a->data, b->data, (size_t)a->count * rg_dtype_size(a->dtype)));
}

/* The whole of a, as a window. */
static rg_tensor window_of(const rg_array *a)
{
    rg_tensor x = {.data = a->data, .dtype = a->dtype, .rank = a->shape.rank};
    int64_t step = 1;
    for (int k = x.rank; k-- > 0; step *= x.dim[k]) {
        x.dim[k] = a->shape.dim[k];
        x.stride[k] = step;
    }
    return x;
}

/* Read as f64; written and read it is the same. */
void fuzz_npy(const uint8_t *data, size_t n)
{
    static char path[64];
    rg_error e = {0};
    rg_array a, b;
    begin();
    if (!path[0]) snprintf(path, sizeof path, "%s/written.npy", fuzz_folder(0, "anything"));
    if (fine(rg_read_npy(&a, fuzz_file(0, data, n), RG_F64, &bounded, &e), &e) &&
        a.count <= MOST_ELEMENTS) {
        rg_tensor x = window_of(&a);
        FUZZ_PROMISE(rg_write_npy(path, &x, &bounded, &e) == RG_OK);
        FUZZ_PROMISE(rg_read_npy(&b, path, RG_F64, &bounded, &e) == RG_OK);
        same_array(&a, &b);
        rg_array_free(&b);
    }
    rg_array_free(&a);
    end();
}

/* An archive of the n arrays, deflated or not, gives them back. */
static void round_trip_npz(int n, const char *const *name, const rg_array *a, bool deflate)
{
    static char path[64];
    rg_error e = {0};
    rg_tensor x[NPZ_ARRAYS];
    rg_npz z;
    if (!path[0]) snprintf(path, sizeof path, "%s/written.npz", fuzz_folder(0, "anything"));
    for (int i = 0; i < n; i++) x[i] = window_of(&a[i]);
    FUZZ_PROMISE(rg_npz_write(path, n, name, x, deflate, &bounded, &e) == RG_OK);
    FUZZ_PROMISE(rg_npz_open(&z, path, &bounded, &e) == RG_OK && z.n == n);
    for (int i = 0; i < n; i++) {
        rg_array b;
        FUZZ_PROMISE(rg_npz_read(&b, &z, name[i], a[i].dtype, &bounded, &e) == RG_OK);
        same_array(&a[i], &b);
        rg_array_free(&b);
    }
    rg_npz_close(&z);
}

/* The first few arrays, the even ones as f64 and the others as f32. */
void fuzz_npz(const uint8_t *data, size_t n)
{
    rg_error e = {0};
    rg_npz z;
    rg_array a[NPZ_ARRAYS];
    const char *name[NPZ_ARRAYS];
    int count = 0, arrays;
    begin();
    fine(rg_npz_open(&z, fuzz_file(0, data, n), &bounded, &e), &e);
    arrays = z.n < NPZ_ARRAYS ? z.n : NPZ_ARRAYS;
    for (int i = 0; i < arrays; i++) {
        rg_error why = {0};
        name[count] = z.member[i].name;
        if (fine(rg_npz_read(&a[count], &z, name[count], i % 2 ? RG_F32 : RG_F64, &bounded, &why),
                 &why) &&
            a[count].count <= MOST_ELEMENTS)
            count++;
        else
            rg_array_free(&a[count]);
    }
    if (count) round_trip_npz(count, name, a, n % 2);
    while (count) rg_array_free(&a[--count]);
    rg_npz_close(&z);
    end();
}

/* ---- tensors and models ------------------------------------------------------------------ */

static void use_tensors(const rg_safetensors *f)
{
    unsigned sum = 0;
    for (int i = 0; i < f->n; i++) {
        const rg_tensor *x = rg_safetensors_find(f, f->tensor[i].name);
        size_t bytes = rg_dtype_size(x->dtype);
        FUZZ_PROMISE(x == &f->tensor[i].x);
        for (int k = 0; k < x->rank; k++) bytes *= (size_t)x->dim[k];
        for (size_t k = 0; k < bytes; k++) sum += ((const unsigned char *)x->data)[k];
    }
    for (int i = 0; i < f->remarks; i++)
        FUZZ_PROMISE(rg_safetensors_remark(f, f->remark[i].key) == f->remark[i].value);
    FUZZ_PROMISE(sum < UINT32_MAX);
}

void fuzz_safetensors(const uint8_t *data, size_t n)
{
    rg_error e = {0};
    rg_safetensors f;
    begin();
    if (fine(rg_safetensors_read(&f, fuzz_file(0, data, n), &bounded, &e), &e)) use_tensors(&f);
    rg_safetensors_free(&f);
    end();
}

/* One prediction by whatever could be opened. */
static void use_model(const rg_model_file *f)
{
    rg_config cfg = {.mem = fuzz_mem, .ud = &budget};
    rg_tape *t = rg_tape_new(&cfg);
    rg_model m;
    if (t && rg_model_restore(&m, t, f) == RG_OK && m.inputs <= MOST_ELEMENTS) {
        rg_node *x = rg_leaf(t, f->dtype, rg_shape2(1, m.inputs));
        rg_node *y = rg_model_apply(&m, x, RG_MODE_PREDICT);
        FUZZ_PROMISE(rg_error_of(t)->status || rg_count_of(y) == f->spec.outputs);
    }
    rg_tape_free(t);
}

void fuzz_model(const uint8_t *data, size_t n)
{
    rg_error e = {0};
    rg_model_file f;
    begin();
    if (fine(rg_model_open(&f, fuzz_file(0, data, n), &bounded, &e), &e)) use_model(&f);
    rg_model_close(&f);
    end();
}

/* ---- explanations ------------------------------------------------------------------------- */

void fuzz_trace(const uint8_t *data, size_t n)
{
    trace t = {0};
    diag d = {0};
    FILE *f = n ? fmemopen((void *)(uintptr_t)data, n, "r") : NULL;
    if (!f) return;
    if (trace_read(&t, f, "memory", &d)) {
        verification v;
        verify_trace(&v, &t, n % 2 ? 0 : 6);
        verification_free(&v);
    } else
        FUZZ_PROMISE(d.code && d.text[0]);
    trace_close(&t);
    fclose(f);
}
