/* Invites of coaching. */
#include "transport/api/coaching/coaching.h"

const struct endpoint coaching_invite_endpoints[] = { {} };
