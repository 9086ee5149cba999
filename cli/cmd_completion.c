/* cmd_completion.c - retrograd completion: scripts for bash, zsh and fish, from the
 * tables of commands and options. */
#include "command.h"
#include "status.h"
#include "term.h"
#include <string.h>

static void put_choices(const char *choices)
{
    for (; *choices; choices++) putchar(*choices == '|' ? ' ' : *choices);
}

static bool takes_option(const command *c, int i)
{
    return ((c->options | OPTIONS_COMMON) >> i) & 1;
}

/* In single quotes for a shell. */
static void put_quoted(const char *text)
{
    putchar('\'');
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*text);
    putchar('\'');
}

static void complete_bash(void)
{
    puts("_retrograd()\n{\n    local word=${COMP_WORDS[COMP_CWORD]} "
         "before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        COMPREPLY=($(compgen -W '", stdout);
    for (const command *c = commands; c->name; c++) printf("%s ", c->name);
    puts("' -- \"$word\"))\n        return\n    fi\n    case $before in");
    for (int i = 0; i < OPT_COUNT; i++) {
        if (options[i].kind != OPTION_CHOICE) continue;
        printf("    --%s) COMPREPLY=($(compgen -W '", options[i].name);
        put_choices(options[i].choices);
        puts("' -- \"$word\")); return ;;");
    }
    puts("    esac\n    case $word in -*) ;; *) COMPREPLY=($(compgen -f -- \"$word\")); return ;; "
         "esac\n"
         "    case ${COMP_WORDS[1]} in");
    for (const command *c = commands; c->name; c++) {
        printf("    %s) COMPREPLY=($(compgen -W '", c->name);
        for (int i = 0; i < OPT_COUNT; i++)
            if (takes_option(c, i)) printf("--%s ", options[i].name);
        puts("' -- \"$word\")) ;;");
    }
    puts("    esac\n}\ncomplete -F _retrograd retrograd");
}

static void complete_zsh(void)
{
    puts("#compdef retrograd\nautoload -U +X bashcompinit && bashcompinit");
    complete_bash();
}

static void complete_fish(void)
{
    for (const command *c = commands; c->name; c++) {
        printf("complete -c retrograd -n __fish_use_subcommand -f -a %s -d ", c->name);
        put_quoted(c->summary);
        putchar('\n');
        for (int i = 0; i < OPT_COUNT; i++) {
            const option *o = &options[i];
            if (!takes_option(c, i)) continue;
            printf("complete -c retrograd -n '__fish_seen_subcommand_from %s' -l %s", c->name,
                   o->name);
            if (o->kind != OPTION_FLAG) fputs(o->kind == OPTION_FILE || o->kind == OPTION_TARGET ? " -r" : " -x", stdout);
            if (o->kind == OPTION_CHOICE) {
                fputs(" -a '", stdout);
                put_choices(o->choices);
                putchar('\'');
            }
            fputs(" -d ", stdout);
            put_quoted(o->help);
            putchar('\n');
        }
    }
}

int cmd_completion(const args *a)
{
    static const struct {
        const char *name;
        void (*write)(void);
    } shell[] = {{"bash", complete_bash}, {"zsh", complete_zsh}, {"fish", complete_fish}};
    diag d = {0};
    if (!command_takes(a, 1)) return EXIT_USAGE;
    for (size_t i = 0; a->words && i < sizeof shell / sizeof *shell; i++)
        if (!strcmp(a->word[0], shell[i].name)) {
            shell[i].write();
            return EXIT_FINE;
        }
    diag_set(&d, E_USAGE, NULL, (span){0, 0}, "%s",
             a->words ? "no such shell" : "a shell is missing");
    diag_help(&d, "one of bash, zsh, fish");
    return term_report(&d, ERROR);
}
