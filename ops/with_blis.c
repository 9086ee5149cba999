/* with_blis.c - finds BLIS at first use and calls it: the only file that includes blis.h. BLIS
 * allocates and aborts by itself: the allocator hook ends at its door. blis.h has static functions
 * that call into BLIS: none is used here, but gcc leaves them out only where it optimizes, and
 * does without BLIS where it does not. */
#define RG_NO_HERE
#include "late.h"
#include "with_blis.h"
#if defined RG_HAVE_BLIS && (defined __clang__ || defined __OPTIMIZE__)
#include <blis.h>
#include <pthread.h>

static struct {
    __typeof__(bli_sgemm_ex) *sgemm;
    __typeof__(bli_dgemm_ex) *dgemm;
    const char *(*version)(void);
} blis;
static pthread_once_t looked_for_blis = PTHREAD_ONCE_INIT;

/* The names are those of one binary interface: that of the blis.h above. */
static void look_for_blis(void)
{
    static const char *const names[] = {"libblis.so.4", "libblis.4.dylib"};
    for (size_t i = 0; i < sizeof names / sizeof *names && !blis.version; i++) {
        void *library = rg_late_library(names[i]);
        if (rg_late_function(library, "bli_sgemm_ex", &blis.sgemm) &&
            rg_late_function(library, "bli_dgemm_ex", &blis.dgemm))
            rg_late_function(library, "bli_info_get_version_str", &blis.version);
        if (blis.version && !blis.version()) blis.version = NULL; /* not what it is called */
    }
}

bool rg_blis_found(void)
{
    pthread_once(&looked_for_blis, look_for_blis);
    return blis.version != NULL;
}

const char *rg_blis_version(void) { return rg_blis_found() ? blis.version() : NULL; }

static void run_blis(rg_dtype d, const rg_product *p, rntm_t *how)
{
    bli_rntm_set_num_threads(1, how);
    float one_f = 1, zero_f = 0;
    double one_d = 1, zero_d = 0;
    if (d == RG_F32)
        blis.sgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, p->m, p->n, p->k, &one_f, p->a.data,
                   p->a.rs, p->a.cs, p->b.data, p->b.rs, p->b.cs, &zero_f, p->c.data, p->c.rs,
                   p->c.cs, NULL, how);
    else
        blis.dgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, p->m, p->n, p->k, &one_d, p->a.data,
                   p->a.rs, p->a.cs, p->b.data, p->b.rs, p->b.cs, &zero_d, p->c.data, p->c.rs,
                   p->c.cs, NULL, how);
}

void rg_blis_small(rg_dtype d, const rg_product *p)
{
    rntm_t how = BLIS_RNTM_INITIALIZER;
    run_blis(d, p, &how);
}

void rg_blis_pack_b(rg_dtype d, const rg_product *p)
{
    rntm_t how = BLIS_RNTM_INITIALIZER;
    bli_rntm_set_pack_b(true, &how);
    run_blis(d, p, &how);
}

void rg_blis_packed(rg_dtype d, const rg_product *p)
{
    rntm_t how = BLIS_RNTM_INITIALIZER;
    bli_rntm_disable_l3_sup(&how);
    run_blis(d, p, &how);
}

#else /* never found, and so never asked for a product */
#include "tiled.h"

bool rg_blis_found(void) { return false; }

const char *rg_blis_version(void) { return NULL; }

void rg_blis_small(rg_dtype d, const rg_product *p) { rg_tiled(d, p); }

void rg_blis_pack_b(rg_dtype d, const rg_product *p) { rg_tiled(d, p); }

void rg_blis_packed(rg_dtype d, const rg_product *p) { rg_tiled(d, p); }
#endif
