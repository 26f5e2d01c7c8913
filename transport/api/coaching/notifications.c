/* Notifications of coaching. */
#include "transport/api/coaching/coaching.h"

const struct endpoint coaching_poke_list_endpoints[] = { {} };

const struct endpoint coaching_notification_endpoints[] = { {} };
