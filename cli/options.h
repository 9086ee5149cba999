/* options.h - the options of all commands, one row each. Parsing, --help and shell
 * completion read the same table.
 *
 * Options are long, except -h. Any other argument that begins with one '-' is the
 * expression; -- ends options. A value follows as --name VALUE or --name=VALUE. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H
#include "diag.h"

typedef enum option_id {
    OPT_HELP,
    OPT_COLOR,
    OPT_JSON,
    OPT_SEED,
    OPT_FILE,
    OPT_DTYPE,
    OPT_UPSTREAM,
    OPT_HESSIAN,
    OPT_JACOBIAN,
    OPT_STRICT,
    OPT_TIES,
    OPT_DIGITS,
    OPT_BRIEF,
    OPT_VERBOSE,
    OPT_DATA,
    OPT_PARAM,
    OPT_BOUND,
    OPT_STARTS,
    OPT_LOSS,
    OPT_DELTA,
    OPT_ERRORS,
    OPT_MODEL,
    OPT_SAVE,
    OPT_TARGET,
    OPT_WITHOUT,
    OPT_MISSING,
    OPT_DROP, /* --missing of fit */
    OPT_EPOCHS,
    OPT_PATIENCE,
    OPT_BATCH,
    OPT_OPTIMIZER,
    OPT_SCHEDULE,
    OPT_RESUME,
    OPT_CHECKPOINT,
    OPT_EVERY,
    OPT_SHARDS,
    OPT_C,
    OPT_PREFIX,
    OPT_THREADS,
    OPT_CSV,
    OPT_NODES,
    OPT_LIBRARY,
    OPT_ROUNDING,
    OPT_PLANT,
    OPT_ITSELF,
    OPT_CHECK,
    OPT_CHECK_EVERY,
    OPT_SVG,
    OPT_HTML,
    OPT_DOT,
    OPT_SPEC,
    OPT_INPUTS,
    OPT_DEPTH,
    OPT_DIR,
    OPT_PLOT,
    OPT_REPORT,
    OPT_AUGMENT,
    OPT_SMOOTH,
    OPT_ENSEMBLE,
    OPT_LIST,
    OPT_KIND,
    OPT_OPEN,
    OPT_TABLE,
    OPT_PATHS,
    OPT_ORDER,
    OPT_SYMBOLIC,
    OPT_STEP,
    OPT_SHOW,
    OPT_ASCII,
    OPT_MARKDOWN,
    OPT_EXPLAIN,
    OPT_EXPLAIN_FILE,
    OPT_TRIES,
    OPT_ASK,
    OPT_COUNT
} option_id;

typedef enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_FILE,   /* a text that completion takes for a file name */
    OPTION_TARGET, /* the same, of a file that is written          */
    OPTION_WHOLE,  /* a whole number in lo..hi                     */
    OPTION_NUMBER, /* a number in lo..hi                           */
    OPTION_CHOICE  /* one of the words in choices, 'a|b|c'         */
} option_kind;

typedef struct option {
    const char *name;  /* without the dashes               */
    const char *value; /* what --help calls it; NULL: flag */
    option_kind kind;
    double lo, hi;
    const char *choices;
    const char *help;
} option;

extern const option options[OPT_COUNT];

/* A set of options: one bit each. */
__extension__ typedef unsigned __int128 option_set;
_Static_assert(OPT_COUNT <= 128, "an option has no bit");
#define OPTION_BIT(id) ((option_set)1 << (id))

/* Taken by every command. */
#define OPTIONS_COMMON (OPTION_BIT(OPT_HELP) | OPTION_BIT(OPT_COLOR) | OPTION_BIT(OPT_SEED))
/* Taken by every command that reads an expression. */
#define OPTIONS_EXPRESSION (OPTION_BIT(OPT_FILE) | OPTION_BIT(OPT_DTYPE) | OPTION_BIT(OPT_TIES))

typedef struct args {
    struct {
        const char *text; /* of the only or last one; NULL: not given */
        double number;
        int choice; /* place in choices                       */
    } opt[OPT_COUNT];
    struct args_given { /* every option in order, for those that may be repeated */
        option_id id;
        const char *text;
    } * given;
    int givens;
    const char *expression; /* the argument that began with one '-' */
    const char **word;      /* the others                           */
    int words;
} args;

/* Sort the arguments after the command's name. False: *d says what is wrong. The
 * texts are those of argv. Free with args_free, also after an error. */
bool args_parse(args *a, int argc, char *const *argv, option_set allowed, diag *d);
void args_free(args *a);

/* The first len characters of text as one decimal number, written as in a formula but for a sign in front; *v is only set
 * when they are. */
bool option_decimal(const char *text, size_t len, double *v);
/* What to tell of a text that is none. */
extern const char *const option_decimal_help;

static inline bool args_has(const args *a, option_id id) { return a->opt[id].text != NULL; }

#endif
