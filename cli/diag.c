/* diag.c - collecting what is wrong; diag_render.c shows it. */
#include "diag.h"
#include "status.h"
#include <stdarg.h>

bool diag_set(diag *d, int code, const source *src, span at, const char *fmt, ...)
{
    if (d->code) {
        d->settled = true;
        return false;
    }
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->text, sizeof d->text, fmt, ap);
    va_end(ap);
    d->code = code;
    d->src = src;
    d->at = at;
    return false;
}

void diag_help(diag *d, const char *fmt, ...)
{
    if (d->settled || d->help[0]) return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->help, sizeof d->help, fmt, ap);
    va_end(ap);
}

void diag_label(diag *d, span at, const char *fmt, ...)
{
    if (d->settled || d->labels == DIAG_LABELS) return;
    struct diag_label *l = &d->label[d->labels++];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(l->text, sizeof l->text, fmt, ap);
    va_end(ap);
    l->at = at;
}

int diag_code_of(rg_status s)
{
    switch (s) {
    case RG_SHAPE:
        return E_SHAPE;
    case RG_DTYPE:
        return E_DTYPE;
    case RG_INDEX:
        return E_INDEX;
    case RG_DOMAIN:
        return E_DOMAIN;
    case RG_USAGE:
        return E_USAGE;
    case RG_IO:
        return E_READ;
    case RG_FORMAT:
        return E_FORMAT;
    case RG_MISSING:
        return E_LIBRARY;
    case RG_NOMEM:
        return E_MEMORY;
    default:
        return E_ENGINE;
    }
}

/* Who asks has seen something go wrong: code 0, which nobody should leave, is no success. */
int diag_status(const diag *d)
{
    static const int status[] = {EXIT_FAILED, EXIT_USAGE, EXIT_USAGE,  EXIT_SHAPE,
                                 EXIT_SHAPE, EXIT_FILE,  EXIT_MEMORY, EXIT_FAILED};
    return status[d->code / 100];
}
