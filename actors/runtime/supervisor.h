/* Supervisor: what becomes of an actor that failed: a restart, a pause before the next attempt, quarantine. Home
 * worker. An actor has a record only once it has failed. */
#pragma once

#include "actors/runtime/core.h"

/* What an operator wants instead of what a failure leads to. */
enum supervision_order { ORDER_NONE, ORDER_RESTART, ORDER_CONFINE };

struct supervision {
    char *why;            /* of the last failure; NULL without memory for it */
    uint64_t retry_at;    /* end of the pause or of the quarantine */
    uint32_t restarts;    /* ever */
    uint32_t count, next; /* failures remembered in at[], and where the next goes */
    bool loading;         /* the last failure was in activation: pause before the next attempt */
    uint8_t ordered;      /* enum supervision_order */
    bool confined;        /* in a quarantine that an operator ordered */
    uint64_t at[];        /* when the last failures were: as many as the intensity allows */
};

/* Notes a failure and its reason, and marks the actor as failed. The restart follows in its next run. */
void supervisor_note(struct actor *a, const char *why);

/* In a run of a failed actor that nothing holds: releases its state and decides what comes next by changing its life:
 * NEW, BACKOFF, QUARANTINED, or LEAVING when there is no memory to supervise it. */
void supervisor_decide(struct actor *a);

/* Has a loading or active actor do so: its next run ends what it is. False without memory, or in another life. */
bool supervisor_order(struct actor *a, enum supervision_order order);

/* The timer of a pause or a quarantine has fired, or an operator releases the actor: one new attempt. */
void supervisor_release(struct actor *a);

/* Frees the record. */
void supervisor_forget(struct actor *a);
