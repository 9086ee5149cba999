/* late.h - libraries that are looked for at first use, so that programs which never
 * need one do not pay for loading it. Private to ops/. */
#ifndef RG_LATE_H
#define RG_LATE_H
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A function of a library, put at `to`; false when it has none of that name. dlsym hands
 * out functions as objects; C has no cast for that, memcpy does. */
static inline bool rg_late_function(void *library, const char *name, void *to)
{
    void *p = library ? dlsym(library, name) : NULL;
    memcpy(to, &p, sizeof p);
    return p != NULL;
}

static inline void *rg_late_library(const char *name)
{
    return dlopen(name, RTLD_LAZY | RTLD_LOCAL);
}

#endif
