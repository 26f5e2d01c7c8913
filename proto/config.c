/* Config: reading the parameter table of config.h from its four sources, and the rules between parameters. Main thread
 * at start. Texts are borrowed from argv, the environment and the .env block, which all live as long as the process. */
#include "proto/config.h"

#include "proto/address.h"
#include "proto/dotenv.h"
#include "proto/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct config config;

enum type { TEXT, SECRET, INT, BOOL };
enum source { BY_DEFAULT, BY_FILE, BY_ENVIRONMENT, BY_FLAG };
enum { SECRET_LEAST = 32 };

static struct row {
    const char *flag, *env, *def, *help;
    int64_t least, most;
    void *at;
    enum type type;
    enum source source;
} rows[] = {
#define CONFIG_ROW(type, field, flag, env, def, least, most, help)                                                     \
    { flag, env, def, help, least, most, &config.field, type, BY_DEFAULT },
    CONFIG_PARAMETERS(CONFIG_ROW)
#undef CONFIG_ROW
};
enum { ROWS = sizeof rows / sizeof *rows };

/* The words a text parameter may be. */
static const struct {
    const char **at;
    const char *words[5];
} choices[] = {
    { &config.identity, { "token", "legacy" } },
    { &config.log_level, { "debug", "info", "warn", "error" } },
    { &config.log_format, { "text", "json" } },
};

static char why[512];

#define REFUSE(...) (snprintf(why, sizeof why, __VA_ARGS__), false)

static struct row *row_of(const void *field)
{
    for (int i = 0; i < ROWS; i++)
        if (rows[i].at == field)
            return &rows[i];
    return NULL;
}

static bool read_bool(const char *value, bool *ret)
{
    static const char *const yes[] = { "true", "1", "yes", "on" }, *const no[] = { "false", "0", "no", "off" };
    for (size_t i = 0; i < 4; i++) {
        if (!strcasecmp(value, yes[i]) || !strcasecmp(value, no[i])) {
            *ret = !strcasecmp(value, yes[i]);
            return true;
        }
    }
    return false;
}

static bool set_int(struct row *row, const char *name, const char *value)
{
    char *end;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (end == value || *end || errno || n < row->least || n > row->most)
        return REFUSE("%s is \"%.100s\"; it must be a whole number from %lld to %lld", name, value,
                      (long long)row->least, (long long)row->most);
    *(int64_t *)row->at = n;
    return true;
}

static bool set_text(struct row *row, const char *name, const char *value)
{
    size_t n = strlen(value);
    if ((int64_t)n < row->least || (int64_t)n > row->most) {
        if (row->type == SECRET)
            return REFUSE("%s has %zu bytes; it must have %lld to %lld", name, n, (long long)row->least,
                          (long long)row->most);
        return REFUSE("%s is \"%.100s\"; it must have %lld to %lld characters", name, value, (long long)row->least,
                      (long long)row->most);
    }
    *(const char **)row->at = value;
    return true;
}

/* `name` is what the value was given as, for the sentence when it is bad. */
static bool set(struct row *row, enum source source, const char *name, const char *value)
{
    row->source = source;
    if (row->type == INT)
        return set_int(row, name, value);
    if (row->type != BOOL)
        return set_text(row, name, value);
    if (!read_bool(value, row->at))
        return REFUSE("%s is \"%.100s\"; it must be true or false", name, value);
    return true;
}

static bool read_defaults(void)
{
    for (int i = 0; i < ROWS; i++)
        if (!set(&rows[i], BY_DEFAULT, rows[i].flag, rows[i].def))
            return false;
    return true;
}

static bool read_named(enum source source, const char *(*get)(const char *name))
{
    for (int i = 0; i < ROWS; i++) {
        const char *value = get(rows[i].env);
        if (value && *value && !set(&rows[i], source, rows[i].env, value))
            return false;
    }
    return true;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

static bool read_flags(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (strncmp(arg, "--", 2))
            return REFUSE("%.100s is not an option of this command; see --help", arg);
        size_t n = strcspn(arg + 2, "=");
        struct row *row = NULL;
        for (int r = 0; r < ROWS && !row; r++)
            if (strlen(rows[r].flag) == n && !strncmp(arg + 2, rows[r].flag, n))
                row = &rows[r];
        if (!row)
            return REFUSE("%.100s is not an option of this command; see --help", arg);
        char name[64];
        snprintf(name, sizeof name, "--%s", row->flag);
        const char *value = arg[2 + n] == '=' ? arg + 3 + n : row->type == BOOL ? "true" : argv[++i];
        if (!value)
            return REFUSE("%s needs a value", name);
        if (!set(row, BY_FLAG, name, value))
            return false;
    }
    return true;
}

static bool check_choices(void)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const char *const *word = choices[i].words;
        while (*word && strcmp(*word, *choices[i].at))
            word++;
        if (*word)
            continue;
        const char *const *words = choices[i].words;
        return REFUSE("%s is \"%s\"; it must be one of %s%s%s%s%s%s%s", row_of(choices[i].at)->flag, *choices[i].at,
                      words[0], ", ", words[1], words[2] ? ", " : "", words[2] ? words[2] : "", words[3] ? ", " : "",
                      words[3] ? words[3] : "");
    }
    return true;
}

/* A documented name that is no parameter's own: from the environment, else from the file; NULL if empty or absent. */
static const char *documented(const char *name)
{
    const char *value = environment(name);
    if (!value)
        value = dotenv_get(name);
    return value && *value ? value : NULL;
}

/* HOST, PORT and DEBUG count where nothing more particular is said (attendance contract, section 11). Some shells put
 * the machine's name into HOST: what is no address is left alone. */
static void imply_documented(void)
{
    static char listen[ADDRESS_TEXT_MAX + 16];
    struct sockaddr_storage address;
    const char *host = config.dev ? "127.0.0.1" : documented("HOST"), *port = documented("PORT");
    bool debug = false, open = row_of(&config.listen)->source == BY_DEFAULT;
    if (open && config.dev)
        config.listen = "127.0.0.1:8000";
    if (open && (host || port) &&
        snprintf(listen, sizeof listen, "%s:%s", host ? host : "0.0.0.0", port ? port : "8000") < (int)sizeof listen &&
        address_read(listen, &address))
        config.listen = listen;
    if (row_of(&config.log_level)->source == BY_DEFAULT && documented("DEBUG") &&
        read_bool(documented("DEBUG"), &debug) && debug)
        config.log_level = "debug";
}

static void imply_development(void)
{
    if (row_of(&config.identity)->source == BY_DEFAULT)
        config.identity = "legacy";
}

bool config_read(int argc, char **argv, const char **ret_why)
{
    *ret_why = why;
    if (!read_defaults() || !dotenv_load(ret_why) || !read_named(BY_FILE, dotenv_get) ||
        !read_named(BY_ENVIRONMENT, environment) || !read_flags(argc, argv) || !check_choices())
        return false;
    imply_documented();
    if (config.dev)
        imply_development();
    return true;
}

static bool check_listen(void)
{
    struct sockaddr_storage address;
    if (!address_read(config.listen, &address))
        return REFUSE("listen is \"%s\"; it must be a numeric ADDRESS:PORT such as 127.0.0.1:8000 or [::1]:8000",
                      config.listen);
    bool strict = row_of(&config.identity)->source != BY_DEFAULT && !strcmp(config.identity, "token");
    if (config.dev && !strict && !address_is_loopback(&address))
        return REFUSE("with --dev and identity \"%s\" only a loopback address may be listened on, not %s; add "
                      "--identity token or use 127.0.0.1",
                      config.identity, config.listen);
    return true;
}

static bool check_keys(void)
{
    if (address_url_trusted(config.google_jwks_url))
        return true;
    return REFUSE("GOOGLE_JWKS_URL is %.200s; it must be an https address, or a http one of this machine such as "
                  "http://127.0.0.1:9000/certs",
                  config.google_jwks_url);
}

static bool check_secrets(void)
{
    if (config.dev && !*config.jwt_secret &&
        !secret_keep(config.data, "jwt_secret", &config.jwt_secret, why, sizeof why))
        return false;
    if (!*config.jwt_secret)
        return REFUSE("JWT_SECRET is not set; give %d bytes or more, or use --dev for development", SECRET_LEAST);
    if (strlen(config.jwt_secret) < SECRET_LEAST)
        return REFUSE("JWT_SECRET has %zu bytes; it must have %d or more", strlen(config.jwt_secret), SECRET_LEAST);
    if (*config.password_key && strlen(config.password_key) < SECRET_LEAST)
        return REFUSE("LECTERN_PASSWORD_KEY has %zu bytes; it must have %d or more", strlen(config.password_key),
                      SECRET_LEAST);
    return true;
}

bool config_load(int argc, char **argv, const char **ret_why)
{
    if (!config_read(argc, argv, ret_why))
        return false;
    *ret_why = why;
    if (!config.dev && !*config.database_url)
        return REFUSE(
            "DATABASE_URL is not set; give the address of a PostgreSQL database, or use --dev for a private one");
    return check_listen() && check_keys() && check_secrets();
}

static void put_value(const struct row *row)
{
    static const char *const sources[] = { "default", ".env", "environment", "flag" };
    switch (row->type) {
    case TEXT:
        printf("%s", *(const char **)row->at);
        break;
    case SECRET:
        printf("%s", **(const char **)row->at ? "(set)" : "(not set)");
        break;
    case INT:
        printf("%lld", (long long)*(int64_t *)row->at);
        break;
    case BOOL:
        printf("%s", *(bool *)row->at ? "true" : "false");
        break;
    }
    printf("  (%s)\n", sources[row->source]);
}

static void put_range(const struct row *row)
{
    if (row->type == BOOL)
        printf("true or false");
    else
        printf("%lld to %lld%s", (long long)row->least, (long long)row->most, row->type == INT ? "" : " characters");
}

void config_print(void)
{
    for (int i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        printf("--%s\n    %s\n    environment  %s\n    default      %s\n    range        ", row->flag, row->help,
               row->env, *row->def ? row->def : "(empty)");
        put_range(row);
        printf("\n    in force     ");
        put_value(row);
    }
}

void config_usage(void)
{
    static const char *const values[] = { "TEXT", "TEXT", "N", "" };
    for (int i = 0; i < ROWS; i++) {
        char head[64];
        snprintf(head, sizeof head, "--%s %s", rows[i].flag, values[rows[i].type]);
        printf("  %-32s %s", head, rows[i].help);
        printf(*rows[i].def && rows[i].type != BOOL ? " [%s]\n" : "\n", rows[i].def);
    }
}
