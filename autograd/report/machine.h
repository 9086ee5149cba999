/* machine.h - what the machine can do at best, measured. For autograd/report/ only. */
#ifndef RG_MACHINE_H
#define RG_MACHINE_H
#include "internal.h"

typedef struct rg_machine {
    double bandwidth; /* bytes per second of a triad over more than the caches hold */
    double peak;      /* f32 additions and multiplications per second; f64: half   */
} rg_machine;

/* In some ten milliseconds each, on the threads of t. RG_NOMEM: the triad wants 96 MiB. */
rg_status rg_machine_measure(rg_tape *t, rg_machine *m);

/* Seconds of a clock that only goes forward. */
double rg_seconds(void);

#endif
