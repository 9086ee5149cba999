/* modelfile.h - a trained network in a file of the format safetensors: its leaves by
 * name, and in __metadata__ all that is needed to use it again on raw data: the spec,
 * the task, classes, how columns become numbers, how numbers are standardised, and
 * which rows were held out.
 *
 * Networks of one spec that predict together (notes 9.4) are one file. The leaves of the
 * first have their names; those of the others a number before it, "1/0.weight". */
#ifndef RG_MODELFILE_H
#define RG_MODELFILE_H
#include "nn.h"
#include "safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rg_model_info {
    const char *spec;
    rg_task task; /* RG_CLASSIFY or RG_REGRESS                                   */
    int networks; /* 0 and 1: one                                                */
    rg_shape row; /* of one row of input                                         */
    int classes;  /* RG_CLASSIFY: as many as the network has outputs; else 0     */
    const char *const *class_name;
    const rg_standard *standard;
    const rg_coding *coding; /* of columns; NULL: images                         */
    rg_missing missing;      /* what was done about missing cells                */
    uint64_t seed;
    uint64_t digest; /* of the table, rg_table.digest; 0: none                   */
    int64_t held;    /* rows of that table that were not trained on, by number   */
    const int64_t *held_row;
    /* What else is to be in the file and under its checksum, such as the state of a
     * training; to be found again with rg_safetensors_find and rg_safetensors_remark. Names
     * of the caller's own; not filled in by rg_model_open. */
    int tensors, remarks;
    const rg_saved *tensor;
    const rg_remark *remark;
} rg_model_info;

/* Write the leaves of m, an array of info->networks, and what info says; see
 * rg_safetensors_write. */
RG_API rg_status rg_model_save(const char *path, const rg_model *m, const rg_model_info *info,
                               const rg_alloc *alloc, rg_error *e);

/* What such a file says; all that info points to lives in here. */
typedef struct rg_model_file {
    rg_safetensors file;
    rg_spec spec;
    rg_dtype dtype; /* of the leaves */
    rg_model_info info;
    rg_standard standard;
    rg_coding coding;
    const char *path; /* of the file, for messages */
    rg_store store;
} rg_model_file;

/* Errors as rg_safetensors_read; RG_FORMAT too when it is another kind of file, when a
 * bit of it has changed since it was written, or what it says does not fit together; so a
 * network that is opened is no larger than its file. */
RG_API rg_status rg_model_open(rg_model_file *f, const char *path, const rg_alloc *alloc, rg_error *e);
RG_API void rg_model_close(rg_model_file *f);

/* Record the leaves with the numbers of the file. The status is the tape's; RG_FORMAT:
 * a leaf that the file lacks, or that has another shape or type there. Of several networks
 * it is the first. */
RG_API rg_status rg_model_restore(rg_model *m, rg_tape *t, const rg_model_file *f);

/* The same for network `which` of the f->info.networks, from 0. RG_USAGE: there is none. */
RG_API rg_status rg_model_restore_member(rg_model *m, rg_tape *t, const rg_model_file *f,
                                         int which);

#ifdef __cplusplus
}
#endif
#endif
