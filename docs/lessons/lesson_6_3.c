/* 6.3: every gate multiplies what arrives by its own slope; where paths meet, they add. */
#include "lesson.h"

/* The ledger of one wire: what each gate handed to it. */
typedef struct ledger {
    const rg_node *wire;
    int paths;
    double entry[8];
} ledger;

static void book(void *ud, const rg_step *s)
{
    ledger *b = ud;
    if (rg_in(s->y, s->wire) == b->wire && s->contribution && b->paths < 8)
        b->entry[b->paths++] = rg_value(s->contribution);
}

/* The way that is often proposed: a gate hands on to its inputs, then visits each of them. */
static void visit(const rg_node *y, double got[])
{
    for (int k = 0; k < y->nin; k++) got[rg_in(y, k)->id] += got[y->id];
    for (int k = 0; k < y->nin; k++) visit(rg_in(y, k), got);
}

static void circuit(lesson *l)
{
    const double in[] = {3, -4, 2, -1}, expected[] = {-8, 6, 2, 0};
    rg_node *v[4], *g[4];
    for (int i = 0; i < 4; i++) v[i] = rg_scalar(l->tape, in[i]);
    rg_node *f = rg_scale(rg_add(rg_mul(v[0], v[1]), rg_max(v[2], v[3])), 2);
    rg_grad(f, NULL, 4, v, g);
    bool right = true;
    say(l, "2 (x y + max(z, w)) at x=3 y=-4 z=2 w=-1 is %g", rg_value(f));
    say(l, "wire   upstream x local        gradient");
    static const char *const words[] = {"x      2 x y  = 2 x -4", "y      2 x x  = 2 x 3",
                                        "z      2 x 1{z > w} = 2 x 1",
                                        "w      2 x 1{w > z} = 2 x 0"};
    for (int i = 0; i < 4; i++) {
        say(l, "%-30s %g", words[i], rg_value(g[i]));
        right = right && rg_value(g[i]) == expected[i];
    }
    holds(l, right, "the gradients are -8, 6, 2 and 0");
}

/* The same as a circuit: inputs on the left, what they become on the right. */
static void draw_circuit(lesson *l)
{
    enum { GATES = 8 };
    static const char *const name[GATES] = {"x", "y", "z", "w", "x y", "max(z, w)", "sum", "times 2"};
    static const double place[GATES][2] = {{0, 3}, {0, 2}, {0, 1}, {0, 0}, {1, 2.5}, {1, 0.5}, {2, 1.5}, {3, 1.5}};
    static const int wire[7][2] = {{0, 4}, {1, 4}, {2, 5}, {3, 5}, {4, 6}, {5, 6}, {6, 7}};
    rg_node *v[GATES], *g[GATES];
    for (int i = 0; i < 4; i++) v[i] = rg_scalar(l->tape, (double[]){3, -4, 2, -1}[i]);
    v[4] = rg_mul(v[0], v[1]);
    v[5] = rg_max(v[2], v[3]);
    v[6] = rg_add(v[4], v[5]);
    v[7] = rg_scale(v[6], 2);
    rg_grad(v[7], NULL, GATES, v, g);
    rg_figure_options o = {.title = "The circuit of 2 (x y + max(z, w)): value, gradient",
                           .about = "Values go to the right along the arrows, gradients come back.",
                           .x = {.label = "gates on the way", .lo = -0.3, .hi = 3.3},
                           .y = {.label = "wires", .lo = -0.3, .hi = 3.3}};
    rg_figure *f = figure_with(l, &o);
    double from[2][7], along[2][7];
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 7; i++) {
            from[k][i] = place[wire[i][0]][k];
            along[k][i] = place[wire[i][1]][k] - from[k][i];
        }
    rg_figure_arrows(f, NULL, 7, from[0], from[1], along[0], along[1]);
    for (int i = 0; i < GATES; i++) {
        char words[48];
        snprintf(words, sizeof words, "%s: %g, %g", name[i], rg_value(v[i]), rg_value(g[i]));
        rg_figure_points(f, words, 1, &place[i][0], &place[i][1]);
    }
}

static void fan_in(lesson *l)
{
    rg_node *a = rg_scalar(l->tape, 1), *b = rg_add(a, a), *c = rg_add(b, b);
    double right = rg_value(gradient(c, a)), got[256] = {0};
    got[c->id] = 1;
    visit(c, got);
    double wrong = got[a->id];
    say(l, "b = a + a, c = b + b: dc/da = %g; handing on at every visit gives %g", right, wrong);
    slip(l, wrong == 4, right == 4,
         "S35: the sum is over the gates that a wire feeds, each run once, after all that use it: "
         "4; handing on at every visit counts paths twice and gives %g",
         wrong);
    rg_node *x = rg_scalar(l->tape, 2),
            *y = rg_add(rg_mul(rg_exp(x), rg_scale(x, 3)), rg_max(x, rg_scalar(l->tape, 1)));
    ledger book_of_x = {.wire = x};
    rg_watch(l->tape, book, &book_of_x);
    double total = rg_value(gradient(y, x)), sum = 0;
    rg_watch(l->tape, NULL, NULL);
    for (int i = 0; i < book_of_x.paths; i++) {
        say(l, "  path %d hands x %.6f", i + 1, book_of_x.entry[i]);
        sum += book_of_x.entry[i];
    }
    holds(l, book_of_x.paths == 3 && near(sum, total, 1e-15),
          "three gates use x, three entries, and their sum is the gradient: %.6f", total);
}

/* The seven rules of the notes against a difference. */
static void seven(lesson *l)
{
    const double h = 1e-6;
    double worst = 0;
    for (int k = 0; k < 7; k++) {
        double slope[2] = {0, 0}, by_rule = 0;
        for (int side = -1; side <= 1; side++) {
            rg_node *x = rg_scalar(l->tape, 1.3 + side * h), *c = rg_scalar(l->tape, 0.7), *y;
            switch (k) {
            case 0:
                y = rg_add(x, c);
                break;
            case 1:
                y = rg_mul(x, c);
                break;
            case 2:
                y = rg_max(x, c);
                break;
            case 3:
                y = rg_exp(x);
                break;
            case 4:
                y = rg_log(x);
                break;
            case 5:
                y = rg_inv(x);
                break;
            default:
                y = rg_sum(rg_matmul(rg_transpose(rg_reshape(rg_stack(2, (rg_node *[]){x, c}, 0),
                                                             rg_shape2(1, 2))),
                                     rg_const(l->tape, RG_F64, rg_shape2(1, 1), 2)),
                           RG_ALL_AXES);
            }
            if (side)
                slope[side > 0] = rg_value(y);
            else
                by_rule = rg_value(gradient(y, x));
        }
        worst = fmax(worst, fabs((slope[1] - slope[0]) / (2 * h) - by_rule));
    }
    holds(l, worst < 1e-8,
          "add, multiply, max, exp, log, 1/x, matrix product with transpose: each rule agrees with "
          "a difference (%.1e)",
          worst);
}

static void ties(lesson *l)
{
    rg_config strict = {0};
    strict.strict_ties = true;
    rg_tape *t = rg_tape_new(&strict);
    rg_node *x = t ? rg_scalar(t, 2) : NULL, *a = rg_scalar(l->tape, 2);
    double literal = t ? rg_value(gradient(rg_max(x, x), x)) : (double)NAN,
           half = rg_value(gradient(rg_max(a, a), a));
    slip(l, literal == 1, half == 1,
         "S34: max(x, x) is x, so its slope is 1; the indicator 1{x > y} on both wires gives %g, a "
         "half to each gives %g",
         literal, half);
    rg_tape_free(t);
}

void lesson_6_3(lesson *l)
{
    circuit(l);
    draw_circuit(l);
    seven(l);
    fan_in(l);
    ties(l);
    double products[20], paths[20];
    for (int i = 0; i < 20; i++) products[i] = 2 * (i + 1), paths[i] = pow(2, i + 1);
    rg_figure_options o = {
        .title = "y = y + y, n times: paths, and products done",
        .about = "Paths double with every gate; the backward pass does two products for each gate.",
        .x = {.label = "gates"},
        .y = {.log = true}};
    rg_figure *f = figure_with(l, &o);
    rg_figure_line(f, "paths from the input to the output", 20, NULL, paths);
    rg_figure_line(f, "products of the backward pass", 20, NULL, products);
}
LESSON_MAIN(lesson_6_3)
