/* Csv reader: see csv_reader.h. Fields are copied into one buffer first; where they lie in it is known when it no
 * longer grows. */
#include "proto/csv_reader.h"

enum { FIELDS_MOST = 16 };

struct csv_reader csv_reader_of(struct text t)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (t.n >= 3 && !memcmp(t.p, mark, 3))
        t = (struct text){ t.p + 3, t.n - 3 };
    return (struct csv_reader){ .rest = t, .next_line = 1 };
}

void csv_reader_fini(struct csv_reader *r)
{
    buf_fini(&r->unquoted);
}

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
    r->next_line += c == '\n';
    return c;
}

/* Inside quotes; the opening one has been taken. */
static bool read_quoted(struct csv_reader *r)
{
    for (int c = take(r); c >= 0; c = take(r)) {
        if (c == '"' && peek(r) != '"')
            return true;
        if (c == '"')
            take(r);
        buf_putc(&r->unquoted, (char)c);
    }
    return false;
}

static bool at_end_of_field(const struct csv_reader *r)
{
    int c = peek(r);
    return c < 0 || c == ',' || c == '\n' || (c == '\r' && r->rest.n > 1 && r->rest.p[1] == '\n');
}

static bool read_field(struct csv_reader *r)
{
    if (peek(r) == '"') {
        take(r);
        return read_quoted(r) && at_end_of_field(r);
    }
    while (!at_end_of_field(r)) {
        int c = take(r);
        if (c == '"')
            return false;
        buf_putc(&r->unquoted, (char)c);
    }
    return true;
}

static void skip_empty_lines(struct csv_reader *r)
{
    while (peek(r) == '\n' || (peek(r) == '\r' && r->rest.n > 1 && r->rest.p[1] == '\n'))
        take(r);
}

enum csv_read csv_reader_row(struct csv_reader *r, struct text *ret, int most, int *ret_n)
{
    size_t ends[FIELDS_MOST];
    int n = 0;
    buf_reset(&r->unquoted);
    skip_empty_lines(r);
    r->line = r->next_line;
    if (peek(r) < 0)
        return CSV_END;
    do {
        if (n == most || n == FIELDS_MOST || !read_field(r))
            return CSV_MALFORMED;
        ends[n++] = r->unquoted.n;
    } while (peek(r) == ',' && take(r) == ',');
    skip_empty_lines(r);
    if (r->unquoted.failed)
        return CSV_MALFORMED;
    const char *from = buf_view(&r->unquoted).p;
    for (int i = 0; i < n; i++)
        ret[i] = (struct text){ from + (i ? ends[i - 1] : 0), ends[i] - (i ? ends[i - 1] : 0) };
    *ret_n = n;
    return CSV_ROW;
}
