/* Close reason: why a wire ends, one row each: symbol, name for operators and metrics, what it means. The wire has a few
 * of its own, the others are its users', in their words: one table, since operators count them together. A wire that has
 * been given its last and waits for the peer to take it keeps the reason for which it ends; one that is cut while it
 * waits is cut for that. Any thread. */
#pragma once

#define CLOSE_REASONS(X)                                                                                               \
    X(PEER_CLOSED, "peer_closed", "the client closed it")                                                              \
    X(PEER_RESET, "peer_reset", "the client reset it")                                                                 \
    X(PEER_LOST, "peer_lost", "the client acknowledged nothing any more, or the network said it is gone")              \
    X(CLIENT_ASKED, "client_asked", "answered; the client had asked to close after it, or speaks HTTP/1.0")            \
    X(IDLE_TIMEOUT, "idle_timeout", "no request came within idle-timeout")                                             \
    X(HEADER_TIMEOUT, "header_timeout", "a request's head was not complete within request-timeout")                    \
    X(BODY_TIMEOUT, "body_timeout", "a request's body did not come within request-timeout")                            \
    X(WRITE_TIMEOUT, "write_timeout", "the client took nothing of what it was sent for request-timeout")               \
    X(SLOW_READER, "slow_reader", "an event stream was behind by more than sse-backlog")                               \
    X(PROTOCOL_ERROR, "protocol_error", "what the client sent is no request, or no frame of a socket")                 \
    X(HEAD_TOO_LARGE, "head_too_large", "a request line over max-line or headers over max-headers")                    \
    X(BODY_TOO_LARGE, "body_too_large", "a request's body is over its limit")                                          \
    X(BODY_REFUSED, "body_refused", "a request was answered without reading its body")                                 \
    X(TOO_MANY, "too_many", "over max-connections")                                                                    \
    X(TOO_MANY_OF_PEER, "too_many_of_peer", "over max-per-address")                                                    \
    X(SESSION_ENDED, "session_ended", "an event stream whose session has ended")                                       \
    X(REMOVED, "removed", "an event stream whose listener was kicked, or their tokens revoked")                        \
    X(TOKEN_EXPIRED, "token_expired", "an event stream whose token has ended")                                         \
    X(SILENT, "silent", "the client of a socket has sent nothing for ws-silence, no answer to a ping either")          \
    X(SOCKET_DONE, "socket_done", "the endpoint of a socket had no more to say")                                       \
    X(RESYNC, "resync", "an event stream told to come back: an event was lost on its way, or the server cannot now")   \
    X(DRAIN, "drain", "the server is out of service, or about to stop")                                                \
    X(SHUTDOWN, "shutdown", "the server stops")                                                                        \
    X(KILLED, "killed", "an operator cut it")                                                                          \
    X(ANSWER_FAILED, "answer_failed", "an answer could not be completed")                                              \
    X(NO_MEMORY, "no_memory", "memory was short")                                                                      \
    X(SOCKET_FAILED, "socket_failed", "the system refused to read from the socket or to write to it")

#define CLOSE_SYMBOL(symbol, name, about) CLOSE_##symbol,
enum close_reason { CLOSE_REASONS(CLOSE_SYMBOL) CLOSE_REASON_COUNT };
#undef CLOSE_SYMBOL

const char *close_reason_name(enum close_reason why);
const char *close_reason_about(enum close_reason why);

/* Why a socket fails, by a positive errno. */
enum close_reason close_reason_of_errno(int number);
