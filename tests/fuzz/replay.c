/* replay.c - the targets without libFuzzer: replay TARGET CHANGES FILE... gives each file to
 * the target as it is, then CHANGES times with some bytes changed, moved or cut off, always the
 * same. What once went wrong stands in the corpus, so this is also where crashes are tested. */
#include "fuzz.h"
#include <string.h>

enum { LONGEST = 1 << 20 };

static const struct target {
    const char *name;
    void (*run)(const uint8_t *data, size_t n);
} target[] = {
#define X(name) {#name, fuzz_##name},
    FUZZ_TARGETS
#undef X
};

static uint32_t replay_state;

static uint32_t below(size_t n)
{
    replay_state = replay_state * 1664525u + 1013904223u;
    return n ? (replay_state >> 8) % (uint32_t)n : 0;
}

/* Change bytes, of which there is one at least; the new length, which is not larger. */
static size_t change(uint8_t *b, size_t n)
{
    static const uint8_t edge[] = {0, 1, 0x7f, 0x80, 0xff, '"', '\n', ',', '-', '9', '[', ' '};
    for (uint32_t k = 1 + below(4); k--;) {
        size_t at = below(n), from = below(n), m = below(n - (at > from ? at : from)) % 16;
        switch (below(5)) {
        case 0:
            b[at] = (uint8_t)(b[at] ^ 1u << below(8));
            break;
        case 1:
            b[at] = edge[below(sizeof edge)];
            break;
        case 2:
            b[at] = (uint8_t)below(256);
            break;
        case 3:
            memmove(b + at, b + from, m);
            break;
        default:
            n = n > 1 && below(4) == 0 ? 1 + below(n) : n;
        }
    }
    return n;
}

static void replay_file(const struct target *t, const char *path, long changes)
{
    static uint8_t bytes[LONGEST];
    FILE *f = fopen(path, "rb");
    FUZZ_PROMISE(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    t->run(bytes, n);
    for (long i = 0; i < changes && n; i++) {
        uint8_t *changed = malloc(n); /* of its very size: a sanitizer sees a read behind it */
        FUZZ_PROMISE(changed);
        memcpy(changed, bytes, n);
        t->run(changed, change(changed, n));
        free(changed);
    }
}

int main(int argc, char **argv)
{
    size_t k = 0, targets = sizeof target / sizeof *target;
    while (argc > 3 && k < targets && strcmp(target[k].name, argv[1]) != 0) k++;
    if (argc < 4 || k == targets) {
        fputs("usage: replay TARGET CHANGES FILE...\n", stderr);
        return 2;
    }
    for (int i = 3; i < argc; i++) replay_file(&target[k], argv[i], strtol(argv[2], NULL, 10));
    printf("%s: %d files\n", argv[1], argc - 3);
    return 0;
}
