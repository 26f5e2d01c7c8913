/* What an inbox holds, shared by the files of this folder and by nobody else. Home worker's thread only. */
#pragma once

#include "actors/room/kind.h"
#include "proto/inbox.h"

struct inbox {
    struct room base;
    struct text user, name; /* whose it is: the id that clients know; owned */
};

static inline struct inbox *inbox_of(const struct room *room)
{
    return (struct inbox *)room;
}

/* Whose it is: the room's id. */
static inline int32_t inbox_person(const struct inbox *inbox)
{
    return (int32_t)inbox->base.id;
}

/* A poke, with its rows: itself, a notification, and, where nobody listens, pushes (say.c). */
void inbox_say_poke(struct inbox *inbox, struct turn *t, const struct room_command *said);

/* What may be asked of it (rules.c). */
enum receive inbox_obey(struct inbox *inbox, struct message *m);
