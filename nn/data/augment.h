/* augment.h - pictures changed so that their class stays (notes 3.7 and 9.3): flip, crop,
 * brightness, lens correction, rotation; shift, occlusion, clutter, deformation.
 *
 * Pixels are u8 in planes, as in rg_data: (channels, height, width), before they are
 * standardised. in and out must not overlap and are of one shape unless said otherwise:
 * RG_SHAPE. What comes from outside the picture is `fill`; what moves by parts of a pixel
 * is interpolated between four neighbours. Angles in degrees, counted against the clock;
 * rows count downward. */
#ifndef RG_AUGMENT_H
#define RG_AUGMENT_H
#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rg_image {
    int64_t channels, height, width;
    unsigned char *pixel;
} rg_image;

/* Left and right exchanged. */
RG_API rg_status rg_image_flip(const rg_image *out, const rg_image *in, rg_error *e);

/* The part of out's size whose upper left corner is at (top, left). RG_SHAPE: it reaches
 * beyond in. */
RG_API rg_status rg_image_crop(const rg_image *out, const rg_image *in, int64_t top, int64_t left,
                               rg_error *e);

/* factor p + offset for every pixel p, rounded and kept within 0..255. */
RG_API rg_status rg_image_brighten(const rg_image *out, const rg_image *in, double factor,
                                   double offset, rg_error *e);

/* Moved by whole pixels. */
RG_API rg_status rg_image_shift(const rg_image *out, const rg_image *in, int64_t down,
                                int64_t right, unsigned char fill, rg_error *e);

/* Turned about the centre. */
RG_API rg_status rg_image_rotate(const rg_image *out, const rg_image *in, double degrees,
                                 unsigned char fill, rg_error *e);

/* What a lens did that moved a point at distance r from the centre to r (1 + k r^2), undone;
 * r is 1 at the middle of the nearer edge. k > 0: pincushion, k < 0: barrel (Brown, 1966). */
RG_API rg_status rg_image_unlens(const rg_image *out, const rg_image *in, double k,
                                 unsigned char fill, rg_error *e);

/* Bent by waves: rows move sideways by up to `amplitude` pixels, and columns downward,
 * `waves` of them over the picture. */
RG_API rg_status rg_image_deform(const rg_image *out, const rg_image *in, double amplitude,
                                 double waves, double phase, unsigned char fill, rg_error *e);

/* A rectangle of one value in front; what of it lies beyond the picture is ignored. */
RG_API rg_status rg_image_occlude(const rg_image *out, const rg_image *in, int64_t top,
                                  int64_t left, int64_t height, int64_t width, unsigned char value,
                                  rg_error *e);

/* A background behind light figures on dark ground: the lighter of the two at each pixel. */
RG_API rg_status rg_image_clutter(const rg_image *out, const rg_image *in,
                                  const rg_image *background, rg_error *e);

/* ---- by chance ------------------------------------------------------------------ */

/* How far each change may go; 0: not at all. */
typedef struct rg_augment {
    bool flip;         /* in half of the pictures                              */
    double shift;      /* pixels, either way; not whole ones                   */
    double rotate;     /* degrees, either way                                  */
    double zoom;       /* 0.1: 0.9 to 1.1 times as large                       */
    double deform;     /* pixels                                               */
    double brightness; /* 0.2: 0.8 to 1.2 times as light                       */
    double occlude;    /* side of a square in front, as a share of the height  */
    double crop;       /* 0.2: a window of 0.8 to 1 of the sides, anywhere in the picture and made
                          as large as that; below 1                            */
    double lens;       /* k of rg_image_unlens, either way. Beyond 1/6 corners fold over */
    double clutter;    /* up to so many pieces behind a light figure on dark ground: windows of a
                          third of the sides cut out of the picture itself, put elsewhere, the
                          lighter kept. (Mnih et al., "Recurrent models of visual attention",
                          2014, take them from other pictures: those that validate would
                          be seen.)                                            */
    unsigned char fill;
} rg_augment;

/* Rows of image data, each changed by chance: out is n x d->width pixels. What happens to a
 * row depends on (seed, epoch, row) alone. RG_DTYPE: d holds no images. RG_DOMAIN: a number below 0, or so large that
 * nothing could be made out: shift or deform of half a side, rotate beyond 180, zoom or crop beyond 0.9, brightness or occlude
 * beyond 1, lens beyond 1/6, clutter beyond 100. */
RG_API rg_status rg_augment_rows(const rg_data *d, const rg_augment *a, const int64_t *rows,
                                 int64_t n, uint64_t seed, uint64_t epoch, unsigned char *out,
                                 rg_error *e);

#ifdef __cplusplus
}
#endif
#endif
