/* Parser: the head of a request, strictly. Wraps http-parser 2.9.4 and refuses what it takes: bare LF and CR, folded
 * lines, a blank in or after a header name, control characters, several or contradicting lengths, any transfer coding
 * but chunked, a missing, doubled or malformed Host. Pure; any thread. The day llhttp is packaged only parser.c
 * changes. */
#pragma once

#include "proto/errors.h"

#include <stdint.h>

/* Headers that a request keeps; all others are checked and dropped. `single`: a second one is refused (of the others
 * the first counts, of Last-Event-ID the last that is not empty). */
#define HEADERS(X)                                                                                                     \
    X(HOST, "host", true)                                                                                              \
    X(CONTENT_LENGTH, "content-length", true)                                                                          \
    X(TRANSFER_ENCODING, "transfer-encoding", true)                                                                    \
    X(CONTENT_TYPE, "content-type", true)                                                                              \
    X(CONTENT_ENCODING, "content-encoding", false)                                                                     \
    X(AUTHORIZATION, "authorization", true)                                                                            \
    X(X_SESSION_ID, "x-session-id", true)                                                                              \
    X(X_APP_BASE_URL, "x-app-base-url", false)                                                                         \
    X(EXPECT, "expect", true)                                                                                          \
    X(ORIGIN, "origin", true)                                                                                          \
    X(ACCESS_CONTROL_REQUEST_METHOD, "access-control-request-method", true)                                            \
    X(ACCESS_CONTROL_REQUEST_HEADERS, "access-control-request-headers", false)                                         \
    X(LAST_EVENT_ID, "last-event-id", false)                                                                           \
    X(ACCEPT, "accept", false)                                                                                         \
    X(ACCEPT_ENCODING, "accept-encoding", false)                                                                       \
    X(USER_AGENT, "user-agent", false)                                                                                 \
    X(IF_NONE_MATCH, "if-none-match", false)                                                                           \
    X(IF_MODIFIED_SINCE, "if-modified-since", false)                                                                   \
    X(IF_RANGE, "if-range", false)                                                                                     \
    X(RANGE, "range", false)                                                                                           \
    X(CONNECTION, "connection", false)                                                                                 \
    X(UPGRADE, "upgrade", false)                                                                                       \
    X(SEC_WEBSOCKET_KEY, "sec-websocket-key", true)                                                                    \
    X(SEC_WEBSOCKET_VERSION, "sec-websocket-version", true)                                                            \
    X(SEC_WEBSOCKET_PROTOCOL, "sec-websocket-protocol", false)

enum header {
#define HEADER_SYMBOL(symbol, name, single) HEADER_##symbol,
    HEADERS(HEADER_SYMBOL)
#undef HEADER_SYMBOL
        HEADER_COUNT
};

/* The kept header of that lower-case name, HEADER_COUNT if it is not kept. */
enum header header_of(const char *name);

/* Looks for the end of a head that may arrive in pieces, checking each line once. Zeroed at the start of each request.
 */
struct head_scan {
    uint32_t at;    /* bytes already looked at */
    uint32_t line;  /* where the current line begins */
    uint32_t first; /* length of the request line with its end; 0: not complete yet */
};

enum scan { SCAN_MORE, SCAN_DONE, SCAN_BAD, SCAN_LINE_TOO_LONG, SCAN_HEADERS_TOO_LARGE };

/* p[0..n) is everything of the head so far. On SCAN_DONE s->at is its length, blank line included. */
enum scan head_scan(struct head_scan *s, const char *p, size_t n, size_t max_line, size_t max_headers);

enum head_method {
    HEAD_GET,
    HEAD_POST,
    HEAD_PUT,
    HEAD_PATCH,
    HEAD_DELETE,
    HEAD_HEAD,
    HEAD_OPTIONS,
    HEAD_OTHER, /* a well-formed word that no endpoint has */
};

enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED };

struct head {
    enum head_method method;
    struct text method_text;
    struct text path;  /* raw, begins with / (or is "*" for OPTIONS) */
    struct text query; /* raw, without ?; absent if there is none */
    bool http10, keep_alive, expect_continue;
    bool encoded; /* a Content-Encoding that is not identity */
    enum framing framing;
    uint64_t length;
    struct text headers[HEADER_COUNT]; /* without blanks around; absent if not sent */
};

/* Reads a head that head_scan has passed. All texts borrow from p. ERROR_OK, or what to answer before closing. */
enum error head_parse(const char *p, size_t n, struct head *ret);
