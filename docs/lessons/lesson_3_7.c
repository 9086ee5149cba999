/* 3.7: what changes an image and not its class moves its pixels further than another class is away.
 */
#include "lesson.h"

enum { SIDE = 16, ALL = SIDE * SIDE, KINDS = 8 };

/* A ring or a cross at a place, of a size, on a ground, lit. */
static void draw(double *v, bool cross, double row, double column, double size, double light,
                 bool covered)
{
    for (int i = 0; i < ALL; i++) {
        double r = i / SIDE - row, c = i % SIDE - column,
               d = cross ? fmin(fabs(r - c), fabs(r + c)) / 1.4 : fabs(hypot(r, c) - size);
        double ink = hypot(r, c) < size + 1.5 ? exp(-d * d / 1.2) : 0;
        v[i] = fmin(1, light * ink);
        if (covered && i % SIDE > SIDE / 2) v[i] = 0.5;
    }
}

/* Bent by waves, or in front of stripes: pixels as bytes, as data sets have them. */
static void bend(double *out, const double *in, bool stripes)
{
    unsigned char from[ALL], ground[ALL], to[ALL];
    for (int i = 0; i < ALL; i++) {
        from[i] = (unsigned char)lround(255 * in[i]);
        ground[i] = (i / SIDE + i % SIDE) / 3 % 2 ? 150 : 0;
    }
    rg_image a = {1, SIDE, SIDE, from}, b = {1, SIDE, SIDE, to}, behind = {1, SIDE, SIDE, ground};
    rg_status bad = stripes ? rg_image_clutter(&b, &a, &behind, NULL)
                            : rg_image_deform(&b, &a, 2, 1.5, 0.5, 0, NULL);
    for (int i = 0; i < ALL; i++) out[i] = bad ? (double)NAN : to[i] / 255.0;
}

static double pixels_apart(lesson *l, const double *a, const double *b)
{
    return rg_value(rg_norm(rg_sub(vector(l, ALL, a), vector(l, ALL, b)), 0));
}

void lesson_3_7(lesson *l)
{
    static const char *const name[KINDS] = {"other class",  "shifted by 3", "darker",
                                            "half covered", "smaller",      "bent",
                                            "clutter",      "as it was"};
    double image[KINDS][ALL], base[ALL], away[KINDS], row[ALL * KINDS];
    draw(base, false, 7.5, 7.5, 5, 1, false);
    draw(image[0], true, 7.5, 7.5, 5, 1, false);
    draw(image[1], false, 7.5, 10.5, 5, 1, false);
    draw(image[2], false, 7.5, 7.5, 5, 0.3, false);
    draw(image[3], false, 7.5, 7.5, 5, 1, true);
    draw(image[4], false, 7.5, 7.5, 3, 1, false);
    bend(image[5], base, false);
    bend(image[6], base, true);
    draw(image[7], false, 7.5, 7.5, 5, 1, false);
    /* The other class under the same light, which is nearer than one would like. */
    double faint[ALL], near_class = 0;
    draw(faint, true, 7.5, 7.5, 5, 0.3, false);
    say(l, "image            distance in pixels");
    for (int k = 0; k < KINDS; k++) {
        away[k] = pixels_apart(l, base, image[k]);
        say(l, "%-16s %.3f", name[k], away[k]);
        for (int i = 0; i < ALL; i++)
            row[i / SIDE * KINDS * SIDE + k * SIDE + i % SIDE] = image[k][i];
    }
    near_class = pixels_apart(l, image[2], faint);
    holds(l, away[7] == 0, "an image is at distance 0 of itself");
    shown(l, away[1] > near_class && away[2] > near_class && away[3] > near_class,
          "a shift (%.2f), light (%.2f) or a cover (%.2f) moves a ring further than ring and cross "
          "are apart in dim light (%.2f)",
          away[1], away[2], away[3], near_class);
    shown(l, away[5] > near_class && away[6] > near_class,
          "and so do a deformation (%.2f) and background clutter (%.2f)", away[5], away[6]);
    slip(l, away[4]<1, away[4]> near_class,
         "S10: rings of other sizes are a variation inside the class (intra-class), and no small "
         "one: %.2f",
         away[4]);
    rg_figure_options o = {
        .title = "Another class, then seven times the same",
        .about = "Cross; ring shifted, darker, half covered, smaller, bent, cluttered, unchanged.",
        .bare = true};
    rg_figure_heat(figure_with(l, &o), NULL,
                   &(rg_figure_grid){SIDE, KINDS * SIDE, 0, KINDS * SIDE - 1, SIDE - 1, 0, row}, 0,
                   1);
    rg_figure_bars(figure(l, "Distance to the unchanged ring", NULL, NULL, "Euclidean distance"),
                   NULL, KINDS, name, away);
}
LESSON_MAIN(lesson_3_7)
