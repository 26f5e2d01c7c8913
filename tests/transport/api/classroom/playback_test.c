/* Playback's table: which file is looked up before the room is asked, and what a database that is away means for that.
 * What the room makes of it is in tests/sim and tests/api. Rooms find no session here. */
#include "actors/classroom/classroom.h"
#include "actors/room_kinds.h"

#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/api/classroom/classroom.h"

#include <stdio.h>

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

static int setup(void **state)
{
    server_defaults();
    config.identity = "legacy";
    room_start(api_areas);
    classroom_setup(1000000000, 64);
    room_kind_setup(&classroom_ops, 64, 0, 64);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

/* The room is asked: it finds no session. */
static void no_session(struct client *c)
{
    assert_string_equal(room_await_query(&CLASSROOM_LOAD), "9");
    room_answer_query(DB_OK, 0, 26, NULL);
    assert_int_equal(client_read(c), 404);
    assert_non_null(strstr(c->body, "Session not found"));
    client_close(c);
}

static const struct row {
    const char *line, *type, *body;
} naming[] = {
    { "POST /sessions/9/audio/select?audio_id=7&user_id=5", JSON, "" },
    { "POST /sessions/9/audio/play?user_id=5", FORM, "audio_id=7&speed=2" },
    { "POST /sessions/9/audio/control?user_id=5", JSON, "{\"action\":\"play\",\"audio_id\":7}" },
    { "POST /sessions/9/audio/control?user_id=5", JSON, "{\"action\":\"pause\",\"audio_id\":7}" },
    { "POST /sessions/9/audio/control?user_id=5", JSON, "{\"action\":\"dance\",\"audio_id\":7}" },
}, silent[] = {
    { "POST /sessions/9/audio/play?user_id=5", FORM, "" },
    { "POST /sessions/9/audio/play?user_id=5", FORM, "audio_id=&speed=2" },
    { "POST /sessions/9/audio/pause?user_id=5", FORM, "" },
    { "POST /sessions/9/audio/control?user_id=5", JSON, "{\"action\":\"seek\",\"audio_id\":null,\"position\":4}" },
    { "POST /sessions/9/audio/control?user_id=5", JSON, "{\"action\":\"dance\"}" },
    { "GET /sessions/9/audio/state?user_id=5", JSON, "" },
};

static void a_named_file_is_looked_up_as_the_callers(void **state)
{
    static const char *const file[] = { "An air", "12.5" };
    room_meet_ada();
    for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
        struct client *c = room_call(naming[i].line, naming[i].type, naming[i].body);
        assert_string_equal(room_await_query(&CLASSROOM_PLAYABLE), "5 7");
        room_answer_query(DB_OK, i % 2, 2, file); /* whether there is one: the session comes first */
        no_session(c);
    }
}

static void without_one_the_room_is_asked_at_once(void **state)
{
    room_meet_ada();
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        no_session(room_call(silent[i].line, silent[i].type, silent[i].body));
}

static void a_database_that_cannot_be_asked(void **state)
{
    room_meet_ada();
    struct client *c = room_call(naming[0].line, naming[0].type, naming[0].body);
    (void)room_await_query(&CLASSROOM_PLAYABLE);
    room_answer_query(DB_AWAY, 0, 2, NULL);
    assert_int_equal(client_read(c), 503);
    client_close(c);
    room_db_full(true);
    c = room_call(naming[0].line, naming[0].type, naming[0].body);
    assert_int_equal(client_read(c), 503);
    client_close(c);
    room_db_full(false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_named_file_is_looked_up_as_the_callers),
        TEST(without_one_the_room_is_asked_at_once),
        TEST(a_database_that_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
