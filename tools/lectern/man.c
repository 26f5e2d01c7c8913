/* Man: `lectern man`, the manual page lectern(1) as roff, from the same tables as --help, `lectern config`, the
 * operators' commands and `lectern admin queues`. The build runs it; main thread. */
#include "proto/config/config_row.h"
#include "tools/lectern/commands.h"
#include "transport/admin/tables.h"
#include "transport/budgets/budgets.h"
#include "transport/parts.h"

#include <stdio.h>

/* Text in a line of roff: no backslash, dash or leading dot or quote means anything. */
static void put(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\n')
            fputs(" ", stdout);
        else
            putchar(*text);
    }
}

/* A term in bold, what follows it in the same line, and the lines that say what it is. */
static void put_term(const char *term, const char *more, const char *about)
{
    printf(".TP\n\\fB");
    put(term);
    printf("\\fR%s", *more ? " " : "");
    put(more);
    printf("\n");
    put(about);
    printf("\n");
}

static void put_paragraph(const char *text)
{
    printf(".PP\n");
    put(text);
    printf("\n");
}

static void put_parameter(const struct config_row *row)
{
    struct buf flag = { 0 }, range = { 0 };
    buf_printf(&flag, "--%s%c", row->flag, 0);
    config_row_put_range(row, &range);
    buf_putc(&range, 0);
    put_term(flag.p, config_row_placeholder(row), row->help);
    printf(".br\n");
    put(row->env);
    printf("; ");
    put(range.p);
    if (*row->def) {
        printf("; default ");
        put(row->def);
    }
    printf("%s\n", config_row_changeable(row) ? "; changeable while the server runs" : "");
    buf_fini(&flag);
    buf_fini(&range);
}

static void put_admin(void)
{
    for (const struct admin_command *const *table = admin_tables; *table; table++)
        for (const struct admin_command *row = *table; row->name; row++)
            put_term(row->name, row->args, row->about);
}

/* As the rows of the parts have them, names of parameters in `. */
static void put_queues(void)
{
    for (const struct part *const *part = parts; *part; part++)
        for (const struct queue_row *row = (*part)->queues; row && row->name; row++) {
            put_term(row->name, "", row->about);
            printf(".br\nlimit: ");
            put(row->limit);
            printf("; when full: ");
            put(row->full);
            printf("\n.br\nfilled by: ");
            put(row->by);
            printf("\n");
        }
}

/* Of a rate the parameter's help says in how long. */
static void put_budgets(void)
{
    for (int b = 0; b < BUDGET_COUNT; b++) {
        const struct budget_row *row = &budget_rows[b];
        put_term(row->name, budget_per_name(row->per), row->about);
        printf(".br\nparameter: ");
        put(config_row_at(row->at)->flag);
        printf("; when it is used up: %d\n", error_status(row->error));
    }
}

static void put_head(void)
{
    printf(".\\\" Made by `lectern man` from the tables of the command.\n"
           ".TH LECTERN 1 \"\" \"lectern %s\" \"lectern\"\n"
           ".SH NAME\nlectern \\- server for live learning\n"
           ".SH SYNOPSIS\n.B lectern\n.I COMMAND\n[options]\n"
           ".SH DESCRIPTION\n",
           LECTERN_VERSION);
    put("Teachers open sessions, students join, and everybody gets every event over one stream of server-sent events "
        "the moment it is on disk.");
    printf("\n");
}

static void put_files(void)
{
    printf(".SH FILES\n");
    put_term("etc/lectern/lectern.conf", "",
             "The configuration of an installed command; /etc/lectern/lectern.conf of the Debian package. A line is "
             "NAME=VALUE with the environment names above; a name that is none of them is refused.");
    put_term("./.env, ../.env", "", "Read instead by a command that is not installed.");
    put_term("<data>/admin.sock", "",
             "The operators' socket: a line of JSON is a request, a line is its answer; see lectern admin schema.");
    put_term("<data>/tap.sock", "", "Where lectern tap publishes: an nng PUB socket.");
    put_term("lectern.service, lectern.socket", "", "How systemd runs the server, and holds its port meanwhile.");
}

int command_man(int argc, char **argv)
{
    put_head();
    printf(".SH COMMANDS\n");
    command_each(put_term);
    printf(".SH PARAMETERS\n");
    put("Of serve, and of every other command that needs them.");
    printf("\n");
    put_paragraph("Flags are stronger than the environment, that than one file: what --config or LECTERN_CONFIG names, "
                  "else that of an installed command, else ./.env or ../.env.");
    for (int i = 0; i < CONFIG_ROWS; i++)
        put_parameter(&config_rows[i]);
    printf(".SH OPERATORS' COMMANDS\n");
    put("What lectern admin asks a running server. Options of the client: --json, --csv, --watch N.");
    printf("\n");
    put_admin();
    printf(".SH QUEUES\n");
    put("Whatever waits in a running server has a limit; lectern admin queues shows how much waits.");
    printf("\n");
    put_queues();
    printf(".SH BUDGETS\n");
    put("What clients share, and for whom it is counted; lectern admin budgets shows who was refused.");
    printf("\n");
    put_budgets();
    put_files();
    printf(".SH SIGNALS\n");
    put("SIGTERM and SIGINT stop gracefully, a second one at once.");
    printf("\n.SH EXIT STATUS\n");
    put("0: done. 1: it could not be done. 2: the command or its configuration is wrong.");
    printf("\n");
    return 0;
}
