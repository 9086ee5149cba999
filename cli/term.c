/* term.c - the terminal: colours, characters, signals, and the end of the output. */
#include "term.h"
#include "status.h"
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static diag_style message_style; /* of stderr */

static void leave_interrupted(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_INTERRUPT);
}

void term_begin(void)
{
    struct sigaction act = {.sa_handler = leave_interrupted};
    sigaction(SIGINT, &act, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too long is an error of write */
    setlocale(LC_CTYPE, "");
    message_style.utf8 = term_utf8();
}

bool term_utf8(void) { return !strcmp(nl_langinfo(CODESET), "UTF-8"); }

int term_width(void)
{
    enum { LEAST = 20, MOST = 80 };
    const char *given = getenv("COLUMNS");
    struct winsize size = {0};
    long n = given ? strtol(given, NULL, 10) : 0;
    if (n <= 0 && isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) n = size.ws_col;
    return n <= 0 || n > MOST ? MOST : n < LEAST ? LEAST : (int)n;
}

bool term_rewrites(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
}

static bool colours_are_wanted(void)
{
    const char *no = getenv("NO_COLOR");
    return !(no && *no) && term_rewrites();
}

void term_options(const args *a)
{
    enum { AUTO, ALWAYS };
    int when = args_has(a, OPT_COLOR) ? a->opt[OPT_COLOR].choice : AUTO;
    message_style.colour = when == ALWAYS || (when == AUTO && colours_are_wanted());
}

int term_report(const diag *d, severity s)
{
    diag_render(stderr, d, s, message_style);
    return diag_status(d);
}

void term_note(const char *fmt, ...)
{
    char text[640];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fprintf(stderr, "%snote%s: ", message_style.colour ? "\033[1;36m" : "",
            message_style.colour ? "\033[0m" : "");
    diag_plain(stderr, text, strlen(text), message_style.utf8);
    fputc('\n', stderr);
}

int term_end(int status)
{
    bool bad = ferror(stdout) != 0;
    errno = 0;
    if (fflush(stdout) == 0 && !bad) return status;
    diag d = {0};
    diag_set(&d, E_WRITE, NULL, (span){0, 0}, "the output cannot be written: %s",
             errno ? strerror(errno) : "a write failed");
    term_report(&d, ERROR);
    return status > EXIT_FAILED ? status : EXIT_FILE;
}
