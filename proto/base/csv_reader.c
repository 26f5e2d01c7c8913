/* Csv reader: see csv_reader.h. Fields are copied into one buffer first; where they lie in it is known when it no
 * longer grows. */
#include "proto/base/csv_reader.h"

#include "proto/base/utf8.h"

static int peek(const struct csv_reader *r)
{
    return r->rest.n ? (unsigned char)*r->rest.p : -1;
}

static int take(struct csv_reader *r)
{
    int c = peek(r);
    if (c < 0)
        return c;
    r->rest.p++;
    r->rest.n--;
    r->next_line += c == '\n' || (c == '\r' && peek(r) != '\n');
    return c;
}

static bool at_end_of_line(const struct csv_reader *r)
{
    int c = peek(r);
    return c < 0 || c == '\n' || c == '\r';
}

static bool at_end_of_field(const struct csv_reader *r)
{
    return at_end_of_line(r) || peek(r) == r->separator;
}

/* Blanks between separators and quotation marks. */
static struct text past_blanks(struct text t, char separator)
{
    while (t.n && (*t.p == ' ' || *t.p == '\t') && *t.p != separator)
        t = (struct text){ t.p + 1, t.n - 1 };
    return t;
}

/* Inside quotation marks; the opening one has been taken. False, with the fault, if it does not end as it should. */
static bool read_quoted(struct csv_reader *r)
{
    for (int c = take(r); c >= 0; c = take(r)) {
        if (c == '"' && peek(r) != '"') {
            r->rest = past_blanks(r->rest, r->separator);
            r->fault = "has something behind a closing quotation mark";
            return at_end_of_field(r);
        }
        if (c == '"')
            take(r);
        buf_putc(&r->unquoted, (char)c);
    }
    r->fault = "opens a quotation mark that is never closed";
    return false;
}

static bool read_field(struct csv_reader *r)
{
    struct text value = past_blanks(r->rest, r->separator);
    if (value.n && *value.p == '"') {
        r->rest = (struct text){ value.p + 1, value.n - 1 };
        return read_quoted(r);
    }
    while (!at_end_of_field(r))
        buf_putc(&r->unquoted, (char)take(r));
    return true;
}

static void skip_empty_lines(struct csv_reader *r)
{
    while (peek(r) >= 0 && at_end_of_line(r))
        take(r);
}

struct csv_reader csv_reader_of(struct text t, char separator, bool *ret_told)
{
    struct csv_reader r = { .rest = utf8_past_mark(t), .separator = separator, .next_line = 1 };
    struct csv_reader told = r;
    told.separator = '\n';
    skip_empty_lines(&told);
    bool is = told.rest.n > 4 && !strncasecmp(told.rest.p, "sep=", 4);
    if (is) {
        told.separator = told.rest.p[4];
        told.rest = (struct text){ told.rest.p + 5, told.rest.n - 5 };
        is = told.separator != '"' && at_end_of_line(&told);
    }
    if (ret_told)
        *ret_told = is;
    return is ? told : r;
}

void csv_reader_fini(struct csv_reader *r)
{
    buf_fini(&r->unquoted);
}

enum csv_read csv_reader_row(struct csv_reader *r, struct text ret[static CSV_FIELDS_MOST], int *ret_n)
{
    size_t ends[CSV_FIELDS_MOST];
    int n = 0;
    buf_reset(&r->unquoted);
    skip_empty_lines(r);
    r->line = r->next_line;
    if (peek(r) < 0)
        return CSV_END;
    do {
        if (!read_field(r))
            return CSV_MALFORMED;
        if (n < CSV_FIELDS_MOST)
            ends[n] = r->unquoted.n;
        n++;
    } while (peek(r) == r->separator && take(r) >= 0);
    r->fault = "cannot be read: there is no memory";
    if (r->unquoted.failed)
        return CSV_MALFORMED;
    const char *from = buf_view(&r->unquoted).p;
    for (int i = 0; i < n && i < CSV_FIELDS_MOST; i++)
        ret[i] = (struct text){ from + (i ? ends[i - 1] : 0), ends[i] - (i ? ends[i - 1] : 0) };
    *ret_n = n;
    return CSV_ROW;
}
