/* Sessions of coaching. */
#include "transport/api/coaching/coaching.h"

const struct endpoint coaching_session_endpoints[] = { {} };
