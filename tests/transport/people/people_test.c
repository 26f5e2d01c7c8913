/* People: who is known, for how long, and what a change in the database undoes. One simulated worker. */
#include "transport/people/people.h"

#include "actors/runtime/sim.h"
#include "proto/base/log.h"
#include "tests/test.h"
#include "tests/transport/hand_db_help.h"

#include <stdlib.h>

#define SECOND UINT64_C(1000000000)

static const struct area_role ranks[] = { { "teacher", TEACHER }, { "student", STUDENT }, {} };
static const struct area school = { .name = "school", .roles = ranks }, club = { .name = "club", .roles = ranks };

static struct system *system_under_test;
static struct people *people;
static struct hand_db db;
static struct {
    int calls;
    enum error why;
    int32_t user_id;
    enum caller_rank rank;
    char name[32];
} told;

static void on_person(void *arg, enum error why, const struct caller *who)
{
    assert_ptr_equal(arg, &told);
    told.calls++;
    told.why = why;
    assert_int_equal(who == NULL, why != ERROR_OK);
    if (!who)
        return;
    told.user_id = who->user_id;
    told.rank = who->rank;
    assert_true(who->name.n < sizeof told.name);
    memcpy(told.name, who->name.p, who->name.n);
    told.name[who->name.n] = 0;
}

static int setup(void **state)
{
    const struct system_options o = { .workers = 1, .seed = 1 };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    system_under_test = system_create(&o);
    assert_true(sim_start(system_under_test, NULL, NULL));
    hand_db_open(&db);
    worker_set_service(system_worker(system_under_test, 0), SERVICE_DB_READ, &db.base);
    people = people_create(system_worker(system_under_test, 0));
    assert_non_null(people);
    memset(&told, 0, sizeof told);
    return 0;
}

static int teardown(void **state)
{
    assert_int_equal(hand_db_pending(&db), 0);
    people_destroy(people);
    system_destroy(system_under_test);
    return 0;
}

static void ask(int32_t user_id)
{
    assert_true(people_load(people, user_id, &school, on_person, &told));
}

static void answer(const char *name, const char *role)
{
    hand_db_answer(&db, DB_OK, 1, 2, (const char *const[]){ name, role });
}

static void load(int32_t user_id, const char *name, const char *role)
{
    ask(user_id);
    answer(name, role);
}

static bool knows(int32_t user_id, const char *name)
{
    struct caller who = { 0 };
    return people_find(people, user_id, &school, &who) && who.user_id == user_id && text_is(who.name, name);
}

static void who_was_read_is_known(void **state)
{
    assert_false(knows(5, "Ada"));
    ask(5);
    assert_string_equal(db.asked[0].params, "5");
    assert_int_equal(told.calls, 0);
    answer("Ada", "school:teacher");
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.user_id, 5);
    assert_int_equal(told.rank, TEACHER);
    assert_string_equal(told.name, "Ada");
    assert_true(knows(5, "Ada"));
    load(6, "Ben", "school:student");
    assert_int_equal(told.rank, STUDENT);
    struct caller who;
    assert_true(people_find(people, 6, &school, &who));
    assert_true(who.rank == STUDENT && text_is(who.role, "student"));
    assert_true(people_find(people, 5, &school, &who));
    assert_true(who.rank == TEACHER && text_is(who.role, "teacher"));
}

static void since_when_tokens_count_is_known(void **state)
{
    struct caller who;
    ask(5);
    hand_db_answer(&db, DB_OK, 1, 3, (const char *const[]){ "Ada", "school:teacher", "1700000000" });
    assert_true(people_find(people, 5, &school, &who));
    assert_int_equal(who.tokens_from, 1700000000);
    load(6, "Ben", "school:student");
    assert_true(people_find(people, 6, &school, &who));
    assert_int_equal(who.tokens_from, 0);
}

#define TWO "0123456789abcdef00000000000000ff"

#define KEPT "00000000000000aa"

/* The sign-in that changed the password keeps its streams, and no request; unless it has ended, or what says so is no name. */
static void which_streams_outlive_a_new_password_is_known(void **state)
{
    static const struct {
        const char *kept, *ended;
        uint64_t sign_in;
        bool goes_on;
    } rows[] = {
        { KEPT, NULL, 0xaa, true },
        { KEPT, NULL, 0xab, false },
        { NULL, NULL, 0xaa, false },
        { KEPT, TWO KEPT, 0xaa, false },
        { "00000000000000AA", NULL, 0xaa, false },
        { "aa", NULL, 0xaa, false },
        { "", NULL, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct token token = { .user_id = 5, .sign_in = rows[i].sign_in, .signed_in = 1699999999 };
        const char *const row[] = { "Ada", "school:teacher", "1700000000", NULL, NULL, rows[i].ended, rows[i].kept };
        struct caller who;
        ask(5);
        hand_db_answer(&db, DB_OK, 1, 7, row);
        assert_true(people_find(people, 5, NULL, &who));
        assert_false(people_count(&who, &token));
        if (people_keep(&who, &token) != rows[i].goes_on)
            fail_msg("row %zu", i);
        people_forget(people, 5);
    }
}

/* Of earlier sign-ins and of those that have ended none counts, whether the person is known from before or not. */
static void which_tokens_count_is_known(void **state)
{
    static const struct {
        struct token token;
        bool counts;
    } rows[] = {
        { { .user_id = 5, .sign_in = 1, .signed_in = 1700000000 }, true },
        { { .user_id = 5, .sign_in = 1, .signed_in = 1699999999 }, false },
        { { .user_id = 5, .sign_in = 1, .signed_in = 1699999999, .issued = 1800000000 }, false }, /* a renewed one */
        { { .user_id = 5, .sign_in = 0x0123456789abcdef, .signed_in = 1800000000 }, false },
        { { .user_id = 5, .sign_in = 0xff, .signed_in = 1800000000 }, false },
        { { .user_id = 5, .sign_in = 0xcdef000000000000, .signed_in = 1800000000 }, true }, /* not across two names */
        { { 0 }, true },                                                                    /* a bare user_id */
    };
    for (int again = 0; again < 2; again++) {
        ask(5);
        hand_db_answer(&db, DB_OK, 1, 6,
                       (const char *const[]){ "Ada", "school:teacher", "1700000000", NULL, NULL, TWO });
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct caller who;
            assert_true(people_find(people, 5, NULL, &who));
            assert_int_equal(who.rank, ANYONE); /* of no area */
            if (people_count(&who, &rows[i].token) != rows[i].counts)
                fail_msg("row %zu", i);
        }
        people_forget(people, 5);
    }
}

/* Known once, known for every area; a word that the area does not have is no role in it. */
static void a_role_belongs_to_an_area(void **state)
{
    static const struct {
        const char *roles;
        enum caller_rank school, club;
    } rows[] = {
        { "", ANYONE, ANYONE },
        { "school:teacher", TEACHER, ANYONE },
        { "club:student school:teacher", TEACHER, STUDENT },
        { "myschool:teacher schools:teacher club:teacher", ANYONE, TEACHER },
        { "school:teachers club:", ANYONE, ANYONE },
        { "school", ANYONE, ANYONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct caller who;
        load(5, "Ada", rows[i].roles);
        assert_int_equal(told.rank, rows[i].school);
        assert_true(people_find(people, 5, &school, &who));
        assert_int_equal(who.rank, rows[i].school);
        assert_int_equal(who.role.p != NULL, rows[i].school != ANYONE);
        assert_true(people_find(people, 5, &club, &who));
        assert_int_equal(who.rank, rows[i].club);
    }
}

static void after_a_minute_it_is_asked_again(void **state)
{
    load(5, "Ada", "school:student");
    sim_advance(system_under_test, 60 * SECOND);
    assert_true(knows(5, "Ada"));
    sim_advance(system_under_test, 1);
    assert_false(knows(5, "Ada"));
    load(5, "Eve", "school:student");
    assert_true(knows(5, "Eve"));
}

static void a_change_is_forgotten_at_once(void **state)
{
    load(5, "Ada", "school:student");
    load(6, "Ben", "school:student");
    people_forget(people, 5);
    people_forget(people, 7);
    assert_false(knows(5, "Ada"));
    assert_true(knows(6, "Ben"));
    people_forget(people, 0);
    assert_false(knows(6, "Ben"));
}

/* Who was asked about before the change may be what was before the change. */
static void what_was_under_way_when_something_changed_is_not_kept(void **state)
{
    ask(5);
    people_forget(people, 9);
    answer("Old", "school:student");
    assert_string_equal(told.name, "Old");
    assert_false(knows(5, "Old"));
}

static void a_newer_person_takes_an_older_ones_place(void **state)
{
    load(5, "Ada", "school:student");
    load(5 + PEOPLE_PLACES, "Eve", "school:student");
    assert_false(knows(5, "Ada"));
    assert_true(knows(5 + PEOPLE_PLACES, "Eve"));
    people_forget(people, 5);
    assert_true(knows(5 + PEOPLE_PLACES, "Eve"));
}

static void nobody_has_no_place(void **state)
{
    assert_false(knows(0, ""));
    ask(-1);
    hand_db_answer(&db, DB_OK, 0, 2, NULL);
    assert_int_equal(told.why, ERROR_USER_NOT_FOUND);
    assert_false(knows(-1, ""));
}

static void without_a_database_nobody_is_anybody(void **state)
{
    static const enum db_status bad[] = { DB_AWAY, DB_LOST, DB_REFUSED, DB_RETRY };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ask(5);
        hand_db_answer(&db, bad[i], 0, 0, NULL);
        assert_int_equal(told.why, ERROR_UNAVAILABLE);
        assert_int_equal(told.calls, i + 1);
    }
    db.full = true;
    assert_false(people_load(people, 5, &school, on_person, &told));
    assert_int_equal(told.calls, sizeof bad / sizeof *bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_was_read_is_known),
        TEST(which_tokens_count_is_known),
        TEST(which_streams_outlive_a_new_password_is_known),
        TEST(since_when_tokens_count_is_known),
        TEST(a_role_belongs_to_an_area),
        TEST(after_a_minute_it_is_asked_again),
        TEST(a_change_is_forgotten_at_once),
        TEST(what_was_under_way_when_something_changed_is_not_kept),
        TEST(a_newer_person_takes_an_older_ones_place),
        TEST(nobody_has_no_place),
        TEST(without_a_database_nobody_is_anybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
