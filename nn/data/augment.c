/* augment.c - changes of pictures. Those that move pixels say for each place of the new
 * picture where in the old one it comes from. */
#define RG_NO_HERE
#include "augment.h"
#include "clones.h"
#include "dice.h"
#include "op.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static rg_status shapes_fit(const rg_image *a, const rg_image *b, rg_error *e)
{
    if (a->channels == b->channels && a->height == b->height && a->width == b->width) return RG_OK;
    return rg_error_set(e, RG_SHAPE, "pictures of %lldx%lldx%lld and %lldx%lldx%lld do not fit",
                        (long long)a->channels, (long long)a->height, (long long)a->width,
                        (long long)b->channels, (long long)b->height, (long long)b->width);
}

static int64_t pixels_of(const rg_image *x) { return x->channels * x->height * x->width; }

static unsigned char to_pixel(double v)
{
    return (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
}

/* ---- places ------------------------------------------------------------------------ */

/* Where a pixel comes from: rows downward, columns rightward, from the centre. */
typedef struct spot {
    double down, right;
} spot;

/* All that may happen to places, one after the other. */
typedef struct warp {
    double cos, sin; /* of the turn                          */
    double scale;    /* places are multiplied by it          */
    spot shift;
    double lens;     /* k, for radii in units of `radius`    */
    double radius;   /* half the shorter side                */
    double wave;     /* pixels                               */
    double turns[2]; /* of the wave per pixel, down and right */
    double phase;
    bool flip;
} warp;

static warp no_warp(const rg_image *in)
{
    double h = (double)in->height, w = (double)in->width;
    return (warp){.cos = 1, .scale = 1, .radius = (h < w ? h : w) / 2, .turns = {1 / h, 1 / w}};
}

/* The wave over places along an axis, 0 down or 1 right. */
static double wave_at(const warp *w, int axis, double place)
{
    return w->wave == 0 ? 0 : w->wave * sin(2 * pi * w->turns[axis] * place + w->phase);
}

static spot source_of(const warp *w, spot p)
{
    double r2 = (p.down * p.down + p.right * p.right) / (w->radius * w->radius);
    double by = w->scale * (1 + w->lens * r2);
    return (spot){by * (w->cos * p.down + w->sin * p.right),
                  by * (w->cos * p.right - w->sin * p.down)};
}

enum { STRIP = 64 };

/* Some columns of a picture; then, row by row, where their pixels come from: between the pixel
 * at (top, left) and its neighbours below and to the right, so far from it. */
typedef struct strip {
    int64_t from, n;
    double column[STRIP], bend[STRIP]; /* what depends on the column alone */
    int32_t top[STRIP], left[STRIP];
    double down[STRIP], right[STRIP];
    double corner[4][STRIP];
} strip;

static void begin_strip(strip *s, const rg_image *in, const warp *w, int64_t from)
{
    s->from = from;
    s->n = in->width - from < STRIP ? in->width - from : STRIP;
    for (int64_t i = 0; i < s->n; i++) {
        double at = (double)(from + i) - (double)(in->width - 1) / 2;
        s->column[i] = (w->flip ? -at : at) - w->shift.right;
        s->bend[i] = wave_at(w, 1, s->column[i]);
    }
}

/* A place at most one pixel outside: farther off there is nothing else. */
static double nearly_inside(double at, double size) { return at > -1 ? at < size ? at : size : -1; }

RG_CLONES static void find_places(strip *s, const rg_image *in, const warp *w, double down,
                                  double sway)
{
    double h = (double)in->height, width = (double)in->width;
    for (int64_t i = 0; i < s->n; i++) {
        spot p = source_of(w, (spot){down + s->bend[i], s->column[i] + sway});
        double y = nearly_inside(p.down + (h - 1) / 2, h);
        double x = nearly_inside(p.right + (width - 1) / 2, width);
        s->top[i] = (int32_t)(y + 1) - 1; /* floor, for y >= -1 */
        s->left[i] = (int32_t)(x + 1) - 1;
        s->down[i] = y - s->top[i];
        s->right[i] = x - s->left[i];
    }
}

static unsigned char picture_at(const rg_image *in, const unsigned char *plane, int64_t y,
                                int64_t x, unsigned char fill)
{
    return y < 0 || y >= in->height || x < 0 || x >= in->width ? fill : plane[y * in->width + x];
}

static void take_corners(strip *s, const rg_image *in, const unsigned char *plane,
                         unsigned char fill)
{
    for (int64_t i = 0; i < s->n; i++) {
        int64_t y = s->top[i], x = s->left[i];
        bool inside = y >= 0 && x >= 0 && y + 1 < in->height && x + 1 < in->width;
        const unsigned char *at = inside ? plane + y * in->width + x : plane;
        s->corner[0][i] = inside ? at[0] : picture_at(in, plane, y, x, fill);
        s->corner[1][i] = inside ? at[1] : picture_at(in, plane, y, x + 1, fill);
        s->corner[2][i] = inside ? at[in->width] : picture_at(in, plane, y + 1, x, fill);
        s->corner[3][i] = inside ? at[in->width + 1] : picture_at(in, plane, y + 1, x + 1, fill);
    }
}

RG_CLONES static void mix_corners(const strip *s, unsigned char *row)
{
    for (int64_t i = 0; i < s->n; i++) {
        double v = s->down[i], u = s->right[i];
        double above = (1 - u) * s->corner[0][i] + u * s->corner[1][i];
        double below = (1 - u) * s->corner[2][i] + u * s->corner[3][i];
        row[i] = (unsigned char)((1 - v) * above + v * below + 0.5);
    }
}

static void move_pixels(const rg_image *out, const rg_image *in, const warp *w, unsigned char fill)
{
    strip s;
    int64_t plane = in->height * in->width;
    for (int64_t from = 0; from < in->width; from += STRIP) {
        begin_strip(&s, in, w, from);
        for (int64_t y = 0; y < in->height; y++) {
            double down = (double)y - (double)(in->height - 1) / 2 - w->shift.down;
            find_places(&s, in, w, down, wave_at(w, 0, down));
            for (int64_t c = 0; c < in->channels; c++) {
                take_corners(&s, in, in->pixel + c * plane, fill);
                mix_corners(&s, out->pixel + c * plane + y * in->width + from);
            }
        }
    }
}

static rg_status move_all(const rg_image *out, const rg_image *in, const warp *w,
                          unsigned char fill, rg_error *e)
{
    rg_status s = shapes_fit(out, in, e);
    if (!s) move_pixels(out, in, w, fill);
    return s;
}

/* ---- one change -------------------------------------------------------------------------- */

rg_status rg_image_flip(const rg_image *out, const rg_image *in, rg_error *e)
{
    warp w = no_warp(in);
    w.flip = true;
    return move_all(out, in, &w, 0, e);
}

rg_status rg_image_shift(const rg_image *out, const rg_image *in, int64_t down, int64_t right,
                         unsigned char fill, rg_error *e)
{
    warp w = no_warp(in);
    w.shift = (spot){(double)down, (double)right};
    return move_all(out, in, &w, fill, e);
}

static void turn_by(warp *w, double degrees)
{
    w->cos = cos(degrees * pi / 180);
    w->sin = sin(degrees * pi / 180);
}

rg_status rg_image_rotate(const rg_image *out, const rg_image *in, double degrees,
                          unsigned char fill, rg_error *e)
{
    warp w = no_warp(in);
    turn_by(&w, degrees);
    return move_all(out, in, &w, fill, e);
}

rg_status rg_image_unlens(const rg_image *out, const rg_image *in, double k, unsigned char fill,
                          rg_error *e)
{
    warp w = no_warp(in);
    w.lens = k;
    return move_all(out, in, &w, fill, e);
}

static void wave(warp *w, double amplitude, double waves, double phase)
{
    w->wave = amplitude;
    w->phase = phase;
    for (int i = 0; i < 2; i++) w->turns[i] *= waves;
}

rg_status rg_image_deform(const rg_image *out, const rg_image *in, double amplitude, double waves,
                          double phase, unsigned char fill, rg_error *e)
{
    warp w = no_warp(in);
    wave(&w, amplitude, waves, phase);
    return move_all(out, in, &w, fill, e);
}

rg_status rg_image_crop(const rg_image *out, const rg_image *in, int64_t top, int64_t left,
                        rg_error *e)
{
    if (out->channels != in->channels || top < 0 || left < 0 || top + out->height > in->height ||
        left + out->width > in->width)
        return rg_error_set(e, RG_SHAPE, "crop: %lldx%lld at (%lld, %lld) is not within %lldx%lld",
                            (long long)out->height, (long long)out->width, (long long)top,
                            (long long)left, (long long)in->height, (long long)in->width);
    for (int64_t c = 0; c < in->channels; c++)
        for (int64_t y = 0; y < out->height; y++)
            memcpy(out->pixel + (c * out->height + y) * out->width,
                   in->pixel + (c * in->height + top + y) * in->width + left, (size_t)out->width);
    return RG_OK;
}

static void brighten(unsigned char *p, int64_t n, double factor, double offset)
{
    for (int64_t i = 0; i < n; i++) p[i] = to_pixel(factor * p[i] + offset);
}

rg_status rg_image_brighten(const rg_image *out, const rg_image *in, double factor, double offset,
                            rg_error *e)
{
    rg_status s = shapes_fit(out, in, e);
    if (s) return s;
    memcpy(out->pixel, in->pixel, (size_t)pixels_of(in));
    brighten(out->pixel, pixels_of(in), factor, offset);
    return RG_OK;
}

static void cover(const rg_image *x, int64_t top, int64_t left, int64_t height, int64_t width,
                  unsigned char value)
{
    for (int64_t c = 0; c < x->channels; c++)
        for (int64_t y = top < 0 ? 0 : top; y < x->height && y < top + height; y++)
            for (int64_t i = left < 0 ? 0 : left; i < x->width && i < left + width; i++)
                x->pixel[(c * x->height + y) * x->width + i] = value;
}

rg_status rg_image_occlude(const rg_image *out, const rg_image *in, int64_t top, int64_t left,
                           int64_t height, int64_t width, unsigned char value, rg_error *e)
{
    rg_status s = shapes_fit(out, in, e);
    if (s) return s;
    memcpy(out->pixel, in->pixel, (size_t)pixels_of(in));
    cover(out, top, left, height, width, value);
    return RG_OK;
}

rg_status rg_image_clutter(const rg_image *out, const rg_image *in, const rg_image *background,
                           rg_error *e)
{
    rg_status s = shapes_fit(out, in, e);
    if (!s) s = shapes_fit(background, in, e);
    for (int64_t i = 0; i < pixels_of(in) && !s; i++)
        out->pixel[i] = in->pixel[i] > background->pixel[i] ? in->pixel[i] : background->pixel[i];
    return s;
}

/* ---- by chance ------------------------------------------------------------------------------ */

static double either_way(rg_dice *d, double most) { return rg_dice_between(d, -most, most); }

/* A window of in, at (from, left) there, over out at (to, right): the lighter of the two. */
static void put_piece(const rg_image *out, const rg_image *in, int64_t from, int64_t left, int64_t to, int64_t right)
{
    for (int64_t c = 0; c < in->channels; c++)
        for (int64_t y = 0; y < in->height / 3; y++)
            for (int64_t x = 0; x < in->width / 3; x++) {
                unsigned char *behind = out->pixel + (c * in->height + to + y) * in->width + right + x;
                unsigned char light = in->pixel[(c * in->height + from + y) * in->width + left + x];
                if (light > *behind) *behind = light;
            }
}

static int64_t any_place(rg_dice *d, int64_t side) { return (int64_t)rg_dice_below(d, (uint64_t)(side - side / 3 + 1)); }

static void clutter(const rg_augment *a, const rg_image *in, const rg_image *out, rg_dice *d)
{
    for (uint64_t left = rg_dice_below(d, (uint64_t)a->clutter + 1); left > 0; left--) {
        int64_t place[4];
        for (int i = 0; i < 4; i++) place[i] = any_place(d, i % 2 ? in->width : in->height);
        put_piece(out, in, place[0], place[1], place[2], place[3]);
    }
}

/* A window of the picture, as large as the picture. */
static void crop_by(warp *w, const rg_image *in, double share, double down, double right)
{
    spot to = {down * (1 - share) * (double)in->height / 2, right * (1 - share) * (double)in->width / 2};
    w->scale *= share;
    w->shift.down -= to.down / w->scale;
    w->shift.right -= to.right / w->scale;
}

/* Every number is drawn whether it is used or not, so one more change leaves the others; later ones are drawn last. */
static void change_picture(const rg_augment *a, const rg_image *in, const rg_image *out, rg_dice *d)
{
    warp w = no_warp(in);
    w.flip = rg_dice_below(d, 2) && a->flip;
    w.shift.down = either_way(d, a->shift);
    w.shift.right = either_way(d, a->shift);
    turn_by(&w, either_way(d, a->rotate));
    w.scale = 1 / (1 + either_way(d, a->zoom));
    double amplitude = either_way(d, a->deform), waves = rg_dice_between(d, 0.5, 2);
    wave(&w, amplitude, waves, rg_dice_between(d, 0, 2 * pi));
    double factor = 1 + either_way(d, a->brightness);
    int64_t side = (int64_t)(a->occlude * (double)in->height);
    int64_t top = (int64_t)rg_dice_below(d, (uint64_t)in->height) - side / 2;
    int64_t left = (int64_t)rg_dice_below(d, (uint64_t)in->width) - side / 2;
    double share = 1 - rg_dice_between(d, 0, a->crop), down = either_way(d, 1);
    crop_by(&w, in, share, down, either_way(d, 1));
    w.lens = either_way(d, a->lens);
    move_pixels(out, in, &w, a->fill);
    clutter(a, in, out, d);
    if (a->brightness > 0) brighten(out->pixel, pixels_of(out), factor, 0);
    cover(out, top, left, side, side, a->fill);
}

/* Beyond these nothing could be made out. */
static rg_status can_be_made_out(const rg_augment *a, const rg_image *in, rg_error *e)
{
    double half = (double)(in->height < in->width ? in->height : in->width) / 2;
    const struct {
        const char *name;
        double is, most;
    } number[] = {{"shift", a->shift, half}, {"rotate", a->rotate, 180}, {"zoom", a->zoom, 0.9}, {"deform", a->deform, half}, {"brightness", a->brightness, 1},
                  {"occlude", a->occlude, 1}, {"crop", a->crop, 0.9}, {"lens", a->lens, 1. / 6}, {"clutter", a->clutter, 100}};
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        if (!(number[i].is >= 0 && number[i].is <= number[i].most))
            return rg_error_set(e, RG_DOMAIN, "%s of %g, where a picture of %lldx%lld takes 0 to %g", number[i].name, number[i].is,
                                (long long)in->height, (long long)in->width, number[i].most);
    return RG_OK;
}

rg_status rg_augment_rows(const rg_data *d, const rg_augment *a, const int64_t *rows, int64_t n,
                          uint64_t seed, uint64_t epoch, unsigned char *out, rg_error *e)
{
    if (d->dtype != RG_U8 || d->shape.rank != 3)
        return rg_error_set(e, RG_DTYPE, "%s: only images can be changed", d->source);
    rg_image in = {d->shape.dim[0], d->shape.dim[1], d->shape.dim[2], NULL}, to = in;
    rg_status s = can_be_made_out(a, &in, e);
    if (s) return s;
    for (int64_t i = 0; i < n; i++) {
        rg_dice dice = rg_dice_of(seed, RG_DICE_AUGMENT, epoch << 32 ^ (uint64_t)rows[i]);
        in.pixel = (unsigned char *)d->x + rows[i] * d->width;
        to.pixel = out + i * d->width;
        change_picture(a, &in, &to, &dice);
    }
    return RG_OK;
}
