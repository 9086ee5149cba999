/* mpi.c - ranks that are processes of MPI. The only file that includes mpi.h, and only where
 * the option mpi of the build is on. */
#define RG_NO_HERE
#include "ranks.h"
#include <stdlib.h>

int rg_mpi_size(void)
{
    /* Open MPI; MPICH and its kin; Slurm's launcher. */
    static const char *const told[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const char *text = getenv(told[i]);
        long n = text ? strtol(text, NULL, 10) : 0;
        if (n > 0 && n < 1 << 20) return (int)n;
    }
    return 1;
}

#ifdef RG_HAVE_MPI
#include <mpi.h>

static rg_status swap_by_mpi(void *ud, int with, const void *send, void *receive, size_t bytes)
{
    enum { MOST = 1 << 28 }; /* counts of MPI are ints */
    (void)ud;
    for (size_t at = 0; at < bytes; at += MOST) {
        int n = bytes - at < MOST ? (int)(bytes - at) : MOST;
        if (MPI_Sendrecv((const char *)send + at, n, MPI_BYTE, with, 0, (char *)receive + at, n,
                         MPI_BYTE, with, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return RG_IO;
    }
    return RG_OK;
}

rg_status rg_mpi_open(rg_ranks *r, rg_error *e)
{
    *r = (rg_ranks){.n = 1};
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS) return rg_error_set(e, RG_MISSING, "MPI does not begin");
    r->swap = swap_by_mpi; /* begun: to be closed */
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_size(MPI_COMM_WORLD, &r->n);
    MPI_Comm_rank(MPI_COMM_WORLD, &r->rank);
    return r->n & (r->n - 1)
               ? rg_error_set(e, RG_USAGE, "%d processes: their number must be a power of two", r->n)
               : RG_OK;
}

void rg_mpi_close(rg_ranks *r, int status)
{
    if (!r->swap) return;
    if (status)
        MPI_Abort(MPI_COMM_WORLD, status);
    else
        MPI_Finalize();
    *r = (rg_ranks){0};
}

#else

rg_status rg_mpi_open(rg_ranks *r, rg_error *e)
{
    *r = (rg_ranks){.n = 1};
    return rg_error_set(e, RG_MISSING, "built without MPI: meson setup -Dmpi=enabled, with Open MPI's headers installed");
}

void rg_mpi_close(rg_ranks *r, int status)
{
    (void)status;
    *r = (rg_ranks){0};
}
#endif
