/* JSON writer: see json.h. The escaper copies runs of plain bytes at once, since nearly all text is plain. */
#include "proto/base/json.h"

#include "proto/base/stamp.h"

#include <math.h>
#include <stdio.h>

static void begin(struct json *j, const char *key)
{
    if (j->comma)
        buf_putc(j->out, ',');
    j->comma = true;
    if (!key)
        return;
    buf_putc(j->out, '"');
    buf_puts(j->out, key);
    buf_put(j->out, "\":", 2);
}

void json_begin_object(struct json *j, const char *key)
{
    begin(j, key);
    buf_putc(j->out, '{');
    j->comma = false;
}

void json_end_object(struct json *j)
{
    buf_putc(j->out, '}');
    j->comma = true;
}

void json_begin_array(struct json *j, const char *key)
{
    begin(j, key);
    buf_putc(j->out, '[');
    j->comma = false;
}

void json_end_array(struct json *j)
{
    buf_putc(j->out, ']');
    j->comma = true;
}

void json_text(struct json *j, const char *key, struct text value)
{
    begin(j, key);
    if (value.p)
        json_escape(j->out, value);
    else
        buf_put(j->out, "null", 4);
}

void json_str(struct json *j, const char *key, const char *value)
{
    json_text(j, key, text_of(value));
}

void json_int(struct json *j, const char *key, int64_t value)
{
    begin(j, key);
    buf_int(j->out, value);
}

void json_double(struct json *j, const char *key, double value)
{
    begin(j, key);
    if (!isfinite(value)) {
        buf_put(j->out, "null", 4);
        return;
    }
    char digits[40];
    int n = 0;
    for (int precision = 15; precision <= 17; precision++) { /* the shortest form that reads back the same */
        n = snprintf(digits, sizeof digits, "%.*g", precision, value);
        double back = 0;
        if (sscanf(digits, "%lf", &back) == 1 && back == value)
            break;
    }
    buf_put(j->out, digits, (size_t)n);
    if (!strpbrk(digits, ".eE"))
        buf_put(j->out, ".0", 2);
}

void json_bool(struct json *j, const char *key, bool value)
{
    begin(j, key);
    buf_puts(j->out, value ? "true" : "false");
}

void json_nil(struct json *j, const char *key)
{
    begin(j, key);
    buf_put(j->out, "null", 4);
}

void json_int_if(struct json *j, const char *key, bool known, int64_t value)
{
    if (known)
        json_int(j, key, value);
    else
        json_nil(j, key);
}

void json_raw(struct json *j, const char *key, struct text json)
{
    begin(j, key);
    buf_text(j->out, json);
}

void json_time(struct json *j, const char *key, int64_t us)
{
    begin(j, key);
    if (!us) {
        buf_put(j->out, "null", 4);
        return;
    }
    buf_putc(j->out, '"');
    stamp_put(j->out, us);
    buf_putc(j->out, '"');
}

void json_key_int(struct json *j, int64_t key)
{
    begin(j, NULL);
    buf_putc(j->out, '"');
    buf_int(j->out, key);
    buf_put(j->out, "\":", 2);
    j->comma = false;
}

/* The letter after the backslash, 0 for plain, 1 for \u00XX. */
static char escape_of(unsigned char c)
{
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < 0x20 || c == 0x7f ? 1 : 0;
    }
}

size_t json_escape(struct buf *out, struct text value)
{
    static const char hex[] = "0123456789abcdef";
    size_t points = 0, plain = 0;
    buf_putc(out, '"');
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        points += (c & 0xc0) != 0x80;
        char letter = escape_of(c);
        if (!letter)
            continue;
        buf_put(out, value.p + plain, i - plain);
        plain = i + 1;
        if (letter == 1)
            buf_put(out, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
        else
            buf_put(out, (char[]){ '\\', letter }, 2);
    }
    buf_put(out, value.p + plain, value.n - plain);
    buf_putc(out, '"');
    return points;
}
