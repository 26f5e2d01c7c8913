/* Config row: see config_row.h. */
#include "proto/config/config_row.h"

#include "proto/base/masked.h"
#include "proto/base/url.h"
#include "proto/config/conninfo.h"
#include "proto/config/dotenv.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

const struct config_row config_rows[CONFIG_ROWS] = {
#define CONFIG_ROW(type, field, flag, env, def, least, most, help)                                                     \
    { flag, env, def, help, least, most, offsetof(struct config, field), CONFIG_##type },
    CONFIG_PARAMETERS(CONFIG_ROW)
#undef CONFIG_ROW
};

struct config_origin config_origins[CONFIG_ROWS];

static const size_t changeable[] = {
#define CONFIG_OFFSET(field) offsetof(struct config, field),
    CONFIG_CHANGEABLE(CONFIG_OFFSET)
#undef CONFIG_OFFSET
};

static const struct {
    size_t at;
    const char *words[5];
} choices[] = {
    { offsetof(struct config, identity), { "token", "legacy" } },
    { offsetof(struct config, teacher_signup), { "anybody", "code", "nobody" } },
    { offsetof(struct config, token_algorithm), { "HS256", "HS384", "HS512" } },
    { offsetof(struct config, log_level), { "debug", "info", "warn", "error" } },
    { offsetof(struct config, log_format), { "text", "json" } },
};

static const struct {
    size_t at;
    const char *name;
} synonyms[] = {
#define CONFIG_SYNONYM(field, name) { offsetof(struct config, field), name },
    CONFIG_SYNONYMS(CONFIG_SYNONYM)
#undef CONFIG_SYNONYM
};
enum { SYNONYMS = sizeof synonyms / sizeof *synonyms };

const struct config_row *config_row_of(struct text name)
{
    for (int i = 0; i < CONFIG_ROWS; i++)
        if (text_is(name, config_rows[i].flag) || text_is(name, config_rows[i].env))
            return &config_rows[i];
    return NULL;
}

const struct config_row *config_row_at(size_t offset)
{
    for (int i = 0; i < CONFIG_ROWS; i++)
        if (config_rows[i].at == offset)
            return &config_rows[i];
    return NULL;
}

const struct config_row *config_row_of_synonym(const char *name)
{
    for (int i = 0; i < SYNONYMS; i++)
        if (!strcasecmp(synonyms[i].name, name))
            return config_row_at(synonyms[i].at);
    return NULL;
}

const char *config_row_synonym(const struct config_row *row)
{
    for (int i = 0; i < SYNONYMS; i++)
        if (synonyms[i].at == row->at)
            return synonyms[i].name;
    return NULL;
}

const char *const *config_row_words(const struct config_row *row)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (choices[i].at == row->at)
            return choices[i].words;
    return NULL;
}

bool config_row_changeable(const struct config_row *row)
{
    for (size_t i = 0; i < sizeof changeable / sizeof *changeable; i++)
        if (changeable[i] == row->at)
            return true;
    return false;
}

/* ---- setting ---- */

static void *place(const struct config_row *row, struct config *in)
{
    return (char *)in + row->at;
}

static const void *place_const(const struct config_row *row, const struct config *in)
{
    return (const char *)in + row->at;
}

static const char *text_at(const struct config_row *row, const struct config *in)
{
    return *(const char *const *)place_const(row, in);
}

/* Appends a value of a row of type TEXT. */
static void put_text(const struct config_row *row, const char *value, struct buf *out)
{
    if (*value && row->at == offsetof(struct config, database_url))
        conninfo_put_masked(value, out);
    else
        masked_put(value, out);
}

/* "NAME is "VALUE" (WHERE); it must " */
static void begin_refusal(const struct config_row *row, const char *name, const char *where, const char *value,
                          struct buf *why)
{
    struct buf shown = { 0 };
    put_text(row, value, &shown);
    if (row->type == CONFIG_SECRET)
        buf_printf(why, "%s has %zu bytes", name, strlen(value));
    else
        buf_printf(why, "%s is \"%.*s\"", name, (int)(shown.n < 100 ? shown.n : 100), shown.n ? shown.p : "");
    buf_fini(&shown);
    if (where)
        buf_printf(why, " (%.300s)", where);
    buf_puts(why, "; it must ");
}

static bool set_int(const struct config_row *row, struct config *to, const char *value)
{
    char *end;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (end == value || *end || errno || n < row->least || n > row->most)
        return false;
    *(int64_t *)place(row, to) = n;
    return true;
}

/* Decimal, as people write it. */
static bool set_real(const struct config_row *row, struct config *to, const char *value)
{
    char *end;
    double v = strtod(value, &end);
    if (!*value || *end || value[strspn(value, "0123456789.")] || !(v > (double)row->least && v <= (double)row->most))
        return false;
    *(double *)place(row, to) = v;
    return true;
}

static bool set_bool(const struct config_row *row, struct config *to, const char *value)
{
    return config_read_bool(value, place(row, to));
}

static bool set_text(const struct config_row *row, struct config *to, const char *value)
{
    size_t n = strlen(value);
    const char *const *word = config_row_words(row);
    while (word && *word && strcmp(*word, value) != 0)
        word++;
    if ((word && !*word) || (!word && ((int64_t)n < row->least || (int64_t)n > row->most)))
        return false;
    *(const char **)place(row, to) = word ? *word : value;
    return true;
}

bool config_row_set(const struct config_row *row, struct config *to, const char *name, const char *where,
                    const char *value, struct buf *why)
{
    bool good = row->type == CONFIG_INT    ? set_int(row, to, value)
                : row->type == CONFIG_BOOL ? set_bool(row, to, value)
                : row->type == CONFIG_REAL ? set_real(row, to, value)
                                           : set_text(row, to, value);
    if (good)
        return true;
    static const char *const must[] = {
        [CONFIG_INT] = "be a whole number from ", [CONFIG_BOOL] = "be ", [CONFIG_REAL] = "be a number, "
    };
    begin_refusal(row, name, where, value, why);
    buf_puts(why, config_row_words(row) ? "be one of " : config_row_is_text(row) ? "have " : must[row->type]);
    config_row_put_range(row, why);
    return false;
}

bool config_read_bool(const char *value, bool *ret)
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

/* ---- looking closer ---- */

static void check_url(const char *value, struct buf *why)
{
    if (!url_trusted(value, false))
        buf_puts(why,
                 "it must be an https address, or a http one of this machine such as http://127.0.0.1:9000, and have "
                 "no user name");
}

static void check_path(const char *value, struct buf *why)
{
    if (!access(value, R_OK))
        return;
    masked_put(value, why);
    buf_printf(why, " cannot be read: %s", strerror(errno));
}

void config_row_check(const struct config_row *row, const char *value, struct buf *why)
{
    if (*value && row->type == CONFIG_URL)
        check_url(value, why);
    if (*value && row->type == CONFIG_PATH)
        check_path(value, why);
}

/* ---- showing ---- */

const char *config_row_placeholder(const struct config_row *row)
{
    static const char *const values[] = {
        [CONFIG_TEXT] = "TEXT", [CONFIG_URL] = "URL", [CONFIG_PATH] = "FILE", [CONFIG_SECRET] = "TEXT",
        [CONFIG_INT] = "N",     [CONFIG_BOOL] = "",   [CONFIG_REAL] = "N",
    };
    return values[row->type];
}

void config_row_put(const struct config_row *row, const struct config *from, struct buf *out)
{
    switch (row->type) {
    case CONFIG_TEXT:
    case CONFIG_URL:
    case CONFIG_PATH:
        put_text(row, text_at(row, from), out);
        break;
    case CONFIG_SECRET:
        buf_puts(out, *text_at(row, from) ? "(set)" : "(not set)");
        break;
    case CONFIG_INT:
        buf_int(out, *(const int64_t *)place_const(row, from));
        break;
    case CONFIG_BOOL:
        buf_puts(out, *(const bool *)place_const(row, from) ? "true" : "false");
        break;
    case CONFIG_REAL:
        buf_printf(out, "%g", *(const double *)place_const(row, from));
        break;
    }
}

bool config_row_equal(const struct config_row *row, const struct config *a, const struct config *b)
{
    if (row->type == CONFIG_INT)
        return *(const int64_t *)place_const(row, a) == *(const int64_t *)place_const(row, b);
    if (row->type == CONFIG_BOOL)
        return *(const bool *)place_const(row, a) == *(const bool *)place_const(row, b);
    if (row->type == CONFIG_REAL)
        return *(const double *)place_const(row, a) == *(const double *)place_const(row, b);
    return !strcmp(text_at(row, a), text_at(row, b));
}

void config_row_put_range(const struct config_row *row, struct buf *out)
{
    const char *const *word = config_row_words(row);
    for (int i = 0; word && word[i]; i++)
        buf_printf(out, "%s%s", i ? ", " : "", word[i]);
    if (word)
        return;
    if (row->type == CONFIG_BOOL)
        buf_puts(out, "true or false");
    else if (row->type == CONFIG_REAL)
        buf_printf(out, "more than %lld, at most %lld", (long long)row->least, (long long)row->most);
    else
        buf_printf(out, "%lld to %lld%s", (long long)row->least, (long long)row->most,
                   config_row_is_text(row) && row->type != CONFIG_SECRET ? " characters" : "");
}

void config_row_put_origin(const struct config_row *row, struct buf *out)
{
    static const char *const names[] = { "default", "", "environment", "flag", "implied" };
    const struct config_origin *o = &config_origins[row - config_rows];
    if (o->source == CONFIG_FILE)
        buf_printf(out, "%s, line %d", dotenv_path(), o->line);
    else
        buf_puts(out, names[o->source]);
}
