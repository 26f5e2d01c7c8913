/* Class help: the vocabulary of a classroom in the simulation: who asks for what, what its app shows of what it hears, and
 * the laws of a class. */
#pragma once

#include "actors/classroom/classroom.h"
#include "class_tables_help.h"
#include "proto/classroom.h"
#include "tests/sim/sim_help.h"

#include <jansson.h>

extern const struct sim_kind sim_classroom;
extern const struct sim_options sim_usual; /* one class */

/* A class of one room (number 1): the first person made it ("Ada teaches"), all of them listen, and nobody has heard
 * anything yet. Ends with NULL by the macro. */
#define sim_class(state, ...) sim_class_of(&sim_usual, __VA_ARGS__, NULL)
struct sim *sim_class_of(const struct sim_options *o, const char *first, ...);

/* "raise_hand", "chat hello" (by action), "post hello", "join", "join Dan", "mute Ben", "kick Ben", "end", "signal Ben"
 * …; "mute_all", "unmute_all", "lower_other Ben", "lower_all"; of playback "select hymn", "play hymn 10 1.5", "seek -
 * 30", "speed - - 2" (audio, position, speed, "-" for none), and with "rest_" in front for the paths that are not
 * control. Returns the number of the question. */
int sim_post(struct sim *sim, const char *who, const char *what);

void sim_audio(struct sim *sim, const char *owner, const char *title, double duration); /* seconds; NaN: unknown */

/* What a client shows of somebody. */
struct class_shown {
    int32_t participant;
    bool muted, hand;
};

/* What a client knows of a class. */
struct class_client {
    struct sim_client base;
    struct buf hands;          /* the queue as it was told last: "Ben Cem" */
    struct class_shown *shown; /* as the app in the field does: who comes has no flags until it is told of them */
    uint32_t nshown;
    const struct sim_stream *removed; /* told that its person is: it hears nothing more */
};

/* Valid until the next call. */
struct class_shown *class_shown_of(struct class_client *c, int32_t participant);

/* A number in JSON, by its key. */
bool class_has_key(struct text data, const char *key);
double class_real_after(struct text data, const char *key); /* NaN: there is none */

/* Where the current room is in its audio, by the record of 6.1 in the newest answer to somebody, or in the newest
 * snapshot of a client. NaN: there is none in it. */
double sim_answered_position(struct sim *sim, const char *who);
double sim_snapshot_position(const struct sim_client *c);

/* Asserts that a client knows this queue of hands, "Ben Cem". */
#define assert_hands(sim, who, expected) sim_assert_hands(sim, who, expected, __FILE__, __LINE__)
void sim_assert_hands(struct sim *sim, const char *who, const char *expected, const char *file, int line);

/* ---- for its struct sim_kind: class_hear_help.c, class_laws_help.c, class_fuzz_help.c ---- */

void class_forget(struct sim_client *c);
void class_hear(struct sim *sim, struct sim_client *c, const struct sim_frame *f);
void class_summarise(struct sim *sim, const struct sim_frame *f, struct buf *out);
void class_check_ask(struct sim *sim, const struct sim_ask *a);
void class_check_room(struct sim *sim, int32_t room);
void class_check_tables(struct sim *sim, int32_t room);
void class_check_client(struct sim *sim, struct sim_client *c);
void class_check_let_in(struct sim *sim, const struct sim_client *c);
void class_prepare(struct sim *sim);
void class_post(struct sim_fuzz *fuzz);
void class_witness(struct sim *sim);
