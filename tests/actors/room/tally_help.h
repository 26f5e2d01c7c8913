/* Tally help: a second kind of room, to show what a kind is made of: people add to a number that all see. Its state is
 * its log: rows of one column, the room's epoch first, then each step as number * 1000 + what was added; a step of 0 is
 * the end. */
#pragma once

#include "actors/room/kind.h"

enum tally_op {
    TALLY_ADD = ROOM_OF_KIND,
    TALLY_WAVE, /* told to the others at once, and kept nowhere: target is whom it is for */
};

/* What TALLY_ADD says besides. */
struct tally_step {
    int32_t by; /* 1 … 999 */
};

extern struct actor_kind tally_kind; /* mailbox_limit and idle_ns are a test's to set, before anything runs */
extern const struct room_ops tally_ops;
extern const struct statement TALLY_LOAD, TALLY_REPLAY, TALLY_SETTLE, TALLY_PUT_STEPS;

struct address tally_address(int64_t id);
int64_t tally_total(const struct actor *self);
