/* Parser: a scan line by line that admits only well-formed lines, then http-parser over the whole head, then the rules
 * on headers that contradict each other. */
#include "transport/http/parser.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <http_parser.h>
#include <strings.h>

static const struct {
    const char *name;
    uint8_t n;
    bool single;
} kept[] = {
#define HEADER_ROW(symbol, name, single) [HEADER_##symbol] = { name, sizeof(name) - 1, single },
    HEADERS(HEADER_ROW)
#undef HEADER_ROW
};

/* RFC 9110 tchar. */
static const bool token[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
    ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
    ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

/* RFC 3986, section 2: what a host is made of beside escapes, unreserved and sub-delims. */
static const bool host_char[256] = {
    ['!'] = 1, ['$'] = 1, ['&'] = 1, ['\''] = 1,        ['('] = 1,         [')'] = 1,
    ['*'] = 1, ['+'] = 1, [','] = 1, ['-'] = 1,         ['.'] = 1,         [';'] = 1,
    ['='] = 1, ['_'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

enum header header_of(const char *name)
{
    size_t n = strlen(name);
    for (int i = 0; i < HEADER_COUNT; i++)
        if (kept[i].n == n && !memcmp(kept[i].name, name, n))
            return (enum header)i;
    return HEADER_COUNT;
}

static enum header find_kept(const char *name, size_t n)
{
    for (int i = 0; i < HEADER_COUNT; i++)
        if (kept[i].n == n && !strncasecmp(kept[i].name, name, n))
            return (enum header)i;
    return HEADER_COUNT;
}

/* ---- lines ---- */

/* METHOD SP target SP HTTP/d.d, one blank each, nothing else. */
static bool request_line_valid(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && token[(unsigned char)p[i]])
        i++;
    if (i == 0 || i == n || p[i] != ' ')
        return false;
    size_t target = ++i;
    while (i < n && (unsigned char)p[i] > ' ' && p[i] != 0x7f)
        i++;
    if (i == target || n - i != 9 || p[i] != ' ')
        return false;
    p += i + 1;
    return !memcmp(p, "HTTP/", 5) && p[5] >= '0' && p[5] <= '9' && p[6] == '.' && p[7] >= '0' && p[7] <= '9';
}

static bool header_line_valid(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && token[(unsigned char)p[i]])
        i++;
    if (i == 0 || i == n || p[i] != ':')
        return false;
    for (; i < n; i++)
        if (((unsigned char)p[i] < ' ' && p[i] != '\t') || p[i] == 0x7f)
            return false;
    return true;
}

/* What is over a limit although its end has not come. */
static enum scan unfinished(const struct head_scan *s, size_t n, size_t max_line, size_t max_headers)
{
    if (!s->first)
        return n > max_line ? SCAN_LINE_TOO_LONG : SCAN_MORE;
    return n - s->first > max_headers ? SCAN_HEADERS_TOO_LARGE : SCAN_MORE;
}

enum scan head_scan(struct head_scan *s, const char *p, size_t n, size_t max_line, size_t max_headers)
{
    if (!s->first && n && !token[(unsigned char)p[0]])
        return SCAN_BAD;
    while (s->at < n) {
        const char *lf = memchr(p + s->at, '\n', n - s->at);
        if (!lf)
            break;
        size_t end = (size_t)(lf - p), length = end - s->line;
        if (unfinished(s, end + 1, max_line, max_headers) != SCAN_MORE)
            return unfinished(s, end + 1, max_line, max_headers);
        if (!length || lf[-1] != '\r')
            return SCAN_BAD;
        const char *line = p + s->line;
        s->at = s->line = (uint32_t)end + 1;
        if (!s->first) {
            if (!request_line_valid(line, length - 1))
                return SCAN_BAD;
            s->first = s->at;
        } else if (length == 1) {
            return SCAN_DONE;
        } else if (!header_line_valid(line, length - 1)) {
            return SCAN_BAD;
        }
    }
    s->at = (uint32_t)n;
    return unfinished(s, n, max_line, max_headers);
}

/* ---- http-parser ---- */

struct parsing {
    struct head *head;
    struct text field, value, target;
    uint32_t seen; /* bit per kept header */
    bool doubled;
};

/* Does it name any coding but identity? It is a list, and several lines are one. */
static bool encodes(struct text list)
{
    for (const char *at = list.p, *end = at + list.n; at < end; at++) {
        const char *begin = at;
        while (at < end && !strchr(", \t", *at))
            at++;
        if (at > begin && (at - begin != 8 || strncasecmp(begin, "identity", 8) != 0))
            return true;
    }
    return false;
}

static void take_header(struct parsing *x)
{
    if (!x->field.p)
        return;
    struct text v = x->value.p ? x->value : TEXT("");
    while (v.n && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
        v.n--;
    enum header h = find_kept(x->field.p, x->field.n);
    x->field = x->value = (struct text){ 0 };
    if (h == HEADER_COUNT)
        return;
    if (h == HEADER_CONTENT_ENCODING)
        x->head->encoded |= encodes(v);
    bool first = !(x->seen & 1u << h);
    x->doubled |= !first && kept[h].single;
    if (first || (h == HEADER_LAST_EVENT_ID && v.n))
        x->head->headers[h] = v;
    x->seen |= 1u << h;
}

/* The whole head is in one buffer, so the pieces of one element are adjacent. */
static void extend(struct text *t, const char *p, size_t n)
{
    t->n = t->p ? (size_t)(p + n - t->p) : n;
    if (!t->p)
        t->p = p;
}

static int on_url(http_parser *hp, const char *p, size_t n)
{
    extend(&((struct parsing *)hp->data)->target, p, n);
    return 0;
}

static int on_field(http_parser *hp, const char *p, size_t n)
{
    struct parsing *x = hp->data;
    if (x->value.p)
        take_header(x);
    extend(&x->field, p, n);
    return 0;
}

static int on_value(http_parser *hp, const char *p, size_t n)
{
    extend(&((struct parsing *)hp->data)->value, p, n);
    return 0;
}

static int on_complete(http_parser *hp)
{
    struct parsing *x = hp->data;
    take_header(x);
    x->head->http10 = hp->http_minor == 0;
    x->head->keep_alive = http_should_keep_alive(hp);
    http_parser_pause(hp, 1); /* bodies are framed by the connection */
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_complete,
};

/* head_scan has the configured limit; http-parser's own, which is the process's, must not be below it. Before main,
 * since no worker may change it later. */
__attribute__((constructor)) static void lift_limit(void)
{
    http_parser_set_max_header_size(1 << 20);
}

/* http-parser knows other methods, with rules of their own for targets; to it they are all GET. */
static bool execute(struct parsing *x, const char *p, size_t n)
{
    http_parser hp;
    http_parser_init(&hp, HTTP_REQUEST);
    hp.data = x;
    if (x->head->method == HEAD_OTHER) {
        if (http_parser_execute(&hp, &settings, "GET", 3) != 3)
            return false;
        p += x->head->method_text.n;
        n -= x->head->method_text.n;
    }
    http_parser_execute(&hp, &settings, p, n);
    return HTTP_PARSER_ERRNO(&hp) == HPE_PAUSED;
}

/* ---- rules ---- */

static enum head_method method_of(struct text t)
{
    static const char *const names[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" };
    for (int i = 0; i < HEAD_OTHER; i++)
        if (text_is(t, names[i]))
            return (enum head_method)i;
    return HEAD_OTHER;
}

/* Behind a host: nothing, or a colon and a port, which may be empty. */
static bool port_valid(struct text t)
{
    unsigned port = 0;
    if (!t.n)
        return true;
    if (*t.p != ':' || t.n > 6)
        return false;
    for (size_t i = 1; i < t.n; i++) {
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
        port = port * 10 + (unsigned)(t.p[i] - '0');
    }
    return port <= 65535;
}

/* An IPv6 address in brackets. */
static bool literal_valid(struct text t, size_t *ret_n)
{
    char address[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    const char *end = memchr(t.p, ']', t.n);
    size_t n = end ? (size_t)(end - t.p) - 1 : sizeof address;
    if (n >= sizeof address)
        return false;
    *(char *)mempcpy(address, t.p + 1, n) = 0;
    *ret_n = n + 2;
    return inet_pton(AF_INET6, address, bytes) == 1;
}

/* Is there a percent sign and two digits behind it? */
static bool escaped(struct text t, size_t at)
{
    return t.p[at] == '%' && at + 2 < t.n && isxdigit((unsigned char)t.p[at + 1]) &&
           isxdigit((unsigned char)t.p[at + 2]);
}

/* RFC 3986, section 3.2.2: uri-host [":" port]; an empty host is one. */
static bool host_valid(struct text host)
{
    size_t n = 0;
    if (host.n && *host.p == '[')
        return literal_valid(host, &n) && port_valid((struct text){ host.p + n, host.n - n });
    for (; n < host.n && host.p[n] != ':'; n++)
        if (!host_char[(unsigned char)host.p[n]] && !escaped(host, n))
            return false;
    return port_valid((struct text){ host.p + n, host.n - n });
}

/* origin-form, absolute-form (whose host then counts), or * for OPTIONS. */
static bool split_target(struct head *head, struct text target)
{
    if (target.n > 7 && !strncasecmp(target.p, "http://", 7)) {
        const char *host = target.p + 7, *end = target.p + target.n, *path = host;
        while (path < end && *path != '/' && *path != '?')
            path++;
        head->headers[HEADER_HOST] = (struct text){ host, (size_t)(path - host) };
        target = (struct text){ path, (size_t)(end - path) };
        if (path == host || memchr(host, '@', (size_t)(path - host)))
            return false;
    }
    const char *query = target.n ? memchr(target.p, '?', target.n) : NULL;
    if (memchr(target.p, '#', target.n))
        return false;
    head->path = query ? (struct text){ target.p, (size_t)(query - target.p) } : target;
    if (query)
        head->query = (struct text){ query + 1, (size_t)(target.p + target.n - query - 1) };
    if (!head->path.n && target.p != NULL)
        head->path = TEXT("/");
    return head->path.p[0] == '/' || (text_is(target, "*") && head->method == HEAD_OPTIONS);
}

static bool read_length(struct text t, uint64_t *ret)
{
    uint64_t v = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(t.p[i] - '0');
    }
    *ret = v;
    return t.n > 0 && t.n <= 18;
}

static bool frame(struct head *head)
{
    struct text length = head->headers[HEADER_CONTENT_LENGTH], coding = head->headers[HEADER_TRANSFER_ENCODING];
    if (coding.p) {
        head->framing = FRAMING_CHUNKED;
        return !length.p && !head->http10 && coding.n == 7 && !strncasecmp(coding.p, "chunked", 7);
    }
    if (!length.p)
        return true;
    bool valid = read_length(length, &head->length);
    head->framing = head->length ? FRAMING_LENGTH : FRAMING_NONE;
    return valid;
}

static enum error expectation(struct head *head)
{
    struct text expect = head->headers[HEADER_EXPECT];
    if (!expect.p || head->http10)
        return ERROR_OK;
    if (expect.n != 12 || strncasecmp(expect.p, "100-continue", 12) != 0)
        return ERROR_EXPECTATION_FAILED;
    head->expect_continue = true;
    return ERROR_OK;
}

enum error head_parse(const char *p, size_t n, struct head *ret)
{
    *ret = (struct head){ 0 };
    ret->method_text = (struct text){ p, (size_t)((const char *)memchr(p, ' ', n) - p) };
    ret->method = method_of(ret->method_text);
    const char *version = (const char *)memchr(p, '\r', n) - 3;
    if (version[0] != '1')
        return ERROR_VERSION_NOT_SUPPORTED;
    struct parsing x = { .head = ret };
    if (!execute(&x, p, n) || x.doubled)
        return ERROR_BAD_REQUEST;
    struct text host = ret->headers[HEADER_HOST];
    bool hosted = host.p ? host_valid(host) : ret->http10;
    if (!hosted || !split_target(ret, x.target) || !frame(ret))
        return ERROR_BAD_REQUEST;
    struct text named = ret->headers[HEADER_HOST]; /* by the target, if by that */
    if (named.p != host.p && !host_valid(named))
        return ERROR_BAD_REQUEST;
    return expectation(ret);
}
