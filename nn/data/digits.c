/* digits.c - digits drawn by the program. A digit is a few pen strokes in a box
 * of 100 x 100, bent, turned and moved at random, then inked: how dark a pixel is
 * follows from its distance to the nearest stroke. Only + - * / and sqrt in f64
 * decide, never libm's other functions, whose last bits differ between systems. */
#define RG_NO_HERE
#include "dice.h"
#include "filling.h"
#include "op.h"
#include <math.h>
#include <string.h>

enum { SIDE = 28, DIGIT_PIXELS = SIDE * SIDE, STYLES = 3, STROKES = 2, POINTS = 12, PIECES = 6 };

/* Control points of a quadratic spline from the first to the last; a point that
 * stands twice in a row is a corner. */
typedef struct rg_stroke {
    int n;
    signed char at[POINTS][2]; /* x to the right, y down */
} rg_stroke;

/* The ways in which people write a digit. */
/* clang-format off */
static const rg_stroke pen[10][STYLES][STROKES] = {
    {{{9, {{55, 6}, {20, 6}, {14, 50}, {20, 96}, {52, 96}, {84, 94}, {86, 50}, {82, 6}, {50, 6}}}},
     {{8, {{62, 12}, {26, -2}, {6, 60}, {24, 98}, {62, 100}, {96, 62}, {84, 2}, {48, 8}}}},
     {{8, {{40, 8}, {18, 30}, {18, 92}, {50, 98}, {82, 92}, {82, 8}, {50, 2}, {34, 12}}}}},
    {{{2, {{50, 4}, {50, 96}}}},
     {{4, {{32, 24}, {54, 5}, {54, 5}, {54, 96}}}},
     {{4, {{30, 26}, {50, 5}, {50, 5}, {50, 94}}}, {2, {{30, 95}, {74, 95}}}}},
    {{{8, {{18, 28}, {22, 2}, {84, 0}, {84, 38}, {56, 62}, {18, 94}, {18, 94}, {86, 94}}}},
     {{9, {{18, 28}, {24, 2}, {84, 2}, {84, 40}, {46, 84}, {14, 100}, {12, 76}, {44, 80}, {88, 96}}}},
     {{7, {{22, 14}, {56, -6}, {92, 26}, {56, 64}, {16, 92}, {16, 92}, {84, 90}}}}},
    {{{10, {{18, 14}, {50, -4}, {84, 10}, {80, 44}, {40, 48}, {40, 48}, {86, 48}, {90, 84}, {50, 104}, {14, 84}}}},
     {{9, {{20, 8}, {80, 8}, {80, 8}, {46, 42}, {46, 42}, {90, 46}, {90, 98}, {42, 102}, {14, 84}}}},
     {{10, {{24, 20}, {34, -2}, {86, 4}, {74, 40}, {46, 46}, {46, 46}, {84, 56}, {80, 98}, {34, 104}, {22, 80}}}}},
    {{{4, {{30, 6}, {16, 58}, {16, 58}, {86, 58}}}, {2, {{66, 22}, {64, 96}}}},
     {{6, {{64, 95}, {64, 6}, {64, 6}, {12, 64}, {12, 64}, {88, 64}}}},
     {{5, {{24, 8}, {22, 52}, {30, 58}, {76, 50}, {76, 50}}}, {2, {{76, 6}, {70, 96}}}}},
    {{{10, {{80, 8}, {28, 8}, {28, 8}, {22, 46}, {22, 46}, {60, 30}, {92, 52}, {84, 98}, {40, 102}, {14, 86}}}},
     {{7, {{30, 8}, {26, 44}, {26, 44}, {74, 34}, {98, 80}, {56, 104}, {16, 90}}}, {2, {{30, 8}, {82, 6}}}},
     {{9, {{76, 12}, {36, 8}, {34, 12}, {28, 48}, {30, 48}, {82, 40}, {84, 88}, {50, 104}, {20, 88}}}}},
    {{{10, {{70, 8}, {34, 14}, {14, 52}, {16, 98}, {54, 98}, {86, 96}, {86, 52}, {50, 46}, {22, 56}, {18, 74}}}},
     {{8, {{56, 4}, {20, 50}, {16, 100}, {56, 100}, {84, 88}, {76, 54}, {40, 58}, {24, 80}}}},
     {{8, {{46, 4}, {28, 40}, {20, 96}, {50, 98}, {78, 96}, {74, 60}, {48, 62}, {32, 84}}}}},
    {{{5, {{14, 10}, {84, 10}, {84, 10}, {52, 50}, {40, 96}}}},
     {{5, {{14, 10}, {84, 10}, {84, 10}, {56, 50}, {42, 96}}}, {2, {{34, 52}, {72, 50}}}},
     {{6, {{16, 24}, {18, 8}, {52, 12}, {84, 8}, {72, 50}, {54, 96}}}}},
    {{{12, {{76, 16}, {60, 2}, {20, 4}, {20, 34}, {50, 48}, {86, 62}, {84, 98}, {50, 98}, {16, 98}, {14, 64}, {50, 46}, {80, 18}}}},
     {{9, {{50, 48}, {14, 38}, {22, 4}, {50, 4}, {80, 4}, {84, 38}, {50, 48}, {50, 48}, {44, 50}}},
      {9, {{50, 48}, {12, 56}, {14, 96}, {50, 97}, {86, 96}, {88, 56}, {50, 48}, {50, 48}, {44, 50}}}},
     {{10, {{70, 10}, {24, -4}, {20, 36}, {54, 50}, {82, 70}, {66, 100}, {28, 100}, {22, 70}, {56, 44}, {74, 12}}}}},
    {{{9, {{80, 26}, {70, 2}, {22, 2}, {18, 46}, {44, 54}, {78, 52}, {82, 22}, {80, 60}, {70, 96}}}},
     {{9, {{78, 22}, {62, 2}, {20, 6}, {20, 50}, {58, 56}, {80, 26}, {88, 64}, {74, 98}, {34, 94}}}},
     {{8, {{72, 16}, {44, 0}, {16, 30}, {36, 52}, {74, 44}, {74, 16}, {74, 16}, {68, 96}}}}},
};
/* clang-format on */

/* How one digit is written. */
typedef struct rg_hand {
    double a[2][2], shift[2]; /* from the box, middle at 0, to pixels */
    double radius, ink, blur, noise;
} rg_hand;

typedef struct pen_point {
    double x, y;
} pen_point;

/* Near 0 more often than far: -r to r. */
static double about_zero(rg_dice *d, double r)
{
    double a = rg_dice_between(d, -0.5 * r, 0.5 * r);
    return a + rg_dice_between(d, -0.5 * r, 0.5 * r);
}

static rg_hand draw_hand(rg_dice *d)
{
    rg_hand h;
    double t = about_zero(d, 0.25); /* tangent of half the angle: 28 degrees at most */
    double c = (1 - t * t) / (1 + t * t), s = 2 * t / (1 + t * t);
    double slant = about_zero(d, 0.5) - 0.08;
    double wide = rg_dice_between(d, 0.125, 0.21), tall = rg_dice_between(d, 0.16, 0.22);
    h.a[0][0] = c * wide;
    h.a[0][1] = (-c * slant - s) * tall;
    h.a[1][0] = s * wide;
    h.a[1][1] = (c - s * slant) * tall;
    h.shift[0] = 0.5 * SIDE + about_zero(d, 2.7);
    h.shift[1] = 0.5 * SIDE + about_zero(d, 2.7);
    h.radius = rg_dice_between(d, 0.5, 1.5);
    h.ink = rg_dice_between(d, 0.75, 1.1);
    h.blur = rg_dice_between(d, 0, 1);
    h.noise = rg_dice_between(d, 0, 0.12);
    return h;
}

/* A control point, where this hand puts it. */
static pen_point place(const rg_hand *h, const signed char at[2], rg_dice *d)
{
    double x = at[0] - 50 + about_zero(d, 9), y = at[1] - 50 + about_zero(d, 9);
    pen_point p = {h->a[0][0] * x + h->a[0][1] * y + h->shift[0],
                  h->a[1][0] * x + h->a[1][1] * y + h->shift[1]};
    return p;
}

static double square_distance(pen_point p, pen_point a, pen_point b)
{
    double ux = b.x - a.x, uy = b.y - a.y, vx = p.x - a.x, vy = p.y - a.y;
    double len = ux * ux + uy * uy, t = len > 0 ? (ux * vx + uy * vy) / len : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    vx -= t * ux;
    vy -= t * uy;
    return vx * vx + vy * vy;
}

static int pixel_at(double v) { return v < 0 ? 0 : v > SIDE - 1 ? SIDE - 1 : (int)v; }

/* Lower near[] to the squared distance from the line a-b, where that is within reach. */
static void approach(double *near, pen_point a, pen_point b, double reach)
{
    int x0 = pixel_at((a.x < b.x ? a.x : b.x) - reach),
        x1 = pixel_at((a.x > b.x ? a.x : b.x) + reach);
    int y0 = pixel_at((a.y < b.y ? a.y : b.y) - reach),
        y1 = pixel_at((a.y > b.y ? a.y : b.y) + reach);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            pen_point p = {x + 0.5, y + 0.5};
            double d = square_distance(p, a, b);
            if (d < near[y * SIDE + x]) near[y * SIDE + x] = d;
        }
}

/* One bend from a to b, drawn towards c, as short lines. */
static void draw_bend(double *near, pen_point a, pen_point c, pen_point b, double reach)
{
    pen_point from = a;
    for (int i = 1; i <= PIECES; i++) {
        double t = (double)i / PIECES, s = 1 - t;
        pen_point to = {s * s * a.x + 2 * s * t * c.x + t * t * b.x,
                       s * s * a.y + 2 * s * t * c.y + t * t * b.y};
        approach(near, from, to, reach);
        from = to;
    }
}

static void draw_stroke(double *near, const rg_stroke *stroke, const rg_hand *h, rg_dice *d)
{
    pen_point p[POINTS];
    for (int i = 0; i < stroke->n; i++) {
        bool corner = i > 0 && !memcmp(stroke->at[i], stroke->at[i - 1], sizeof stroke->at[i]);
        p[i] = corner ? p[i - 1] : place(h, stroke->at[i], d);
    }
    if (stroke->n == 2) approach(near, p[0], p[1], h->radius + 1);
    pen_point from = p[0];
    for (int i = 1; i + 1 < stroke->n; i++) {
        pen_point to = {0.5 * (p[i].x + p[i + 1].x), 0.5 * (p[i].y + p[i + 1].y)};
        if (i + 2 == stroke->n) to = p[i + 1];
        draw_bend(near, from, p[i], to, h->radius + 1);
        from = to;
    }
}

/* Mix every line of pixels, stride apart, with its neighbours: 1-2-1, as far as strength says. */
static void soften(double *v, int stride, int line_stride, double strength)
{
    for (int l = 0; l < SIDE; l++) {
        double *p = v + l * line_stride, before = 0;
        for (int i = 0; i < SIDE; i++) {
            double here = p[i * stride], after = i + 1 < SIDE ? p[(i + 1) * stride] : 0;
            p[i * stride] = here + 0.25 * strength * (before - 2 * here + after);
            before = here;
        }
    }
}

static void draw_digit(unsigned char *pixel, int digit, rg_dice *d)
{
    double v[DIGIT_PIXELS];
    rg_hand h = draw_hand(d);
    const rg_stroke *stroke = pen[digit][rg_dice_below(d, STYLES)];
    for (int i = 0; i < DIGIT_PIXELS; i++) v[i] = SIDE * SIDE;
    for (int k = 0; k < STROKES && stroke[k].n; k++) draw_stroke(v, &stroke[k], &h, d);
    for (int i = 0; i < DIGIT_PIXELS; i++) {
        double cover = h.radius + 0.5 - sqrt(v[i]);
        v[i] = h.ink * (cover < 0 ? 0 : cover > 1 ? 1 : cover);
    }
    soften(v, 1, SIDE, h.blur);
    soften(v, SIDE, 1, h.blur);
    for (int i = 0; i < DIGIT_PIXELS; i++) {
        double shade = 255 * (v[i] + about_zero(d, h.noise));
        pixel[i] = (unsigned char)(shade < 0 ? 0 : shade > 255 ? 255 : shade);
    }
}

static rg_status draw_all(rg_data *d, int64_t rows, uint64_t seed, rg_part part, rg_error *e)
{
    d->rows = rows;
    d->shape = rg_shape3(1, SIDE, SIDE);
    d->width = DIGIT_PIXELS;
    d->dtype = RG_U8;
    d->x = rg_store_take(&d->store, rows, DIGIT_PIXELS, e);
    d->label = rg_store_take(&d->store, rows, sizeof *d->label, e);
    if (!d->x || !d->label) return RG_NOMEM;
    for (int64_t i = 0; i < rows; i++) {
        rg_dice dice =
            rg_dice_of(seed, part == RG_TEST ? RG_DICE_TEST_DIGITS : RG_DICE_DIGITS, (uint64_t)i);
        d->label[i] = i % 10;
        draw_digit((unsigned char *)d->x + i * DIGIT_PIXELS, (int)(i % 10), &dice);
    }
    return rg_data_number_classes(d, 10, e);
}

rg_status rg_make_digits(rg_data *d, int64_t rows, uint64_t seed, rg_part part,
                         const rg_alloc *alloc, rg_error *e)
{
    *d = (rg_data){0};
    if (rows < 1)
        return rg_error_set(e, RG_SHAPE, "%lld digits asked for; at least 1 is needed",
                            (long long)rows);
    rg_status st = rg_data_open(d, "made digits", alloc, e);
    if (st == RG_OK) st = draw_all(d, rows, seed, part, e);
    return rg_data_done(d, st);
}
