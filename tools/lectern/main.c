/* Main: the `lectern` command. A table of sub-commands, and the small ones of them. */
#include "tools/lectern/commands.h"

#include <stdio.h>
#include <string.h>

static int command_help(int argc, char **argv);

static int command_version(int argc, char **argv)
{
    printf("lectern %s\n", LECTERN_VERSION);
    return 0;
}

static const struct command {
    const char *name, *about;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "serve", "run the server", command_serve },
    { "migrate", "up, down or status: the database's schema", command_migrate },
    { "role", "grant, revoke or list: who may do what in which area", command_role },
    { "allow", "add, del, list or import: who may sign in with Google", command_allow },
    { "config", "print every parameter; check: what is wrong with them; file: an empty file of them", command_config },
    { "outbox", "messages to others that could not be delivered: show, retry, drop", command_outbox },
    { "admin", "ask a running server about itself", command_admin },
    { "top", "watch a running server in a terminal", command_top },
    { "probe", "print how long the audio file on standard input is", command_probe },
    { "man", "print the manual page", command_man },
    { "version", "print the version", command_version },
    { "help", "print this", command_help },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int command_help(int argc, char **argv)
{
    printf("usage: lectern COMMAND [options]\n\n");
    for (int i = 0; i < COMMANDS; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].about);
    printf("\n`lectern COMMAND --help` says more.\n");
    return 0;
}

void command_each(void (*see)(const char *name, const char *none, const char *about))
{
    for (int i = 0; i < COMMANDS; i++)
        see(commands[i].name, "", commands[i].about);
}

int command_refuse(const char *command, const char *why)
{
    fprintf(stderr, "lectern %s: %s\n", command, why);
    return 2;
}

int command_wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        command_help(argc, argv);
        return 2;
    }
    const char *name = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ? "help"
                       : !strcmp(argv[1], "--version")                      ? "version"
                                                                            : argv[1];
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "lectern: there is no command \"%s\"; `lectern help` lists them\n", name);
    return 2;
}
