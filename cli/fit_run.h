/* fit_run.h - one run of fit: the formula, the table, what the names stand for, the answer. */
#ifndef CLI_FIT_RUN_H
#define CLI_FIT_RUN_H
#include "expression.h"
#include "data.h"
#include "fit.h"
#include "options.h"

/* A free name of the formula: a column of the file, or a parameter. */
typedef struct quantity {
    char *name;
    int column; /* -1: a parameter */
    bool started; /* --param said where                  */
    bool bounded; /* --bound did                         */
    double start, lo, hi;
    rg_node *node;
} quantity;

typedef struct fit_run {
    const args *a;
    diag d;
    source whole;       /* 'y ~ expr'                                   */
    expression side[2]; /* left and right of the ~, on one tape         */
    rg_table table;
    int64_t rows; /* that the fit is made on: those of the table, or the complete ones */
    quantity *q; /* each free name once                          */
    int n;
    int *parameter; /* which of q are parameters                    */
    int parameters;
    rg_tape *tape;
    rg_fit_result result;
} fit_run;

typedef enum fit_loss { LOSS_SQUARES, LOSS_HUBER, LOSS_MAE, LOSS_BCE, LOSS_BCE_WITH_LOGITS, LOSS_POISSON } fit_loss;

/* Each false: r->d says why. */
bool fit_read_formula(fit_run *r);
bool fit_sort_names(fit_run *r);  /* columns and parameters         */
bool fit_read_starts(fit_run *r); /* --param and --bound            */
bool fit_load_columns(fit_run *r); /* --missing                      */
void fit_name_inputs(fit_run *r, expression *x);
bool fit_solve(fit_run *r);

/* Notes on names that may be mistyped. */
void fit_give_hints(const fit_run *r);

bool fit_by_optimizer(const fit_run *r); /* not by Levenberg-Marquardt               */
fit_loss fit_loss_of(const fit_run *r);
int fit_find(const fit_run *r, const char *name, size_t len); /* a quantity; -1: none  */
/* One side on the tape, with the inputs that its names stand for. */
rg_node *fit_record_side(fit_run *r, expression *x);

#endif
