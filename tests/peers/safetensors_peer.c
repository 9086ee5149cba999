/* safetensors_peer.c - reads a file and writes what it held to another, for
 * safetensors_peer.py. */
#include <retrograd/retrograd.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    rg_error e = {0};
    rg_safetensors f;
    if (argc != 3) return 2;
    rg_status s = rg_safetensors_read(&f, argv[1], NULL, &e);
    if (!s) s = rg_safetensors_write(argv[2], f.n, f.tensor, f.remarks, f.remark, NULL, &e);
    if (s) fprintf(stderr, "%s\n", e.text);
    rg_safetensors_free(&f);
    return s != RG_OK;
}
