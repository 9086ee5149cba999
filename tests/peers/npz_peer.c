/* npz_peer.c - for npz_peer.py: writes known arrays as .npz and .npy, and says what it
 * reads in those of NumPy.
 *
 *   npz_peer write FOLDER    ours.npz, packed.npz, ours.npy
 *   npz_peer read FILE NAME  the numbers of an array as f64, one a line, behind its shape */
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <string.h>

static int complain(const rg_error *e)
{
    fprintf(stderr, "%s\n", e->text);
    return 1;
}

static int write_known(const char *folder)
{
    static float grid[2][3] = {{1, -2.5f, 3}, {0, 1e30f, 1e-30f}};
    static int64_t whole[] = {-1, INT64_MAX, INT64_MIN};
    static uint8_t bytes[4000];
    static double one = 0.1;
    for (int i = 0; i < 4000; i++) bytes[i] = (uint8_t)(i % 7);
    const char *const name[] = {"turned", "whole", "\xc3\xbc bytes", "one", "none"};
    const rg_tensor x[] = {
        {.data = grid, .dtype = RG_F32, .rank = 2, .dim = {3, 2}, .stride = {1, 3}},
        {.data = whole, .dtype = RG_I64, .rank = 1, .dim = {3}, .stride = {1}},
        {.data = bytes, .dtype = RG_U8, .rank = 3, .dim = {10, 20, 20}, .stride = {400, 20, 1}},
        {.data = &one, .dtype = RG_F64},
        {.data = &one, .dtype = RG_F64, .rank = 2, .dim = {0, 4}, .stride = {4, 1}},
    };
    rg_error e = {0};
    char path[3][4096];
    snprintf(path[0], sizeof *path, "%s/ours.npz", folder);
    snprintf(path[1], sizeof *path, "%s/packed.npz", folder);
    snprintf(path[2], sizeof *path, "%s/ours.npy", folder);
    if (rg_npz_write(path[0], 5, name, x, false, NULL, &e) || rg_npz_write(path[1], 5, name, x, true, NULL, &e) ||
        rg_write_npy(path[2], &x[0], NULL, &e))
        return complain(&e);
    return 0;
}

static int read_one(const char *path, const char *name)
{
    rg_npz z;
    rg_array a;
    rg_error e = {0};
    if (rg_npz_open(&z, path, NULL, &e) || rg_npz_read(&a, &z, name, RG_F64, NULL, &e)) return complain(&e);
    for (int i = 0; i < a.shape.rank; i++) printf("%lld ", (long long)a.shape.dim[i]);
    printf("\n");
    for (int64_t i = 0; i < a.count; i++) printf("%.17g\n", ((const double *)a.data)[i]);
    rg_array_free(&a);
    rg_npz_close(&z);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "write")) return write_known(argv[2]);
    if (argc == 4 && !strcmp(argv[1], "read")) return read_one(argv[2], argv[3]);
    return 2;
}
