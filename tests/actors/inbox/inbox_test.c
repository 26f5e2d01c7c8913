/* Inbox: a person's room: who listens, what a poke writes and tells, when there are pushes. What every room does is tested
 * with actors/room. */
#include "actors/inbox/inbox.h"

#include "actors/room/kind.h"
#include "actors/room_kinds.h"
#include "proto/inbox.h"
#include "store/statements.h"
#include "tests/actors/room/desk_help.h"

#include <stdio.h>

enum { ADA = 7, BEN = 8 };

static bool known;

static struct text cell(const struct db_result *r, int row, int column)
{
    static char text[32];
    static const int64_t numbers[] = { [COACHING_INBOX_LOAD_EPOCH] = 1, [COACHING_INBOX_LOAD_SEQ] = 2 };
    if (column == COACHING_INBOX_LOAD_USER_ID)
        return TEXT("ada-id");
    if (column == COACHING_INBOX_LOAD_NAME)
        return TEXT("Ada");
    if (column == COACHING_INBOX_LOAD_LAST)
        return (struct text){ 0 };
    snprintf(text, sizeof text, "%lld", (long long)numbers[column]);
    return text_of(text);
}

static void load(void)
{
    static const struct db_ops ops = { .value = cell };
    assert_int_equal(desk_pending(), 1);
    assert_ptr_equal(desk_newest()->statement, &COACHING_INBOX_LOAD);
    struct desk_op op = *desk_newest();
    desk.answered = desk.nops = 0;
    op.done(op.arg,
            &(struct db_result){ .status = DB_OK, .sqlstate = "", .constraint = "", .rows = known, .ops = &ops });
    desk_run();
}

static void commit(int steps)
{
    assert_int_equal(desk_pending(), 1);
    assert_ptr_equal(desk_newest()->statement, &COACHING_PUT_POKES);
    assert_int_equal(desk_newest()->steps, steps);
    desk_answer(DB_OK, 0, NULL);
}

static void ask(const struct room_command *cmd, uint32_t slot)
{
    struct message *m = room_command_create(cmd, (struct return_address){ 0, slot, 0 });
    assert_non_null(m);
    bus_send(desk.system, inbox_address(ADA), m);
    desk_run();
}

static void come(int32_t person, uint32_t slot)
{
    ask(&(struct room_command){ .op = ROOM_LISTEN, .caller.user = person, .stream = slot }, slot);
}

static void poke(uint32_t slot)
{
    ask(&(struct room_command){ .op = INBOX_POKE,
                                .caller = { .user = BEN, .name = TEXT("Ben") },
                                .data = TEXT("{\"poke_id\":\"p\"}"),
                                .text = TEXT("{\"type\":\"emoji_poke\",\"poke_id\":\"p\"}"),
                                .title = TEXT("love") },
        slot);
}

static int setup(void **state)
{
    known = true;
    desk_open(10, 100);
    room_kind_setup(&inbox_ops, 16, 3600 * SECOND, 64);
    return 0;
}

static int teardown(void **state)
{
    desk_close();
    return 0;
}

/* ---- tests ---- */

static void its_owner_is_greeted(void **state)
{
    come(ADA, 1);
    load();
    assert_heard(1);
    assert_string_equal(desk.joined.hello,
                        "event: connected\ndata: {\"type\":\"connection.established\",\"user_id\":\"ada-id\"}\n\n");
    assert_int_equal(desk.joined.seq, 2);
}

static void nobody_else_listens(void **state)
{
    come(BEN, 1);
    load();
    assert_heard(-1);
    assert_int_equal(desk.why[0], ERROR_FORBIDDEN);
    ask(&(struct room_command){ .op = ROOM_END, .caller.user = ADA }, 2);
    ask(&(struct room_command){ .op = INBOX_POKE, .caller.user = BEN }, 3);
    assert_heard(-2, -3);
}

static void who_is_gone_has_none(void **state)
{
    known = false;
    poke(1);
    load();
    assert_heard(-1);
    assert_int_equal(desk.why[0], ERROR_USER_NOT_FOUND);
}

static void a_poke_is_told_when_it_is_durable(void **state)
{
    come(ADA, 1);
    load();
    assert_heard(1);
    poke(2);
    desk_assert_heard((const int[]){ 0 }, __FILE__, __LINE__);
    commit(2); /* the poke, the notification: who listens gets no push */
    assert_heard(1003, 2);
    static const char told[] =
        "id: 1-3\nevent: emoji_poke\ndata: {\"type\":\"emoji_poke\",\"poke_id\":\"p\",\"created_at\":\"20";
    assert_memory_equal(desk.frame, told, sizeof told - 1);
    assert_non_null(strstr(desk.frame, "Z\"}\n\n"));
}

static void without_a_listener_there_are_pushes(void **state)
{
    poke(1);
    load();
    commit(3);
    assert_heard(1);
    come(ADA, 2);
    assert_heard(2);
    poke(3);
    commit(2);
    assert_heard(1004, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_owner_is_greeted),
        TEST(nobody_else_listens),
        TEST(who_is_gone_has_none),
        TEST(a_poke_is_told_when_it_is_durable),
        TEST(without_a_listener_there_are_pushes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
