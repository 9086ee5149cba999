/* 2: an image is a tensor, a classifier wants a vector: reshape loses nothing, and neither does
 * its gradient. */
#include "lesson.h"

enum { SIDE = 32, ALL = SIDE * SIDE * 3 };

void lesson_2(lesson *l)
{
    static double pixel[ALL], back[ALL];
    for (int i = 0; i < ALL; i++) {
        double r = hypot(i / 3 / SIDE - 15.5, i / 3 % SIDE - 15.5);
        pixel[i] = exp(-pow(r - 4 - 4 * (i % 3), 2) / 12);
    }
    rg_node *image = rg_leaf_from(l->tape, RG_F64, rg_shape3(SIDE, SIDE, 3), pixel, ALL),
            *x = rg_reshape(image, rg_shape1(ALL));
    say(l, "image 32 x 32 x 3, vector %lld", (long long)rg_count_of(x));
    holds(l, rg_count_of(x) == 3072 && 32 * 32 * 3 == 3072,
          "32 x 32 x 3 = 3072: the vector has a number for each colour of each pixel");
    numbers(rg_reshape(x, rg_shape3(SIDE, SIDE, 3)), ALL, back);
    bool same = true;
    for (int i = 0; i < ALL; i++) same = same && back[i] == pixel[i];
    holds(l, same, "there and back again is the same image, to the bit");
    double one = number(x, (5 * SIDE + 7) * 3 + 2);
    holds(l, one == number(rg_index(rg_index(image, 0, 5), 0, 7), 2),
          "pixel (5, 7), colour 2 is entry (5 32 + 7) 3 + 2 of the vector");
    rg_node *weight = normal(l, rg_shape1(ALL)), *g = gradient(rg_dot(weight, x), image);
    holds(l, distance(g, rg_reshape(weight, rg_shape3(SIDE, SIDE, 3))) == 0,
          "the gradient of a reshape is the reshape of the gradient");

    /* A classifier is a function from such a vector to one of the classes. */
    rg_node *scores = rg_matmul(normal(l, rg_shape2(10, ALL)), x), *label = rg_argmax(scores, -1);
    double score[10], answer = rg_value(rg_cast(label, RG_F64));
    int highest = 0;
    numbers(scores, 10, score);
    for (int i = 1; i < 10; i++) highest = score[i] > score[highest] ? i : highest;
    holds(l, answer == highest,
          "a classifier maps it to one of ten classes, that of the highest score (this untrained "
          "one says %g)",
          answer);
    double plane[SIDE * SIDE * 3];
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < SIDE * SIDE; i++)
            plane[i / SIDE * 3 * SIDE + k * SIDE + i % SIDE] = pixel[3 * i + k];
    rg_figure_options o = {.title = "The three colours of an image",
                           .about = "Rings of growing size: red, green, blue.",
                           .bare = true};
    rg_figure_heat(figure_with(l, &o), NULL,
                   &(rg_figure_grid){SIDE, 3 * SIDE, 0, 3 * SIDE - 1, SIDE - 1, 0, plane}, 0, 1);
    rg_figure_line(figure(l, "The same image as a vector: its first 576 numbers",
                          "Six rows of pixels: a burst for each that meets a ring.", "entry",
                          "value"),
                   NULL, 6 * SIDE * 3, NULL, pixel);
}
LESSON_MAIN(lesson_2)
