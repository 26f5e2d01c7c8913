/* Tutor: how a tutor of each type is to be, and what it says without a model, and when the model has not replied. Pure; any
 * thread. Contract: practice, sections 7.4 and 7.7. */
#pragma once

#include "actors/chat/model.h"

enum tutor { TUTOR_GENERAL, TUTOR_CONCEPTS, TUTOR_DEBUG, TUTOR_EXERCISE, TUTOR_COUNT };

/* That of a type; an unknown one is general. */
enum tutor tutor_of(struct text agent_type);

/* What the model is told to be. */
struct text tutor_instructions(enum tutor t);

/* One of its sentences for when there is no model; another for another number. */
struct text tutor_canned(enum tutor t, uint32_t number);

/* The friendly sentence instead of a reply. `end` is neither REPLIED nor STOPPED. */
struct text tutor_sorry(enum model_end end);
