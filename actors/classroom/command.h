/* Commands of a classroom: what the functions behind the rows of the table in rules.c work with. Shared by
 * the files of this folder and by nobody else. Home worker's thread only. */
#pragma once

#include "actors/classroom/state.h"

struct command {
    struct classroom *room;
    struct message *message;
    const struct room_command *said;
    const struct classroom_audio *audio; /* when it is a row */
    struct turn *turn;
    struct person *self;   /* the caller, when the row says .self */
    struct person *target; /* when the row says .target */
    int32_t message_id;    /* when the row says .writes */
};

/* ---- command.c ---- */

/* Answers the command with 200 when the turn is released; the body is copied. */
void command_answer(struct command *c, struct text body);
void command_ok(struct command *c); /* {"ok":true} */

/* Says one thing that happened, with details and data from these bufs, which it frees. */
void command_say(struct command *c, struct happening *h, struct buf *details, struct buf *data);

/* ---- gestures.c: rows of the table ---- */

void command_mute(struct command *c);
void command_mute_self(struct command *c);
void command_mute_other(struct command *c);
void command_mute_all(struct command *c);
void command_signal_peer(struct command *c);

/* ---- invite.c: a row of the table ---- */

void command_invite(struct command *c);

/* ---- hands.c: rows of the table ---- */

/* Lowers somebody's hand and says so. */
void command_take_down(struct command *c, struct person *p);

void command_raise_hand(struct command *c);
void command_lower_hand(struct command *c);
void command_lower_other(struct command *c);
void command_lower_all(struct command *c);

/* ---- playback.c: rows of the table ---- */

void command_audio_select(struct command *c);
void command_audio_play(struct command *c);
void command_audio_pause(struct command *c);
void command_audio_seek(struct command *c);
void command_audio_speed(struct command *c);
void command_audio_state(struct command *c);
