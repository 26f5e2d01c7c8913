/* Admin: what a client of the socket gets, whatever it sends. A system with two workers and a kind of actor that keeps
 * a number. */
#include "actors/runtime/inspect.h"
#include "actors/runtime/system.h"
#include "line_help.h"
#include "proto/config/config.h"
#include "tests/test.h"
#include "transport/admin/admin.h"
#include "transport/admin/socket.h"
#include "transport/admin/tables.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct system *s;
static struct admin *admin;
static char folder[64], path[128];
static int client;

/* One actor hangs in its turn, and its worker with it, until the gate is opened. */
enum { HANGS = 666 };
static struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool reached, open;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false };

static void wait_at_gate(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.reached = true;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static enum receive receive(struct actor *self, struct message *m)
{
    if (actor_address(self).id == HANGS)
        wait_at_gate();
    return RECEIVED;
}

static bool activate(struct actor *self)
{
    return true;
}

static void describe(const struct actor *self, struct json *out)
{
    json_int(out, "number", actor_address(self).id * 2);
}

static const struct actor_kind counter = {
    .name = "counter", .mailbox_limit = 16, .activate = activate, .receive = receive, .describe = describe
};

static bool begin(struct worker *w, void *arg)
{
    return true;
}

static void end(struct worker *w, void *arg)
{
}

static void own_numbers(struct worker *w, struct json *out)
{
    json_int(out, "own", 7 + worker_index(w));
}

/* A socket as a server that was killed leaves it. */
static void leave_stale(const char *at)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(address.sun_path, at);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd);
}

static int setup(void **state)
{
    struct buf why = { 0 };
    config = (struct config){ .identity = "token" };
    strcpy(folder, "/tmp/lectern-admin-XXXXXX");
    s = system_create(&(struct system_options){ .workers = 2 });
    if (!s || !mkdtemp(folder) || !system_add_kind(s, &counter))
        return 1;
    snprintf(path, sizeof path, "%s/admin.sock", folder);
    leave_stale(path);
    struct admin_options o = {
        .server = { .system = s, .version = "1.2.3", .address = "127.0.0.1:1", .describe = own_numbers }, .path = path
    };
    admin = admin_open(&o, &why);
    if (!admin || !system_start(s, begin, end, NULL))
        return 1;
    admin_state(admin, "serving");
    client = line_dial(path);
    return 0;
}

static int teardown(void **state)
{
    close(client);
    admin_close(admin);
    bool gone = access(path, F_OK) != 0;
    system_stop(s);
    system_destroy(s);
    return !gone || rmdir(folder);
}

static json_t *ask(const char *command, const char *arg)
{
    char request[512];
    if (arg)
        snprintf(request, sizeof request, "{\"v\":1,\"command\":\"%s\",\"args\":[\"%s\"]}", command, arg);
    else
        snprintf(request, sizeof request, "{\"v\":1,\"command\":\"%s\"}", command);
    return line_ask(client, request, strlen(request));
}

static void info_tells_who_answers(void **state)
{
    json_t *answer = ask("info", NULL), *data = json_object_get(answer, "data");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    assert_string_equal(json_string_value(json_object_get(data, "version")), "1.2.3");
    assert_string_equal(json_string_value(json_object_get(data, "state")), "serving");
    assert_int_equal(json_integer_value(json_object_get(data, "pid")), getpid());
    assert_int_equal(json_integer_value(json_object_get(data, "workers")), 2);
    assert_true(json_integer_value(json_object_get(data, "resident_bytes")) > 0);
    assert_true(json_integer_value(json_object_get(data, "open_files")) > 3);
    json_decref(answer);
}

static void workers_are_listed_with_their_own_numbers(void **state)
{
    json_t *answer = ask("workers", NULL), *data = json_object_get(answer, "data");
    assert_int_equal(json_array_size(data), 2);
    for (int i = 0; i < 2; i++) {
        json_t *row = json_array_get(data, (size_t)i);
        assert_int_equal(json_integer_value(json_object_get(row, "worker")), i);
        assert_true(json_is_true(json_object_get(row, "answered")));
        assert_int_equal(json_integer_value(json_object_get(row, "own")), 7 + i);
    }
    json_decref(answer);
}

/* Sends a message to an actor and returns when it is there to be seen. */
static void wake(int64_t id)
{
    struct message *m = message_create(MESSAGE_TEST, 8);
    uint64_t handled = system_counts(s).handled;
    assert_non_null(m);
    m->reply = NO_RETURN;
    bus_send(s, (struct address){ .kind = &counter, .id = id }, m);
    for (int i = 0; i < 10000 && system_counts(s).handled == handled; i++)
        json_decref(ask("info", NULL));
    assert_true(system_counts(s).handled > handled);
}

static void actors_can_be_seen(void **state)
{
    wake(41);
    wake(42);
    json_t *answer = ask("actors", NULL), *data = json_object_get(answer, "data");
    assert_int_equal(json_array_size(data), 2);
    json_decref(answer);
    answer = ask("actor", "counter/42");
    char *text = json_dumps(answer, 0);
    assert_true(json_is_true(json_object_get(answer, "ok")));
    assert_non_null(strstr(text, "84"));
    free(text);
    json_decref(answer);
}

static void addresses_are_checked(void **state)
{
    static const char *const bad[] = { "",           "counter",
                                       "counter/",   "/1",
                                       "nobody/1",   "counter/x",
                                       "counter/1x", "counter/12345678-1234-1234-1234-12345678901" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        line_assert_error(ask("actor", bad[i]), "an address is kind/id");
    line_assert_error(ask("actor", "counter/99"), "counter/99 is not active");
    line_assert_error(ask("actor", "counter/12345678-1234-1234-1234-123456789012"), "is not active");
    line_assert_error(ask("actor", NULL), "usage: actor ADDRESS");
    line_assert_error(ask("info", "more"), "usage: info");
    line_assert_error(ask("dance", NULL), "there is no command \"dance\"");
}

static void rubbish_gets_an_answer(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "null",
        "[]",
        "7",
        "{}",
        "{\"v\":2,\"command\":\"info\"}",
        "{\"v\":1,\"command\":7}",
        "{\"v\":1,\"command\":\"info\",\"args\":{}}",
        "{\"v\":1,\"command\":\"actor\",\"args\":[1]}",
        "{\"v\":1,\"command\":\"info\",\"args\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]}",
        "\xff\xfe"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        line_assert_error(line_ask(client, bad[i], strlen(bad[i])), "a request is");
    line_assert_error(line_ask(client, "{\"v\":1,\"command\":\"in\0fo\"}", 25), "a request is");
    char *deep = malloc(60000);
    memset(deep, '[', 60000);
    line_assert_error(line_ask(client, deep, 60000), "a request is");
    free(deep);
}

static void the_socket_is_its_owners(void **state)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void send_to(int64_t id)
{
    struct message *m = message_create(MESSAGE_TEST, 8);
    assert_non_null(m);
    m->reply = NO_RETURN;
    bus_send(s, (struct address){ .kind = &counter, .id = id }, m);
}

static void assert_silent(const char *command, int worker)
{
    json_t *answer = ask(command, NULL), *silent = json_object_get(answer, "silent");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    assert_int_equal(json_array_size(silent), 1);
    assert_int_equal(json_integer_value(json_array_get(silent, 0)), worker);
    json_decref(answer);
}

/* The others are shown, and who hangs is named. */
static void a_stuck_worker_and_a_full_mailbox_keep_nobody_waiting(void **state)
{
    int home = worker_index(system_home(s, (struct address){ .kind = &counter, .id = HANGS }));
    send_to(HANGS);
    pthread_mutex_lock(&gate.lock);
    while (!gate.reached)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    uint64_t refused = system_counts(s).refused;
    for (int i = 0; i < 40; i++)
        send_to(HANGS);
    assert_true(system_counts(s).refused > refused);
    info_tells_who_answers(state);
    assert_silent("workers", home);
    assert_silent("actors", home);
    line_assert_error(ask("actor", "counter/666"), "does not answer");
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    for (bool found = false; !found;) { /* it is itself again */
        json_t *answer = ask("actor", "counter/666");
        found = json_is_true(json_object_get(answer, "ok"));
        json_decref(answer);
    }
}

static void every_command_is_in_help(void **state)
{
    json_t *answer = ask("help", NULL);
    size_t n = 0;
    for (const struct admin_command *const *table = admin_tables; *table; table++)
        for (const struct admin_command *row = *table; row->name; row++)
            n++;
    assert_int_equal(json_array_size(json_object_get(answer, "data")), n);
    json_decref(answer);
}

static void every_answer_has_a_schema(void **state)
{
    json_t *answer = ask("schema", NULL), *data = json_object_get(answer, "data"), *schema;
    const char *id;
    assert_true(json_object_size(data) > 5);
    json_object_foreach(data, id, schema) assert_true(json_is_object(schema) && json_object_size(schema) > 0);
    assert_non_null(json_object_get(data, "actor ADDRESS"));
    json_decref(answer);
    answer = ask("schema", "workers");
    assert_string_equal(json_string_value(json_object_get(json_object_get(answer, "data"), "type")), "array");
    json_decref(answer);
    line_assert_error(ask("schema", "dance"), "there is no command");
}

static void long_paths_are_shortened(void **state)
{
    char deep[256], far[300];
    struct sockaddr_un address;
    int open_folder;
    snprintf(deep, sizeof deep, "%s/%0150d", folder, 1);
    snprintf(far, sizeof far, "%s/x.sock", deep);
    assert_false(socket_address(far, &address, &open_folder));
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_true(socket_address(far, &address, &open_folder));
    assert_true(strlen(address.sun_path) < 60);
    assert_true(open_folder >= 0);
    leave_stale(address.sun_path);
    assert_int_equal(access(far, F_OK), 0);
    assert_int_equal(unlink(far), 0);
    close(open_folder);
    rmdir(deep);
}

static void what_is_no_stale_socket_stays(void **state)
{
    char other[160];
    struct sockaddr_un address;
    struct buf why = { 0 };
    int open_folder;
    snprintf(other, sizeof other, "%s/notes", folder);
    fclose(fopen(other, "w"));
    assert_true(socket_address(other, &address, &open_folder));
    assert_false(socket_clear(other, &address, &why));
    assert_int_equal(access(other, F_OK), 0);
    assert_int_equal(unlink(other), 0);
    assert_int_equal(symlink("/nowhere", other), 0);
    assert_false(socket_clear(other, &address, &why));
    assert_int_equal(unlink(other), 0);
    assert_true(socket_address(path, &address, &open_folder));
    buf_reset(&why);
    assert_false(socket_clear(path, &address, &why));
    buf_putc(&why, 0);
    assert_non_null(strstr(why.p, "somebody listens at"));
    buf_fini(&why);
    info_tells_who_answers(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_tells_who_answers),
        cmocka_unit_test(workers_are_listed_with_their_own_numbers),
        cmocka_unit_test(actors_can_be_seen),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(rubbish_gets_an_answer),
        cmocka_unit_test(the_socket_is_its_owners),
        cmocka_unit_test(every_command_is_in_help),
        cmocka_unit_test(every_answer_has_a_schema),
        cmocka_unit_test(a_stuck_worker_and_a_full_mailbox_keep_nobody_waiting),
        cmocka_unit_test(long_paths_are_shortened),
        cmocka_unit_test(what_is_no_stale_socket_stays),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
