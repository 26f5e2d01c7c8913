/* Migrate: `lectern migrate`. Main thread; the work is store/migrate.c's. */
#include "store/migrate.h"

#include "proto/config/config.h"
#include "tools/lectern/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The step below the newest applied one, from the status lines; 0 if there is none. */
static bool step_below(int *ret, struct buf *why)
{
    struct buf lines = { 0 };
    bool read = migrate_status(config.database_url, &lines, why);
    buf_putc(&lines, 0);
    int newest = 1;
    for (const char *line = lines.failed ? NULL : lines.p; read && line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t n = strcspn(line, "\n");
        const char *not_applied = memmem(line, n, "not applied", 11);
        if (n && !not_applied)
            newest = atoi(line);
    }
    buf_fini(&lines);
    *ret = newest - 1;
    return read;
}

static bool status(int to, struct buf *why)
{
    return true; /* shown after every direction */
}

static bool up(int to, struct buf *why)
{
    return migrate_up(config.database_url, to, why);
}

static bool down(int to, struct buf *why)
{
    return (to >= 0 || step_below(&to, why)) && migrate_down(config.database_url, to, why);
}

static const struct direction {
    const char *name, *args, *about;
    bool (*go)(int to, struct buf *why); /* to -1: not said */
} directions[] = {
    { "up", "[STEP]", "apply every step that is missing, or those up to STEP", up },
    { "down", "[STEP]", "undo the newest step, or every one above STEP (0: all)", down },
    { "status", "", "show the steps", status },
};
enum { DIRECTIONS = sizeof directions / sizeof *directions };

static int help(void)
{
    printf("usage: lectern migrate DIRECTION [--database-url URL]\n\n");
    for (int i = 0; i < DIRECTIONS; i++)
        printf("  %-6s %-6s  %s\n", directions[i].name, directions[i].args, directions[i].about);
    printf("\n`lectern serve` applies missing steps by itself.\n");
    return 0;
}

static int go(const struct direction *d, int to)
{
    struct buf out = { 0 }, why = { 0 };
    bool done = d->go(to, &why) && migrate_status(config.database_url, &out, &why);
    if (done)
        fwrite(out.p, 1, out.n, stdout);
    buf_putc(&why, 0);
    if (!done)
        command_refuse("migrate", why.failed ? "out of memory" : why.p);
    buf_fini(&out);
    buf_fini(&why);
    return done ? 0 : 1;
}

int command_migrate(int argc, char **argv)
{
    const struct direction *d = directions;
    const char *why;
    if (command_wants_help(argc, argv))
        return help();
    while (argc > 1 && d < directions + DIRECTIONS && strcmp(d->name, argv[1]))
        d++;
    if (argc < 2 || d == directions + DIRECTIONS)
        return command_refuse("migrate", "say up [STEP], down [STEP] or status");
    int skip = 1, to = -1;
    if (argc > 2 && *d->args && strncmp(argv[2], "--", 2)) {
        char *end;
        long step = strtol(argv[2], &end, 10);
        if (end == argv[2] || *end || step < 0 || step > 9999)
            return command_refuse("migrate", "STEP must be a number from 0 to 9999");
        to = (int)step;
        skip = 2;
    }
    if (!config_read(argc - skip, argv + skip, &why))
        return command_refuse("migrate", why);
    if (!*config.database_url)
        return command_refuse("migrate",
                              "DATABASE_URL is not set (serve --dev migrates its private database by itself)");
    return go(d, to);
}
