/* Bus: sending to addresses. It finds the mailbox, activates the actor if need be, and gives a named answer when it
 * cannot. Any thread that belongs to the system may send. Never blocks. */
#pragma once

#include "actors/runtime/actor.h"
#include "actors/runtime/worker.h"

/* Sends m to the address. The bus owns m in every case: what cannot be delivered is refused through the kind's refuse
 * function or ACTOR_ERROR to m->reply (ERROR_OVERLOADED when full, ERROR_UNAVAILABLE when quarantined or stopping),
 * then destroyed. */
void bus_send(struct system *s, struct address to, struct message *m);

/* The same, but may use the mailbox's reserve. For messages that must not be lost: a stream's end, a timer. Returns
 * false, and m is still the caller's, only when even the reserve is full or there is no memory for the actor: try again
 * later. */
bool bus_send_urgent(struct system *s, struct address to, struct message *m);

/* Sends an answer to where it is waited for. Takes m. False: that worker's queue is full to the last place, and the
 * answer is lost (counted as dropped); whoever waits runs into their time limit. */
bool bus_reply(struct system *s, struct return_address to, struct message *m);

/* Sends m to the ingress actor of a worker. False when its mailbox is full (m stays the caller's). */
bool bus_to_ingress(struct system *s, int worker, struct message *m);
