/* Kafka: what publishes the outbox's events: the client, made at start, and the producer on the publisher's home worker. */
#pragma once

#include "actors/part.h"

extern const struct part kafka_part;
