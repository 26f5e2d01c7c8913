/* Main: the `lectern` command. A table of sub-commands, and the small ones of them. */
#include "proto/base/masked.h"
#include "proto/config/config_row.h"
#include "tools/lectern/commands.h"

#include <stdio.h>
#include <stdlib.h>
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
    { "jobs", "jobs, and messages to others, that could not be done: list, retry, drop", command_outbox },
    { "outbox", "the same", command_outbox },
    { "admin", "ask a running server about itself", command_admin },
    { "tap", "publish a running server's events for other programs", command_tap },
    { "top", "watch a running server in a terminal", command_top },
    { "probe", "print how long the audio file on standard input is", command_probe },
    { "decode", "write the samples of the audio file on standard input", command_decode },
    { "embed", "become the embedder of voices, within bounds", command_embed },
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

/* Does the flag's value hold what is not shown? */
static bool is_secret(const char *flag, size_t n, const char *value)
{
    const struct config_row *row = config_row_of((struct text){ flag, n });
    struct config some = { 0 };
    struct buf shown = { 0 };
    if (!row || !config_row_is_text(row))
        return false;
    *(const char **)((char *)&some + row->at) = value;
    config_row_put(row, &some, &shown);
    bool hidden = row->type == CONFIG_SECRET || !text_is(buf_view(&shown), value);
    buf_fini(&shown);
    return hidden;
}

/* In one block. NULL without memory. */
static char **copy_arguments(int argc, char **argv)
{
    size_t bytes = ((size_t)argc + 1) * sizeof *argv;
    for (int i = 0; i < argc; i++)
        bytes += strlen(argv[i]) + 1;
    char **copy = calloc(1, bytes), *to = copy ? (char *)(copy + argc + 1) : NULL;
    for (int i = 0; copy && i < argc; i++) {
        copy[i] = to;
        to = stpcpy(to, argv[i]) + 1;
    }
    return copy;
}

/* The arguments are visible to every user of this machine for as long as the process lives: what is secret goes. */
static void hide_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t n = strncmp(argv[i], "--", 2) ? 0 : strcspn(argv[i] + 2, "=");
        bool joined = n && argv[i][2 + n];
        char *value = joined ? argv[i] + 3 + n : n && i + 1 < argc ? argv[i + 1] : NULL;
        if (value && is_secret(argv[i] + 2, n, value))
            memset(value, '*', strlen(value));
    }
}

static int run(int argc, char **argv)
{
    const char *name = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ? "help"
                       : !strcmp(argv[1], "--version")                      ? "version"
                                                                            : argv[1];
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return commands[i].run(argc - 1, argv + 1);
    struct buf shown = { 0 };
    masked_put(name, &shown);
    fprintf(stderr, "lectern: there is no command \"%.*s\"; `lectern help` lists them\n", (int)shown.n, shown.p);
    buf_fini(&shown);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        command_help(argc, argv);
        return 2;
    }
    char **own = copy_arguments(argc, argv); /* the configuration borrows from it */
    if (!own)
        return command_refuse(argv[1], "out of memory");
    hide_arguments(argc, argv);
    int code = run(argc, own);
    free(own);
    return code;
}
