/* ops.c - the smallest library of ops, in C and in C++. */
#include <retrograd/retrograd.h>

RG_LIBRARY_OPS = {&rg_op_detach, NULL};
