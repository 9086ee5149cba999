/* wells.h - descent by batches over a bowl with narrow wells, for lesson 5.3. */
#ifndef WELLS_H
#define WELLS_H
#include "lesson.h"

/* The mean loss on other examples where descent ends, by batches of `batch` of the four training
 * examples; over ten starts. */
double wells_loss(lesson *l, int batch);

#endif
