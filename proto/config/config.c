/* Config: reading the parameter table of config.h from its four sources, and the rules between parameters. Main thread
 * at start. Texts are borrowed from argv, the environment and the file's block, which all live as long as the process.
 */
#include "proto/config/config.h"

#include "proto/base/address.h"
#include "proto/base/masked.h"
#include "proto/base/variety.h"
#include "proto/config/config_row.h"
#include "proto/config/dotenv.h"
#include "proto/config/place.h"
#include "proto/config/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

struct config config;

enum { SECRET_LEAST = 32, METRICS_TOKEN_LEAST = 16, SIGNUP_CODE_LEAST = 8 };

static char why[1024];

static const char blanks[] = " \t\r\n";

#define REFUSE(...)   (snprintf(why, sizeof why, __VA_ARGS__), false)
#define ORIGIN(field) config_origins[config_row_at(offsetof(struct config, field)) - config_rows]

/* `name` is what the value was given as, for the sentence when it is bad. */
static bool set(const struct config_row *row, struct config_origin origin, const char *name, const char *value)
{
    struct buf where = { 0 }, refusal = { 0 };
    config_origins[row - config_rows] = origin;
    config_row_put_origin(row, &where);
    buf_putc(&where, 0);
    bool spoken = origin.source == CONFIG_FILE || origin.source == CONFIG_ENVIRONMENT;
    bool good = config_row_set(row, &config, name, spoken && !where.failed ? where.p : NULL, value, &refusal);
    if (!good)
        (void)REFUSE("%.*s", (int)refusal.n, refusal.n ? refusal.p : "");
    buf_fini(&where);
    buf_fini(&refusal);
    return good;
}

static bool read_defaults(void)
{
    for (int i = 0; i < CONFIG_ROWS; i++)
        if (!set(&config_rows[i], (struct config_origin){ CONFIG_DEFAULT }, config_rows[i].flag, config_rows[i].def))
            return false;
    return true;
}

/* ---- the file ---- */

/* Names that count without being a parameter's own; see imply_documented. */
static const char *const documented_names[] = { "APP_HOST", "APP_PORT", "HOST", "PORT", "DEBUG" };

static bool is_documented(const char *key)
{
    for (size_t i = 0; i < sizeof documented_names / sizeof *documented_names; i++)
        if (!strcasecmp(key, documented_names[i]))
            return true;
    return false;
}

static bool set_in_file(const struct config_row *row, const struct dotenv_pair *pair)
{
    return set(row, (struct config_origin){ CONFIG_FILE, pair->line }, pair->key, pair->value);
}

/* Names have no case (coaching contract, section 17). */
static const struct config_row *row_of_env(const char *name)
{
    for (int i = 0; i < CONFIG_ROWS; i++)
        if (!strcasecmp(config_rows[i].env, name) && config_rows[i].at != offsetof(struct config, config_file))
            return &config_rows[i];
    return NULL;
}

/* A file of our own is refused for any name that is not ours, one that others use for what looks like ours. */
static bool read_pair(const struct dotenv_pair *pair, bool own)
{
    const struct config_row *row = row_of_env(pair->key), *other = config_row_of_synonym(pair->key);
    if (other)
        return dotenv_find(other->env) || !*pair->value || set_in_file(other, pair);
    if (!row && (own ? !is_documented(pair->key) : !strncasecmp(pair->key, "LECTERN_", 8)))
        return REFUSE("%.300s, line %d: %.100s is no parameter; `lectern config` lists them", dotenv_path(), pair->line,
                      pair->key);
    return !row || !*pair->value || set_in_file(row, pair);
}

/* The file that flags or environment name, else that of an installed command; NULL: neither. */
static const char *own_file(int argc, char **argv)
{
    static char installed[PATH_MAX];
    const char *named = getenv("LECTERN_CONFIG");
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "--config=", 9))
            named = argv[i] + 9;
        else if (!strcmp(argv[i], "--config") && i + 1 < argc)
            named = argv[++i];
    }
    if (named && *named)
        return named;
    return place_configuration(installed) ? installed : NULL;
}

static bool read_file(const char *own, const char **ret_why)
{
    const struct dotenv_pair *pairs;
    if (!dotenv_load(own, ret_why))
        return false;
    *ret_why = why;
    size_t n = dotenv_pairs(&pairs);
    for (size_t i = 0; i < n; i++)
        if (!read_pair(&pairs[i], own))
            return false;
    return true;
}

const char *config_file(void)
{
    return dotenv_path();
}

bool config_file_tells(void)
{
    bool secret = false;
    for (int i = 0; i < CONFIG_ROWS; i++)
        secret |= config_origins[i].source == CONFIG_FILE &&
                  (config_rows[i].type == CONFIG_SECRET || config_rows[i].at == offsetof(struct config, database_url));
    return secret && dotenv_readable();
}

/* ---- environment and flags ---- */

/* A name in other letters counts where there is none in its own. */
static void adopt(const char *name)
{
    size_t n = strlen(name);
    for (char **e = environ; !getenv(name) && *e; e++)
        if (!strncasecmp(*e, name, n) && (*e)[n] == '=')
            setenv(name, *e + n + 1, 1);
}

/* Files for `docker run --env-file`, and some for units, have quotation marks that nobody has taken off: a pair around
 * the whole value is. */
static void unquote(const char *name)
{
    adopt(name);
    const char *value = getenv(name);
    value = value ? value + strspn(value, blanks) : "";
    size_t n = strlen(value);
    while (n && strchr(blanks, value[n - 1]))
        n--;
    if (n < 2 || !strchr("\"'", *value) || strchr(value + 1, *value) != value + n - 1)
        return;
    char *inner = strndup(value + 1, n - 2);
    if (inner)
        setenv(name, inner, 1);
    free(inner);
}

static void unquote_environment(void)
{
    for (int i = 0; i < CONFIG_ROWS; i++) {
        unquote(config_rows[i].env);
        if (config_row_synonym(&config_rows[i]))
            unquote(config_row_synonym(&config_rows[i]));
    }
    for (size_t i = 0; i < sizeof documented_names / sizeof *documented_names; i++)
        unquote(documented_names[i]);
}

/* NULL if it is absent or empty. */
static const char *spoken(const char *name)
{
    const char *value = name ? getenv(name) : NULL;
    return value && *value ? value : NULL;
}

static bool read_environment(void)
{
    for (int i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        const char *name = spoken(row->env) ? row->env : config_row_synonym(row), *value = spoken(name);
        if (value && !set(row, (struct config_origin){ CONFIG_ENVIRONMENT }, name, value))
            return false;
    }
    return true;
}

static const struct config_row *row_of_flag(const char *name, size_t n)
{
    const struct config_row *row = config_row_of((struct text){ name, n });
    return row && strlen(row->flag) == n && !strncmp(row->flag, name, n) ? row : NULL;
}

/* Of what is no option only the name is told: an address may stand there, password and all. */
static bool refuse_option(const char *arg)
{
    struct buf shown = { 0 };
    char name[100];
    size_t dashes = strspn(arg, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(arg + dashes, "="), arg + dashes);
    masked_put(name, &shown);
    (void)REFUSE("%.*s%.*s is not an option of this command; see --help", (int)dashes, arg, (int)shown.n,
                 shown.n ? shown.p : "");
    buf_fini(&shown);
    return false;
}

static bool read_flags(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        size_t n = strncmp(arg, "--", 2) ? 0 : strcspn(arg + 2, "=");
        const struct config_row *row = n ? row_of_flag(arg + 2, n) : NULL;
        if (!row)
            return refuse_option(arg);
        char name[64];
        snprintf(name, sizeof name, "--%s", row->flag);
        const char *value = arg[2 + n] == '=' ? arg + 3 + n : row->type == CONFIG_BOOL ? "true" : argv[++i];
        if (!value)
            return REFUSE("%s needs a value", name);
        if (!set(row, (struct config_origin){ CONFIG_FLAG }, name, value))
            return false;
    }
    return true;
}

/* ---- what follows from others ---- */

/* A documented name that is no parameter's own: from the environment, else from the file; NULL if empty or absent. */
static const char *documented(const char *name)
{
    const struct dotenv_pair *pair = dotenv_find(name);
    const char *value = getenv(name);
    if (!value && pair)
        value = pair->value;
    return value && *value ? value : NULL;
}

static bool is_debugging(void)
{
    bool debug = false;
    return documented("DEBUG") && config_read_bool(documented("DEBUG"), &debug) && debug;
}

static const char *either(const char *name, const char *other)
{
    return documented(name) ? documented(name) : documented(other);
}

/* APP_HOST, APP_PORT (practice contract, section 11), HOST, PORT and DEBUG (attendance contract, section 11) count where
 * nothing more particular is said. Some shells put the machine's name into HOST: what is no address is left alone. */
static void imply_documented(void)
{
    static char listen[ADDRESS_TEXT_MAX + 16];
    struct sockaddr_storage address;
    const char *host = config.dev ? "127.0.0.1" : either("APP_HOST", "HOST"), *port = either("APP_PORT", "PORT");
    const struct config_row *row = config_row_at(offsetof(struct config, listen));
    bool open = ORIGIN(listen).source == CONFIG_DEFAULT;
    if (open && config.dev)
        config.listen = "127.0.0.1:8000";
    if (open && (host || port) &&
        snprintf(listen, sizeof listen, "%s:%s", host ? host : "0.0.0.0", port ? port : "8000") < (int)sizeof listen &&
        address_read(listen, &address))
        config.listen = listen;
    if (strcmp(config.listen, row->def) != 0 && open)
        ORIGIN(listen).source = CONFIG_IMPLIED;
    if (ORIGIN(log_level).source == CONFIG_DEFAULT && is_debugging()) {
        config.log_level = "debug";
        ORIGIN(log_level).source = CONFIG_IMPLIED;
    }
}

/* A value that follows from others, where nobody has said one. */
#define IMPLY(field, value)                                                                                            \
    do {                                                                                                               \
        if (ORIGIN(field).source == CONFIG_DEFAULT) {                                                                  \
            config.field = (value);                                                                                    \
            ORIGIN(field).source = CONFIG_IMPLIED;                                                                     \
        }                                                                                                              \
    } while (0)

static void imply_development(void)
{
    IMPLY(identity, "legacy");
    IMPLY(courses_admin_signup, true);
}

static void imply_teachers(void)
{
    if (*config.teacher_signup_code)
        IMPLY(teacher_signup, "code");
    if (config.dev)
        IMPLY(teacher_signup, "anybody");
}

bool config_read(int argc, char **argv, const char **ret_why)
{
    *ret_why = why;
    unquote_environment();
    if (!read_defaults() || !read_file(own_file(argc, argv), ret_why) || !read_environment() || !read_flags(argc, argv))
        return false;
    imply_documented();
    imply_teachers();
    if (ORIGIN(cors_origins).source != CONFIG_DEFAULT) {
        IMPLY(coaching_origins, config.cors_origins);
        IMPLY(practice_origins, config.cors_origins);
    }
    if (config.dev)
        imply_development();
    return true;
}

const char *config_key_lack(void)
{
    const char *key = config.coaching_secret_key;
    return !*key ? NULL : strlen(key) < SECRET_LEAST ? "has less than 32 bytes" : variety_lack(text_of(key));
}

bool config_may_listen(const struct sockaddr_storage *address, const char **ret_why)
{
    char text[ADDRESS_TEXT_MAX];
    *ret_why = why;
    if (address_is_loopback(address))
        return true;
    address_put(address, text);
    if (config_key_lack() && !is_debugging())
        return REFUSE(
            "SECRET_KEY %s, so whoever guesses it can be anybody in coaching, and only a loopback address may be "
            "listened on, not %s; take one of chance, such as `openssl rand -hex 32` makes, or none",
            config_key_lack(), text);
    return strcmp(config.identity, "legacy") != 0 || config.legacy_open ||
           REFUSE("with identity \"legacy\" whoever reaches the port can be anybody, so only a loopback address may be "
                  "listened on, not %s; use 127.0.0.1 or --identity token, or add --legacy-open if something in front "
                  "says who may come",
                  text);
}

/* "NAME is "VALUE"; it must MUST". */
static bool refuse_value(const char *name, const char *must)
{
    struct buf shown = { 0 };
    config_row_put(config_row_of(text_of(name)), &config, &shown);
    (void)REFUSE("%s is \"%.*s\"; it must %s", name, (int)(shown.n < 200 ? shown.n : 200), shown.n ? shown.p : "",
                 must);
    buf_fini(&shown);
    return false;
}

static bool check_listen(void)
{
    struct sockaddr_storage address;
    const char *refusal;
    if (!address_read(config.listen, &address))
        return refuse_value("listen", "be a numeric ADDRESS:PORT such as 127.0.0.1:8000 or [::1]:8000");
    return config_may_listen(&address, &refusal);
}

static bool check_console(void)
{
    struct sockaddr_storage address;
    if (!*config.console || (address_read(config.console, &address) && address_is_loopback(&address)))
        return true;
    return refuse_value("console",
                        "be a loopback ADDRESS:PORT such as 127.0.0.1:8001 or [::1]:8001, since whoever reaches "
                        "it may read it");
}

/* One that nobody has given is read from the data folder, or made there. */
static bool keep_secret(const char *name, const char **secret, char to[static SECRET_MAX])
{
    struct buf refusal = { 0 };
    if (**secret)
        return true;
    bool good =
        secret_keep(config.data, name, to, &refusal) || REFUSE("%.*s", (int)refusal.n, refusal.n ? refusal.p : "");
    buf_fini(&refusal);
    if (!good)
        return false;
    *secret = to;
    return *to || REFUSE("%s/%s is empty; take it away, and a new one is made", config.data, name);
}

/* A key that is given must be long enough, and none that somebody made up. */
static bool check_key(const char *name, const char *key, size_t least)
{
    if (*key && strlen(key) < least)
        return REFUSE("%s has %zu bytes; it must have %zu or more", name, strlen(key), least);
    const char *lack = *key ? variety_lack(text_of(key)) : NULL;
    return !lack || REFUSE("%s %s; take one of chance, such as `openssl rand -hex 32` makes", name, lack);
}

static bool check_secrets(void)
{
    if (!*config.jwt_secret && !config.dev)
        return REFUSE("JWT_SECRET is not set; give %d bytes or more, or use --dev for development", SECRET_LEAST);
    if (*config.jwt_secret && !strcmp(config.jwt_secret, config.jwt_secret_previous))
        return REFUSE("JWT_SECRET_PREVIOUS is the same as JWT_SECRET; it is for the key from before that one");
    return check_key("JWT_SECRET", config.jwt_secret, SECRET_LEAST) &&
           check_key("JWT_SECRET_PREVIOUS", config.jwt_secret_previous, SECRET_LEAST) &&
           check_key("LECTERN_METRICS_TOKEN", config.metrics_token, METRICS_TOKEN_LEAST) &&
           check_key("LECTERN_PASSWORD_KEY", config.password_key, SECRET_LEAST) &&
           check_key("LECTERN_TEACHER_SIGNUP_CODE", config.teacher_signup_code, SIGNUP_CODE_LEAST);
}

static bool check_teachers(void)
{
    if (*config.teacher_signup_code || strcmp(config.teacher_signup, "code") != 0)
        return true;
    return REFUSE("teacher-signup is \"code\", and LECTERN_TEACHER_SIGNUP_CODE is not set");
}

/* open, closed, or code: with what those know who may. */
static bool check_registration(void)
{
    static const char code[] = "code:";
    const char *who = config.teacher_registration;
    if (!strncmp(who, code, sizeof code - 1))
        return check_key("The code of TEACHER_REGISTRATION", who + sizeof code - 1, SIGNUP_CODE_LEAST) &&
               (who[sizeof code - 1] || REFUSE("TEACHER_REGISTRATION is \"code:\" without a code"));
    return !strcmp(who, "open") || !strcmp(who, "closed") ||
           REFUSE("TEACHER_REGISTRATION is none of open, closed, code:CODE");
}

static bool check(void)
{
    if (!config.dev && !*config.database_url)
        return REFUSE(
            "DATABASE_URL is not set; give the address of a PostgreSQL database, or use --dev for a private one");
    return check_listen() && check_console() && check_teachers() && check_registration();
}

bool config_load(int argc, char **argv, const char **ret_why)
{
    if (!config_read(argc, argv, ret_why))
        return false;
    *ret_why = why;
    return check() && check_secrets();
}

bool config_keep_secret(const char **ret_why)
{
    static char jwt[SECRET_MAX], coaching[SECRET_MAX];
    *ret_why = why;
    return (!config.dev || keep_secret("jwt_secret", &config.jwt_secret, jwt)) &&
           keep_secret("coaching_secret_key", &config.coaching_secret_key, coaching) && check_secrets();
}
