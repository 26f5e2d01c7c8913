/* Commands: every row of every table is asked as its grammar says, and wrongly in each of its words. Whatever is asked, the
 * answer is one line: data like the row's example, or a sentence. Two workers with all their parts; there is no
 * database. */
#include "actors/notifier/notifier.h"
#include "proto/base/log.h"
#include "tests/transport/http/http_help.h"
#include "transport/admin/answer.h"
#include "transport/admin/tables.h"
#include "transport/parts.h"

#include <ctype.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 2, PATIENCE_S = 60, WORDS_MOST = 24, WORD_MAX = 64 };

static struct system *house;
static struct server_view view;
static int bound[WORKERS], client;
static char folder[] = "/tmp/lectern-commands-XXXXXX";
static struct setup setup = { .parts = parts, .conninfo = "host=/nowhere", .version = "1.2.3", .bound = bound };
static int wishes[ADMIN_WISHES];
static char conn_id[32]; /* of the client's connection */
static char place[128];  /* as `events` has it */

/* ---- is data like an example? ---- */

struct marks {
    size_t n; /* letters of the name */
    bool null, absent, words, any;
};

static struct marks marks_of(const char *name)
{
    struct marks m = { strlen(name), false, false, false, false };
    for (; m.n && strchr("?-*|", name[m.n - 1]); m.n--) {
        m.null |= name[m.n - 1] == '?';
        m.absent |= name[m.n - 1] == '-';
        m.any |= name[m.n - 1] == '*';
        m.words |= name[m.n - 1] == '|';
    }
    return m;
}

static bool is_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (!strncmp(at, word, n) && (!at[n] || at[n] == '|'))
            return true;
    return false;
}

static bool is_like(const json_t *data, const json_t *example);

static bool has_member(const json_t *data, const char *name, const json_t *example)
{
    char plain[WORD_MAX];
    struct marks m = marks_of(name);
    snprintf(plain, sizeof plain, "%.*s", (int)m.n, name);
    const json_t *member = json_object_get(data, plain);
    if (m.any)
        return true;
    if (!member || json_is_null(member))
        return member ? m.null || json_is_null(example) : m.absent;
    if (m.words)
        return json_is_string(member) && is_word(json_string_value(example), json_string_value(member));
    return is_like(member, example);
}

static bool are_like(const json_t *data, const json_t *example)
{
    const json_t *one = json_array_get(example, 0);
    for (size_t i = 0; one && i < json_array_size(data); i++)
        if (!is_like(json_array_get(data, i), one))
            return false;
    return json_is_array(data);
}

static bool is_like(const json_t *data, const json_t *example)
{
    const char *name;
    json_t *member;
    if (json_is_array(example))
        return are_like(data, example);
    if (!json_is_object(example))
        return json_is_null(example) || json_typeof(data) == json_typeof(example) ||
               (json_is_boolean(data) && json_is_boolean(example)) || (json_is_number(data) && json_is_real(example));
    json_object_foreach((json_t *)example, name, member) if (!has_member(data, name, member)) return false;
    return json_is_object(data);
}

static void an_example_is_told_from_what_is_not_like_it(void **state)
{
    static const struct {
        const char *example, *data;
        bool like;
    } rows[] = {
        { "{\"a\":1}", "{\"a\":2,\"more\":0}", true },
        { "{\"a\":1}", "{\"a\":\"2\"}", false },
        { "{\"a\":1}", "{}", false },
        { "{\"a-\":1}", "{}", true },
        { "{\"a\":1}", "{\"a\":null}", false },
        { "{\"a?\":1}", "{\"a\":null}", true },
        { "{\"a|\":\"x|yy\"}", "{\"a\":\"yy\"}", true },
        { "{\"a|\":\"x|yy\"}", "{\"a\":\"y\"}", false },
        { "{\"a?-\":1.5}", "{\"a\":2}", true },
        { "{\"a\":1}", "{\"a\":1.5}", false },
        { "[{\"a\":true}]", "[{\"a\":false}]", true },
        { "[{\"a\":true}]", "[{\"a\":false},{}]", false },
        { "[{\"a\":true}]", "[]", true },
        { "[]", "{}", false },
        { "{}", "{\"what\":1}", true },
        { "{\"a\":null}", "{\"a\":[1]}", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *example = json_loads(rows[i].example, 0, NULL), *data = json_loads(rows[i].data, 0, NULL);
        if (is_like(data, example) != rows[i].like)
            fail_msg("%s and %s", rows[i].example, rows[i].data);
        json_decref(example);
        json_decref(data);
    }
}

/* ---- the words of a row, as its grammar has them ---- */

struct word {
    char text[WORD_MAX]; /* as the grammar has it, without brackets */
    bool option, value;  /* --name; what stands behind it, or a placeholder */
    bool optional, rest;
};

struct usage_words {
    struct word list[WORDS_MOST];
    int n;
};

static bool is_capital(const char *p)
{
    return isupper((unsigned char)*p) || strchr(p, '|');
}

static struct usage_words words_of(const char *usage)
{
    struct usage_words words = { .n = 0 };
    bool value_follows = false, inside = false;
    for (const char *at = usage; *at;) {
        size_t n = strcspn(at, " ");
        bool opens = *at == '[', closes = at[n - 1] == ']';
        struct word *w = &words.list[words.n++];
        assert_true(words.n < WORDS_MOST);
        snprintf(w->text, sizeof w->text, "%.*s", (int)(n - opens - closes), at + opens);
        inside |= opens;
        w->optional = inside;
        w->option = !strncmp(w->text, "--", 2);
        w->value = value_follows || (!w->option && is_capital(w->text));
        w->rest = n > 3 && strstr(w->text, "...");
        const char *next = at + n + strspn(at + n, " ");
        value_follows = w->option && !closes && *next && *next != '[' && strncmp(next, "--", 2) != 0;
        inside &= !closes;
        at = next;
    }
    return words;
}

/* What may stand in place of a word in capitals. */
static const char *good_value(const struct admin_command *row, const char *name)
{
    const struct {
        const char *name, *value;
    } values[] = {
        { "ADDRESS", "notifier/1" },
        { "KIND", "notifier" },
        { "N", "3" },
        { "MS", "100" },
        { "R", "10" },
        { "SECONDS", "1" },
        { "USER", "1" },
        { "T", "chat" },
        { "REASON", "drain" },
        { "NAME", "slow-turn" },
        { "VALUE", "50" },
        { "LEVEL", "error" },
        { "COMMAND...", "info" },
        { "PARTICIPANT", "1" },
        { "PLACE", place },
        { "ID", "1" },
    };
    static char choice[WORD_MAX];
    if (strchr(name, '|')) {
        snprintf(choice, sizeof choice, "%.*s", (int)strcspn(name, "|"), name);
        return choice;
    }
    if (!strcmp(row->name, "conn") && !strcmp(name, "ID"))
        return conn_id;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (!strcmp(values[i].name, name))
            return values[i].value;
    return "1";
}

/* ---- asking ---- */

/* Nothing is traced but something: of its options one must be there. */
static bool is_wanted(const struct admin_command *row, const struct usage_words *words, int i)
{
    bool user = !strcmp(words->list[i].text, "--user") || (i && !strcmp(words->list[i - 1].text, "--user"));
    return user && !strcmp(row->name, "trace");
}

/* The request for a row; word number `other` of its grammar (-1: none) is replaced by `by`, or left out for NULL. */
static json_t *request_of(const struct admin_command *row, bool whole, int other, const char *by)
{
    struct usage_words words = words_of(row->args);
    json_t *args = json_array();
    for (int i = 0; i < words.n; i++) {
        const struct word *w = &words.list[i];
        if (i == other && by)
            json_array_append_new(args, json_string(by));
        else if (i != other && (whole || !w->optional || is_wanted(row, &words, i)))
            json_array_append_new(args, json_string(w->value ? good_value(row, w->text) : w->text));
    }
    return json_pack("{s:i, s:s, s:o}", "v", 1, "command", row->name, "args", args);
}

/* The example of the row that the request means; one that lacks a word may mean another than it was made of. */
static json_t *example_of(const json_t *request)
{
    const json_t *args = json_object_get(request, "args");
    const char *words[WORDS_MOST] = { json_string_value(json_object_get(request, "command")) };
    struct admin_call call = { 0 };
    struct buf why = { 0 };
    size_t n = 1 + json_array_size(args);
    for (size_t i = 1; i < n; i++)
        words[i] = json_string_value(json_array_get(args, i - 1));
    const struct admin_command *row = tables_find(words, n, &call, &why);
    buf_fini(&why);
    return row ? json_loads(row->gives, 0, NULL) : NULL;
}

/* Asks and holds the answer to what every answer is. Was it data? */
static bool ask(json_t *request, json_t **ret_answer)
{
    struct buf line = { 0 };
    char *bytes = json_dumps(request, JSON_COMPACT);
    admin_answer(&view, "serving", (struct admin_caller){ .uid = 0, .pid = 1 }, text_of(bytes), &line);
    json_t *answer = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
    if (line.failed || !answer || memchr(line.p, '\n', line.n) || json_integer_value(json_object_get(answer, "v")) != 1)
        fail_msg("%s: %.*s", bytes, (int)line.n, line.p);
    bool done = json_is_true(json_object_get(answer, "ok"));
    json_t *example = example_of(request);
    const char *why = json_string_value(json_object_get(answer, "error"));
    if (done ? !example || !is_like(json_object_get(answer, "data"), example) : !why || !*why)
        fail_msg("%s: %.*s", bytes, (int)line.n, line.p);
    json_decref(example);
    buf_fini(&line);
    free(bytes);
    if (ret_answer)
        *ret_answer = answer;
    else
        json_decref(answer);
    return done;
}

static bool ask_once(const struct admin_command *row, bool whole, int other, const char *by)
{
    json_t *request = request_of(row, whole, other, by);
    bool done = ask(request, NULL);
    json_decref(request);
    return done;
}

/* A worker that is busy for longer than a command waits says nothing, once. */
static void ask_until_done(const struct admin_command *row, bool whole)
{
    time_t until = time(NULL) + PATIENCE_S;
    while (!ask_once(row, whole, -1, NULL))
        if (time(NULL) > until)
            fail_msg("%s %s is not done", row->name, row->args);
}

typedef void each(const struct admin_command *row);

static void each_row(each *see)
{
    for (const struct admin_command *const *table = admin_tables; *table; table++)
        for (const struct admin_command *row = *table; row->name; row++)
            see(row);
}

/* ---- the server ---- */

static void wish(enum admin_wish what)
{
    wishes[what]++;
}

static int bind_one(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

/* How to go on following. */
static void find_place(void)
{
    json_t *answer, *request = json_pack("{s:i, s:s, s:[s]}", "v", 1, "command", "events", "args", "--follow");
    assert_true(ask(request, &answer));
    const json_t *args = json_object_get(json_object_get(answer, "again"), "args");
    for (size_t i = 0; i + 1 < json_array_size(args); i++)
        if (!strcmp(json_string_value(json_array_get(args, i)), "--after"))
            snprintf(place, sizeof place, "%s", json_string_value(json_array_get(args, i + 1)));
    assert_true(*place);
    json_decref(answer);
    json_decref(request);
}

/* Its connection is there, and known by its name. */
static void dial(void)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    json_t *answer, *request = json_pack("{s:i, s:s}", "v", 1, "command", "conns");
    assert_int_equal(getsockname(bound[0], (struct sockaddr *)&a, &n), 0);
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&a, sizeof a), 0);
    for (time_t until = time(NULL) + PATIENCE_S; !*conn_id;) {
        assert_true(time(NULL) <= until);
        assert_true(ask(request, &answer));
        const json_t *first = json_array_get(json_object_get(answer, "data"), 0);
        snprintf(conn_id, sizeof conn_id, "%s", first ? json_string_value(json_object_get(first, "id")) : "");
        json_decref(answer);
    }
    json_decref(request);
}

static int start(void **state)
{
    static int own[WORKERS];
    struct buf why = { 0 };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    server_defaults();
    config.identity = "token";
    config.hosts = "";
    config.log_level = "error";
    config.jwt_secret = "0123456789abcdef0123456789abcdef";
    config.write_wait = 1; /* without a database nobody is kept waiting */
    assert_non_null(mkdtemp(folder));
    config.data = folder;
    house = system_create(&(struct system_options){ .workers = WORKERS });
    assert_non_null(house);
    for (int i = 0; i < WORKERS; i++) {
        own[i] = bind_one();
        bound[i] = dup(own[i]);
    }
    setup.system = house;
    assert_true(files_open(&setup.audio, folder, &why));
    buf_fini(&why);
    assert_true(parts_prepare(&setup));
    assert_true(system_start(house, parts_open, parts_end, &setup));
    memcpy(bound, own, sizeof own);
    view = (struct server_view){
        .system = house, .version = "1.2.3", .address = "127.0.0.1:1", .wish = wish, .describe = parts_describe
    };
    notifier_wake(house, false);
    dial();
    find_place();
    return 0;
}

static int stop(void **state)
{
    close(client);
    system_stop(house);
    parts_finish();
    system_destroy(house);
    files_close(&setup.audio);
    for (int i = 0; i < WORKERS; i++)
        close(bound[i]);
    return rmdir(folder);
}

/* ---- rows ---- */

/* These need the database, or a room; without it there is a sentence. */
static bool needs_more(const struct admin_command *row)
{
    static const char *const names[] = { "users", "audit", "outbox", "jobs", "room", NULL };
    int i = 0;
    while (names[i] && strcmp(names[i], row->name) != 0)
        i++;
    return names[i];
}

static void ask_well(const struct admin_command *row)
{
    if (needs_more(row)) {
        bool listed = !strcmp(row->name, "users") && strstr(row->args, "sessions");
        if (!listed && ask_once(row, false, -1, NULL))
            fail_msg("%s %s is done without what it needs", row->name, row->args);
        (void)ask_once(row, true, -1, NULL);
        return;
    }
    ask_until_done(row, false);
    if (!row->changes)
        ask_until_done(row, true);
}

static void each_row_gives_what_its_example_shows(void **state)
{
    memset(wishes, 0, sizeof wishes);
    each_row(ask_well);
    assert_true(wishes[ADMIN_STOP] > 0);
    assert_true(wishes[ADMIN_DRAIN] > 0);
    assert_true(wishes[ADMIN_UNDRAIN] > 0);
    assert_true(wishes[ADMIN_TAKE_OVER] > 0);
}

static void ask_badly(const struct admin_command *row)
{
    static char long_word[4096];
    static const char *const bad[] = { "",
                                       "-1",
                                       "0",
                                       "99999999999999999999",
                                       "-9223372036854775808",
                                       "1e3",
                                       "0x10",
                                       "1 2",
                                       "nobody/7",
                                       "/",
                                       "notifier/",
                                       "notifier/99999999999999999999",
                                       "1-",
                                       "-",
                                       "9-99999999999999999999",
                                       "a|b",
                                       "%s%n",
                                       "'; drop table users; --",
                                       "\xc3\xa9\x01\x7f",
                                       "--",
                                       "--top",
                                       "--nothing",
                                       "[",
                                       NULL };
    struct usage_words words = words_of(row->args);
    memset(long_word, 'x', sizeof long_word - 1);
    for (int i = 0; i < words.n; i++) {
        (void)ask_once(row, true, i, NULL);
        (void)ask_once(row, true, i, long_word);
        for (int k = 0; bad[k]; k++)
            if (words.list[i].value || words.list[i].option)
                (void)ask_once(row, true, i, bad[k]);
    }
}

static void whatever_is_wrong_gets_a_sentence(void **state)
{
    each_row(ask_badly);
}

static void ask_too_much(const struct admin_command *row)
{
    if (strstr(row->args, "..."))
        return;
    json_t *request = request_of(row, false, -1, NULL), *args = json_object_get(request, "args");
    json_array_append_new(args, json_string("and"));
    json_array_append_new(args, json_string("more"));
    json_array_append_new(args, json_string("of it"));
    if (ask(request, NULL))
        fail_msg("%s %s takes any words", row->name, row->args);
    json_decref(request);
}

static void words_too_many_are_refused(void **state)
{
    each_row(ask_too_much);
}

static void choose(const struct admin_command *row)
{
    struct usage_words words = words_of(row->args);
    for (int i = 0; i < words.n && !needs_more(row); i++)
        for (char *at = words.list[i].value && strchr(words.list[i].text, '|') ? words.list[i].text : NULL; at;) {
            char *bar = strchr(at, '|');
            if (bar)
                *bar = 0;
            for (time_t until = time(NULL) + PATIENCE_S; !ask_once(row, true, i, at);)
                if (time(NULL) > until)
                    fail_msg("%s %s: %s", row->name, row->args, at);
            at = bar ? bar + 1 : NULL;
        }
}

static void each_choice_is_taken(void **state)
{
    each_row(choose);
}

static void viewers_change_nothing(void **state)
{
    for (const struct admin_command *const *table = admin_tables; *table; table++)
        for (const struct admin_command *row = *table; row->name; row++) {
            struct buf line = { 0 };
            json_t *request = request_of(row, false, -1, NULL);
            char *bytes = row->changes ? json_dumps(request, JSON_COMPACT) : NULL;
            if (bytes) {
                admin_answer(&view, "serving", (struct admin_caller){ 7, 7, true }, text_of(bytes), &line);
                buf_putc(&line, 0);
                assert_non_null(strstr(line.p, "changes something, which is not for viewers"));
            }
            free(bytes);
            json_decref(request);
            buf_fini(&line);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_example_is_told_from_what_is_not_like_it),
        cmocka_unit_test(viewers_change_nothing),
        cmocka_unit_test(whatever_is_wrong_gets_a_sentence),
        cmocka_unit_test(words_too_many_are_refused),
        cmocka_unit_test(each_choice_is_taken),
        cmocka_unit_test(each_row_gives_what_its_example_shows),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
