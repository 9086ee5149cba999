/* named_op.h - the op of the library that has a name. */
#ifndef RG_TEST_NAMED_OP_H
#define RG_TEST_NAMED_OP_H
#include <check.h>
#include <retrograd/retrograd.h>
#include <string.h>

static inline const rg_op *named_op(const char *name)
{
    for (int i = 0; rg_ops[i]; i++)
        if (!strcmp(rg_ops[i]->name, name)) return rg_ops[i];
    ck_abort_msg("no op is called %s", name);
}

#endif
