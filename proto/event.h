/* Events: what is said in a room, one row each: symbol, the name on the stream, how it lasts. Contract: classroom,
 * section 9.2.
 *   LASTS_LOG    durable; its log row is enough to make the frame again (hot: no second row)
 *   LASTS_KEPT   durable; the frame itself is kept in classroom.events
 *   LASTS_NEVER  ephemeral: no id, never stored, never waits for a commit
 * Events that belong to one stream only (connected, session_state, reset, resumed) are not listed: they are greetings.
 */
#pragma once

#define EVENTS(X)                                                                                                      \
    X(CHAT, "chat", LASTS_LOG)                                                                                         \
    X(PARTICIPANT_JOINED, "participant_joined", LASTS_KEPT)                                                            \
    X(PARTICIPANT_ADDED, "participant_added", LASTS_KEPT)                                                              \
    X(PARTICIPANT_ALREADY_PRESENT, "participant_already_present", LASTS_KEPT)                                          \
    X(PARTICIPANT_LEFT, "participant_left", LASTS_KEPT)                                                                \
    X(PARTICIPANT_KICKED, "participant_kicked", LASTS_KEPT)                                                            \
    X(PARTICIPANT_MUTED, "participant_muted", LASTS_KEPT)                                                              \
    X(HAND_RAISED, "hand_raised", LASTS_KEPT)                                                                          \
    X(HAND_LOWERED, "hand_lowered", LASTS_KEPT)                                                                        \
    X(AUDIO_SELECTED, "audio_selected", LASTS_KEPT)                                                                    \
    X(AUDIO_PLAY, "audio_play", LASTS_KEPT)                                                                            \
    X(AUDIO_PAUSE, "audio_pause", LASTS_KEPT)                                                                          \
    X(AUDIO_SEEK, "audio_seek", LASTS_KEPT)                                                                            \
    X(AUDIO_SPEED_CHANGE, "audio_speed_change", LASTS_KEPT)                                                            \
    X(SESSION_ENDED, "session_ended", LASTS_KEPT)                                                                      \
    X(WEBRTC_SIGNAL, "webrtc_signal", LASTS_NEVER)

enum event_lasts { LASTS_LOG, LASTS_KEPT, LASTS_NEVER };

enum event {
#define EVENT_SYMBOL(symbol, name, lasts) EVENT_##symbol,
    EVENTS(EVENT_SYMBOL)
#undef EVENT_SYMBOL
        EVENT_COUNT
};

const char *event_name(enum event e);
enum event_lasts event_lasts(enum event e);
