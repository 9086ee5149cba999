/* number.h - decimal numbers in files, whatever the program's locale. Room-private. */
#ifndef RG_NUMBER_H
#define RG_NUMBER_H
#include <stdbool.h>

/* The whole text, blanks around it aside, as a finite decimal number such as -1.5e3.
 * False, and *v untouched, for anything else: inf, nan, hexadecimal, 400 characters. */
bool rg_number_parse(const char *text, double *v);

#endif
