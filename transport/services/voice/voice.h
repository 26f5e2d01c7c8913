/* Voice: what a worker has of those who know voices. Own thread only. */
#pragma once

#include "actors/part.h"

extern const struct part voice_part;

/* Who asks the embedder there; NULL: there is none, and nobody is recognised. */
struct embedder_desk *voice_desk(const struct worker *w);

/* Sounds that are gathered and decoded there. */
struct sounds *voice_sounds(const struct worker *w);
