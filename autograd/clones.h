/* clones.h - compile a loop for several instruction sets; the loader chooses. Cloned
 * functions are static, called from their own file alone, and named once in the
 * tree: clang makes a global symbol of each. */
#ifndef RG_CLONES_H
#define RG_CLONES_H
#include <limits.h> /* __GLIBC__ */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RG_NO_CLONES
#endif
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__) && !defined(RG_NO_CLONES)
#define RG_HAVE_CLONES 1
#define RG_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#define RG_CLONES_FUSED __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define RG_HAVE_CLONES 0
#define RG_CLONES
#define RG_CLONES_FUSED
#endif
#endif
