/* command.h - the commands: one row each in main.c, one file each. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H
#include "options.h"

/* Run on arguments that the option table has accepted; the exit status. */
typedef struct command {
    const char *name;
    int (*run)(const args *a);
    const char *summary;
    const char *usage;      /* what follows the name, options aside  */
    option_set options;     /* besides OPTIONS_COMMON                */
    const char *example[2]; /* they run; "retrograd" is put in front unless it stands in a pipe */
} command;

extern const command commands[]; /* the last has no name */

int cmd_grad(const args *a);
int cmd_check(const args *a);
int cmd_explain(const args *a);
int cmd_fit(const args *a);
int cmd_graph(const args *a);
int cmd_train(const args *a);
int cmd_test(const args *a);
int cmd_predict(const args *a);
int cmd_export(const args *a);
int cmd_demo(const args *a);
int cmd_quiz(const args *a);
int cmd_rules(const args *a);
int cmd_verify(const args *a);
int cmd_lesson(const args *a);
int cmd_completion(const args *a);
int cmd_version(const args *a);
int cmd_help(const args *a);

/* The row of that name, or NULL. */
const command *command_find(const char *name);
/* Report a name that is no command; the exit status. */
int command_unknown(const char *name);

/* --help of a command, and of the program. */
void help_command(FILE *to, const command *c);
void help_program(FILE *to);

/* A command that takes at most most arguments and no expression was given another:
 * report it. True when all is well. */
bool command_takes(const args *a, int most);

#endif
