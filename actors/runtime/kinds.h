/* Kinds: which kinds of actors a system knows, and on which worker an address is at home. Any thread. */
#pragma once

#include "actors/runtime/actor.h"

struct system;

/* Makes a kind known, so that operators can name it before it has been active. False when there are too many. */
bool system_add_kind(struct system *s, const struct actor_kind *kind);

/* Finds a kind by name, for addresses typed by operators: only kinds that have been active or registered. */
const struct actor_kind *system_kind(const struct system *s, struct text name);

/* Those kinds one by one, from 0 in the order in which they came; NULL: there are no more. Any thread. */
const struct actor_kind *system_kind_at(const struct system *s, int index);

/* The worker that is home to an address: the same for the same address while the number of workers is the same.
 * Consecutive ids of a kind go to workers in turn. */
struct worker *system_home(struct system *s, struct address a);

/* ---- for the registry ---- */

/* The index of a kind; registers it the first time. -1 when there are too many kinds. */
int system_kind_index(struct system *s, const struct actor_kind *kind);

/* FNV-1a of the kind's name: the same in every run, unlike a pointer. */
uint64_t kind_hash(const struct actor_kind *kind);
