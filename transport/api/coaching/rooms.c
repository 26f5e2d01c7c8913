/* Rooms of coaching. */
#include "transport/api/coaching/coaching.h"

const struct endpoint coaching_room_endpoints[] = { {} };
