/* The socket of a person (coaching contract, section 11.7): what is said in their room, as it is told there. */
#include "actors/inbox/inbox.h"
#include "proto/inbox.h"
#include "transport/api/coaching/rooms.h"
#include "transport/ws/ws.h"

enum { MESSAGE_MOST = 65536 };

static void on_text(struct socket *s, struct text message)
{
    if (text_is(message, "ping"))
        (void)ws_say(s, TEXT("pong"));
}

static void put_event(const struct frame_parts *event, struct buf *out)
{
    if (text_is(event->name, INBOX_GREETING) || text_is(event->name, INBOX_POKED))
        buf_text(out, event->data);
}

static const struct spelling spelling = { .protocol = &ws_protocol, .text = put_event };

const struct socket_ops coaching_notifications_ops = { .spelling = &spelling,
                                                       .max_message = MESSAGE_MOST,
                                                       .text = on_text };

void coaching_notifications_socket(struct request *rq)
{
    ws_listen(rq, inbox_address(request_caller(rq)->user_id));
}

void coaching_notifications_refuse(struct request *rq, enum error why)
{
    ws_turn_away(rq, CLOSE_CODE_POLICY, why == ERROR_NOT_AUTHENTICATED ? "Authentication required" : "Invalid token");
}
