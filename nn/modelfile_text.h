/* modelfile_text.h - names in a model file, for its writer and its reader. Room-private. */
#ifndef RG_MODELFILE_TEXT_H
#define RG_MODELFILE_TEXT_H
#include "safetensors.h"

/* Keys of __metadata__. Class names are "class 0", "class 1", ... */
#define RG_KEY_FORMAT  "format"
#define RG_KEY_SPEC    "spec"
#define RG_KEY_TASK    "task"
#define RG_KEY_ROW     "row"
#define RG_KEY_CLASSES "classes"
#define RG_KEY_CODING  "coding"
#define RG_KEY_MISSING "missing"
#define RG_KEY_SEED    "seed"
#define RG_KEY_DIGEST  "digest"
#define RG_KEY_SUM     "checksum"
#define RG_KEY_NETS    "networks" /* when there are several */

/* Tensors besides the leaves. */
#define RG_TENSOR_MEAN      "standard.mean"
#define RG_TENSOR_DEVIATION "standard.deviation"
#define RG_TENSOR_TARGET    "standard.target"
#define RG_TENSOR_HELD      "held_out"

#define RG_MODEL_FORMAT "retrograd-model 1"

/* A leaf of network `which` from 0, and its name within the network. */
#define RG_MEMBER_LEAF "%d/%s"

static const char *const rg_task_words[] = {"unlabelled", "classify", "regress"};
static const char *const rg_missing_words[] = {"error", "drop", "mean"};

/* Of all tensors and of all remarks but RG_KEY_SUM itself, in any order. */
uint64_t rg_model_sum(int n, const rg_saved *tensor, int remarks, const rg_remark *remark);

#endif
