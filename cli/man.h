/* man.h - the manual page of the command, from the tables of commands and options. */
#ifndef CLI_MAN_H
#define CLI_MAN_H
#include <stdio.h>

/* retrograd(1) in mdoc; expressions writes what `retrograd help expressions` prints. */
void man_page(FILE *to, void (*expressions)(FILE *to));

#endif
