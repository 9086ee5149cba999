/* norms.h - the same network with batch normalisation and without, for lesson 8.3. */
#ifndef NORMS_H
#define NORMS_H
#include "lesson.h"

/* State that more rates and first weights lead to a trained network with it, and that a layer's
 * inputs shift less while it trains. */
void norms_widen(lesson *l);
void norms_steady(lesson *l);

/* A figure: the loss of both at three rates. */
void norms_curves(lesson *l);

#endif
