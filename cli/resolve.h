/* resolve.h - what the names of a program mean: functions and their arguments, and
 * the names that somebody has to supply. All that it finds is exit 2. */
#ifndef CLI_RESOLVE_H
#define CLI_RESOLVE_H
#include "functions.h"
#include "parse.h"

/* The arguments of a call, sorted by parameter. Those of PARAM_TENSORS or PARAM_WHOLES
 * stand next to each other in program.arg: count of them from place many on. */
typedef struct match {
    uint32_t value[FUNCTION_PARAMS]; /* node; PARSE_NONE when not given */
    uint32_t many, count;
} match;

/* Look up every function, check every call, and find the names that are used before
 * a statement binds them: p->first_use. Numbers that a function takes as numbers
 * lose AST_NEEDED. */
bool program_resolve(program *p, diag *d);

/* Sort the arguments of call i of a resolved program. */
void program_match(const program *p, uint32_t i, match *m);

/* "did you mean": the candidate nearest to name, kept between calls; start with
 * distance 3. */
typedef struct nearest {
    const char *text;
    size_t len;
    int distance;
} nearest;
void nearest_offer(nearest *best, const char *name, size_t len, const char *candidate, size_t clen);

#endif
