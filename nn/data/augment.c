/* augment.c - changes of pictures. Those that move pixels say for each place of the new
 * picture where in the old one it comes from. */
#define RG_NO_HERE
#include "augment.h"
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

static spot source_of(const warp *w, spot p)
{
    if (w->flip) p.right = -p.right;
    p.down -= w->shift.down;
    p.right -= w->shift.right;
    if (w->wave != 0) {
        double down = p.down;
        p.down += w->wave * sin(2 * pi * w->turns[1] * p.right + w->phase);
        p.right += w->wave * sin(2 * pi * w->turns[0] * down + w->phase);
    }
    double r2 = (p.down * p.down + p.right * p.right) / (w->radius * w->radius);
    double by = w->scale * (1 + w->lens * r2);
    return (spot){by * (w->cos * p.down + w->sin * p.right),
                  by * (w->cos * p.right - w->sin * p.down)};
}

static double picture_at(const rg_image *in, const unsigned char *plane, int64_t y, int64_t x,
                         unsigned char fill)
{
    return y < 0 || y >= in->height || x < 0 || x >= in->width ? fill : plane[y * in->width + x];
}

/* The value between four pixels. */
static unsigned char between(const rg_image *in, const unsigned char *plane, double y, double x,
                             unsigned char fill)
{
    if (!(y > -1 && y < (double)in->height && x > -1 && x < (double)in->width)) return fill;
    int64_t top = (int64_t)floor(y), left = (int64_t)floor(x);
    double v = y - (double)top, u = x - (double)left;
    double a = picture_at(in, plane, top, left, fill),
           b = picture_at(in, plane, top, left + 1, fill);
    double c = picture_at(in, plane, top + 1, left, fill);
    double d = picture_at(in, plane, top + 1, left + 1, fill);
    return to_pixel((1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d));
}

static void move_pixels(const rg_image *out, const rg_image *in, const warp *w, unsigned char fill)
{
    double middle = (double)(in->height - 1) / 2, centre = (double)(in->width - 1) / 2;
    int64_t plane = in->height * in->width;
    for (int64_t i = 0; i < plane; i++) {
        spot p = {(double)(i / in->width) - middle, (double)(i % in->width) - centre};
        p = source_of(w, p);
        for (int64_t c = 0; c < in->channels; c++)
            out->pixel[c * plane + i] =
                between(in, in->pixel + c * plane, p.down + middle, p.right + centre, fill);
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

/* Every number is drawn whether it is used or not, so one more change leaves the others. */
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
    move_pixels(out, in, &w, a->fill);
    double factor = 1 + either_way(d, a->brightness);
    if (a->brightness > 0) brighten(out->pixel, pixels_of(out), factor, 0);
    int64_t side = (int64_t)(a->occlude * (double)in->height);
    int64_t top = (int64_t)rg_dice_below(d, (uint64_t)in->height) - side / 2;
    int64_t left = (int64_t)rg_dice_below(d, (uint64_t)in->width) - side / 2;
    cover(out, top, left, side, side, a->fill);
}

rg_status rg_augment_rows(const rg_data *d, const rg_augment *a, const int64_t *rows, int64_t n,
                          uint64_t seed, uint64_t epoch, unsigned char *out, rg_error *e)
{
    if (d->dtype != RG_U8 || d->shape.rank != 3)
        return rg_error_set(e, RG_DTYPE, "%s: only images can be changed", d->source);
    rg_image in = {d->shape.dim[0], d->shape.dim[1], d->shape.dim[2], NULL}, to = in;
    for (int64_t i = 0; i < n; i++) {
        rg_dice dice = rg_dice_of(seed, RG_DICE_AUGMENT, epoch << 32 ^ (uint64_t)rows[i]);
        in.pixel = (unsigned char *)d->x + rows[i] * d->width;
        to.pixel = out + i * d->width;
        change_picture(a, &in, &to, &dice);
    }
    return RG_OK;
}
