/* Room kinds: see room_kinds.h. */
#include "actors/room_kinds.h"

#define ROOM_KIND_OPS(kind) &kind##_ops,

const struct room_ops *const room_kinds[] = { ROOM_KINDS(ROOM_KIND_OPS) NULL };

const struct room_ops *room_kind_numbered(uint16_t number)
{
    for (int i = 0; room_kinds[i]; i++)
        if (room_kinds[i]->number == number)
            return room_kinds[i];
    return NULL;
}
