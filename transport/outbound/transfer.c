/* Transfer: see transfer.h. */
#include "transport/outbound/transfer.h"

#include <assert.h>
#include <strings.h>
#include <sys/socket.h>

static const char user_agent[] = "lectern";

/* ---- the request ---- */

/* Is it one line, so that nothing can be smuggled in? */
static bool one_line(const char *s)
{
    return !s[strcspn(s, "\r\n")];
}

static bool known_scheme(const char *url)
{
    CURLU *u = curl_url();
    char *scheme = NULL;
    bool known = u && !curl_url_set(u, CURLUPART_URL, url, 0) && !curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) &&
                 (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"));
    curl_free(scheme);
    curl_url_cleanup(u);
    return known;
}

static bool well_formed(const struct outbound_request *rq)
{
    if (!*rq->method || rq->method[strspn(rq->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] || !one_line(rq->url))
        return false;
    for (const char *const *h = rq->headers; h && *h; h++)
        if (!one_line(*h) || !strchr(*h, ':'))
            return false;
    return known_scheme(rq->url);
}

static bool add_header(struct transfer *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    t->headers = longer ? longer : t->headers;
    return longer != NULL;
}

static bool add_headers(struct transfer *t, const struct outbound_request *rq)
{
    bool added = add_header(t, "Expect:"); /* no waiting for a 100 */
    for (const char *const *h = rq->headers; h && *h && added; h++)
        added = add_header(t, *h);
    return added;
}

/* ---- the answer ---- */

/* Each new answer (an interim one, one before a redirect) makes the lines before it void. */
static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    n *= size;
    if (n > 5 && !memcmp(line, "HTTP/", 5))
        buf_reset(&t->head);
    t->too_large = t->too_large || t->head.n + n > OUTBOUND_HEADERS_MAX;
    if (!t->too_large)
        buf_put(&t->head, line, n);
    return t->too_large || t->head.failed ? 0 : n;
}

static bool take(struct transfer *t, struct text bytes)
{
    long status = 0;
    if (!t->piece)
        return false;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return t->piece(t->piece_arg, (int)status, bytes);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    n *= size;
    t->too_large = t->too_large || t->taken + t->body.n + n > t->answer_most;
    if (t->too_large)
        return 0;
    if (take(t, (struct text){ bytes, n }))
        t->taken += n;
    else
        buf_put(&t->body, bytes, n);
    return t->body.failed ? 0 : n;
}

/* A child that the process starts later must not inherit it. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* ---- the handle ---- */

/* Options that may fail for want of memory, or because this libcurl was built without them. */
#define SET(option, value) good = good && curl_easy_setopt(t->easy, (option), (value)) == CURLE_OK

/* The method by itself where libcurl knows it: only then a redirect may change it. */
static bool set_method(struct transfer *t, const char *method, struct text body)
{
    bool good = true, post = !strcmp(method, "POST"), get = !strcmp(method, "GET"), head = !strcmp(method, "HEAD");
    if (body.p || post) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        SET(CURLOPT_COPYPOSTFIELDS, body.p ? body.p : "");
    }
    if (head)
        SET(CURLOPT_NOBODY, 1L);
    if (!head && !post && (!get || body.p))
        SET(CURLOPT_CUSTOMREQUEST, method);
    return good;
}

static bool set_request(struct transfer *t, const struct outbound_request *rq)
{
    bool good = set_method(t, rq->method, rq->body);
    SET(CURLOPT_URL, rq->url);
    SET(CURLOPT_USERAGENT, user_agent);
    SET(CURLOPT_HTTPHEADER, t->headers);
    SET(CURLOPT_FOLLOWLOCATION, rq->redirects ? 1L : 0L);
    SET(CURLOPT_MAXREDIRS, (long)rq->redirects);
    /* Rather a stream of an HTTP/2 connection than another connection. Only TLS tells in time which it is: without it a
     * call would wait for the answer to the one before. */
    SET(CURLOPT_PIPEWAIT, strncasecmp(rq->url, "https:", 6) ? 0L : 1L);
    return good;
}

static bool set_answer(struct transfer *t)
{
    bool good = true;
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->answer_most);
    return good;
}

/* QUICK_EXIT: a call that ends while its name is being resolved does not wait for the resolver's thread. */
static bool set_rules(struct transfer *t, const char *ca_file, const char *proxy, void *owner)
{
    bool good = true;
    SET(CURLOPT_PRIVATE, owner);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_PROXY, proxy ? proxy : "");
    if (ca_file && *ca_file)
        SET(CURLOPT_CAINFO, ca_file);
    return good;
}

#undef SET

enum outbound_end transfer_prepare(struct transfer *t, const struct outbound_request *rq, const char *ca_file,
                                   const char *proxy, void *owner)
{
    assert(rq->total_ms > 0);
    if (!well_formed(rq))
        return OUTBOUND_BAD_REQUEST;
    t->answer_most = rq->answer_most;
    t->head.most = OUTBOUND_HEADERS_MAX;
    t->body.most = rq->answer_most;
    t->piece = rq->piece;
    t->piece_arg = rq->piece_arg;
    t->easy = curl_easy_init();
    if (!t->easy || !add_headers(t, rq) || !set_request(t, rq) || !set_answer(t) ||
        !set_rules(t, ca_file, proxy, owner))
        return OUTBOUND_NO_MEMORY;
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(rq->connect_ms ? rq->connect_ms : rq->total_ms));
    return OUTBOUND_ANSWERED;
}

void transfer_free(struct transfer *t)
{
    if (t->easy)
        curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    buf_fini(&t->head);
    buf_fini(&t->body);
}

enum outbound_end transfer_end(const struct transfer *t, CURLcode code)
{
    static const struct {
        CURLcode code;
        enum outbound_end end;
    } ends[] = {
        { CURLE_OK, OUTBOUND_ANSWERED },
        { CURLE_URL_MALFORMAT, OUTBOUND_BAD_REQUEST },
        { CURLE_COULDNT_RESOLVE_HOST, OUTBOUND_UNRESOLVED },
        { CURLE_COULDNT_RESOLVE_PROXY, OUTBOUND_UNRESOLVED },
        { CURLE_COULDNT_CONNECT, OUTBOUND_UNREACHABLE },
        { CURLE_INTERFACE_FAILED, OUTBOUND_UNREACHABLE },
        { CURLE_PROXY, OUTBOUND_UNREACHABLE },
        { CURLE_OPERATION_TIMEDOUT, OUTBOUND_TIMEOUT },
        { CURLE_FILESIZE_EXCEEDED, OUTBOUND_TOO_LARGE },
        { CURLE_TOO_MANY_REDIRECTS, OUTBOUND_REDIRECTS },
        { CURLE_OUT_OF_MEMORY, OUTBOUND_NO_MEMORY },
        { CURLE_SSL_CONNECT_ERROR, OUTBOUND_TLS },
        { CURLE_SSL_CERTPROBLEM, OUTBOUND_TLS },
        { CURLE_SSL_CIPHER, OUTBOUND_TLS },
        { CURLE_SSL_CACERT_BADFILE, OUTBOUND_TLS },
        { CURLE_SSL_ISSUER_ERROR, OUTBOUND_TLS },
        { CURLE_PEER_FAILED_VERIFICATION, OUTBOUND_TLS },
        { CURLE_WEIRD_SERVER_REPLY, OUTBOUND_GARBAGE },
        { CURLE_UNSUPPORTED_PROTOCOL, OUTBOUND_GARBAGE }, /* no status line; or a redirect away from HTTP */
        { CURLE_BAD_CONTENT_ENCODING, OUTBOUND_GARBAGE },
        { CURLE_WRITE_ERROR, OUTBOUND_GARBAGE }, /* chunks that are none; our own refusals are told apart before */
    };
    if (t->too_large)
        return OUTBOUND_TOO_LARGE;
    if (t->head.failed || t->body.failed)
        return OUTBOUND_NO_MEMORY;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i].code == code)
            return ends[i].end;
    return OUTBOUND_CUT;
}
