/* embed.c - for the build: each FILE as a C array called NAME, ended by a zero.
 *
 *   embed NAME FILE [NAME FILE]... > web.c */
#include <stdio.h>

static int embed(const char *name, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) return perror(path), 1;
    printf("extern const char %s[];\nconst char %s[] = {", name, name);
    for (int c, n = 0; (c = getc(f)) != EOF; n++) printf("%s%d,", n % 24 ? "" : "\n", c < 128 ? c : c - 256);
    puts("\n0};");
    return fclose(f) ? 1 : 0;
}

int main(int argc, char **argv)
{
    int bad = argc % 2 == 0;
    for (int i = 1; i + 1 < argc && !bad; i += 2) bad = embed(argv[i], argv[i + 1]);
    return bad || fflush(stdout) ? 1 : 0;
}
