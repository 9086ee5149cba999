/* status.h - what the command tells its caller when it ends. When several things
 * are wrong, the smaller of 2 and 4 is found first, and 4 before 3. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

enum {
    EXIT_FINE = 0,
    EXIT_FAILED = 1,     /* a check, quiz answer, lesson fact or comparison failed  */
    EXIT_USAGE = 2,      /* the command line or the expression cannot be understood */
    EXIT_SHAPE = 3,      /* shape, dtype, index, label or domain error              */
    EXIT_FILE = 4,       /* a file cannot be read or written, or is not what it claims */
    EXIT_MEMORY = 5,     /* out of memory                                           */
    EXIT_INTERRUPT = 130 /* SIGINT                                                 */
};

#endif
