/* Voice of coaching. */
#include "transport/api/coaching/coaching.h"

const struct endpoint coaching_voice_endpoints[] = { {} };
