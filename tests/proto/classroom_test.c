/* Classroom: the names and numbers of its operations and events (contract: classroom, section 9.2), and how each lasts.
 */
#include "proto/classroom.h"
#include "tests/test.h"

#include <string.h>

enum { KEPT_NAME_MOST = 63 }; /* what a replay has room for */

static void every_event_has_its_name(void **state)
{
    static const char *const names[EVENT_COUNT] = {
        "chat",
        "participant_joined",
        "participant_added",
        "participant_already_present",
        "participant_left",
        "participant_kicked",
        "participant_muted",
        "hand_raised",
        "hand_lowered",
        "audio_selected",
        "audio_play",
        "audio_pause",
        "audio_seek",
        "audio_speed_change",
        "session_ended",
        "webrtc_signal",
    };
    for (int e = 0; e < EVENT_COUNT; e++) {
        assert_string_equal(event_name((enum event)e), names[e]);
        assert_true(strlen(names[e]) <= KEPT_NAME_MOST);
    }
}

/* A chat's frame is made again from its log row; a signal is never stored. */
static void each_lasts_as_it_should(void **state)
{
    for (int e = 0; e < EVENT_COUNT; e++)
        assert_int_equal(event_lasts((enum event)e), e == EVENT_CHAT            ? LASTS_LOG
                                                     : e == EVENT_WEBRTC_SIGNAL ? LASTS_NEVER
                                                                                : LASTS_KEPT);
}

/* Other nodes may be of another version: what a number means never changes, and a new one is the next. */
static void numbers_stay(void **state)
{
    static const char *const ops[] = {
        "join",          "mute",         "invite",        "chat",         "mute_self",   "raise_hand",  "lower_hand",
        "say",           "mute_other",   "unmute_other",  "mute_all",     "lower_other", "lower_all",   "kick_other",
        "end_by_action", "signal",       "audio_select",  "audio_play",   "audio_pause", "audio_state", "control_play",
        "control_pause", "control_seek", "control_speed", "control_other"
    };
    enum { OPS = sizeof ops / sizeof *ops };
    assert_string_equal(room_op_name(1), "listen");
    assert_string_equal(room_op_name(2), "kick");
    assert_string_equal(room_op_name(3), "end");
    assert_int_equal(ROOM_OF_KIND, 32);
    assert_int_equal(ROOM_OP_COUNT, ROOM_OF_KIND + OPS);
    for (int i = 0; i < OPS; i++)
        assert_string_equal(classroom_op_name((uint16_t)(ROOM_OF_KIND + i)), ops[i]);
    static const uint16_t strangers[] = { 0, 1, 4, 31, ROOM_OP_COUNT, UINT16_MAX };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_null(classroom_op_name(strangers[i]));
    assert_null(room_op_name(0));
    assert_null(room_op_name(4));
    assert_null(room_op_name(ROOM_OF_KIND));
}

static void messages_keep_their_numbers(void **state)
{
    static const char *const kinds[] = { "ROOM_COMMAND", "ROOM_ANSWER", "ROOM_JOINED", "ROOM_DELIVER",
                                         "ROOM_CUT",     "ROOM_LEAVE",  "ROOM_WAKE" };
    for (int i = 0; i < (int)(sizeof kinds / sizeof *kinds); i++)
        assert_string_equal(message_kind_name((enum message_kind)i), kinds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_event_has_its_name),
                                        cmocka_unit_test(each_lasts_as_it_should), cmocka_unit_test(numbers_stay),
                                        cmocka_unit_test(messages_keep_their_numbers) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
