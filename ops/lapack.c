/* lapack.c - finds LAPACK at first use and calls it. */
#define RG_NO_HERE
#include "lapack.h"
#include "late.h"
#include <pthread.h>

typedef void getrf_fn(const int *m, const int *n, void *a, const int *lda, int *pivots, int *info);
typedef void getrs_fn(const char *trans, const int *n, const int *k, const void *a, const int *lda,
                      const int *pivots, void *b, const int *ldb, int *info, size_t trans_len);

typedef void gesdd_fn(const char *job, const int *m, const int *n, double *a, const int *lda,
                      double *s, double *u, const int *ldu, double *vt, const int *ldvt,
                      double *work, const int *lwork, int *iwork, int *info, size_t job_len);

static struct {
    getrf_fn *getrf[2]; /* by dtype */
    getrs_fn *getrs[2];
    gesdd_fn *gesdd;
} lapack;
static pthread_once_t looked = PTHREAD_ONCE_INIT;

static void look(void)
{
    static const char *const names[] = {"liblapack.so.3", "liblapack.so", "libopenblas.so.0",
                                        "liblapack.dylib"};
    for (size_t i = 0; i < sizeof names / sizeof *names && !lapack.gesdd; i++) {
        void *library = rg_late_library(names[i]);
        if (rg_late_function(library, "sgetrf_", &lapack.getrf[RG_F32]) &&
            rg_late_function(library, "dgetrf_", &lapack.getrf[RG_F64]) &&
            rg_late_function(library, "sgetrs_", &lapack.getrs[RG_F32]) &&
            rg_late_function(library, "dgetrs_", &lapack.getrs[RG_F64]))
            rg_late_function(library, "dgesdd_", &lapack.gesdd);
    }
}

bool rg_lapack_found(void)
{
    pthread_once(&looked, look);
    return lapack.gesdd != NULL;
}

rg_status rg_lapack_ready(rg_tape *t, const rg_op *op)
{
    if (rg_lapack_found()) return RG_OK;
    rg_fail(t, RG_MISSING, op, "%s needs LAPACK: install liblapack3", op->name);
    return RG_MISSING;
}

int rg_lapack_lu(rg_dtype d, int n, void *a, int *pivots)
{
    int info = 0;
    lapack.getrf[d](&n, &n, a, &n, pivots, &info);
    return info;
}

void rg_lapack_solve(rg_dtype d, bool transposed, int n, int k, const void *lu, const int *pivots,
                     void *b)
{
    int info = 0;
    lapack.getrs[d](transposed ? "T" : "N", &n, &k, lu, &n, pivots, b, &n, &info, 1);
}

/* From the manual page of DGESDD, job S. */
int64_t rg_lapack_svd_work(int m, int n)
{
    int64_t small = n, large = m;
    return 4 * small * small + 7 * small +
           (large > 3 * small * small + 4 * small ? large : 4 * small * small + 4 * small + large);
}

bool rg_lapack_svd(int m, int n, double *a, double *s, double *u, double *vt, double *work,
                   int64_t work_size, int *iwork)
{
    int info = 0, lwork = (int)work_size;
    lapack.gesdd("S", &m, &n, a, &m, s, u, &m, vt, &n, work, &lwork, iwork, &info, 1);
    return info == 0;
}
