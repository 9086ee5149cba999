/* links.h - where a path leads. For who writes a file, and who asks first which one it will be. */
#ifndef RG_LINKS_H
#define RG_LINKS_H
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RG_LINKS = 40 }; /* more of them go round */

/* Bytes before the last name of a path. */
static inline size_t rg_folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Into text, which has room for PATH_MAX bytes: where path leads, over one link, there or not. False:
 * *path is none, or errno says why not. */
static inline bool rg_follow_link(const char *path, char *text)
{
    size_t n = rg_folder_length(path);
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode)) return false;
    if (n >= PATH_MAX) n = 0; /* lstat would have refused it */
    memcpy(text, path, n);
    ssize_t got = readlink(path, text + n, PATH_MAX - n);
    if (got < 0 || (size_t)got >= PATH_MAX - n) return false;
    text[n + (size_t)got] = 0;
    if (text[n] == '/') memmove(text, text + n, (size_t)got + 1);
    return true;
}

#endif
