/* fit_show.h - what fit tells: parameters, errors, correlations. */
#ifndef CLI_FIT_SHOW_H
#define CLI_FIT_SHOW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fit_answer {
    const char *formula;
    size_t formula_len;
    int n;                     /* parameters                                      */
    const char **name;         /* n                                               */
    const double *value;       /* n                                               */
    const double *covariance;  /* n x n; numbers that the data do not give: NaN   */
    const char *loss_name;     /* NULL: the sum of squares                        */
    double ssr, loss;
    int64_t count, dof;
    bool converged;
    int starts, from;          /* descents, and which of them won                 */
} fit_answer;

void fit_show_json(const fit_answer *f);
void fit_show_text(const fit_answer *f, int digits);

/* The two parameters that the data hardly tell apart: correlated to 1 - 1e-8 or more, so that each error
 * is thousands of times what it were with the other known. False: there are none. */
bool fit_show_tied(const fit_answer *f, int *first, int *second);

#endif
