/* Config row: the parameter table as rows, for whoever reads, shows or changes parameters by name. The rows never
 * change; where the values in force came from is written by config_read alone. Any thread after that. */
#pragma once

#include "proto/base/buf.h"
#include "proto/config/config.h"

enum config_type {
    CONFIG_TEXT,
    CONFIG_URL,
    CONFIG_PATH,
    CONFIG_SECRET, /* the last whose value is a text */
    CONFIG_INT,
    CONFIG_BOOL,
    CONFIG_REAL
};
enum config_source { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_FLAG, CONFIG_IMPLIED };

#define CONFIG_COUNT(...) +1
enum { CONFIG_ROWS = 0 CONFIG_PARAMETERS(CONFIG_COUNT) };

struct config_row {
    const char *flag, *env, *def, *help;
    int64_t least, most;
    size_t at; /* offset in struct config */
    enum config_type type;
};

struct config_origin {
    enum config_source source;
    int line; /* of the file */
};

extern const struct config_row config_rows[CONFIG_ROWS];
extern struct config_origin config_origins[CONFIG_ROWS]; /* of `config` */

/* The row of a flag (`room-ring`), environment name or field offset; NULL if there is none. */
const struct config_row *config_row_of(struct text name);
const struct config_row *config_row_at(size_t offset);

/* The row of another name for an environment name (CONFIG_SYNONYMS), and the other way round; NULL if there is none. */
const struct config_row *config_row_of_synonym(const char *name);
const char *config_row_synonym(const struct config_row *row);

/* The words a text may be, ended by NULL; NULL if it is free. */
const char *const *config_row_words(const struct config_row *row);

/* Is the value a text? A secret's is one. */
static inline bool config_row_is_text(const struct config_row *row)
{
    return row->type <= CONFIG_SECRET;
}

/* What stands for a value in usage: "N", "URL"; empty where a flag needs none. */
const char *config_row_placeholder(const struct config_row *row);

/* Looks at a text beyond its length, as its type asks for: may a URL be trusted, can a PATH be read? Appends what is wrong;
 * nothing is wrong with an empty one. Slow where files are. */
void config_row_check(const struct config_row *row, const char *value, struct buf *why);

/* May it be changed while the server runs? See CONFIG_CHANGEABLE. */
bool config_row_changeable(const struct config_row *row);

/* Puts a value into `to`; a text is borrowed, one of words is the table's own. False with a sentence in why: `name` is
 * what it was given as, `where` the place (NULL: none worth saying), then value and range; a secret's value never. */
bool config_row_set(const struct config_row *row, struct config *to, const char *name, const char *where,
                    const char *value, struct buf *why);

/* Appends the value as anybody may see it, the one way for all who show parameters: of a secret whether it is set, of
 * the database's address what is harmless (conninfo.h), of other texts what cannot be a secret (shown.h). */
void config_row_put(const struct config_row *row, const struct config *from, struct buf *out);

/* Are the two values the same? */
bool config_row_equal(const struct config_row *row, const struct config *a, const struct config *b);

/* Appends what is allowed: "1 to 64", "true or false", "token, legacy". */
void config_row_put_range(const struct config_row *row, struct buf *out);

/* Appends where the value in force came from: "default", "environment", "flag", "implied", or the file and line. */
void config_row_put_origin(const struct config_row *row, struct buf *out);
