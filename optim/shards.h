/* shards.h - a step whose batch is cut into shards. Room-private. */
#ifndef RG_SHARDS_H
#define RG_SHARDS_H
#include "train.h"

/* Record the shards of a batch that are this rank's, and in training the update by all; what is
 * measured is that of the whole batch. */
rg_status rg_shards_record(const rg_training *tr, rg_phase phase, int64_t rows, rg_measured *m);

/* RG_USAGE: more ranks than shards, or a number that does not divide theirs. */
rg_status rg_shards_check(const rg_training *tr);

#endif
