/* System events: what the area tells of the service itself (practice contract, section 9): that it has started and that it
 * stops, each a row of practice.system_events and an event for Kafka. What others tell is the same statement,
 * PRACTICE_SYSTEM_EVENT. */
#pragma once

#include "actors/part.h"

extern const struct part system_events_part;
