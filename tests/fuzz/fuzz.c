/* fuzz.c - files without a disk, and memory with an end. */
#include "fuzz.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 3, PATH = 96 };

void *fuzz_mem(void *ud, void *p, size_t old_size, size_t new_size)
{
    fuzz_memory *m = ud;
    if (new_size > old_size && new_size - old_size > m->most - m->live) return NULL;
    void *q = NULL;
    if (new_size) {
        q = realloc(p, new_size);
        if (!q) return NULL;
    } else
        free(p);
    m->live += new_size - old_size;
    return q;
}

static int slot_fd(int slot)
{
    static int fd[SLOTS]; /* 0: not yet */
    if (!fd[slot]) fd[slot] = memfd_create("fuzz", 0);
    FUZZ_PROMISE(fd[slot] > 0);
    return fd[slot];
}

static const char *slot_path(int slot)
{
    static char path[SLOTS][PATH];
    snprintf(path[slot], sizeof path[slot], "/proc/self/fd/%d", slot_fd(slot));
    return path[slot];
}

const char *fuzz_file(int slot, const void *bytes, size_t n)
{
    int fd = slot_fd(slot);
    FUZZ_PROMISE(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, n, 0) == (ssize_t)n);
    return slot_path(slot);
}

static char folder[PATH];

static void remove_folder(void)
{
    char command[PATH + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command)) fputs("a folder was left in /dev/shm or /tmp\n", stderr);
}

const char *fuzz_folder(int slot, const char *name)
{
    char link[2 * PATH];
    if (!folder[0]) {
        const char *room = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
        snprintf(folder, sizeof folder, "%s/retrograd-fuzz-XXXXXX", room);
        FUZZ_PROMISE(mkdtemp(folder) && !atexit(remove_folder));
    }
    snprintf(link, sizeof link, "%s/%s", folder, name);
    if (access(link, F_OK)) FUZZ_PROMISE(symlink(slot_path(slot), link) == 0);
    return folder;
}

char *fuzz_text(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);
    FUZZ_PROMISE(text);
    if (n) memcpy(text, data, n);
    text[n] = 0;
    return text;
}
