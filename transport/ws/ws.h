/* WebSockets (RFC 6455): what an area does with one, as ops; what it may do with it, as functions. Own worker's thread
 * only. A socket is a stream (transport/streams/): it has a token that may end, it is drained, kept alive and counted
 * like one, and may listen to a room, whose events come to it in a spelling of its own.
 *
 * An endpoint's row has `.socket = &ops`, and a `handle` that is called when the request asks for a WebSocket properly
 * (transport/http/upgrade.h), and its caller, rank and fields have been checked. It ends in ws_listen, ws_open, or a
 * refusal by respond_*, which is HTTP's.
 *
 *     static const struct socket_ops ops = { .text = on_text, .spelling = &mine };
 *     { GET, "/things/{id:int32}/ws", KNOWN, .handle = open_it, .socket = &ops, … }
 *     static void open_it(struct request *rq) { ws_listen(rq, thing_address(request_int(rq, "id"))); }
 *
 * Limits: a message `max_message`; what waits for the client `sse-backlog`, then it is closed with 4408; messages that
 * wait while it is paused WS_HELD_MOST, then reading stops; one answer waits for pings, that to the last of them. */
#pragma once

#include "actors/runtime/actor.h"
#include "transport/streams/spelling.h"
#include "transport/ws/frames.h"

struct socket;

enum { WS_HELD_MOST = 16 };

/* What an area does with its sockets. Any may be NULL. A call may end the socket: do not touch it afterwards unless the
 * function that did it says that you may. */
struct socket_ops {
    /* How its room's events are told; NULL: as ws_events does. */
    const struct spelling *spelling;
    uint32_t max_message; /* bytes; 0: the configured ws-message */
    const char *over;     /* the reason with which it is closed when its room is over; NULL: the usual one */

    /* It is about to be opened, and takes from the request what it needs; it cannot be spoken to yet. May set its arg.
     * False: no memory; the request is refused, and this was the last call. */
    bool (*opening)(struct socket *s, struct request *rq);
    void (*opened)(struct socket *s);
    /* A message. The text is UTF-8, borrowed until the call returns. NULL: it is dropped. */
    void (*text)(struct socket *s, struct text message);
    /* Likewise; NULL: a binary message ends the socket with 1003. */
    void (*binary)(struct socket *s, struct text message);
    /* The last call: nothing can be said any more, and its arg is the area's to free. Also where memory was short after
     * `opening`: then it was never opened, and is nobody's. */
    void (*closed)(struct socket *s);
};

/* ---- opening: one of them ends the request in every case ---- */

/* Asks the room to let the caller in as a listener, from where its client was: `last_event_id` in the query, if the row
 * has that field. What the room refuses is told by HTTP; who is removed or too late is let in to be told so, and closed.
 */
void ws_listen(struct request *rq, struct address room);
/* A socket of no room. */
void ws_open(struct request *rq);
/* Lets the client in only to close it with this code and reason, as of ws_close. Its ops are not called. */
void ws_turn_away(struct request *rq, uint16_t code, const char *reason);

/* ---- what may be done with one ---- */

void ws_set_arg(struct socket *s, void *arg);
void *ws_arg(const struct socket *s);
/* Whose it is; of the room, who it is there; 0: of no room, nobody. */
int32_t ws_user(const struct socket *s);
int32_t ws_participant(const struct socket *s);
/* The room that it listens to; kind 0: none. */
struct room_key ws_room(const struct socket *s);
struct worker *ws_worker(const struct socket *s);

/* Says a text message, or a binary one. False: it has ended, and may be gone. */
bool ws_say(struct socket *s, struct text message);
bool ws_say_binary(struct socket *s, struct text message);

/* Closes it with this code and reason (static, at most 123 bytes, ASCII; NULL: none) after what it has been told. `closed`
 * is called from here; it may be gone afterwards. `why` is for operators. */
void ws_close(struct socket *s, uint16_t code, const char *reason, enum close_reason why);

/* From now on it is given no messages; those that come wait. Control frames are answered all the same. */
void ws_pause(struct socket *s);
/* Gives it those, and goes on. May end it, unless called from one of its ops. */
void ws_resume(struct socket *s);

/* ---- spelling events ---- */

/* The protocol of an area's own spelling, whose `text` is that of one message:
 *     static const struct spelling mine = { .protocol = &ws_protocol, .text = put_mine };
 * The events are those of the room, `connected` and its state among them, and `reset`, `resumed`, `token_expiring` and
 * `token_ended`, of which the room knows nothing. */
extern const struct protocol ws_protocol;

/* {"event":name,"id":"1-5","data":{…}}, without id where an event has none. */
extern const struct spelling ws_events;
