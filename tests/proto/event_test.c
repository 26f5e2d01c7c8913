/* Event: the names are the contract's (classroom, section 9.2), and how each lasts. */
#include "proto/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_event_has_its_name),
                                        cmocka_unit_test(each_lasts_as_it_should) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
