/* about.c - what the ops work with on this machine. */
#define RG_NO_HERE
#include "clones.h"
#include "gemm.h"
#include "lapack.h"
#include "ops.h"

/* The clone that the loader has chosen. */
static const char *kernels_in_use(void)
{
#if RG_HAVE_CLONES
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return "avx512f";
    if (__builtin_cpu_supports("avx2")) return "avx2";
#endif
    return "baseline";
}

rg_about rg_about_library(void)
{
    rg_about a = {rg_gemm_blis(), rg_lapack_found(), kernels_in_use(), false};
#ifdef RG_HAVE_MPI
    a.mpi = true;
#endif
    return a;
}
