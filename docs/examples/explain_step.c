/* explain_step.c - a network of three layers learns which points lie inside a circle; its
 * 20th step, forward and back, becomes a page that can be walked through: layers folded, the
 * lines below beside the numbers they made.
 *
 *   cc explain_step.c $(pkg-config --cflags --libs retrograd) && ./a.out step.html . */
#include <retrograd/retrograd.h>
#include <stdio.h>

enum { ROWS = 6, HIDDEN = 4, STEPS = 20 };

static rg_node *layer(rg_node *x, rg_node *w, rg_node *b)
{
    rg_node *z = rg_add(rg_matmul(x, w), b);
    return rg_tanh(z);
}

static rg_node *weights(rg_tape *t, int64_t in, int64_t out, uint64_t seed)
{
    rg_node *w = rg_leaf(t, RG_F64, rg_shape2(in, out));
    rg_init_draw(w, rg_glorot(true), in, out, seed, 0);
    return w;
}

static void write_file(void *ud, const char *text, size_t n) { fwrite(text, 1, n, ud); }

static rg_status write_page(const char *path, const char *sources, rg_node *loss, int n,
                            rg_node *const *p)
{
    rg_explain_options how = {.title = "step 20: inside the circle?", .sources = sources};
    FILE *f = fopen(path, "wb");
    if (!f) return RG_IO;
    rg_status s = rg_explain_html(loss, n, p, &how, write_file, f);
    return fclose(f) ? RG_IO : s;
}

int main(int argc, char **argv)
{
    static const double points[] = {0.1, 0.3, 0.9, -0.8, -0.2, 0.4, -1, 0.7, 0.3, -0.1, 1.1, 0.6};
    static const int64_t inside[] = {1, 0, 1, 0, 1, 0};
    if (argc < 2) return 2;
    rg_tape *t = rg_tape_new(NULL);
    RG_LET(X, rg_leaf_from(t, RG_F64, rg_shape2(ROWS, 2), points, 2 * ROWS));
    RG_LET(labels, rg_leaf_from(t, RG_I64, rg_shape1(ROWS), inside, ROWS));
    RG_LET(W1, weights(t, 2, HIDDEN, 1));
    RG_LET(b1, rg_leaf(t, RG_F64, rg_shape1(HIDDEN)));
    RG_LET(W2, weights(t, HIDDEN, HIDDEN, 2));
    RG_LET(b2, rg_leaf(t, RG_F64, rg_shape1(HIDDEN)));
    RG_LET(W3, weights(t, HIDDEN, 2, 3));
    rg_node *p[] = {W1, b1, W2, b2, W3}, *g[5];
    rg_status status = RG_OK;

    for (int step = 1; step <= STEPS; step++) {
        int64_t mark = rg_step_begin(t);
        rg_scope_begin(t, "layer 1");
        RG_LET(h1, layer(X, W1, b1));
        rg_scope_end(t);
        rg_scope_begin(t, "layer 2");
        RG_LET(h2, layer(h1, W2, b2));
        rg_scope_end(t);
        rg_scope_begin(t, "layer 3");
        RG_LET(scores, rg_matmul(h2, W3));
        rg_scope_end(t);
        RG_LET(loss, rg_cross_entropy(scores, labels));
        if (step == STEPS) status = write_page(argv[1], argc > 2 ? argv[2] : NULL, loss, 5, p);
        rg_grad(loss, NULL, 5, p, g);
        for (int i = 0; i < 5; i++) rg_assign(p[i], rg_sub(p[i], rg_scale(g[i], 0.5)));
        rg_step_end(t, mark);
    }
    const rg_error *e = rg_error_of(t);
    if (e->status) fprintf(stderr, "%s:%d: %s\n", e->file, e->line, e->text);
    status = status ? status : e->status;
    rg_tape_free(t);
    return (int)status;
}
