/* layers.h - the table of activations, for those who read a spec. Room-private. */
#ifndef RG_LAYERS_H
#define RG_LAYERS_H
#include "nn.h"

typedef struct rg_activation_row {
    const char *name;
    rg_node *(*plain)(rg_node *x);
    rg_node *(*with)(rg_node *x, double number); /* NULL: plain, it takes no number */
    double usual;
    bool halves; /* like relu: what is below 0 hardly passes, weights start as He's */
} rg_activation_row;

/* name NULL at the end. */
extern const rg_activation_row rg_activation_rows[];

/* What a layer with numbers of its own is made of. */
typedef struct rg_layer_parts {
    int params, buffers;
} rg_layer_parts;
rg_layer_parts rg_parts_of(rg_layer_kind kind);

/* The row of the name; NULL: there is none. */
const rg_activation_row *rg_activation_find(const char *name, size_t length);

#endif
