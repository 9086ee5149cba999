/* files.c - bytes from files. zlib's gz layer reads plain files as they are, so
 * every loader takes both (see gz.h for a library without zlib). */
#include "files.h"
#include "op.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *rg_path_join(rg_store *s, const char *folder, const char *name, rg_error *e)
{
    size_t a = strlen(folder), b = strlen(name);
    bool slash = a > 0 && folder[a - 1] != '/';
    char *path = rg_store_take(s, (int64_t)(a + b + 2), 1, e);
    if (!path) return NULL;
    memcpy(path, folder, a);
    if (slash) path[a++] = '/';
    memcpy(path + a, name, b);
    return path;
}

bool rg_file_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* Of the devices only a terminal is known to come to an end; /dev/zero does not. */
static bool is_terminal(const char *path)
{
    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    bool yes = fd >= 0 && isatty(fd);
    if (fd >= 0) close(fd);
    return yes;
}

rg_status rg_source_open(rg_source *f, const char *path, rg_error *e)
{
    struct stat st;
    *f = (rg_source){.path = path, .error = e};
    if (stat(path, &st) != 0)
        return rg_error_set(e, RG_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode)) return rg_error_set(e, RG_IO, "%s: is a folder, not a file", path);
    if (S_ISCHR(st.st_mode) && !is_terminal(path))
        return rg_error_set(e, RG_IO, "%s: is a device, not a file", path);
    errno = ENOMEM; /* what a NULL without a failed call means */
    f->gz = gzopen(path, "rb");
    if (!f->gz) return rg_error_set(e, RG_IO, "%s: cannot be opened: %s", path, strerror(errno));
    if (gz_beyond_us(f->gz)) {
        rg_source_close(f);
        return rg_error_set(e, RG_MISSING, "%s: is gzipped, and this library is built without zlib", path);
    }
    return RG_OK;
}

void rg_source_over(rg_source *f, const char *path, const void *bytes, int64_t n, rg_error *e)
{
    *f = (rg_source){.path = path, .bytes = bytes, .left = n, .error = e};
}

void rg_source_close(rg_source *f)
{
    if (f->gz) gzclose_r(f->gz);
    f->gz = NULL;
}

/* What zlib has to say after a short or failed read. */
static rg_status read_trouble(rg_source *f)
{
    int code = Z_OK;
    gzerror(f->gz, &code);
    if (code == Z_OK || code == Z_STREAM_END) return RG_OK;
    if (code == Z_MEM_ERROR)
        return rg_error_set(f->error, RG_NOMEM, "%s: no memory to unpack it", f->path);
    if (code == Z_ERRNO)
        return rg_error_set(f->error, RG_IO, "%s: reading failed at byte %lld: %s", f->path,
                            (long long)f->at, strerror(errno));
    return rg_error_set(f->error, RG_FORMAT, "%s: the gzip data is %s, near byte %lld unpacked",
                        f->path, code == Z_BUF_ERROR ? "cut off" : "damaged", (long long)f->at);
}

rg_status rg_source_some(rg_source *f, void *to, int64_t n, int64_t *got)
{
    enum { PIECE = 1 << 24 };
    if (!f->gz) {
        *got = n < f->left ? n : f->left;
        if (*got) memcpy(to, f->bytes, (size_t)*got);
        f->bytes += *got;
        f->left -= *got;
        f->at += *got;
        return RG_OK;
    }
    for (*got = 0; *got < n;) {
        int64_t left = n - *got;
        int r = gzread(f->gz, (char *)to + *got, left < PIECE ? (unsigned)left : PIECE);
        if (r <= 0) return read_trouble(f);
        *got += r;
        f->at += r;
    }
    return RG_OK;
}

static rg_status too_short(rg_source *f, const char *what, int64_t from, int64_t want)
{
    int64_t last = want <= INT64_MAX - from ? from + want - 1 : INT64_MAX;
    return rg_error_set(f->error, RG_FORMAT,
                        "%s: ends at byte %lld, but %s should fill bytes %lld to %lld", f->path,
                        (long long)f->at, what, (long long)from, (long long)last);
}

rg_status rg_source_exact(rg_source *f, void *to, int64_t n, const char *what)
{
    int64_t from = f->at, got;
    rg_status st = rg_source_some(f, to, n, &got);
    if (st == RG_OK && got < n) st = too_short(f, what, from, n);
    return st;
}

/* Read up to most bytes into a block that doubles as they arrive, with one zero
 * byte behind them. */
static rg_status read_growing(rg_source *f, rg_store *s, int64_t most, char **out, int64_t *got)
{
    int64_t room = most < 1 << 20 ? most : 1 << 20;
    char *p = rg_store_take(s, room + 1, 1, f->error);
    for (*got = 0; p;) {
        int64_t n;
        rg_status st = rg_source_some(f, p + *got, room - *got, &n);
        *got += n;
        if (st != RG_OK) return st;
        if (*got < room || room == most) break;
        room = room > most / 2 ? most : 2 * room;
        char *more = rg_store_resize(s, p, room + 1, 1, NULL);
        if (!more)
            return rg_error_set(f->error, RG_NOMEM, "%s: no memory for more than its first %lld bytes", f->path, (long long)*got);
        p = more;
    }
    if (!p) return RG_NOMEM;
    p[*got] = 0;
    *out = p;
    return RG_OK;
}

rg_status rg_source_block(rg_source *f, rg_store *s, int64_t n, const char *what, void **out)
{
    int64_t from = f->at, got;
    char *p = NULL;
    rg_status st = read_growing(f, s, n, &p, &got);
    if (st == RG_OK && got < n) st = too_short(f, what, from, n);
    *out = p;
    return st;
}

rg_status rg_source_rest(rg_source *f, rg_store *s, char **text, int64_t *n)
{
    return read_growing(f, s, INT64_MAX / 4, text, n);
}

rg_status rg_source_end(rg_source *f)
{
    char byte;
    int64_t got;
    rg_status st = rg_source_some(f, &byte, 1, &got);
    if (st == RG_OK && got)
        st = rg_error_set(f->error, RG_FORMAT, "%s: should end at byte %lld, but goes on", f->path,
                          (long long)(f->at - 1));
    return st;
}
