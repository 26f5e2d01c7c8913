/* Classroom: what is said in a live class and to it: its operations, what a command of playback says besides, its
 * events. What every room says is proto/room.h. Numbers are fixed: new ones are added, old ones never given again.
 * Contract: classroom. Pure functions, any thread. */
#pragma once

#include "proto/room.h"

/* ---- operations: X(symbol, number, name for operators). Contract: sections 3, 4, 6, 7, 9.3 ---- */

#define CLASSROOM_OPS(X)                                                                                               \
    X(ROOM_JOIN, ROOM_OF_KIND + 0, "join")           /* POST join */                                                   \
    X(ROOM_MUTE, ROOM_OF_KIND + 1, "mute")           /* POST mute */                                                   \
    X(ROOM_INVITE, ROOM_OF_KIND + 2, "invite")       /* POST invite */                                                 \
    X(ROOM_CHAT, ROOM_OF_KIND + 3, "chat")           /* POST chat, in the name of a participant id */                  \
    X(ROOM_MUTE_SELF, ROOM_OF_KIND + 4, "mute_self") /* from here on: POST action */                                   \
    X(ROOM_RAISE_HAND, ROOM_OF_KIND + 5, "raise_hand")                                                                 \
    X(ROOM_LOWER_HAND, ROOM_OF_KIND + 6, "lower_hand")                                                                 \
    X(ROOM_SAY, ROOM_OF_KIND + 7, "say")                                                                               \
    X(ROOM_MUTE_OTHER, ROOM_OF_KIND + 8, "mute_other")                                                                 \
    X(ROOM_UNMUTE_OTHER, ROOM_OF_KIND + 9, "unmute_other")                                                             \
    X(ROOM_MUTE_ALL, ROOM_OF_KIND + 10, "mute_all")                                                                    \
    X(ROOM_LOWER_OTHER, ROOM_OF_KIND + 11, "lower_other") /* a hand */                                                 \
    X(ROOM_LOWER_ALL, ROOM_OF_KIND + 12, "lower_all")     /* hands */                                                  \
    X(ROOM_KICK_OTHER, ROOM_OF_KIND + 13, "kick_other")                                                                \
    X(ROOM_END_BY_ACTION, ROOM_OF_KIND + 14, "end_by_action")                                                          \
    X(ROOM_SIGNAL, ROOM_OF_KIND + 15, "signal")                                                                        \
    X(ROOM_AUDIO_SELECT, ROOM_OF_KIND + 16, "audio_select") /* from here on: below audio/ */                           \
    X(ROOM_AUDIO_PLAY, ROOM_OF_KIND + 17, "audio_play")                                                                \
    X(ROOM_AUDIO_PAUSE, ROOM_OF_KIND + 18, "audio_pause")                                                              \
    X(ROOM_AUDIO_STATE, ROOM_OF_KIND + 19, "audio_state")                                                              \
    X(ROOM_CONTROL_PLAY, ROOM_OF_KIND + 20, "control_play") /* from here on: POST control */                           \
    X(ROOM_CONTROL_PAUSE, ROOM_OF_KIND + 21, "control_pause")                                                          \
    X(ROOM_CONTROL_SEEK, ROOM_OF_KIND + 22, "control_seek")                                                            \
    X(ROOM_CONTROL_SPEED, ROOM_OF_KIND + 23, "control_speed")                                                          \
    X(ROOM_CONTROL_OTHER, ROOM_OF_KIND + 24, "control_other") /* no such action */

enum classroom_op {
#define OP_SYMBOL(symbol, number, name) symbol = (number),
    CLASSROOM_OPS(OP_SYMBOL)
#undef OP_SYMBOL
        ROOM_OP_COUNT /* beyond the last of them */
};

/* "raise_hand": one of the above as operators read it; NULL: it is none. */
const char *classroom_op_name(uint16_t op);

/* What AUDIO and CONTROL say besides: room_command.more. The file's title is room_command.title. Contract: section 6.2.
 */
struct classroom_audio {
    bool named;             /* else the one that is selected is meant, and there is no file */
    bool known;             /* there is such a file and the caller may play it; title and duration are filled in */
    bool placed;            /* a position was given */
    int32_t id;             /* of the file */
    double duration;        /* of it, seconds; NaN: not known */
    double position, speed; /* seconds from 0; above 0 */
};

/* What the command says of playback; nothing is named or placed where it says nothing. */
const struct classroom_audio *classroom_audio_of(const struct room_command *cmd);

/* ---- events: X(symbol, number, name on the stream, how it lasts). Contract: section 9.2 ----
 *   LASTS_LOG    durable; its log row is enough to make the frame again (hot: no second row)
 *   LASTS_KEPT   durable; the frame itself is kept in classroom.events
 *   LASTS_NEVER  ephemeral: no id, never stored, never waits for a commit
 * Events that belong to one stream only (connected, session_state, reset, resumed) are not listed: they are greetings.
 */
#define EVENTS(X)                                                                                                      \
    X(CHAT, 0, "chat", LASTS_LOG)                                                                                      \
    X(PARTICIPANT_JOINED, 1, "participant_joined", LASTS_KEPT)                                                         \
    X(PARTICIPANT_ADDED, 2, "participant_added", LASTS_KEPT)                                                           \
    X(PARTICIPANT_ALREADY_PRESENT, 3, "participant_already_present", LASTS_KEPT)                                       \
    X(PARTICIPANT_LEFT, 4, "participant_left", LASTS_KEPT)                                                             \
    X(PARTICIPANT_KICKED, 5, "participant_kicked", LASTS_KEPT)                                                         \
    X(PARTICIPANT_MUTED, 6, "participant_muted", LASTS_KEPT)                                                           \
    X(HAND_RAISED, 7, "hand_raised", LASTS_KEPT)                                                                       \
    X(HAND_LOWERED, 8, "hand_lowered", LASTS_KEPT)                                                                     \
    X(AUDIO_SELECTED, 9, "audio_selected", LASTS_KEPT)                                                                 \
    X(AUDIO_PLAY, 10, "audio_play", LASTS_KEPT)                                                                        \
    X(AUDIO_PAUSE, 11, "audio_pause", LASTS_KEPT)                                                                      \
    X(AUDIO_SEEK, 12, "audio_seek", LASTS_KEPT)                                                                        \
    X(AUDIO_SPEED_CHANGE, 13, "audio_speed_change", LASTS_KEPT)                                                        \
    X(SESSION_ENDED, 14, "session_ended", LASTS_KEPT)                                                                  \
    X(WEBRTC_SIGNAL, 15, "webrtc_signal", LASTS_NEVER)

enum event_lasts { LASTS_LOG, LASTS_KEPT, LASTS_NEVER };

enum event {
#define EVENT_SYMBOL(symbol, number, name, lasts) EVENT_##symbol = (number),
    EVENTS(EVENT_SYMBOL)
#undef EVENT_SYMBOL
        EVENT_COUNT /* beyond the last of them */
};

const char *event_name(enum event e);
enum event_lasts event_lasts(enum event e);

/* The data of a chat event. message is the text as a JSON string, with its quotes, made by json_escape; at in
 * microseconds since 1970. Both spellings of each key stand in it (section 9.2). */
void frame_chat_data(struct buf *out, int32_t participant, struct text sender, struct text message, int64_t at);
