/* augmentation.h - how pictures are changed in training, as text: 'flip shift=2 rotate=10'. */
#ifndef CLI_AUGMENTATION_H
#define CLI_AUGMENTATION_H
#include "augment.h"
#include "diag.h"

/* The word flip, and NAME=NUMBER with the names of rg_augment. False: *d says what there is. */
bool augmentation_parse(rg_augment *a, const char *text, diag *d);

#endif
