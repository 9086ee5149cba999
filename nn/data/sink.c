/* sink.c - bytes to files: beside the place first, then in it, so that a file is whole or as it
 * was, whoever else writes it and however this ends. */
#include "files.h"
#include "links.h"
#include "op.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

enum { TRIES = 100, MARK = 6, NAME_KEPT = 200 };
#define PART ".part"

static rg_status write_trouble(rg_sink *k)
{
    return rg_error_set(k->error, RG_IO, "%s: cannot be written: %s", k->path, strerror(errno));
}

/* What may be a name for an open file, such as /dev/stdout, and not for one in a folder: /dev/shm is one. */
static bool is_of_the_system(const char *path)
{
    static const char *const name[] = {"/dev/std", "/dev/fd/", "/proc/"};
    for (int i = 0; i < 3; i++)
        if (!strncmp(path, name[i], strlen(name[i]))) return true;
    return false;
}

/* k->target: the file that path means, there or not; NULL for what is written as it is. */
static rg_status find_target(rg_sink *k)
{
    char at[PATH_MAX], next[PATH_MAX];
    struct stat st;
    bool there = stat(k->path, &st) == 0;
    if (there && !S_ISREG(st.st_mode)) return RG_OK;
    if (there ? faccessat(AT_FDCWD, k->path, W_OK, AT_EACCESS) != 0 : errno != ENOENT || !*k->path) return write_trouble(k);
    if (snprintf(at, sizeof at, "%s", k->path) >= (int)sizeof at) return write_trouble(k); /* stat refuses it */
    for (int links = 0; !is_of_the_system(at) && rg_follow_link(at, next); links++) {
        if (links == RG_LINKS) {
            errno = ELOOP;
            return write_trouble(k);
        }
        strcpy(at, next);
    }
    if (is_of_the_system(at)) return RG_OK;
    k->target = rg_store_text(&k->store, at, strlen(at), k->error);
    return k->target ? RG_OK : RG_NOMEM;
}

/* The name of a part: the target's, cut where it would be too long, and a mark from count. */
static void name_part(const rg_sink *k, uint64_t count)
{
    static const char letter[] = "abcdefghijklmnopqrstuvwxyz234567";
    size_t folder = rg_folder_length(k->target), name = strlen(k->target + folder);
    if (name > NAME_KEPT) name = NAME_KEPT;
    memcpy(k->part, k->target, folder + name);
    char *to = k->part + folder + name;
    *to++ = '.';
    for (int i = 0; i < MARK; i++, count >>= 5) *to++ = letter[count & 31];
    memcpy(to, PART, sizeof PART);
}

/* Anything that other processes and threads are unlikely to begin with at this moment. */
static uint64_t a_start(const rg_sink *k)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t x = (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 32 ^ (uint64_t)(uintptr_t)k;
    return x * 0x9E3779B97F4A7C15u >> 20;
}

/* Files that another name cannot take the place of: those that are a mount of their own, and, in a
 * folder such as /tmp, somebody else's. */
static rg_status may_be_replaced(rg_sink *k)
{
    struct stat old, folder;
    if (lstat(k->target, &old) != 0) return RG_OK;
#ifdef STATX_ATTR_MOUNT_ROOT
    struct statx how;
    if (statx(AT_FDCWD, k->target, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &how) == 0 && how.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
        errno = EBUSY;
        return write_trouble(k);
    }
#endif
    char parent[PATH_MAX];
    size_t n = rg_folder_length(k->target);
    snprintf(parent, sizeof parent, "%.*s", (int)n, k->target);
    uid_t me = geteuid();
    bool sticky = stat(n ? parent : ".", &folder) == 0 && folder.st_mode & S_ISVTX;
    if (!sticky || me == 0 || me == old.st_uid || me == folder.st_uid) return RG_OK;
    errno = EPERM;
    return write_trouble(k);
}

/* A new file beside the target: never one that is there, nor through a link. What replaces a file is
 * nobody else's before it has that file's mode. -1: errno says why. */
static int create_part(rg_sink *k)
{
    uint64_t count = a_start(k);
    mode_t mode = access(k->target, F_OK) == 0 ? 0600 : 0666;
    int fd = -1;
    for (int i = 0; i < TRIES && fd < 0 && (!i || errno == EEXIST); i++) {
        name_part(k, count + (uint64_t)i);
        fd = open(k->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    return fd;
}

/* The mode of the file that is replaced, and its owner: what the system allows, and where it does not,
 * the group gets no more than the others. */
static void keep_mode(const rg_sink *k, int fd)
{
    struct stat old, now;
    if (stat(k->target, &old) != 0 || fstat(fd, &now) != 0) return;
    mode_t mode = old.st_mode & 0777;
    bool same = old.st_uid == now.st_uid && old.st_gid == now.st_gid;
    if (!same && fchown(fd, old.st_uid, old.st_gid) != 0 && fchown(fd, (uid_t)-1, old.st_gid) != 0)
        mode &= ~(mode_t)0070 | (mode & 0007) << 3;
    (void)fchmod(fd, mode); /* a file system without modes keeps none */
}

static rg_status open_part(rg_sink *k)
{
    k->part = rg_store_take(&k->store, (int64_t)(strlen(k->target) + MARK + 1 + sizeof PART), 1, k->error);
    if (!k->part) return RG_NOMEM;
    int fd = create_part(k);
    if (fd < 0) return write_trouble(k);
    keep_mode(k, fd);
    k->out = fdopen(fd, "wb");
    if (k->out) return RG_OK;
    rg_status why = write_trouble(k);
    close(fd);
    unlink(k->part);
    return why;
}

static rg_status begin_sink(rg_sink *k, const char *path, const rg_alloc *alloc, rg_error *e)
{
    *k = (rg_sink){.path = path, .error = e};
    rg_store_open(&k->store, alloc);
    rg_status s = find_target(k);
    if (!s && k->target) s = may_be_replaced(k);
    return !s && k->target ? open_part(k) : s;
}

rg_status rg_sink_open(rg_sink *k, const char *path, const rg_alloc *alloc, rg_error *e)
{
    rg_status s = begin_sink(k, path, alloc, e);
    if (!s && !k->target) {
        k->out = fopen(path, "wb");
        if (!k->out) s = write_trouble(k);
    }
    if (s) rg_store_close(&k->store);
    return s;
}

rg_status rg_sink_write(rg_sink *k, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, k->out) == n ? RG_OK : write_trouble(k);
}

/* So that the new name survives a power cut, where the file system can promise that. */
static void sync_folder(rg_sink *k)
{
    size_t n = rg_folder_length(k->part);
    k->part[n] = 0;
    int folder = open(n ? k->part : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    fsync(folder);
    close(folder);
}

rg_status rg_sink_close(rg_sink *k, bool good)
{
    rg_status st = RG_OK;
    if (good && (fflush(k->out) != 0 || (k->part && fsync(fileno(k->out)) != 0)))
        st = write_trouble(k);
    if (fclose(k->out) != 0 && st == RG_OK && good) st = write_trouble(k);
    if (good && st == RG_OK && k->part && rename(k->part, k->target) != 0) st = write_trouble(k);
    if (k->part && (!good || st != RG_OK))
        unlink(k->part);
    else if (k->part)
        sync_folder(k);
    rg_store_close(&k->store);
    return st;
}

rg_status rg_write_file(const char *path, const void *bytes, size_t n, const rg_alloc *alloc,
                        rg_error *e)
{
    rg_sink k;
    rg_status s = rg_sink_open(&k, path, alloc, e);
    if (s) return s;
    s = rg_sink_write(&k, bytes, n);
    rg_status closed = rg_sink_close(&k, s == RG_OK);
    return s ? s : closed;
}

/* Opening a device or a pipe would be an act by itself: it is asked for permission alone. */
static rg_status try_device(rg_sink *k)
{
    struct stat st;
    errno = EISDIR;
    bool folder = stat(k->path, &st) == 0 && S_ISDIR(st.st_mode);
    return !folder && access(k->path, W_OK) == 0 ? RG_OK : write_trouble(k);
}

rg_status rg_write_try(const char *path, const rg_alloc *alloc, rg_error *e)
{
    rg_sink k;
    rg_status s = begin_sink(&k, path, alloc, e);
    if (!s && k.part) return rg_sink_close(&k, false);
    if (!s) s = try_device(&k);
    rg_store_close(&k.store);
    return s;
}
