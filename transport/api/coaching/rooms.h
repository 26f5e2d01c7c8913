/* What the rooms of coaching are asked: the handlers of the table in rooms.c. Worker's thread. */
#pragma once

#include "transport/api/api.h"

struct socket_ops;

/* ---- the socket of a session (session_socket.c) ---- */

extern const struct socket_ops coaching_session_socket_ops;
void coaching_session_socket(struct request *rq);
/* Who does not say who they are is refused before the upgrade, as everybody is who may not listen. */
void coaching_session_refuse(struct request *rq, enum error why);

/* ---- the socket of a person (notifications_socket.c) ---- */

extern const struct socket_ops coaching_notifications_ops;
void coaching_notifications_socket(struct request *rq);
/* Is told so by a close frame: browsers show no page why a handshake was refused. */
void coaching_notifications_refuse(struct request *rq, enum error why);
