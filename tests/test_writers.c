/* test_writers.c - where a file is put, and who else is there: two processes that write the same
 * one, links, modes, names that are taken or too long, places where no file can be. RG_ROUNDS
 * writes of each process (default 25). */
#include "data_help.h"
#include "suite.h"
#include <retrograd/safetensors.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static rg_status put(const char *name, const char *text, rg_error *e)
{
    *e = (rg_error){0};
    return rg_write_file(in_folder(name), text, strlen(text), NULL, e);
}

static void put_well(const char *name, const char *text)
{
    rg_error e;
    expect_ok(put(name, text, &e), &e);
}

static void expect_text(const char *name, const char *text)
{
    char got[64] = "";
    FILE *f = fopen(in_folder(name), "rb");
    ck_assert_msg(f != NULL, "%s is not there", name);
    got[fread(got, 1, sizeof got - 1, f)] = 0;
    fclose(f);
    ck_assert_str_eq(got, text);
}

static mode_t mode_of(const char *name)
{
    struct stat st;
    ck_assert_int_eq(lstat(in_folder(name), &st), 0);
    return st.st_mode;
}

static void link_to(const char *what, const char *name)
{
    ck_assert_int_eq(symlink(what, in_folder(name)), 0);
}

/* Everything in the folder, which is then gone. */
static void clear_folder(int files)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (const struct dirent *f; (f = readdir(d));)
        if (f->d_name[0] != '.' || strlen(f->d_name) > 2) n += remove(in_folder(f->d_name)) == 0;
    closedir(d);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(n, files);
}

/* ---- two writers, one reader ---------------------------------------------------------------- */

enum { NUMBERS = 20000 };

/* Its exit status: how many writes failed. */
static int write_again_and_again(int who, int rounds)
{
    double *v = malloc(NUMBERS * sizeof *v);
    int failed = 0;
    if (!v) return 1;
    for (int i = 0; i < NUMBERS; i++) v[i] = who;
    rg_saved s = {"w", {.data = v, .dtype = RG_F64, .rank = 1, .dim = {NUMBERS - 1000 * who}, .stride = {1}}};
    for (int i = 0; i < rounds; i++) {
        rg_error e = {0};
        failed += rg_safetensors_write(in_folder("w"), 1, &s, 0, NULL, NULL, &e) != RG_OK;
    }
    free(v);
    return failed < 100 ? failed : 100;
}

/* Whole, and of one writer. */
static void read_one(void)
{
    rg_safetensors f;
    rg_error e = {0};
    expect_ok(rg_safetensors_read(&f, in_folder("w"), NULL, &e), &e);
    const rg_tensor *x = rg_safetensors_find(&f, "w");
    const double *v = x->data;
    ck_assert_int_eq(x->dim[0], NUMBERS - 1000 * (int64_t)v[0]);
    for (int64_t i = 1; i < x->dim[0]; i++) ck_assert(v[i] == v[0]);
    rg_safetensors_free(&f);
}

START_TEST(two_processes_write_one_file)
{
    const char *asked = getenv("RG_ROUNDS");
    int rounds = asked ? atoi(asked) : 25, running = 2, status;
    make_folder();
    ck_assert_int_eq(write_again_and_again(0, 1), 0);
    for (int k = 1; k <= 2; k++)
        if (fork() == 0) _exit(write_again_and_again(k, rounds));
    while (running) {
        if (waitpid(-1, &status, WNOHANG) > 0) {
            ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "%d writes failed", WEXITSTATUS(status));
            running--;
        }
        read_one();
    }
    clear_folder(1);
}
END_TEST

/* ---- what is there already ------------------------------------------------------------------ */

START_TEST(a_file_that_ends_in_part_is_the_users)
{
    make_folder();
    put_well("mine.part", "old");
    put_well("mine", "new");
    put_well("victim", "old");
    link_to("victim", "vl.part");
    put_well("vl", "new");
    expect_text("mine.part", "old");
    expect_text("victim", "old");
    expect_text("mine", "new");
    expect_text("vl", "new");
    ck_assert(S_ISREG(mode_of("vl")));
    clear_folder(5);
}
END_TEST

START_TEST(a_mode_is_kept)
{
    make_folder();
    mode_t before = umask(0027);
    put_well("a", "new");
    ck_assert_uint_eq(mode_of("a"), S_IFREG | 0640);
    static const mode_t mode[] = {0600, 0622, 0711, 0733, 0777};
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(chmod(in_folder("a"), mode[i]), 0);
        put_well("a", "again");
        ck_assert_uint_eq(mode_of("a"), S_IFREG | mode[i]);
    }
    umask(before);
    clear_folder(1);
}
END_TEST

START_TEST(what_a_new_file_does_not_keep)
{
    make_folder();
    char name[sizeof path_text];
    put_well("a", "old");
    snprintf(name, sizeof name, "%s", in_folder("a"));
    ck_assert_int_eq(link(name, in_folder("other")), 0);
    ck_assert_int_eq(chmod(name, 06755), 0);
    put_well("a", "new");
    ck_assert_uint_eq(mode_of("a"), S_IFREG | 0755);
    expect_text("other", "old");
    clear_folder(2);
}
END_TEST

/* In a child, which root turns into somebody else: root may write everything. */
static int put_as_nobody(const char *name, const char *why)
{
    enum { NOBODY = 65534 };
    rg_error e;
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) return 0;
    bool refused = put(name, "new", &e) == RG_IO && strstr(e.text, why);
    return refused && rg_write_try(in_folder(name), NULL, &e) == RG_IO ? 0 : 1;
}

/* The modes of a folder and of a file in it under which somebody else may not replace the file. */
static void stays_as_it_was(mode_t of_folder, mode_t of_file, const char *why)
{
    int status;
    make_folder();
    put_well("a", "old");
    ck_assert_int_eq(chmod(folder, of_folder), 0);
    ck_assert_int_eq(chmod(in_folder("a"), of_file), 0);
    if (fork() == 0) _exit(put_as_nobody("a", why));
    ck_assert_int_gt(wait(&status), 0);
    ck_assert_int_eq(status, 0);
    expect_text("a", "old");
    clear_folder(1);
}

START_TEST(a_file_that_may_not_be_written_is_not_replaced)
{
    stays_as_it_was(0777, 0444, "cannot be written: Permission denied");
}
END_TEST

/* As /tmp is: who may write the file may not put another in its place. */
START_TEST(a_file_of_somebody_else_in_a_sticky_folder_is_not_tried)
{
    if (geteuid() != 0) return; /* there is nobody else */
    stays_as_it_was(01777, 0666, "cannot be written: Operation not permitted");
}
END_TEST

START_TEST(a_link_stays_and_leads_to_the_new_file)
{
    rg_error e;
    char whole[sizeof path_text];
    make_folder();
    put_well("a", "old");
    link_to("a", "near");
    snprintf(whole, sizeof whole, "%s", in_folder("near"));
    link_to(whole, "far");
    put_well("far", "new");
    expect_text("a", "new");
    ck_assert(S_ISLNK(mode_of("near")) && S_ISLNK(mode_of("far")));
    link_to("not yet", "dangling");
    put_well("dangling", "made");
    expect_text("not yet", "made");
    ck_assert(S_ISLNK(mode_of("dangling")));
    link_to("round", "round");
    expect_error(put("round", "x", &e), &e, RG_IO, "/round: cannot be written: Too many levels of symbolic links");
    clear_folder(6);
}
END_TEST

/* As in `command --html /dev/stdout >>file`: the open file is meant, not its name. */
START_TEST(an_open_file_of_the_system_is_written_as_it_is)
{
    char name[64];
    struct stat before, after;
    make_folder();
    put_well("a", "old");
    int fd = open(in_folder("a"), O_RDWR);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    link_to(name, "through");
    ck_assert_int_eq(fstat(fd, &before), 0);
    rg_error e = {0};
    if (access(name, F_OK) == 0) expect_ok(rg_write_file(name, "new", 3, NULL, &e), &e);
    if (access(name, F_OK) == 0) expect_text("a", "new");
    if (access(name, F_OK) == 0) put_well("through", "again");
    ck_assert_int_eq(stat(in_folder("a"), &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    close(fd);
    clear_folder(2);
}
END_TEST

/* /dev/shm is a folder like others, where there is one: what is there is replaced, not written in. */
START_TEST(shared_memory_is_a_folder)
{
    char name[64];
    struct stat before, after;
    rg_error e = {0};
    snprintf(name, sizeof name, "/dev/shm/rg-writers-%ld", (long)getpid());
    if (access("/dev/shm", W_OK) != 0) return;
    expect_ok(rg_write_try(name, NULL, &e), &e);
    expect_ok(rg_write_file(name, "old", 3, NULL, &e), &e);
    int fd = open(name, O_RDONLY); /* keeps its number from being given again */
    ck_assert_int_eq(fstat(fd, &before), 0);
    expect_ok(rg_write_file(name, "new", 3, NULL, &e), &e);
    ck_assert_int_eq(stat(name, &after), 0);
    ck_assert_uint_ne(before.st_ino, after.st_ino);
    close(fd);
    unlink(name);
}
END_TEST

/* ---- where no file can be ------------------------------------------------------------------- */

static void no_file_there(const char *name, const char *says)
{
    rg_error e = {0};
    expect_error(put(name, "x", &e), &e, RG_IO, says);
    e = (rg_error){0};
    expect_error(rg_write_try(*name ? in_folder(name) : "", NULL, &e), &e, RG_IO, says);
}

START_TEST(a_place_that_takes_no_file)
{
    make_folder();
    put_well("a", "old");
    no_file_there(".", "cannot be written: Is a directory");
    no_file_there("none/a", "none/a: cannot be written: No such file or directory");
    no_file_there("a/b", "a/b: cannot be written: Not a directory");
    no_file_there("b/", "b/: cannot be written: No such file or directory");
    char name[257] = "";
    memset(name, 'n', 256);
    no_file_there(name, "cannot be written: File name too long");
    name[255] = 0;
    put_well(name, "new");
    expect_text(name, "new");
    clear_folder(2);
}
END_TEST

START_TEST(no_name_is_no_place)
{
    rg_error e = {0};
    expect_error(rg_write_file("", "x", 1, NULL, &e), &e, RG_IO, "cannot be written: No such file or directory");
    e = (rg_error){0};
    expect_error(rg_write_try("", NULL, &e), &e, RG_IO, "cannot be written: No such file or directory");
}
END_TEST

START_TEST(trying_changes_nothing)
{
    rg_error e = {0};
    make_folder();
    expect_ok(rg_write_try(in_folder("new"), NULL, &e), &e);
    ck_assert_int_ne(access(in_folder("new"), F_OK), 0);
    put_well("a", "old");
    expect_ok(rg_write_try(in_folder("a"), NULL, &e), &e);
    expect_text("a", "old");
    ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0);
    expect_ok(rg_write_try(in_folder("pipe"), NULL, &e), &e);
    expect_ok(rg_write_try("/dev/null", NULL, &e), &e);
    clear_folder(2);
}
END_TEST

RG_SUITE("writers", two_processes_write_one_file, a_file_that_ends_in_part_is_the_users, a_mode_is_kept,
         what_a_new_file_does_not_keep, a_file_that_may_not_be_written_is_not_replaced,
         a_file_of_somebody_else_in_a_sticky_folder_is_not_tried,
         a_link_stays_and_leads_to_the_new_file, an_open_file_of_the_system_is_written_as_it_is, shared_memory_is_a_folder,
         a_place_that_takes_no_file, no_name_is_no_place, trying_changes_nothing)
