/* spoil.c - spoil MODEL OUT: the same model with a first bias of -inf. Behind a relu that is a unit that
 * never fires: what the network says is finite, though one of its numbers is not. */
#include <retrograd/modelfile.h>
#include <retrograd/ops.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static rg_node *bias_of(const rg_model *m)
{
    for (int i = 0; i < m->params; i++)
        if (!strcmp(rg_name_of(m->param[i]), "0.bias")) return m->param[i];
    return NULL;
}

int main(int argc, char **argv)
{
    rg_model_file f;
    rg_error e = {RG_OK};
    if (argc != 3 || rg_model_open(&f, argv[1], NULL, &e)) return fprintf(stderr, "spoil: %s\n", e.text), 2;
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    double v[64];
    rg_status s = rg_model_restore(&m, t, &f);
    rg_node *b = s ? NULL : bias_of(&m);
    size_t n = b ? (size_t)rg_count_of(b) : 0;
    if (n < 1 || n > 64 || rg_read(b, RG_F64, v, n)) return 2;
    v[0] = -(double)INFINITY;
    s = rg_write(b, RG_F64, v, n);
    if (!s) s = rg_model_save(argv[2], &m, &f.info, NULL, &e);
    rg_tape_free(t);
    rg_model_close(&f);
    return s ? 1 : 0;
}
