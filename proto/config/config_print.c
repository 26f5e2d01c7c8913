/* Config print: the parameter table for people, on standard output. Main thread. */
#include "proto/config/config.h"
#include "proto/config/config_row.h"

#include <stdio.h>

static void print(const char *label, const struct buf *text)
{
    printf("    %-12s %.*s\n", label, (int)text->n, text->n ? text->p : "");
}

static void print_row(const struct config_row *row)
{
    struct buf range = { 0 }, value = { 0 };
    config_row_put_range(row, &range);
    config_row_put(row, &config, &value);
    buf_puts(&value, "  (");
    config_row_put_origin(row, &value);
    buf_puts(&value, ")");
    printf("--%s\n    %s%s\n    %-12s %s\n    %-12s %s\n", row->flag, row->help,
           config_row_changeable(row) ? " (changeable while the server runs)" : "", "environment", row->env, "default",
           *row->def ? row->def : "(empty)");
    print("range", &range);
    print("in force", &value);
    buf_fini(&range);
    buf_fini(&value);
}

void config_print(void)
{
    printf("file: %s\n\n", config_file() ? config_file() : "none");
    for (int i = 0; i < CONFIG_ROWS; i++)
        print_row(&config_rows[i]);
}

void config_usage(void)
{
    for (int i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        char head[64];
        snprintf(head, sizeof head, "--%s %s", row->flag, config_row_placeholder(row));
        printf("  %-32s %s", head, row->help);
        printf(*row->def && row->type != CONFIG_BOOL ? " [%s]\n" : "\n", row->def);
    }
}

void config_template(void)
{
    printf("# Configuration of lectern. A line is NAME=VALUE; one that begins with # is a comment.\n"
           "# Flags and the environment are stronger. `lectern config check` says what is wrong.\n");
    for (int i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        struct buf range = { 0 };
        if (row->at == offsetof(struct config, config_file))
            continue;
        config_row_put_range(row, &range);
        printf("\n# %s (%.*s)\n#%s=%s\n", row->help, (int)range.n, range.n ? range.p : "", row->env, row->def);
        buf_fini(&range);
    }
}
