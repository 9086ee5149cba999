/* dataset.h - the rows that a network is trained on, tested on or asked about: a folder
 * of images, or a CSV file. */
#ifndef CLI_DATASET_H
#define CLI_DATASET_H
#include "modelfile.h"
#include "options.h"

typedef struct dataset {
    rg_table table; /* of a CSV file                     */
    rg_coding coding;
    rg_data data;
    int64_t *row; /* the chosen rows of data           */
    int64_t rows;
} dataset;

/* What is wrong with the command line, before a file is read: --data is needed, and for
 * a file --target when target is true. */
bool dataset_asked(const args *a, bool target, diag *d);

/* Is --data a folder? */
bool dataset_is_folder(const args *a);

/* The training part; columns are coded as model did (NULL: learn how). All rows. */
bool dataset_train(dataset *s, const args *a, const rg_model_file *model, diag *d);

/* What a model is used on: the test part of a folder, or a CSV file: all of its rows,
 * but of the file that it was trained on only those held out when labelled is true. */
bool dataset_use(dataset *s, const args *a, const rg_model_file *model, bool labelled, diag *d);

void dataset_free(dataset *s);

/* What --missing says to do. */
rg_missing dataset_missing(const args *a, rg_missing usual);

/* Note what the library says is wrong; false. Out of memory ends the program. */
bool diag_library(diag *d, const rg_error *e);

#endif
