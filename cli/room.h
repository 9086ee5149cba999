/* room.h - whether this machine can hold the training of a network. */
#ifndef CLI_ROOM_H
#define CLI_ROOM_H
#include "diag.h"
#include "nn.h"

/* Of rows of `inputs` numbers, in batches, in numbers of `bytes` bytes. False: *d says how much
 * it takes and how much there is. */
bool room_for_training(const rg_spec *spec, int64_t inputs, int64_t batch, int bytes, diag *d);

#endif
