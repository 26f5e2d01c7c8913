/* Log: see log.h. A line is built in memory and written at once. Whatever is not UTF-8 in a value is shown as '?', so
 * that a reader of JSON lines never trips over what a client sent. */
#include "proto/base/log.h"

#include "proto/base/json.h"
#include "proto/base/stamp.h"
#include "proto/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MOST = 256 << 10 }; /* bytes */

static const char *const names[] = { "debug", "info", "warn", "error" };
static enum log_level least_level = LOG_INFO;
static bool as_json, to_journal;
static _Thread_local int level_here = -1; /* -1: least_level */

/* JOURNAL_STREAM is "device:inode" of what the journal reads; it is inherited by those whose standard error went
 * elsewhere, so it is compared. */
static bool journal_reads(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && !fstat(fd, &st) && st.st_dev == device &&
           st.st_ino == inode;
}

void log_setup(enum log_level least, bool json)
{
    least_level = least;
    level_here = -1;
    as_json = json;
    to_journal = journal_reads(STDERR_FILENO);
}

void log_level_here(enum log_level least)
{
    level_here = (int)least;
}

bool log_level_read(const char *name, enum log_level *ret)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(name, names[i])) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_enabled(enum log_level level)
{
    return (int)level >= (level_here < 0 ? (int)least_level : level_here);
}

static void put_quoted(struct buf *out, struct text value)
{
    if (!value.p) {
        buf_puts(out, "null");
        return;
    }
    if (utf8_valid(value)) {
        json_escape(out, value);
        return;
    }
    struct buf clean = { 0 };
    for (size_t i = 0; i < value.n; i++)
        buf_putc(&clean, (unsigned char)value.p[i] < 0x80 ? value.p[i] : '?');
    json_escape(out, buf_view(&clean));
    buf_fini(&clean);
}

/* Bare in a text line: nothing that could be mistaken for the next field or line. */
static bool plain(struct text value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] <= ' ' || value.p[i] >= 0x7f || value.p[i] == '"' || value.p[i] == '=')
            return false;
    return value.n > 0;
}

static void put_value(struct buf *out, const struct log_field *f)
{
    struct json j = json_into(out);
    struct text text = f->kind == LOG_STR ? text_of(f->str) : f->text;
    if (f->kind == LOG_INT)
        json_int(&j, NULL, f->i);
    else if (f->kind == LOG_REAL)
        json_double(&j, NULL, f->real);
    else if (!as_json && text.p && plain(text))
        buf_text(out, text);
    else
        put_quoted(out, text);
}

static void put_head(struct buf *out, enum log_level level, const char *message)
{
    static const char *const priorities[] = { "<7>", "<6>", "<4>", "<3>" };
    buf_puts(out, to_journal ? priorities[level] : "");
    buf_puts(out, as_json ? "{\"time\":\"" : "");
    stamp_put(out, stamp_now());
    buf_puts(out, as_json ? "Z\",\"level\":\"" : "Z ");
    buf_puts(out, names[level]);
    buf_puts(out, as_json ? "\",\"message\":" : " ");
    if (as_json)
        put_quoted(out, text_of(message));
    else
        buf_puts(out, message);
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields)
{
    struct buf out = buf_most(LINE_MOST);
    put_head(&out, level, message);
    for (const struct log_field *f = fields; f->kind != LOG_END; f++) {
        buf_puts(&out, as_json ? ",\"" : " ");
        buf_puts(&out, f->key);
        buf_puts(&out, as_json ? "\":" : "=");
        put_value(&out, f);
    }
    buf_puts(&out, as_json ? "}\n" : "\n");
    struct text line = out.failed ? TEXT("log line lost: too long, or out of memory\n") : buf_view(&out);
    if (write(STDERR_FILENO, line.p, line.n) < 0) {
        /* Nowhere left to say it. */
    }
    buf_fini(&out);
}
