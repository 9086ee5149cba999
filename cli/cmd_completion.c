/* cmd_completion.c - retrograd completion: scripts for bash, zsh and fish, from the
 * tables of commands and options. */
#include "command.h"
#include "ops.h"
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

/* What a command's own argument may be, each with a blank behind it; false: a file. */
static bool put_words(const command *c)
{
    static const char *const section[] = {
#define LESSON(id, section, title) section,
#include "../docs/lessons/lessons.def"
#undef LESSON
    };
    if (c->run == cmd_help) {
        for (const command *k = commands; k->name; k++) printf("%s ", k->name);
        fputs("expressions man ", stdout);
    } else if (c->run == cmd_completion)
        fputs("bash zsh fish ", stdout);
    else if (c->run == cmd_rules)
        for (int i = 0; rg_ops[i]; i++) printf("%s ", rg_ops[i]->name);
    else if (c->run == cmd_lesson) {
        for (size_t i = 0; i < sizeof section / sizeof *section; i++) printf("%s ", section[i]);
        fputs("all ", stdout);
    } else
        return false;
    return true;
}

static bool has_words(const command *c)
{
    return c->run == cmd_help || c->run == cmd_completion || c->run == cmd_rules || c->run == cmd_lesson;
}

/* A word that begins with no dash: behind an option with a value or in most commands a file. */
static void bash_words(void)
{
    puts("    case $before in");
    for (int i = 0, n = 0; i < OPT_COUNT; i++)
        if (options[i].kind != OPTION_FLAG) printf("%s--%s", n++ ? "|" : "    ", options[i].name);
    puts(") [[ $word == -* ]] || { COMPREPLY=($(compgen -f -- \"$word\")); return; } ;;\n    esac\n"
         "    if [[ $word != -* ]]; then case ${COMP_WORDS[1]} in");
    for (const command *c = commands; c->name; c++) {
        if (!has_words(c)) continue;
        printf("    %s) COMPREPLY=($(compgen -W '", c->name);
        put_words(c);
        puts("' -- \"$word\")); return ;;");
    }
    puts("    *) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n    esac; fi");
}

static void complete_bash(void)
{
    puts("_retrograd_words()\n{\n    local word=${COMP_WORDS[COMP_CWORD]} "
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
    puts("    esac");
    bash_words();
    puts("    case ${COMP_WORDS[1]} in");
    for (const command *c = commands; c->name; c++) {
        printf("    %s) COMPREPLY=($(compgen -W '", c->name);
        for (int i = 0; i < OPT_COUNT; i++)
            if (takes_option(c, i)) printf("--%s ", options[i].name);
        puts("' -- \"$word\")) ;;");
    }
    puts("    esac\n}\ncomplete -F _retrograd_words retrograd");
}

static void complete_zsh(void)
{
    puts("#compdef retrograd\nautoload -U +X bashcompinit && bashcompinit");
    complete_bash();
    /* As a file _retrograd among zsh's functions it is first read when it is asked. */
    puts("if [[ $funcstack[1] = _retrograd ]]; then _bash_complete -F _retrograd_words; fi");
}

static void complete_fish(void)
{
    for (const command *c = commands; c->name; c++) {
        printf("complete -c retrograd -n __fish_use_subcommand -f -a %s -d ", c->name);
        put_quoted(c->summary);
        putchar('\n');
        if (has_words(c)) {
            printf("complete -c retrograd -n '__fish_seen_subcommand_from %s' -f -a '", c->name);
            put_words(c);
            puts("'");
        }
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
