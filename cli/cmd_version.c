/* cmd_version.c - retrograd version: which it is, and what it is built on. */
#define RG_NO_HERE
#include "command.h"
#include "json_out.h"
#include "ops.h"
#include "status.h"
#include <string.h>

typedef struct fact {
    const char *key, *text, *value;
} fact;

int cmd_version(const args *a)
{
    bool verbose = args_has(a, OPT_VERBOSE);
    rg_about about = {0};
    if (verbose) about = rg_about_library(); /* looks for libraries that a start does without */
    char products[40] = "own loops";
    if (about.blis) snprintf(products, sizeof products, "BLIS %s", about.blis);
    const fact facts[] = {
        {"matrix_products", "matrix products", products},
        {"factorisations", "factorisations", about.lapack ? "LAPACK" : "none: install liblapack3"},
        {"kernels", "kernels", about.kernels},
        {"processes", "processes", about.mpi ? "MPI" : "one: built without MPI"},
    };
    size_t n = verbose ? sizeof facts / sizeof *facts : 0;
    if (!command_takes(a, 0)) return EXIT_USAGE;
    if (!args_has(a, OPT_JSON)) {
        printf("retrograd %s\n", rg_version());
        for (size_t i = 0; i < n; i++) printf("%-16s %s\n", facts[i].text, facts[i].value);
        return EXIT_FINE;
    }
    json j = {.to = stdout};
    json_open(&j, '{');
    json_key(&j, "version", 7);
    json_words(&j, rg_version(), strlen(rg_version()));
    for (size_t i = 0; i < n; i++) {
        json_key(&j, facts[i].key, strlen(facts[i].key));
        json_words(&j, facts[i].value, strlen(facts[i].value));
    }
    json_close(&j, '}');
    putchar('\n');
    return EXIT_FINE;
}
