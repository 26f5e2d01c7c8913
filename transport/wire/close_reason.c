/* Close reason: the table. See close_reason.h. */
#include "transport/wire/close_reason.h"

#include <assert.h>
#include <errno.h>

#define ROW(symbol, name, about) [CLOSE_##symbol] = { name, about },
static const struct {
    const char *name, *about;
} rows[CLOSE_REASON_COUNT] = { CLOSE_REASONS(ROW) };
#undef ROW

const char *close_reason_name(enum close_reason why)
{
    assert(why < CLOSE_REASON_COUNT);
    return rows[why].name;
}

const char *close_reason_about(enum close_reason why)
{
    assert(why < CLOSE_REASON_COUNT);
    return rows[why].about;
}

enum close_reason close_reason_of_errno(int number)
{
    switch (number) {
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
    case ECONNABORTED:
        return CLOSE_PEER_RESET;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
        return CLOSE_PEER_LOST;
    case ENOMEM:
    case ENOBUFS:
        return CLOSE_NO_MEMORY;
    default:
        return CLOSE_SOCKET_FAILED;
    }
}
