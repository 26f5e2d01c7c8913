/* Room kinds: see room_kinds.h. */
#include "actors/room_kinds.h"

#include "actors/classroom/look.h"

const struct room_ops *const room_kinds[] = { &classroom_ops, NULL };

const struct room_ops *room_kind_numbered(uint16_t number)
{
    for (int i = 0; room_kinds[i]; i++)
        if (room_kinds[i]->number == number)
            return room_kinds[i];
    return NULL;
}
