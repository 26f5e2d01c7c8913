/* Field: the checks, one function per type, chosen by a table. A value is turned into text, integer or real first, so
 * that a JSON value and a query value pass the same bounds. */
#include "proto/field.h"

#include "proto/base/stamp.h"
#include "proto/base/utf8.h"
#include "proto/identity/password.h"

#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { LOCAL_MOST = 64, LABEL_MOST = 63 }; /* bytes of parts of an address */

static const struct {
    const char *type, *message;
} faults[] = {
#define FAULT_ROW(symbol, type, message) [FAULT_##symbol] = { type, message },
    FAULTS(FAULT_ROW)
#undef FAULT_ROW
};

static const char *const type_names[] = {
    [FIELD_TEXT] = "text",     [FIELD_INT32] = "int32", [FIELD_BOOL] = "bool", [FIELD_REAL] = "real",
    [FIELD_OBJECT] = "object", [FIELD_UUID] = "uuid",   [FIELD_FILE] = "file", [FIELD_INT64] = "int64",
    [FIELD_DATE] = "date",     [FIELD_TIME] = "time",   [FIELD_LIST] = "list", [FIELD_CLOCK] = "clock",
    [FIELD_EMAIL] = "email",   [FIELD_PATH] = "path",   [FIELD_ID] = "id",     [FIELD_OBJECTS] = "objects",
    [FIELD_TEXTS] = "texts",
};

const char *fault_type(enum fault fault)
{
    assert(fault > FAULT_NONE && fault < FAULT_COUNT);
    return faults[fault].type;
}

static void put_number(struct buf *out, double v)
{
    if (v == floor(v) && fabs(v) < 1e15)
        buf_int(out, (int64_t)v);
    else
        buf_printf(out, "%g", v);
}

static void put_choices(struct buf *out, const struct field *f)
{
    buf_puts(out, "; permitted: ");
    for (int i = 0; f->oneof && f->oneof[i]; i++)
        buf_printf(out, "%s'%s'", i ? ", " : "", f->oneof[i]);
}

void fault_message(enum fault fault, const struct field *f, struct buf *out)
{
    assert(fault > FAULT_NONE && fault < FAULT_COUNT);
    buf_puts(out, faults[fault].message);
    switch (fault) {
    case FAULT_CHOICE:
        put_choices(out, f);
        break;
    case FAULT_TOO_SMALL:
    case FAULT_NOT_ABOVE:
        put_number(out, f->min);
        break;
    case FAULT_TOO_LARGE:
        put_number(out, f->max);
        break;
    case FAULT_TOO_SHORT:
        put_number(out, f->min);
        buf_puts(out, " characters");
        break;
    case FAULT_TOO_LONG:
        put_number(out, f->max);
        buf_puts(out, f->bytes ? " bytes" : " characters");
        break;
    case FAULT_TOO_MANY:
        put_number(out, f->count ? f->count : f->max);
        buf_puts(out, " items");
        break;
    case FAULT_TOO_BIG:
        put_number(out, f->max);
        buf_puts(out, " bytes");
        break;
    default:
        break;
    }
}

bool field_is(const struct field *f, const char *name)
{
    return f->name == name || !strcmp(f->name, name) || (f->alias && !strcmp(f->alias, name));
}

bool field_has_min(const struct field *f)
{
    return f->min != 0 || f->max != 0;
}

bool field_has_max(const struct field *f)
{
    return f->max != 0 || f->min < 0;
}

static enum fault choose(const struct field *f, struct text t, struct value *ret_value)
{
    for (int i = 0; f->oneof[i]; i++)
        if (strlen(f->oneof[i]) == t.n && !(f->cased ? strncmp : strncasecmp)(f->oneof[i], t.p, t.n)) {
            *ret_value = (struct value){ .text = text_of(f->oneof[i]), .given = true };
            return FAULT_NONE;
        }
    return FAULT_CHOICE;
}

static enum fault check_text(const struct field *f, struct text t, struct value *ret_value)
{
    if (memchr(t.p, 0, t.n))
        return FAULT_NUL;
    if (!utf8_valid(t))
        return FAULT_ENCODING;
    struct text sent = t;
    if (f->trim || f->type == FIELD_EMAIL)
        t = utf8_trim(t);
    if (f->blank && !t.n)
        return field_absent(f, ret_value);
    if (f->oneof)
        return choose(f, t, ret_value);
    size_t n = f->password ? password_characters(t) : f->bytes ? t.n : utf8_count(t);
    if (n == SIZE_MAX)
        return FAULT_MEMORY;
    if (field_has_min(f) && ((double)n < f->min || (f->visible && !utf8_trim(t).n)))
        return FAULT_TOO_SHORT;
    if (field_has_max(f) && (double)n > f->max)
        return FAULT_TOO_LONG;
    *ret_value = (struct value){ .text = t, .sent = sent, .given = true };
    return FAULT_NONE;
}

static enum fault check_bounds(const struct field *f, double v)
{
    if (field_has_min(f) && f->above && v <= f->min)
        return FAULT_NOT_ABOVE;
    if (field_has_min(f) && v < f->min)
        return FAULT_TOO_SMALL;
    if (field_has_max(f) && v > f->max)
        return FAULT_TOO_LARGE;
    return FAULT_NONE;
}

static enum fault check_integer(const struct field *f, int64_t v, struct value *ret_value)
{
    static const struct field id = { .min = 1, .max = INT32_MAX };
    enum fault fault = check_bounds(f->type == FIELD_ID ? &id : f, (double)v);
    if (fault)
        return fault;
    bool wide = f->type == FIELD_INT64;
    if (v < (wide ? 1 - INT64_MAX : INT32_MIN) ||
        v > (wide ? INT64_MAX - 1 : INT32_MAX)) /* one that saturated is beyond */
        return FAULT_RANGE;
    *ret_value = (struct value){ .integer = v, .real = (double)v, .given = true };
    return FAULT_NONE;
}

static enum fault check_real(const struct field *f, double v, struct value *ret_value)
{
    if (!isfinite(v))
        return FAULT_REAL;
    enum fault fault = check_bounds(f, v);
    if (fault)
        return fault;
    *ret_value = (struct value){ .real = v, .given = true };
    return FAULT_NONE;
}

bool field_read_integer(struct text t, int64_t *ret)
{
    size_t i = t.n && (t.p[0] == '-' || t.p[0] == '+');
    bool minus = i && t.p[0] == '-';
    if (i == t.n)
        return false;
    int64_t v = 0;
    for (; i < t.n; i++) {
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, t.p[i] - '0', &v))
            v = INT64_MAX;
    }
    *ret = minus ? -v : v;
    return true;
}

static enum fault text_integer(const struct field *f, struct text t, struct value *ret_value)
{
    int64_t v;
    return field_read_integer(t, &v) ? check_integer(f, v, ret_value) : FAULT_INTEGER;
}

static enum fault text_bool(const struct field *f, struct text t, struct value *ret_value)
{
    static const struct {
        const char *word;
        bool v;
    } words[] = {
        { "true", true }, { "false", false }, { "1", true }, { "0", false }, { "yes", true }, { "no", false },
        { "on", true },   { "off", false },   { "t", true }, { "f", false }, { "y", true },   { "n", false }
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == t.n && !strncasecmp(words[i].word, t.p, t.n)) {
            *ret_value = (struct value){ .boolean = words[i].v, .given = true };
            return FAULT_NONE;
        }
    return FAULT_BOOL;
}

/* Decimal digits only: strtod alone would take hexadecimal, blanks and words. */
static enum fault text_real(const struct field *f, struct text t, struct value *ret_value)
{
    char digits[64], *end;
    if (!t.n || t.n >= sizeof digits)
        return FAULT_REAL;
    for (size_t i = 0; i < t.n; i++)
        if (!t.p[i] || !strchr("0123456789+-.eE", t.p[i]))
            return FAULT_REAL;
    memcpy(digits, t.p, t.n);
    digits[t.n] = 0;
    double v = strtod(digits, &end);
    return *end ? FAULT_REAL : check_real(f, v, ret_value);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

bool field_read_uuid(struct text t, uint8_t ret[static 16])
{
    if (t.n != 36)
        return false;
    size_t out = 0;
    for (size_t i = 0; i < 36;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (t.p[i++] != '-')
                return false;
            continue;
        }
        int high = hex_value(t.p[i]), low = hex_value(t.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret[out++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    return true;
}

static enum fault text_uuid(const struct field *f, struct text t, struct value *ret_value)
{
    uint8_t bytes[16];
    if (!field_read_uuid(t, bytes))
        return FAULT_UUID;
    *ret_value = (struct value){ .text = t, .given = true };
    return FAULT_NONE;
}

static enum fault text_date(const struct field *f, struct text t, struct value *ret_value)
{
    int32_t days;
    if (!stamp_read_date(t, &days))
        return FAULT_DATE;
    *ret_value = (struct value){ .text = t, .integer = days, .given = true };
    return FAULT_NONE;
}

static enum fault text_time(const struct field *f, struct text t, struct value *ret_value)
{
    int32_t seconds;
    if (!stamp_read_time(t, &seconds))
        return FAULT_TIME;
    *ret_value = (struct value){ .text = t, .integer = seconds, .given = true };
    return FAULT_NONE;
}

static enum fault text_clock(const struct field *f, struct text t, struct value *ret_value)
{
    int32_t seconds;
    if (!t.n)
        return field_absent(f, ret_value);
    if (!stamp_read_clock(t, &seconds))
        return FAULT_TIME;
    *ret_value = (struct value){ .text = t, .integer = seconds, .given = true };
    return FAULT_NONE;
}

static bool is_email(struct text t)
{
    const char *at = memchr(t.p, '@', t.n), *end = t.p + t.n;
    if (!at || at == t.p || utf8_has_invisible(t) || memchr(at + 1, '@', (size_t)(end - at - 1)))
        return false;
    bool dotted = memchr(at, '.', (size_t)(end - at));
    for (const char *c = at + 1; c <= end; c++) /* no part of the domain is empty */
        dotted &= (c < end && *c != '.') || (c[-1] != '.' && c[-1] != '@');
    return dotted;
}

/* Letters, digits and hyphens, which do not stand at its ends; letters beyond ASCII too (RFC 5890). */
static bool is_label(const char *p, size_t n)
{
    bool good = n && n <= LABEL_MOST && p[0] != '-' && p[n - 1] != '-';
    for (size_t i = 0; i < n; i++)
        good &= isalnum((unsigned char)p[i]) || p[i] == '-' || (unsigned char)p[i] > 0x7f;
    return good;
}

/* RFC 5321, sections 4.1.2 and 4.5.3.1.1; RFC 6531 for letters beyond ASCII. Of what is_email takes. */
static bool is_mailbox(struct text t)
{
    const char *at = memchr(t.p, '@', t.n), *end = t.p + t.n;
    bool good = at - t.p <= LOCAL_MOST && *t.p != '.' && at[-1] != '.';
    for (const char *c = t.p; c < at; c++)
        good &= isalnum((unsigned char)*c) || (unsigned char)*c > 0x7f ||
                (*c == '.' ? c[1] != '.' : !!strchr("!#$%&'*+-/=?^_`{|}~", *c));
    for (const char *label = at + 1, *dot; good && label <= end; label = dot + 1) {
        dot = memchr(label, '.', (size_t)(end - label));
        dot = dot ? dot : end;
        good = is_label(label, (size_t)(dot - label));
    }
    return good;
}

static enum fault text_email(const struct field *f, struct text t, struct value *ret_value)
{
    enum fault fault = check_text(f, t, ret_value);
    if (fault || !ret_value->given)
        return fault;
    return is_email(ret_value->text) && (!f->mailbox || is_mailbox(ret_value->text)) ? FAULT_NONE : FAULT_EMAIL;
}

static enum fault text_never(const struct field *f, struct text t, struct value *ret_value)
{
    return f->type == FIELD_FILE ? FAULT_FILE : f->type == FIELD_OBJECT ? FAULT_OBJECT : FAULT_LIST;
}

enum fault field_check_text(const struct field *f, struct text t, struct value *ret_value)
{
    static enum fault (*const checks[])(const struct field *, struct text, struct value *) = {
        [FIELD_TEXT] = check_text,    [FIELD_INT32] = text_integer, [FIELD_BOOL] = text_bool,
        [FIELD_REAL] = text_real,     [FIELD_OBJECT] = text_never,  [FIELD_UUID] = text_uuid,
        [FIELD_FILE] = text_never,    [FIELD_INT64] = text_integer, [FIELD_DATE] = text_date,
        [FIELD_TIME] = text_time,     [FIELD_LIST] = text_never,    [FIELD_CLOCK] = text_clock,
        [FIELD_EMAIL] = text_email,   [FIELD_PATH] = check_text,    [FIELD_ID] = text_integer,
        [FIELD_OBJECTS] = text_never, [FIELD_TEXTS] = text_never,
    };
    return checks[f->type](f, t, ret_value);
}

static struct text string_of(const json_t *v)
{
    return (struct text){ json_string_value(v), json_string_length(v) };
}

static enum fault json_integer_field(const struct field *f, const json_t *v, struct value *ret_value)
{
    if (json_is_integer(v))
        return check_integer(f, json_integer_value(v), ret_value);
    if (json_is_string(v))
        return text_integer(f, string_of(v), ret_value);
    if (!json_is_real(v) || json_real_value(v) != floor(json_real_value(v)))
        return FAULT_INTEGER;
    double real = json_real_value(v);
    return check_integer(f, real > 9e18 ? INT64_MAX : real < -9e18 ? -INT64_MAX : (int64_t)real, ret_value);
}

static enum fault json_bool_field(const struct field *f, const json_t *v, struct value *ret_value)
{
    if (json_is_string(v))
        return text_bool(f, string_of(v), ret_value);
    bool number = json_is_integer(v) && (json_integer_value(v) == 0 || json_integer_value(v) == 1);
    if (!json_is_boolean(v) && !number)
        return FAULT_BOOL;
    *ret_value = (struct value){ .boolean = json_is_true(v) || json_integer_value(v) == 1, .given = true };
    return FAULT_NONE;
}

static enum fault json_real_field(const struct field *f, const json_t *v, struct value *ret_value)
{
    if (json_is_string(v))
        return text_real(f, string_of(v), ret_value);
    return json_is_number(v) ? check_real(f, json_number_value(v), ret_value) : FAULT_REAL;
}

static enum fault json_text_field(const struct field *f, const json_t *v, struct value *ret_value)
{
    if (!json_is_string(v))
        return f->oneof ? FAULT_CHOICE : f->type == FIELD_UUID ? FAULT_UUID : FAULT_TEXT;
    return field_check_text(f, string_of(v), ret_value);
}

static enum fault json_list_field(const struct field *f, const json_t *v, struct value *ret_value)
{
    size_t i;
    const json_t *item;
    if (!json_is_array(v))
        return FAULT_LIST;
    json_array_foreach((json_t *)v, i, item)
    {
        if (f->type == FIELD_OBJECTS && !json_is_object(item))
            return FAULT_OBJECT;
        if (f->type == FIELD_TEXTS && !json_is_string(item))
            return FAULT_TEXT;
    }
    *ret_value = (struct value){ .given = true };
    return FAULT_NONE;
}

static enum fault json_object_field(const struct field *f, const json_t *v, struct value *ret_value)
{
    if (!json_is_object(v))
        return f->type == FIELD_FILE ? FAULT_FILE : FAULT_OBJECT;
    *ret_value = (struct value){ .given = true };
    return FAULT_NONE;
}

enum fault field_check_json(const struct field *f, const json_t *v, struct value *ret_value)
{
    static enum fault (*const checks[])(const struct field *, const json_t *, struct value *) = {
        [FIELD_TEXT] = json_text_field,    [FIELD_INT32] = json_integer_field, [FIELD_BOOL] = json_bool_field,
        [FIELD_REAL] = json_real_field,    [FIELD_OBJECT] = json_object_field, [FIELD_UUID] = json_text_field,
        [FIELD_FILE] = json_object_field,  [FIELD_INT64] = json_integer_field, [FIELD_DATE] = json_text_field,
        [FIELD_TIME] = json_text_field,    [FIELD_LIST] = json_list_field,     [FIELD_CLOCK] = json_text_field,
        [FIELD_EMAIL] = json_text_field,   [FIELD_PATH] = json_text_field,     [FIELD_ID] = json_integer_field,
        [FIELD_OBJECTS] = json_list_field, [FIELD_TEXTS] = json_list_field,
    };
    if (json_is_null(v) && f->nullable) {
        enum fault fault = field_absent(f, ret_value);
        ret_value->null = !fault;
        return fault;
    }
    if (!v)
        return field_absent(f, ret_value);
    if (json_is_null(v))
        return FAULT_NULL;
    return checks[f->type](f, v, ret_value);
}

enum fault field_absent(const struct field *f, struct value *ret_value)
{
    if (f->required)
        return FAULT_MISSING;
    *ret_value = (struct value){ 0 };
    enum fault fault = f->def ? field_check_text(f, text_of(f->def), ret_value) : FAULT_NONE;
    ret_value->given = false;
    assert(!fault); /* a default that breaks its own row */
    return fault;
}

bool field_is_document(const struct field *f)
{
    return f->type == FIELD_OBJECT || f->type == FIELD_OBJECTS || f->type == FIELD_TEXTS;
}

/* Walks valid JSON: blanks outside strings are dropped, nesting is counted, an escaped NUL is found. */
enum fault field_check_object(const struct field *f, struct text json, struct buf *out)
{
    bool inside = false;
    int depth = 0;
    size_t begin = out->n;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (inside && c == '\\') {
            if (json.n - i >= 6 && !memcmp(json.p + i, "\\u0000", 6))
                return FAULT_NUL;
            buf_putc(out, c);
            c = json.p[++i];
        } else if (c == '"') {
            inside = !inside;
        } else if (!inside) {
            if (strchr(" \t\r\n", c))
                continue;
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        }
        buf_putc(out, c);
        if (depth > FIELD_MAX_DEPTH || (f->max > 0 && (double)(out->n - begin) > f->max))
            return FAULT_TOO_BIG;
    }
    return FAULT_NONE;
}

const char *field_type_name(enum field_type type)
{
    return type_names[type];
}

bool field_of_segment(struct text segment, struct text *ret_name, enum field_type *ret_type)
{
    if (segment.n < 4 || segment.p[0] != '{' || segment.p[segment.n - 1] != '}')
        return false;
    const char *colon = memchr(segment.p, ':', segment.n);
    if (!colon)
        return false;
    struct text type = { colon + 1, (size_t)(segment.p + segment.n - 1 - (colon + 1)) };
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
        if (text_is(type, type_names[i])) {
            *ret_name = (struct text){ segment.p + 1, (size_t)(colon - segment.p - 1) };
            *ret_type = (enum field_type)i;
            return true;
        }
    return false;
}
