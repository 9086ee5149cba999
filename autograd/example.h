/* example.h - the inputs that an op's example asks for: parsed, and drawn. The format
 * is op.h's. Private to autograd/. */
#ifndef RG_EXAMPLE_H
#define RG_EXAMPLE_H
#include "chance.h"
#include "gradcheck.h"

/* One word of an example. */
typedef struct rg_example_input {
    rg_shape shape;
    bool square;   /* its matrices are well away from singular             */
    int64_t below; /* > 0: i64 and below this; 0: real                     */
} rg_example_input;

int rg_example_count(const char *example);

/* The inputs of alternative `which`; how many, at most RG_WIRES. -1: malformed. */
int rg_example_parse(const char *example, int which, rg_example_input in[RG_WIRES]);

/* Leaves with numbers inside the domains of the op's wires, no two nearly equal, none
 * near a kink or a typical attribute. lie says how they lie in memory. */
rg_status rg_example_draw(rg_tape *t, const rg_op *op, int n, const rg_example_input *in,
                          rg_dtype dtype, rg_lie lie, rg_chance *chance, rg_node **leaf);

/* The words for wire k: inputs beyond the last described one share its words. */
const rg_wire *rg_example_wire(const rg_op *op, int k);

/* True for a wire that only decides what flows on other wires: the c of where. Half
 * of the numbers drawn for it are 0. */
bool rg_example_switch(const rg_op *op, int k);

#endif
