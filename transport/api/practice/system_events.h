/* System events: what the area tells of the service itself (practice contract, section 9): that it has started, that it
 * stops, what is wrong with the tutor's model; each a row of practice.system_events and an event for Kafka. What others
 * tell is the same statement, PRACTICE_SYSTEM_EVENT. */
#pragma once

#include "actors/part.h"

extern const struct part system_events_part;
