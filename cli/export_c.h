/* export_c.h - a trained model as one file of C99 that needs nothing but <math.h>. */
#ifndef CLI_EXPORT_C_H
#define CLI_EXPORT_C_H
#include "modelfile.h"
#include "text_file.h"

/* Write the networks m[0..f->info.networks-1], restored from f, to `to`. Names begin with
 * prefix, which is a name in C. */
void export_c(text_file *to, const rg_model_file *f, const rg_model *m, const char *prefix);

/* The fixed parts, in export_c_text.c: '$' stands for the prefix, '@' for the suffix of the
 * functions of math.h ("f" or nothing). */
extern const char export_layers[]; /* linear, and softmax          */
extern const char export_softmax[];
extern const char export_norm_by[]; /* batch normalisation          */
extern const char export_norm[];    /* layer and group normalisation */
extern const char export_predict[];
extern const char export_encode[];
extern const char export_main[];       /* what both programs share */
extern const char export_main_table[]; /* CSV in                    */
extern const char export_main_pixels[];

#endif
