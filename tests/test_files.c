/* test_files.c - a file is replaced whole or not at all: fsync, rename and close that fail, a
 * disk that is full after any number of bytes. Nothing here relies on permissions, which do
 * not bind root. fsync and rename below stand before the C library's. */
#include "data_help.h"
#include "suite.h"
#include <retrograd/npz.h>
#include <retrograd/safetensors.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static struct {
    bool fail_fsync, fail_rename;
    int files, folders, renames; /* synced and done; a file before its rename, a folder after */
} disk;

int fsync(int fd)
{
    struct stat st;
    if (disk.fail_fsync) {
        errno = EIO;
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        disk.folders++;
        ck_assert_int_eq(disk.renames, disk.folders);
    } else
        disk.files++;
    return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    if (disk.fail_rename) {
        errno = ENOSPC;
        return -1;
    }
    disk.renames++;
    ck_assert_int_eq(disk.files, disk.renames);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* ---- what is written ----------------------------------------------------------------------- */

static double lots[3000];
static const rg_tensor array = {.data = lots, .dtype = RG_F64, .rank = 1, .dim = {3000}, .stride = {1}};

static rg_status put_text(const char *path, rg_error *e) { return rg_write_file(path, lots, sizeof lots, NULL, e); }
static rg_status put_npy(const char *path, rg_error *e) { return rg_write_npy(path, &array, NULL, e); }
static rg_status put_npz(const char *path, rg_error *e)
{
    const char *const name = "x";
    return rg_npz_write(path, 1, &name, &array, false, NULL, e);
}
static rg_status put_tensors(const char *path, rg_error *e)
{
    return rg_safetensors_write(path, 1, &(rg_saved){"x", array}, 0, NULL, NULL, e);
}

static rg_status (*const writers[])(const char *path, rg_error *e) = {put_text, put_npy, put_npz, put_tensors};
enum { WRITERS = sizeof writers / sizeof *writers };

static int files_there(void)
{
    int n = -2; /* . and .. */
    DIR *d = opendir(folder);
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

/* The error says what the system says, and the old file is alone and as it was. */
static void old_one_stays(rg_status s, const rg_error *e, const char *says)
{
    char old[4] = "";
    expect_error(s, e, RG_IO, "cannot be written");
    expect_error(s, e, RG_IO, says);
    FILE *f = fopen(in_folder("a"), "rb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fread(old, 1, 4, f), 3);
    fclose(f);
    ck_assert_str_eq(old, "old");
    ck_assert_int_eq(files_there(), 1);
}

START_TEST(a_file_is_synced_then_named_then_its_folder_is_synced)
{
    make_folder();
    for (int i = 0; i < WRITERS; i++) {
        rg_error e = {0};
        memset(&disk, 0, sizeof disk);
        expect_ok(writers[i](in_folder("a"), &e), &e);
        ck_assert(disk.files == 1 && disk.renames == 1 && disk.folders == 1);
        ck_assert_int_eq(files_there(), 1);
    }
    remove_files((const char *[]){"a", NULL});
}
END_TEST

START_TEST(fsync_and_rename_fail)
{
    make_folder();
    put_file("a", "old", 3);
    for (int i = 0; i < WRITERS; i++) {
        rg_error e = {0};
        memset(&disk, 0, sizeof disk);
        disk.fail_fsync = true;
        old_one_stays(writers[i](in_folder("a"), &e), &e, strerror(EIO));
        memset(&disk, 0, sizeof disk);
        disk.fail_rename = true;
        e = (rg_error){0};
        old_one_stays(writers[i](in_folder("a"), &e), &e, strerror(ENOSPC));
    }
    disk.fail_rename = false;
    remove_files((const char *[]){"a", NULL});
}
END_TEST

START_TEST(disk_full_after_any_number_of_bytes)
{
    struct rlimit before, now;
    make_folder();
    put_file("a", "old", 3);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    for (rlim_t most = 0; most < sizeof lots; most += most < 256 ? 1 : 997)
        for (int i = 0; i < WRITERS; i++) {
            rg_error e = {0};
            now = (struct rlimit){most, before.rlim_max};
            setrlimit(RLIMIT_FSIZE, &now);
            rg_status s = writers[i](in_folder("a"), &e);
            setrlimit(RLIMIT_FSIZE, &before);
            old_one_stays(s, &e, strerror(EFBIG));
        }
    remove_files((const char *[]){"a", NULL});
}
END_TEST

START_TEST(a_full_device)
{
    if (access("/dev/full", W_OK) != 0) return;
    for (int i = 0; i < WRITERS; i++) {
        rg_error e = {0};
        expect_error(writers[i]("/dev/full", &e), &e, RG_IO, "/dev/full: cannot be written: No space left on device");
    }
}
END_TEST

RG_SUITE("files", a_file_is_synced_then_named_then_its_folder_is_synced, fsync_and_rename_fail, disk_full_after_any_number_of_bytes,
         a_full_device)
