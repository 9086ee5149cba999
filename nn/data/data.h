/* data.h - data sets: read, made, cut into parts, handed out in batches.
 *
 *   data      rows of features of one shape, with labels or targets
 *   table     a CSV file as it stands: named columns of text
 *   coding    how a table becomes data: learnt once, kept with the model
 *   standard  mean and deviation of the training part, kept with the model
 *   batches   an order of rows per epoch, cut into pieces
 *
 * No nodes here: these are plain structures. Whatever a function fills in is
 * freed with the matching _free, which is safe on a zeroed struct and after an
 * error (the functions leave a zeroed struct behind when they fail). Functions
 * that can fail return a status and say more in *e, which may be NULL: RG_IO a
 * file that cannot be read or written, RG_FORMAT a file that is not what it
 * claims to be, RG_NOMEM; others are named where they can happen. Everything is
 * decided by the arguments: the same seed gives the same bits everywhere. */
#ifndef RG_DATA_H
#define RG_DATA_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- memory ------------------------------------------------------------- */

/* The hook of rg_config: p NULL: new; new_size 0: free; else resize. A NULL
 * rg_alloc, or a NULL mem, is malloc. It must outlive what was read with it.
 * (zlib's own buffers, a few KiB while a file is open, come from malloc.) */
typedef struct rg_alloc {
    void *(*mem)(void *ud, void *p, size_t old_size, size_t new_size);
    void *ud;
} rg_alloc;

/* What a structure owns; to be left alone. */
typedef struct rg_store {
    rg_alloc alloc;
    struct rg_block *first;
} rg_store;

/* ---- data sets ---------------------------------------------------------- */

typedef enum rg_part { RG_TRAIN, RG_TEST } rg_part;

typedef enum rg_task {
    RG_UNLABELLED, /* features only                       */
    RG_CLASSIFY,   /* label[row] in 0..classes-1          */
    RG_REGRESS     /* target[row], any number             */
} rg_task;

typedef struct rg_data {
    int64_t rows;
    rg_shape shape; /* of one row: (channels, height, width), or (columns)       */
    int64_t width;  /* numbers in one row                                        */
    rg_dtype dtype; /* of x: RG_U8 for images, RG_F64 for columns                */
    void *x;        /* rows x width, dense; NaN where a column's cell is missing */
    rg_task task;
    int64_t *label;          /* RG_CLASSIFY, else NULL                            */
    double *target;          /* RG_REGRESS, else NULL                             */
    int classes;             /* RG_CLASSIFY, else 0                               */
    const char **class_name; /* one per class                                     */
    const char **column;     /* one per number of a row; NULL for images          */
    int64_t *row;            /* row of the file, from 1, that each row came from; NULL: in order */
    const char *source;      /* the file or folder, or "made digits"              */
    rg_store store;
} rg_data;

RG_API void rg_data_free(rg_data *d);

/* Labels were found, classes are expected: RG_INDEX, naming the first row whose
 * label is not below classes, else d->classes becomes classes (names included),
 * for a test part may happen to lack the last class. */
RG_API rg_status rg_data_expect(rg_data *d, int classes, rg_error *e);

/* MNIST's files, IDX format, in a folder: train-images-idx3-ubyte and
 * train-labels-idx1-ubyte, or t10k-..., each plain or with .gz (plain wins).
 * Only the files of the part are touched. x is u8 (1, height, width); classes is
 * the highest label + 1, at most 256; class names are the numbers. RG_FORMAT:
 * wrong magic number, too short, bytes after the end, no pixels or no rows,
 * numbers of images and labels that differ. */
RG_API rg_status rg_read_idx(rg_data *d, const char *folder, rg_part part, const rg_alloc *alloc,
                             rg_error *e);

/* CIFAR-10, binary version, in a folder: every data_batch_N.bin, N = 1..5, that
 * is there, in that order, or test_batch.bin; a record is a label byte in 0..9
 * and 3,072 bytes. x is u8 (3, 32, 32), planes red, green, blue. Class names are
 * the lines of batches.meta.txt, or the ten usual ones when it is not there. RG_INDEX:
 * another label; RG_FORMAT: a record cut short. */
RG_API rg_status rg_read_cifar10(rg_data *d, const char *folder, rg_part part,
                                 const rg_alloc *alloc, rg_error *e);

/* Whichever of the two the folder holds; RG_IO when neither. */
RG_API rg_status rg_read_images(rg_data *d, const char *folder, rg_part part, const rg_alloc *alloc,
                                rg_error *e);

/* Digits drawn by the program: pen strokes under a random affine map, thickness,
 * blur and noise, u8 (1, 28, 28), ink 255 on 0. Row i shows i modulo 10 and
 * depends on (seed, part, i) alone. Decided by + - * / and sqrt in f64, so equal
 * on every platform with IEEE arithmetic. RG_SHAPE: rows < 1. */
RG_API rg_status rg_make_digits(rg_data *d, int64_t rows, uint64_t seed, rg_part part,
                                const rg_alloc *alloc, rg_error *e);

/* ---- tables: CSV -------------------------------------------------------- */

/* A CSV file with a header line, RFC 4180: cells apart by commas, quotes around
 * cells with commas, quotes (doubled) or line ends in them; LF or CRLF; a UTF-8
 * mark at the start and empty lines are skipped; may be gzipped. Blanks around a
 * cell do not belong to it, unless in quotes. A cell is missing when it is empty,
 * NA, NaN, nan, null or ?, quoted or not. Rows count from 1, without the header. */
typedef struct rg_table {
    int64_t rows; /* without the header                         */
    int columns;
    const char **name; /* of the columns, no two alike               */
    const char **cell; /* rows x columns; NULL where it is missing   */
    int64_t *line;     /* of the file, from 1, where each row begins */
    const char *source;
    uint64_t digest; /* FNV-1a of the bytes: is this the same file */
    rg_store store;
} rg_table;

/* RG_FORMAT: no header, two columns of one name that is
 * no number, a row with too few or too many
 * cells, a quote without end, text after a closing quote, a zero byte, text that is not UTF-8. */
RG_API rg_status rg_read_csv(rg_table *t, const char *path, const rg_alloc *alloc, rg_error *e);
RG_API void rg_table_free(rg_table *t);

/* Number of the column of that name; -1, and RG_USAGE in *e with the names there
 * are and the nearest, when there is none. */
RG_API int rg_table_column(const rg_table *t, const char *name, rg_error *e);

/* The column of that name nearest to place from, 0 <= from <= columns; -1: there is none. To find
 * many that stand in order, begin each search behind the last found. */
RG_API int rg_table_near(const rg_table *t, const char *name, int from);

/* The column as numbers, NaN where missing. RG_FORMAT: a cell that is no finite
 * decimal number. out has room for t->rows. */
RG_API rg_status rg_table_numbers(const rg_table *t, int column, double *out, rg_error *e);

/* The table without that column: those behind it move up. */
RG_API void rg_table_drop(rg_table *t, int column);

/* True when every cell that is not missing is a finite decimal number. */
RG_API bool rg_table_numeric(const rg_table *t, int column);

/* ---- codings: from columns to numbers ------------------------------------- */

typedef enum rg_role {
    RG_NUMBER,    /* one number                                                  */
    RG_CATEGORY,  /* one-hot: a number per category, 1 for its own, 0 for others  */
    RG_IDENTIFIER /* left out: text that is nearly always another one             */
} rg_role;

typedef struct rg_column {
    const char *name;
    rg_role role;
    bool by_value;         /* categories are numbers, sorted by value: 2 is 2.0 */
    int categories;        /* of RG_CATEGORY, else 0                            */
    const char **category; /* sorted, by bytes unless by_value                  */
} rg_column;

typedef struct rg_coding {
    rg_task task;
    int columns; /* without the target */
    rg_column *column;
    rg_column target; /* RG_CATEGORY: its categories are the classes */
    int64_t width;    /* numbers that a row becomes                  */
    rg_store store;
} rg_coding;

/* A target of numbers with more different values than this, or with values that
 * are not whole, is a regression. */
enum { RG_CLASS_VALUES = 20 };

/* Learn the coding of a table. A column of numbers is a number; any other is a
 * category, or an identifier when it has more than RG_CLASS_VALUES categories
 * and more than one for every two rows. target names the column to predict; it
 * is a class when it is text or at most RG_CLASS_VALUES whole numbers. RG_USAGE:
 * no such column. RG_FORMAT: no rows, or a column without a single value. */
RG_API rg_status rg_coding_learn(rg_coding *c, const rg_table *t, const char *target,
                                 const rg_alloc *alloc, rg_error *e);
RG_API void rg_coding_free(rg_coding *c);

/* A coding as text, to be kept with a model, and back (RG_FORMAT: not such a text). */
typedef struct rg_text {
    char *text;
    size_t length; /* without the zero byte */
    rg_store store;
} rg_text;
RG_API rg_status rg_coding_write(const rg_coding *c, rg_text *out, const rg_alloc *alloc,
                                 rg_error *e);
RG_API rg_status rg_coding_read(rg_coding *c, const char *text, const rg_alloc *alloc, rg_error *e);
RG_API void rg_text_free(rg_text *t);

typedef enum rg_missing {
    RG_MISSING_ERROR, /* RG_FORMAT, naming the first few cells and the number of all */
    RG_MISSING_DROP,  /* leave out rows with a missing cell                          */
    RG_MISSING_MEAN   /* NaN in x (all numbers of a category): rg_take_rows puts the
                         training mean there; rows without a target are left out     */
} rg_missing;

/* Turn a table into data by a coding learnt from it or from another. Columns are
 * found by name; others are ignored; a table without the target gives unlabelled
 * data, and so does a coding whose task was set to RG_UNLABELLED. RG_FORMAT: a column of the coding
 * that is not there, a cell that is no number, missing cells, no rows left. RG_INDEX: a category or
 * class that the coding does not know. */
RG_API rg_status rg_encode(rg_data *d, const rg_coding *c, const rg_table *t, rg_missing missing,
                           const rg_alloc *alloc, rg_error *e);

/* ---- cutting and shuffling -------------------------------------------------- */

/* Put the numbers in a random order (Fisher-Yates with Philox): every order is
 * equally likely, decided by (seed, round). */
RG_API void rg_shuffle(int64_t *index, int64_t n, uint64_t seed, uint64_t round);

/* Row numbers, both ascending, together all rows that were cut. */
typedef struct rg_split {
    int64_t *kept, *held;
    int64_t n_kept, n_held;
    rg_store store;
} rg_split;

/* Hold out a random fraction of n rows (of 0..n-1 when rows is NULL), rounded to
 * whole rows, but never none and never all. When label is not NULL (label[row]
 * in 0..classes-1) every class gives its share: within one row of the fraction.
 * RG_SHAPE: n < 2, or a fraction not between 0 and 1. */
RG_API rg_status rg_split_rows(rg_split *s, const int64_t *rows, int64_t n, const int64_t *label,
                               int classes, double fraction, uint64_t seed, const rg_alloc *alloc,
                               rg_error *e);
RG_API void rg_split_free(rg_split *s);

/* Fold 0 <= fold < k of a cross validation (notes 3.6): held are its rows, kept those of
 * the other folds. Over the k folds of one seed every row is held once; sizes differ by
 * one at most, and with labels each class is dealt out evenly too. RG_SHAPE: k < 2 or
 * more than n. */
RG_API rg_status rg_fold_rows(rg_split *s, const int64_t *rows, int64_t n, const int64_t *label,
                              int classes, int k, int fold, uint64_t seed, const rg_alloc *alloc,
                              rg_error *e);

/* Training, validation and test rows of 0..n-1 (notes 3.5): disjoint, together all. The
 * test rows are handed out by rg_partition_test alone, which counts in touched. */
typedef struct rg_partition {
    rg_split outer, inner; /* to be left alone                                    */
    int64_t touched;       /* how often the test rows were asked for: once is right */
} rg_partition;

/* Shares of n, as in rg_split_rows. */
RG_API rg_status rg_partition_rows(rg_partition *p, int64_t n, const int64_t *label, int classes,
                                   double valid, double test, uint64_t seed, const rg_alloc *alloc,
                                   rg_error *e);
RG_API void rg_partition_free(rg_partition *p);

/* How many rows, and which; valid until the free. */
RG_API int64_t rg_partition_train(const rg_partition *p, const int64_t **rows);
RG_API int64_t rg_partition_valid(const rg_partition *p, const int64_t **rows);
RG_API int64_t rg_partition_test(rg_partition *p, const int64_t **rows);

/* n rows of 0..n-1 drawn with replacement, decided by (seed, round): the data set of one
 * model of a bagged ensemble (notes 9.4). 63 % of the rows are in it. */
RG_API void rg_bootstrap(int64_t *rows, int64_t n, uint64_t seed, uint64_t round);

/* ---- standardisation -------------------------------------------------------- */

/* z = (x - mean)/deviation. For images one pair for all pixels (width 1), of
 * pixel/255; for columns a pair each. A deviation of 0 is stored as 1. For a
 * regression the target has a pair too, else 0 and 1. Variances divide by n. */
typedef struct rg_standard {
    int64_t width;
    double *mean, *deviation;
    double target_mean, target_deviation;
    rg_store store;
} rg_standard;

/* Of n rows of d (all when rows is NULL), NaN left out. RG_SHAPE: n < 1. */
RG_API rg_status rg_standard_fit(rg_standard *s, const rg_data *d, const int64_t *rows, int64_t n,
                                 const rg_alloc *alloc, rg_error *e);
RG_API void rg_standard_free(rg_standard *s);

/* ---- batches ---------------------------------------------------------------- */

/* Rows of d as numbers: out is n x d->width of dtype RG_F32 or RG_F64,
 * standardised (NaN becomes the mean, so 0) unless s is NULL: then as they are.
 * RG_DTYPE: another dtype. RG_SHAPE: a standard of another width. */
RG_API rg_status rg_take_rows(const rg_data *d, const rg_standard *s, const int64_t *rows,
                              int64_t n, rg_dtype dtype, void *out, rg_error *e);

/* Their labels; d->task is RG_CLASSIFY, else RG_USAGE. */
RG_API rg_status rg_take_labels(const rg_data *d, const int64_t *rows, int64_t n, int64_t *out,
                                rg_error *e);

/* Their targets, standardised unless s is NULL; d->task is RG_REGRESS, else RG_USAGE. */
RG_API rg_status rg_take_targets(const rg_data *d, const rg_standard *s, const int64_t *rows,
                                 int64_t n, rg_dtype dtype, void *out, rg_error *e);

typedef struct rg_batches {
    int64_t n, size; /* rows in all, rows per batch     */
    int64_t next;    /* how many were handed out so far */
    int64_t *order;
    const int64_t *rows; /* the caller's; NULL: 0..n-1 */
    uint64_t seed;
    const int64_t *label; /* by rg_batches_stratify; NULL: not                 */
    int classes;
    int64_t *by_class; /* the shuffled order, class after class             */
    int64_t *tally;    /* for each class: its size, its first place, how many were dealt */
    rg_store store;
} rg_batches;

/* Batches of size rows out of n (of 0..n-1 when rows is NULL; else rows must live
 * as long). RG_SHAPE: n or size < 1. */
RG_API rg_status rg_batches_new(rg_batches *b, const int64_t *rows, int64_t n, int64_t size,
                                uint64_t seed, const rg_alloc *alloc, rg_error *e);
RG_API void rg_batches_free(rg_batches *b);

/* From the next begin on every batch has each class (label[row] in 0..classes-1, the
 * caller's, to live as long) in the proportion of all rows: of any first m rows of an
 * epoch within one of its share, so a batch within two (notes 5.3). RG_INDEX. */
RG_API rg_status rg_batches_stratify(rg_batches *b, const int64_t *label, int classes, rg_error *e);

/* Begin an epoch in the order that belongs to (seed, epoch): an interrupted
 * training goes on as if it had not been. */
RG_API void rg_batches_begin(rg_batches *b, uint64_t epoch);

/* The next rows of the epoch, and how many: size, at last what is left, then 0.
 * *rows is valid until the next begin. */
RG_API int64_t rg_batches_next(rg_batches *b, const int64_t **rows);

/* ---- files -------------------------------------------------------------------- */

/* What is read may be a pipe, which is waited for until somebody writes; a device other than a
 * terminal is refused, for it may have no end.
 *
 * Every file that the library writes is written beside its place first, under a name of its own
 * that ends in .part, synced, and put in its place as a whole: nobody sees half of it, two writers
 * at once each replace it whole, and after an error or a full disk the old file is as it was. A
 * process that is killed meanwhile leaves the part, which may be deleted. A new file has the mode that
 * umask grants; one that is replaced keeps its permissions, and its owner where the system allows that,
 * and loses bits setuid, setgid and sticky, access lists, and its other hard links: these keep the old file.
 * One that may not be written is not replaced, although its folder would allow that.
 * Of a symbolic link the file it leads to is replaced, and the link stays. A path that is there and
 * is no regular file (a device, a pipe), or an open file by its name in /dev/fd or /proc, is written as it is. */

/* Write n bytes as a file. RG_IO names the path and says what the system says. */
RG_API rg_status rg_write_file(const char *path, const void *bytes, size_t n,
                               const rg_alloc *alloc, rg_error *e);

/* Could a file be written there? Begins one beside it and takes it back; path itself is left alone.
 * For those who would rather know before an hour's work than after. */
RG_API rg_status rg_write_try(const char *path, const rg_alloc *alloc, rg_error *e);

/* ---- arrays: .npy ----------------------------------------------------------- */

typedef struct rg_array {
    rg_dtype dtype;
    rg_shape shape;
    int64_t count;
    void *data; /* dense, row-major */
    rg_store store;
} rg_array;

/* NumPy's format, versions 1 to 3, of bool, i1..i8, u1..u8, f2, f4, f8 in any
 * byte order, C or Fortran order, converted to dtype: RG_F64 and RG_F32 round,
 * RG_I64 and RG_U8 take whole numbers in range, else RG_DOMAIN. RG_DTYPE: complex,
 * text, structures. RG_SHAPE: more than RG_MAX_RANK axes. */
RG_API rg_status rg_read_npy(rg_array *a, const char *path, rg_dtype dtype, const rg_alloc *alloc,
                             rg_error *e);
RG_API void rg_array_free(rg_array *a);

/* Write a window as .npy, version 1, C order, this machine's byte order; beside
 * the file first, then in its place, so that nobody sees half of it. */
RG_API rg_status rg_write_npy(const char *path, const rg_tensor *x, const rg_alloc *alloc,
                              rg_error *e);

#ifdef __cplusplus
}
#endif
#endif
