/* term.h - the terminal: colours, characters, signals, and the end of the output. */
#ifndef CLI_TERM_H
#define CLI_TERM_H
#include "diag.h"
#include "options.h"

/* To be called first: SIGINT ends the program with 130, a closed pipe quietly. */
void term_begin(void);

/* Settle colours and characters of messages from --color, NO_COLOR, TERM and the
 * locale. */
void term_options(const args *a);

/* Show an error or a note on stderr; an error's exit status is returned. */
int term_report(const diag *d, severity s);

/* A note of one sentence, without a place. */
void term_note(const char *fmt, ...) DIAG_PRINTF(1, 2);

/* True when text that goes to stdout may hold more than ASCII. */
bool term_utf8(void);

/* Columns of stdout: COLUMNS, or the terminal's, 20 to 80; 80 where nobody says. */
int term_width(void);

/* True when a line on stderr can be written over. */
bool term_rewrites(void);

/* Flush stdout; status, or 4 when what was written did not arrive. */
int term_end(int status);

#endif
