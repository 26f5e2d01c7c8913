/* Registry: address -> actor for one system, in shards with a mutex each. It holds one reference to each actor. Any
 * thread. Lock order: shard, then system.kinds_lock; nothing is called back under either. */
#pragma once

#include "actors/runtime/actor_core.h"

bool registry_init(struct system *s);

/* Frees the tables. The actors must be gone (registry_take_any). */
void registry_fini(struct system *s);

/* The actor of an address with a reference for the caller; makes one if there is none. NULL without memory (or when
 * there are too many kinds). */
struct actor *registry_take(struct system *s, struct address address);

/* The actor of an address if there is one, with a reference for the caller. */
struct actor *registry_find(struct system *s, struct address address);

/* Forgets this very actor, unless that has been done or its address belongs to a younger one. */
void registry_forget(struct actor *a);

/* Takes some actor out, with the registry's reference; NULL when none is left. For the end of a system. */
struct actor *registry_take_any(struct system *s);
