/* Sheet: see sheet.h. Which separator a file has is found by reading its first row with each. */
#include "tools/lectern/sheet.h"

#include "proto/base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <unistr.h>

#define HOW_TO_SAVE "save the sheet as \"CSV UTF-8\" or as \"Unicode text\", and import that"

/* ---- bytes to text ---- */

static int line_of(const char *begin, const char *at)
{
    int line = 1;
    for (; begin < at; begin++)
        line += *begin == '\n' || (*begin == '\r' && begin[1] != '\n');
    return line;
}

static bool take_utf16(struct text bytes, bool big, struct buf *to)
{
    size_t units = bytes.n / 2, n = 0;
    if (!bytes.n)
        return true;
    uint16_t *wide = malloc(units * sizeof *wide + 1);
    const unsigned char *b = (const unsigned char *)bytes.p;
    for (size_t i = 0; wide && i < units; i++)
        wide[i] = (uint16_t)(big ? b[2 * i] << 8 | b[2 * i + 1] : b[2 * i + 1] << 8 | b[2 * i]);
    uint8_t *text = wide ? u16_to_u8(wide, units, NULL, &n) : NULL;
    if (text)
        buf_put(to, text, n);
    free(text);
    free(wide);
    return text && bytes.n % 2 == 0 && !to->failed;
}

static bool take_text(struct text bytes, struct buf *to, struct buf *why)
{
    bool little = bytes.n > 1 && !memcmp(bytes.p, "\xff\xfe", 2), big = bytes.n > 1 && !memcmp(bytes.p, "\xfe\xff", 2);
    if (little || big) {
        if (!take_utf16((struct text){ bytes.p + 2, bytes.n - 2 }, big, to)) {
            buf_puts(why, "the file is not UTF-16, as it says; " HOW_TO_SAVE);
            return false;
        }
    } else {
        buf_text(to, bytes);
    }
    struct text t = buf_view(to);
    if (t.n && memchr(t.p, 0, t.n)) {
        buf_puts(why, "the file is not a text; " HOW_TO_SAVE);
        return false;
    }
    const uint8_t *bad = t.n ? u8_check((const uint8_t *)t.p, t.n) : NULL;
    if (bad)
        buf_printf(why, "line %d is not UTF-8, but of a code page that nobody can tell; " HOW_TO_SAVE,
                   line_of(t.p, (const char *)bad));
    return !bad && !to->failed;
}

/* ---- columns ---- */

/* "E-Mail address" is "emailaddress". */
static bool is_called(struct text title, const char *name)
{
    for (size_t i = 0; i < title.n; i++) {
        char c = title.p[i] | 32;
        bool letter = (c >= 'a' && c <= 'z') || (unsigned char)title.p[i] > 0x7f;
        if (letter && c != *name++)
            return false;
    }
    return !*name;
}

static int place_of(const struct text *titles, int n, const struct sheet_column *column)
{
    for (int i = 0; i < n; i++)
        for (const char *const *name = column->names; *name; name++)
            if (is_called(titles[i], *name))
                return i;
    return -1;
}

/* ---- rows ---- */

static bool says_something(const struct text *values, int n)
{
    for (int i = 0; i < n; i++)
        if (values[i].n)
            return true;
    return false;
}

/* The next row that says something, trimmed. */
static enum csv_read next_row(struct csv_reader *r, struct text *fields, int *ret_n)
{
    enum csv_read read;
    while ((read = csv_reader_row(r, fields, ret_n)) == CSV_ROW) {
        *ret_n = *ret_n < CSV_FIELDS_MOST ? *ret_n : CSV_FIELDS_MOST;
        for (int i = 0; i < *ret_n; i++)
            fields[i] = utf8_trim(fields[i]);
        if (says_something(fields, *ret_n))
            break;
    }
    return read;
}

/* How well a first row fits: by the names of columns in it; without any, as well as can be if it has as many values. */
static int fit_of(struct sheet *s, int n)
{
    int names = 0, values = n;
    for (int i = 0; i < s->n; i++)
        names += (s->places[i] = place_of(s->fields, n, &s->columns[i])) >= 0;
    while (values && !s->fields[values - 1].n)
        values--;
    s->named = names;
    s->width = names ? n : s->n;
    return names ? 2 + names : values == s->n ? 2 : values > 1;
}

static int try_separator(struct sheet *s, char separator, bool *ret_told)
{
    int n;
    s->reader = csv_reader_of(buf_view(&s->text), separator, ret_told);
    enum csv_read read = next_row(&s->reader, s->fields, &n);
    int fit = read == CSV_ROW ? fit_of(s, n) : read == CSV_END ? 1 : -1; /* of nothing but this separator: it is one */
    csv_reader_fini(&s->reader);
    return fit;
}

/* Sets out to read with the separator that fits the first row best. */
static void choose_separator(struct sheet *s)
{
    static const char separators[] = ",;\t|";
    char best = *separators;
    bool told = false;
    int most = -1;
    for (const char *c = separators; *c && !told; c++) {
        int fit = try_separator(s, *c, &told);
        if (fit > most) {
            most = fit;
            best = *c;
        }
    }
    s->reader = csv_reader_of(buf_view(&s->text), best, NULL);
}

/* Passes the first row if it has names; else it is a row like the others. */
static bool read_names(struct sheet *s, struct buf *why)
{
    struct csv_reader begin = s->reader;
    int n = 0;
    enum csv_read read = next_row(&s->reader, s->fields, &n);
    (void)fit_of(s, read == CSV_ROW ? n : 0);
    for (int i = 0; i < s->n && s->named; i++)
        if (s->columns[i].needed && s->places[i] < 0) {
            buf_printf(why, "line %d names no column \"%s\"", s->reader.line, s->columns[i].names[0]);
            return false;
        }
    for (int i = 0; i < s->n && !s->named; i++)
        s->places[i] = i;
    if (!s->named) {
        s->reader.rest = begin.rest;
        s->reader.next_line = begin.next_line;
    }
    return true;
}

bool sheet_init(struct sheet *s, struct text bytes, const struct sheet_column *columns, int n, struct buf *why)
{
    assert(n <= SHEET_COLUMNS_MOST);
    *s = (struct sheet){ .columns = columns, .n = n, .fields = calloc(CSV_FIELDS_MOST, sizeof *s->fields) };
    if (!s->fields) {
        buf_puts(why, "there is no memory");
        return false;
    }
    if (!take_text(bytes, &s->text, why))
        return false;
    choose_separator(s);
    return read_names(s, why);
}

void sheet_fini(struct sheet *s)
{
    csv_reader_fini(&s->reader);
    buf_fini(&s->text);
    free(s->fields);
}

enum csv_read sheet_row(struct sheet *s, struct text *ret, struct buf *why)
{
    int n;
    enum csv_read read = next_row(&s->reader, s->fields, &n);
    s->line = s->reader.line;
    if (read == CSV_MALFORMED)
        buf_printf(why, "line %d %s", s->line, s->reader.fault);
    if (read != CSV_ROW)
        return read;
    if (n > s->width && says_something(s->fields + s->width, n - s->width)) {
        buf_printf(why, "line %d has more values than there are columns", s->line);
        return CSV_MALFORMED;
    }
    for (int i = 0; i < s->n; i++)
        ret[i] = s->places[i] >= 0 && s->places[i] < n ? s->fields[s->places[i]] : TEXT("");
    return CSV_ROW;
}
