/* Multipart: a state machine. A delimiter begins with CR and holds no other CR, so a failed match can only begin again
 * at the byte that failed it. The first delimiter may stand without the line end before it: the parser begins as if one
 * had come. */
#include "transport/http/multipart.h"

#include "transport/http/disposition.h"

#include <assert.h>
#include <strings.h>

enum state { PREAMBLE, AFTER, AFTER_DASH, AFTER_LF, HEAD, DATA, DONE, BROKEN, GIVEN_UP };

static bool boundary_valid(struct text b)
{
    for (size_t i = 0; i < b.n; i++)
        if ((unsigned char)b.p[i] < ' ' || (unsigned char)b.p[i] > '~')
            return false;
    return b.n >= 1 && b.n <= 70 && b.p[b.n - 1] != ' ';
}

bool multipart_boundary(struct text content_type, struct text *ret)
{
    return disposition_parameter(content_type, "boundary", ret) && boundary_valid(*ret);
}

void multipart_init(struct multipart *m, struct text boundary, const struct multipart_ops *ops, void *arg)
{
    assert(boundary.n >= 1 && boundary.n <= 70);
    m->ops = ops;
    m->arg = arg;
    m->state = PREAMBLE;
    m->match = 2;
    m->head_n = m->parts = 0;
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary.p, boundary.n);
    m->delimiter_n = (uint8_t)(4 + boundary.n);
}

static bool header_is(struct text line, const char *name, struct text *ret_value)
{
    size_t n = strlen(name);
    if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0)
        return false;
    for (n++; n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'); n++)
        ;
    *ret_value = (struct text){ line.p + n, line.n - n };
    return true;
}

/* A line that begins with a blank continues the one before it, as mail programs break long ones (RFC 5322, section 2.2.3). */
static void unfold(struct multipart *m)
{
    for (size_t i = 0; i + 2 < m->head_n; i++)
        if (!memcmp(m->head + i, "\r\n", 2) && (m->head[i + 2] == ' ' || m->head[i + 2] == '\t'))
            memcpy(m->head + i, "  ", 2);
}

/* The head is complete: reads name, file name and type. False if it is not the head of a form's part. */
static bool read_head(struct multipart *m, struct part *ret)
{
    struct text value;
    bool named = false;
    *ret = (struct part){ 0 };
    unfold(m);
    for (size_t i = 0; i < m->head_n;) {
        const char *end = memchr(m->head + i, '\n', m->head_n - i);
        struct text line = { m->head + i, (size_t)(end - (m->head + i)) };
        i += line.n + 1;
        if (!line.n || line.p[line.n - 1] != '\r')
            return false;
        line.n--;
        if (header_is(line, "content-type", &value))
            ret->content_type = value;
        if (!header_is(line, "content-disposition", &value))
            continue;
        if (value.n < 9 || strncasecmp(value.p, "form-data", 9) != 0)
            return false;
        named = disposition_parameter(value, "name", &ret->name);
        (void)disposition_file_name(m->head + (value.p - m->head), value.n, &ret->file_name);
    }
    return named;
}

static enum state give_up(bool go_on, enum state next)
{
    return go_on ? next : GIVEN_UP;
}

static enum state head_byte(struct multipart *m, char c)
{
    if (m->head_n == sizeof m->head || !c)
        return BROKEN;
    m->head[m->head_n++] = c;
    bool empty = m->head_n >= 2 && !memcmp(m->head + m->head_n - 2, "\r\n", 2) &&
                 (m->head_n == 2 || m->head[m->head_n - 3] == '\n');
    if (!empty)
        return HEAD;
    struct part part;
    m->head_n -= 2;
    bool valid = ++m->parts <= MULTIPART_PARTS_MOST && read_head(m, &part);
    m->head_n = 0;
    m->match = 0;
    return valid ? give_up(m->ops->begin(m->arg, &part), DATA) : BROKEN;
}

/* What may follow a delimiter: "--" at the end of the form, or blanks and a line end. */
static enum state after_byte(struct multipart *m, char c)
{
    switch ((enum state)m->state) {
    case AFTER:
        return c == '-' ? AFTER_DASH : c == '\r' ? AFTER_LF : c == ' ' || c == '\t' ? AFTER : BROKEN;
    case AFTER_DASH:
        return c == '-' ? DONE : BROKEN;
    default:
        return c == '\n' ? HEAD : BROKEN;
    }
}

static bool emit(struct multipart *m, const char *p, size_t n)
{
    return m->state == PREAMBLE || !n || m->ops->data(m->arg, (struct text){ p, n });
}

/* Passes data on up to a delimiter or the end of the piece. Returns how much it consumed. */
static size_t data_bytes(struct multipart *m, const char *p, size_t n)
{
    size_t i = 0, plain = 0; /* [plain, i) is data not passed on yet, when nothing matches */
    while (i < n) {
        if (!m->match) {
            const char *cr = memchr(p + i, '\r', n - i);
            i = cr ? (size_t)(cr - p) : n;
            if (!cr)
                break;
        }
        if (p[i] == m->delimiter[m->match]) {
            if (!m->match && !emit(m, p + plain, i - plain))
                break;
            i++;
            plain = i;
            if (++m->match < m->delimiter_n)
                continue;
            m->state = (uint8_t)(m->state == PREAMBLE ? AFTER : give_up(m->ops->end(m->arg), AFTER));
            return i;
        }
        if (!emit(m, m->delimiter, m->match))
            break;
        m->match = 0;
        plain = i;
    }
    if (i < n || (!m->match && !emit(m, p + plain, i - plain)))
        m->state = GIVEN_UP;
    return n;
}

enum multipart_result multipart_push(struct multipart *m, const char *p, size_t n)
{
    for (size_t i = 0; i < n && m->state < DONE;) {
        if (m->state == PREAMBLE || m->state == DATA)
            i += data_bytes(m, p + i, n - i);
        else if (m->state == HEAD)
            m->state = (uint8_t)head_byte(m, p[i++]);
        else
            m->state = (uint8_t)after_byte(m, p[i++]);
    }
    return m->state == DONE       ? MULTIPART_COMPLETE
           : m->state == BROKEN   ? MULTIPART_MALFORMED
           : m->state == GIVEN_UP ? MULTIPART_STOPPED
                                  : MULTIPART_MORE;
}
