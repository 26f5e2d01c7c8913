/* Log: structured lines on standard error, JSON or text. Any thread; one write(2) per line, so lines never mix.
 * No secret, hash, token, password or message text ever goes into a field (design, section 8). */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    enum { LOG_END, LOG_STR, LOG_TEXT, LOG_INT, LOG_REAL } kind;
    union {
        const char *str;
        struct text text;
        int64_t i;
        double real;
    };
};

#define F_STR(k, v)  ((struct log_field){ .key = (k), .kind = LOG_STR, .str = (v) })
#define F_TEXT(k, v) ((struct log_field){ .key = (k), .kind = LOG_TEXT, .text = (v) })
#define F_INT(k, v)  ((struct log_field){ .key = (k), .kind = LOG_INT, .i = (v) })
#define F_REAL(k, v) ((struct log_field){ .key = (k), .kind = LOG_REAL, .real = (v) })

/* Sets the least level written and the form of lines. Where standard error goes to the journal (JOURNAL_STREAM), each
 * line begins with the priority it understands, such as <6>. Before the threads start. */
void log_setup(enum log_level least, bool json);

/* Another least level for the calling thread. */
void log_level_here(enum log_level least);

/* The level of a name as the configuration spells it. False if it is none. */
bool log_level_read(const char *name, enum log_level *ret);

bool log_enabled(enum log_level level);

/* Writes one line: time, level, message, fields. The fields end with a zeroed one; use the macro. */
void log_fields(enum log_level level, const char *message, const struct log_field *fields);
#define log_line(level, message, ...)                                                                                  \
    do {                                                                                                               \
        if (log_enabled(level))                                                                                        \
            log_fields(level, message, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } });                 \
    } while (0)
#define log_debug(message, ...) log_line(LOG_DEBUG, message __VA_OPT__(, ) __VA_ARGS__)
#define log_info(message, ...)  log_line(LOG_INFO, message __VA_OPT__(, ) __VA_ARGS__)
#define log_warn(message, ...)  log_line(LOG_WARN, message __VA_OPT__(, ) __VA_ARGS__)
#define log_error(message, ...) log_line(LOG_ERROR, message __VA_OPT__(, ) __VA_ARGS__)
