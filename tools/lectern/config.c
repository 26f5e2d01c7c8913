/* Config command: `lectern config`, `config check`, `config file`. Check looks at everything that start would need and
 * that can be seen without starting: nothing is made, listened on or connected to. */
#include "proto/base/network.h"
#include "proto/base/origin.h"
#include "proto/base/url.h"
#include "proto/config/config_row.h"

#include "proto/base/masked.h"
#include "proto/config/conninfo.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/drop.h"
#include "transport/api/api.h"
#include "transport/api/service/page_folder.h"
#include "transport/http/router.h"
#include "transport/parts.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what must hold of one, beyond what its type asks for ---- */

/* Whose it is and who may write it; of one that start would make, the nearest one that is there counts. */
static void check_folder(const char *value, struct buf *why)
{
    char path[PATH_MAX];
    struct stat st;
    if (!drop_takes(value, why))
        return;
    snprintf(path, sizeof path, "%s", value);
    while (stat(path, &st) && errno == ENOENT) {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path) {
            strcpy(path, slash ? "/" : ".");
            break;
        }
        *slash = 0;
    }
    bool there = !stat(path, &st);
    if (there && S_ISDIR(st.st_mode) && !access(path, W_OK | X_OK))
        return;
    masked_put(path, why);
    if (!there)
        buf_printf(why, ": %s", strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        buf_puts(why, " is no folder");
    else
        buf_printf(why, " cannot be written: %s", strerror(errno));
}

static void check_pages(const char *value, struct buf *why)
{
    folder_close(folder_open(value, why));
}

static void check_proxy(const char *value, struct buf *why)
{
    if (!url_trusted(value, true))
        buf_puts(why, "it must be https://HOST:PORT, or http on this machine such as http://127.0.0.1:3128");
}

static void check_proxies(const char *value, struct buf *why)
{
    struct networks proxies;
    (void)networks_read(value, &proxies, why);
}

static void check_origins(const char *value, struct buf *why)
{
    struct buf list = { 0 };
    (void)origin_list_read(value, &list, why);
    buf_fini(&list);
}

/* One address of pages, in mail too. */
static void check_page(const char *value, struct buf *why)
{
    bool web = !strncasecmp(value, "http://", 7) || !strncasecmp(value, "https://", 8);
    if (!web || strpbrk(value, "*, \t\r\n"))
        buf_puts(why, "it must be one address such as https://app.example");
    else
        check_origins(value, why);
}

static void check_database(const char *value, struct buf *why)
{
    PQconninfoFree(conninfo_parse(value, why));
}

static void check_group(const char *value, struct buf *why)
{
    char *end;
    (void)strtoul(value, &end, 10);
    if (*end && !getgrnam(value))
        buf_puts(why, "there is no such group");
}

static void check_hosts(const char *value, struct buf *why)
{
    router_destroy(router_create(api_areas, value, why));
}

/* Those of the parts stand beside them. */
static const struct parameter_row own_rows[] = {
    { offsetof(struct config, data), check_folder },
    { offsetof(struct config, audio_dir), check_folder },
    { offsetof(struct config, viewer_group), check_group },
    { offsetof(struct config, web_dir), check_pages },
    { offsetof(struct config, database_url), check_database, .serving = true },
    { offsetof(struct config, cors_origins), check_origins, .serving = true },
    { offsetof(struct config, hosts), check_hosts, .serving = true },
    { offsetof(struct config, trusted_proxies), check_proxies, .serving = true },
    { offsetof(struct config, outbound_proxy), check_proxy, .serving = true },
    { offsetof(struct config, courses_frontend_url), check_origins, .serving = true },
    { offsetof(struct config, practice_origins), check_origins, .serving = true },
    { offsetof(struct config, coaching_origins), check_origins, .serving = true },
    { offsetof(struct config, app_public_url), check_page, .serving = true },
};

static const struct parameter_row *row_at(size_t at)
{
    for (size_t i = 0; i < sizeof own_rows / sizeof *own_rows; i++)
        if (own_rows[i].at == at)
            return &own_rows[i];
    return parts_parameter(at);
}

/* ---- looking ---- */

/* Plain ones, and those that word processors and chats make of them. */
static bool has_quotation_mark(const char *value)
{
    static const char *const marks[] = {
        "\"", "'", "`", "\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x9c", "\xe2\x80\x9d"
    };
    size_t n = strlen(value);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t mark = strlen(marks[i]);
        if (n >= mark && (!memcmp(value, marks[i], mark) || !memcmp(value + n - mark, marks[i], mark)))
            return true;
    }
    return false;
}

/* An empty value is none, and nothing is wrong with that; what follows from another parameter is told of that one.
 * `serving`: only what there is no start without. */
static bool look(const struct config_row *row, bool serving, struct buf *why)
{
    bool own = config_row_is_text(row) && config_origins[row - config_rows].source != CONFIG_IMPLIED;
    const char *value = own ? *(const char **)((char *)&config + row->at) : "";
    const struct parameter_row *more = row_at(row->at);
    if (*value && !(serving && row->type == CONFIG_PATH))
        config_row_check(row, value, why);
    if (*value && more && (more->serving || !serving))
        more->check(value, why);
    if (why->n && has_quotation_mark(value))
        buf_puts(why, "; a quotation mark is part of it");
    return !why->n;
}

/* Origins as they are compared; `kept` lives as long as the process. */
static bool write_anew(const char **origins, struct buf *kept, struct buf *why)
{
    buf_reset(kept);
    bool written = origin_list_read(*origins, kept, why);
    buf_putc(kept, 0);
    if (written && !kept->failed)
        *origins = kept->p;
    return written && !kept->failed;
}

bool config_fits(struct buf *why)
{
    static struct buf cors, frontend, practice, coaching;
    for (int i = 0; i < CONFIG_ROWS; i++) {
        struct buf fault = { 0 };
        if (!look(&config_rows[i], true, &fault))
            buf_printf(why, "%s (%s): %.*s", config_rows[i].flag, config_rows[i].env, (int)fault.n, fault.p);
        buf_fini(&fault);
        if (why->n)
            return false;
    }
    return write_anew(&config.cors_origins, &cors, why) && write_anew(&config.courses_frontend_url, &frontend, why) &&
           write_anew(&config.practice_origins, &practice, why) && write_anew(&config.coaching_origins, &coaching, why);
}

/* Says what is wrong. */
static bool tell(const struct config_row *row)
{
    struct buf why = { 0 };
    bool good = look(row, false, &why);
    if (!good)
        fprintf(stderr, "lectern config check: %s: %.*s\n", row->flag, (int)why.n, why.p);
    buf_fini(&why);
    return good;
}

static int command_check(int argc, char **argv)
{
    const char *why;
    int wrong = 0;
    if (!config_load(argc, argv, &why))
        return command_refuse("config check", why);
    for (int i = 0; i < CONFIG_ROWS; i++)
        wrong += !tell(&config_rows[i]);
    if (wrong)
        return 1;
    printf("the configuration is good%s%s\n", config_file() ? "; file: " : "", config_file() ? config_file() : "");
    return 0;
}

static int command_file(int argc, char **argv)
{
    config_template();
    return 0;
}

static int command_show(int argc, char **argv)
{
    const char *why;
    if (!config_read(argc, argv, &why))
        return command_refuse("config", why);
    config_print();
    return 0;
}

int command_config(int argc, char **argv)
{
    if (command_wants_help(argc, argv)) {
        printf("usage: lectern config [check|file] [options of serve]\n\n"
               "Prints every parameter: default, range, value in force and where that came from.\n\n"
               "  check   says what is wrong with the configuration without starting; exit code 0 if nothing is\n"
               "  file    prints a configuration file in which every parameter is a comment\n\n"
               "Flags are stronger than the environment, that than the file: what --config or LECTERN_CONFIG names,\n"
               "else etc/lectern/lectern.conf of an installed command, else ./.env or ../.env.\n");
        return 0;
    }
    if (argc > 1 && !strcmp(argv[1], "check"))
        return command_check(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "file"))
        return command_file(argc - 1, argv + 1);
    return command_show(argc, argv);
}
