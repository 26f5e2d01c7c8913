/* Throttle: how many failed sign-ins an account and an address have had lately. Shared by all workers: one short lock,
 * never held across anything else. Limit: THROTTLE_PLACES keys; one with few failures makes way for a newer one. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

struct throttle;

enum { THROTTLE_PLACES = 16384 };

struct throttle *throttle_create(uint64_t window_ns); /* NULL without memory */
void throttle_destroy(struct throttle *t);

/* May the key try (fewer than `most` failures in the window)? 0, or the nanoseconds after which it may again. Any
 * thread.
 */
uint64_t throttle_wait(struct throttle *t, struct text key, uint32_t most, uint64_t now);
void throttle_failed(struct throttle *t, struct text key, uint64_t now);
void throttle_forget(struct throttle *t, struct text key);
