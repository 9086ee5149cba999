/* page_samples.c DIR - pages for page_browser.js that no expression makes: names that would
 * like to run, a loop in a loop, a convolution on a small image, the three paths of batch
 * norm, layer norm. */
#include <retrograd/retrograd.h>
#include <stdio.h>

static void write_file(void *ud, const char *text, size_t n) { fwrite(text, 1, n, ud); }

static int write_sample(const char *dir, const char *name, rg_node *y, int n, rg_node *const *x,
                        const char *title)
{
    char path[512];
    rg_explain_options how = {.title = title, .sources = SOURCES};
    snprintf(path, sizeof path, "%s/%s.html", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f) return 1;
    rg_status s = rg_explain_html(y, n, x, &how, write_file, f);
    if (s) fprintf(stderr, "%s: %s\n", name, rg_error_of(rg_tape_of(y))->text);
    return (fclose(f) != 0) | (s != RG_OK);
}

static int hostile(rg_tape *t, const char *dir)
{
    static const char *const names[] = {"</script><script>window.ran=1</script>",
                                        "a\"onload=\"window.ran=1", "<img/src=x/onerror=window.ran=1>"};
    rg_node *x[3], *y = NULL;
    for (int i = 0; i < 3; i++) {
        x[i] = rg_name(rg_scalar(t, i + 1.5), names[i]);
        rg_scope_begin(t, names[i]);
        y = y ? rg_mul(y, x[i]) : rg_square(x[i]);
        rg_scope_end(t);
    }
    return write_sample(dir, "hostile", y, 3, x, "</title><script>window.ran=1</script>");
}

/* A neuron of four inputs over twelve rows, number by number. */
static int loops(rg_tape *t, const char *dir)
{
    enum { ROWS = 12, WIDE = 4 };
    rg_node *w[WIDE], *error = rg_scalar(t, 0);
    for (int i = 0; i < WIDE; i++) w[i] = rg_name(rg_scalar(t, 0.3 * i - 0.4), (char[]){'a', (char)('0' + i), 0});
    for (int row = 0; row < ROWS; row++) {
        rg_scope_begin(t, "row");
        rg_node *z = rg_scalar(t, 0.1);
        for (int i = 0; i < WIDE; i++) {
            rg_node *product = rg_scale(w[i], ((row * 7 + i * 3) % 5) / 4. - 0.5);
            z = rg_add(z, product);
        }
        rg_node *miss = rg_square(rg_offset(rg_tanh(z), row % 2 ? 0.5 : -0.5));
        error = rg_add(error, miss);
        rg_scope_end(t);
    }
    return write_sample(dir, "loops", error, WIDE, w, "a neuron over twelve rows");
}

static int image(rg_tape *t, const char *dir)
{
    double pixel[36], kernel[] = {1, 0, -1, 2, 0, -2, 1, 0, -1};
    for (int i = 0; i < 36; i++) pixel[i] = i % 6 < 3 ? 0.1 * (i / 6) : 1 - 0.1 * (i / 6);
    RG_LET(img, rg_leaf_from(t, RG_F64, rg_shape4(1, 1, 6, 6), pixel, 36));
    RG_LET(k, rg_leaf_from(t, RG_F64, rg_shape4(1, 1, 3, 3), kernel, 9));
    RG_LET(edges, rg_conv2d(img, k, 1, 0));
    rg_node *y = rg_mean(rg_square(edges), RG_ALL_AXES), *x[] = {img, k};
    return write_sample(dir, "image", y, 2, x, "edges of a small image");
}

static rg_node *numbers(rg_tape *t, rg_shape s, int64_t n)
{
    double v[64];
    for (int64_t i = 0; i < n; i++) v[i] = (double)((i * 37 + 11) % 17) / 4 - 2;
    return rg_leaf_from(t, RG_F64, s, v, (size_t)n);
}

static int norms(rg_tape *t, const char *dir)
{
    RG_LET(x, numbers(t, rg_shape2(4, 3), 12));
    RG_LET(gamma, numbers(t, rg_shape1(3), 3));
    RG_LET(beta, numbers(t, rg_shape1(3), 3));
    rg_node *in[] = {x, gamma, beta};
    rg_node *batch = rg_sum(rg_square(rg_batchnorm(x, gamma, beta, 1e-5)), RG_ALL_AXES);
    int bad = write_sample(dir, "batchnorm", batch, 3, in, "batch norm: three paths into x");
    rg_node *row = rg_sum(rg_square(rg_layernorm(x, gamma, beta, 1e-5)), RG_ALL_AXES);
    return bad | write_sample(dir, "layernorm", row, 3, in, "layer norm");
}

int main(int argc, char **argv)
{
    static int (*const sample[])(rg_tape *t, const char *dir) = {hostile, loops, image, norms};
    int bad = argc != 2;
    for (int i = 0; i < 4 && !bad; i++) {
        rg_tape *t = rg_tape_new(NULL);
        bad = sample[i](t, argv[1]);
        rg_tape_free(t);
    }
    return bad;
}
