/* Upgrade: see upgrade.h. */
#include "transport/http/upgrade.h"

#include "transport/http/cors.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <strings.h>

const char upgrade_wanted[] = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";

/* Is this word in a list of them, in any letter case? */
static bool names(struct text list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list.p, *end = at + list.n; at < end; at++) {
        const char *begin = at;
        while (at < end && !strchr(", \t", *at))
            at++;
        if ((size_t)(at - begin) == n && !strncasecmp(begin, word, n))
            return true;
    }
    return false;
}

/* 16 bytes in base64 (RFC 4648, section 4). */
static bool is_key(struct text key)
{
    if (key.n != 24 || memcmp(key.p + 22, "==", 2))
        return false;
    for (size_t i = 0; i < 22; i++)
        if (!isalnum((unsigned char)key.p[i]) && key.p[i] != '+' && key.p[i] != '/')
            return false;
    return true;
}

/* A page of this very server: its origin is the host that was asked. */
static bool is_own(struct text origin, struct text host)
{
    const char *at = origin.n > 3 ? memmem(origin.p, origin.n, "://", 3) : NULL;
    size_t n = at ? (size_t)(origin.p + origin.n - (at + 3)) : 0;
    return at && n == host.n && !strncasecmp(at + 3, host.p, n);
}

/* Browsers let a page open a socket anywhere and say where it is from; what is no browser says nothing. */
static bool may_come_from(const struct request *rq)
{
    struct text origin = rq->head.headers[HEADER_ORIGIN], host = rq->head.headers[HEADER_HOST];
    return !origin.p || rq->route->endpoint->any_origin || cors_find(&rq->area->cors, origin) || is_own(origin, host);
}

enum error upgrade_refusal(const struct request *rq)
{
    const struct text *headers = rq->head.headers;
    if (rq->head.method != HEAD_GET || rq->head.http10 || !names(headers[HEADER_UPGRADE], "websocket") ||
        !names(headers[HEADER_CONNECTION], "upgrade") || !text_is(headers[HEADER_SEC_WEBSOCKET_VERSION], "13"))
        return ERROR_UPGRADE_REQUIRED;
    if (!is_key(headers[HEADER_SEC_WEBSOCKET_KEY]) || rq->head.framing != FRAMING_NONE)
        return ERROR_BAD_HANDSHAKE;
    return may_come_from(rq) ? ERROR_OK : ERROR_ORIGIN_REFUSED;
}

bool upgrade_accept(struct text key, char ret[static UPGRADE_ACCEPT_MAX])
{
    static const char appended[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, section 1.3 */
    char text[24 + sizeof appended];
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    memcpy(mempcpy(text, key.p, 24), appended, sizeof appended - 1);
    if (!EVP_Digest(text, sizeof text - 1, sum, &n, EVP_sha1(), NULL))
        return false;
    return EVP_EncodeBlock((unsigned char *)ret, sum, (int)n) == UPGRADE_ACCEPT_MAX - 1;
}
