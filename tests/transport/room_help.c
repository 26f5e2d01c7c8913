/* Room help: see room_help.h. */
#include "room_help.h"

#include "actors/classroom/look.h"
#include "actors/room/ids.h"
#include "actors/room/listeners.h"
#include "actors/room/persistence.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "store/statements.h"
#include "transport/api/classroom/classroom.h"
#include "transport/asks.h"
#include "transport/health.h"
#include "transport/identity/attempts.h"
#include "transport/ingress.h"
#include "transport/people/people.h"
#include "transport/sse/sse.h"
#include "transport/streams/streams.h"
#include "transport/ws/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { HEARD_MOST = 64, MAILBOX = 2, PATIENCE_S = 5, SECOND = 1000000000 };

static struct {
    struct actor *actor;
    bool stuck;
    struct heard heard[HEARD_MOST];
    int commands, leaves;
    struct room_leave left;
} room;                   /* worker's thread */
static struct hand_db db; /* worker's thread */
static struct worker *worker;
static int64_t alive;

/* ---- the room ---- */

static bool activate(struct actor *self)
{
    room.actor = self;
    return true;
}

static enum receive receive(struct actor *self, struct message *m)
{
    if (room.stuck) {
        actor_wait(self);
        return RECEIVE_LATER;
    }
    if (m->kind == MESSAGE_ROOM_LEAVE) {
        room.left = *room_leave(m);
        room.leaves++;
        return RECEIVED;
    }
    assert_int_equal(m->kind, MESSAGE_ROOM_COMMAND);
    assert_true(room.commands < HEARD_MOST);
    room.heard[room.commands++] = (struct heard){ *room_command(m), m->reply };
    return RECEIVED;
}

static const struct actor_kind kind = { .room = &classroom_ops, /* its log is read as a classroom's */
                                        .name = "room",
                                        .mailbox_limit = MAILBOX,
                                        .activate = activate,
                                        .receive = receive };

/* ---- the area ---- */

static struct address address_of(struct request *rq)
{
    return (struct address){ .kind = &kind, .id = request_int(rq, "id") };
}

static void listen_to(struct request *rq)
{
    sse_open(rq, address_of(rq));
}

static void on_answer(struct request *rq, enum error why, struct message *answer)
{
    if (why)
        respond_error(rq, why);
    else
        respond_json(rq, 200, room_answer(answer)->body);
}

static void ask(struct request *rq)
{
    struct room_command cmd = { .op = ROOM_RAISE_HAND };
    asks_room(rq, address_of(rq), &cmd, on_answer);
}

static void whoami(struct request *rq)
{
    const struct caller *c = request_caller(rq);
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_int(&j, "user_id", c->user_id);
    json_text(&j, "name", c->name);
    json_text(&j, "role", c->role);
    json_end_object(&j);
    respond_json(rq, 200, buf_view(&body));
    buf_fini(&body);
}

static const struct endpoint endpoints[] = {
    { GET, "/listen/{id:int32}", ANYONE, .handle = listen_to, .event_stream = true },
    { GET, "/attend/{id:int32}", KNOWN, .handle = listen_to, .event_stream = true },
    { POST, "/ask/{id:int32}", ANYONE, .handle = ask },
    { GET, "/whoami", KNOWN, .handle = whoami },
    { GET, "/teach", TEACHER, .handle = whoami },
    {},
};
static const struct area_role roles[] = { { "teacher", TEACHER }, { "student", STUDENT }, {} };
static const struct area area = {
    .name = "rooms",
    .endpoints = { endpoints },
    .identify = classroom_identify,
    .roles = roles,
    .says = { .forbidden = ERROR_TEACHER_ROLE_REQUIRED },
};
static const struct area *const areas_of_rooms[] = { &area, NULL };

/* ---- the server ---- */

static bool prepare(struct system *s)
{
    listeners_setup();
    return budgets_part.prepare(NULL) && attempts_setup() && system_set_ingress(s, ingress_kind()) &&
           system_add_kind(s, &kind);
}

static bool begin(struct worker *w)
{
    struct transport *t = calloc(1, sizeof *t);
    assert_non_null(t);
    worker = w;
    worker_set_service(w, SERVICE_DB_READ, &db.base);
    worker_set_service(w, SERVICE_DB_SLOW, &db.base);
    worker_set_service(w, SERVICE_DB_WRITE, &db.base);
    worker_set_service(w, SERVICE_TRANSPORT, t);
    worker_set_service(w, SERVICE_IDS, ids_create(w));
    worker_set_service(w, SERVICE_PERSISTENCE,
                       persistence_create(w, &(struct persistence_options){
                                                 .turns = 500, .rows = 2000, .bytes = 4 << 20, .wait_ns = SECOND }));
    t->worker = w;
    t->asks = asks_create(w, (uint64_t)config.answer_timeout * SECOND, (uint64_t)60 * SECOND);
    t->people = people_create(w);
    t->health = health_create(w);
    t->streams = streams_create(w);
    t->sockets = sockets_create();
    t->tokens = token_cache_create(64);
    t->passwords = pool_create(w, 1, (unsigned)config.password_queue);
    return worker_service(w, SERVICE_IDS) && worker_service(w, SERVICE_PERSISTENCE) && t->asks && t->people &&
           t->health && t->streams && t->sockets && t->tokens && t->passwords;
}

static void end(struct worker *w)
{
    struct transport *t = transport_of(w);
    hand_db_close(&db);
    persistence_destroy(worker_service(w, SERVICE_PERSISTENCE));
    ids_destroy(worker_service(w, SERVICE_IDS));
    pool_destroy(t->passwords);
    token_cache_destroy(t->tokens);
    streams_destroy(t->streams);
    sockets_destroy(t->sockets);
    people_destroy(t->people);
    health_destroy(t->health);
    asks_destroy(t->asks);
    free(t);
}

void room_start(const struct area *const *areas)
{
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    config.hosts = "";
    config.jwt_secret = KEY;
    config.jwt_secret_previous = "";
    config.teacher_signup = "anybody";
    config.teacher_signup_code = "";
    config.password_key = "";
    alive = message_alive();
    memset(&room, 0, sizeof room);
    hand_db_open(&db);
    server_more = (struct server_more){ prepare, begin, end };
    server_start(areas ? areas : areas_of_rooms);
}

void room_stop(void)
{
    server_stop();
    attempts_finish();
    budgets_part.finish();
    assert_int_equal(hand_db_pending(&db), 0);
    assert_int_equal(message_alive(), alive);
}

static void run(struct http *h, void *arg)
{
    void (*fn)(struct transport * t);
    memcpy(&fn, arg, sizeof fn);
    fn(transport_of(worker));
}

void room_do(void (*fn)(struct transport *t))
{
    server_call(run, &fn);
}

/* ---- waiting ---- */

struct count {
    const int *what;
    int is;
};

static void read_count(struct http *h, void *arg)
{
    struct count *c = arg;
    c->is = *c->what;
}

static int count_of(const int *what)
{
    struct count c = { what, 0 };
    server_call(read_count, &c);
    return c.is;
}

static void await(const int *what, int n)
{
    time_t until = time(NULL) + PATIENCE_S;
    while (count_of(what) < n)
        assert_true(time(NULL) <= until);
}

struct heard room_hear(int n)
{
    await(&room.commands, n);
    return room.heard[n - 1];
}

int room_leaves(void)
{
    return count_of(&room.leaves);
}

struct room_leave room_await_leaves(int n)
{
    await(&room.leaves, n);
    assert_int_equal(room_leaves(), n);
    return room.left;
}

static void stick(struct http *h, void *arg)
{
    room.stuck = *(bool *)arg;
    if (!room.stuck)
        actor_resume(room.actor);
}

void room_stick(bool stuck)
{
    server_call(stick, &stuck);
}

/* ---- what the room says ---- */

struct saying {
    const struct heard *who;
    const struct room_joined *how;
    const char *const *missed;
    enum error why;
    const char *body;
    const struct said *what;
    size_t n;
};

static void let_in(struct http *h, void *arg)
{
    const struct saying *s = arg;
    struct room_joined how = *s->how;
    how.room = (struct room_key){ classroom_ops.number, 1 };
    how.stream = s->who->cmd.stream;
    if (!how.hello.p)
        how.hello = TEXT(HELLO);
    struct message *m = room_joined_create(&how, s->who->reply);
    assert_non_null(m);
    struct room_joined *j = room_joined(m);
    for (int i = 0; s->missed && s->missed[i]; i++) {
        j->missed = realloc(j->missed, (size_t)(i + 1) * sizeof *j->missed);
        j->missed[j->missed_count++] = shared_create(text_of(s->missed[i]));
    }
    assert_true(bus_reply(worker_system(worker), s->who->reply, m));
}

void room_let_in(const struct heard *who, struct room_joined how, const char *const *missed)
{
    struct saying s = { .who = who, .how = &how, .missed = missed };
    server_call(let_in, &s);
}

static void say_one(const struct said *s);

static void let_in_between(struct http *h, void *arg)
{
    const struct saying *s = arg;
    say_one(&s->what[0]);
    let_in(h, arg);
    say_one(&s->what[1]);
}

void room_let_in_between(const struct heard *who, struct room_joined how, const struct said what[static 2])
{
    struct saying s = { .who = who, .how = &how, .what = what };
    server_call(let_in_between, &s);
}

static void answer_it(struct http *h, void *arg)
{
    const struct saying *s = arg;
    struct message *m = room_answer_create(s->why, text_of(s->body), s->who->reply);
    assert_true(bus_reply(worker_system(worker), s->who->reply, m));
}

void room_answer_it(const struct heard *who, enum error why, const char *body)
{
    struct saying s = { .who = who, .why = why, .body = body };
    server_call(answer_it, &s);
}

static void say_one(const struct said *s)
{
    struct message *m = message_create(MESSAGE_ROOM_DELIVER, sizeof(struct room_deliver));
    assert_non_null(m);
    *room_deliver(m) =
        (struct room_deliver){ .room = { classroom_ops.number, 1 },
                               .seq = s->seq,
                               .frame = s->frame ? shared_create(text_of(s->frame)) : NULL,
                               .only_frame = s->only_frame ? shared_create(text_of(s->only_frame)) : NULL,
                               .only = s->only,
                               .end_only = s->end_only,
                               .end_all = s->end_all };
    assert_true(bus_to_ingress(worker_system(worker), 0, m));
}

static void say(struct http *h, void *arg)
{
    const struct saying *s = arg;
    for (size_t i = 0; i < s->n; i++)
        say_one(&s->what[i]);
}

void room_say_all(const struct said *what, size_t n)
{
    struct saying s = { .what = what, .n = n };
    server_call(say, &s);
}

static void cut(struct http *h, void *arg)
{
    struct message *m = message_create(MESSAGE_ROOM_CUT, sizeof(struct room_cut));
    assert_non_null(m);
    if (!*(bool *)arg)
        room_cut(m)->room = (struct room_key){ classroom_ops.number, 1 };
    assert_true(bus_to_ingress(worker_system(worker), 0, m));
}

void room_cut_it(bool all)
{
    server_call(cut, &all);
}

/* ---- the database ---- */

static void pending(struct http *h, void *arg)
{
    *(int *)arg = hand_db_pending(&db);
}

const char *room_await_query(const struct statement *st)
{
    time_t until = time(NULL) + PATIENCE_S;
    for (int n = 0; !n;) {
        assert_true(time(NULL) <= until);
        server_call(pending, &n);
    }
    const struct hand_query *q = &db.asked[db.answered];
    assert_string_equal(q->statement->name, st->name);
    return q->params;
}

struct answer_of {
    enum db_status status;
    int rows, columns;
    const char *const *cells;
};

static void answer_query(struct http *h, void *arg)
{
    const struct answer_of *a = arg;
    hand_db_answer(&db, a->status, a->rows, a->columns, a->cells);
}

void room_answer_query(enum db_status status, int rows, int columns, const char *const *cells)
{
    struct answer_of a = { status, rows, columns, cells };
    server_call(answer_query, &a);
}

static void fill_db(struct http *h, void *arg)
{
    db.full = *(bool *)arg;
}

void room_db_full(bool full)
{
    server_call(fill_db, &full);
}

static void take_db_away(struct http *h, void *arg)
{
    db.away = *(bool *)arg;
}

void room_db_away(bool away)
{
    server_call(take_db_away, &away);
}

/* ---- requests ---- */

struct client *room_call(const char *line, const char *type, const char *body)
{
    static char request[4096];
    struct client *c = client_open();
    snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
             line, type, strlen(body), body);
    client_puts(c, request);
    return c;
}

void room_meet_ada(void)
{
    static const char *const ada[] = { "Ada", "classroom:teacher" };
    struct client *c = room_call("GET /sessions/active?user_id=5", "text/plain", "");
    (void)room_await_query(&ACCOUNT_BY_ID);
    room_answer_query(DB_OK, 1, 2, ada);
    assert_string_equal(room_await_query(&CLASSROOM_ACTIVE), "5 -");
    room_answer_query(DB_OK, 0, 3, NULL);
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "[]");
    client_close(c);
}

/* ---- followers ---- */

static struct follower *ask_to_follow(int fd, const char *query, const char *headers)
{
    struct follower *f = calloc(1, sizeof *f);
    char request[256];
    assert_non_null(f);
    f->client = client_connect(fd);
    snprintf(request, sizeof request, "GET /listen/1%s HTTP/1.1\r\nHost: x\r\n%s\r\n", query, headers);
    client_puts(f->client, request);
    return f;
}

struct follower *follow_as(const char *token)
{
    struct follower *f = calloc(1, sizeof *f);
    char request[1024];
    assert_non_null(f);
    f->client = client_open();
    snprintf(request, sizeof request, "GET /attend/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", token);
    client_puts(f->client, request);
    return f;
}

struct follower *follow_with(int fd, const char *query)
{
    return ask_to_follow(fd, query, "");
}

struct follower *follow_accepting(const char *types)
{
    char accept[100];
    snprintf(accept, sizeof accept, "Accept: %s\r\n", types);
    return ask_to_follow(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "", accept);
}

struct follower *follow(const char *query)
{
    return follow_with(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), query);
}

void unfollow(struct follower *f)
{
    client_close(f->client);
    buf_fini(&f->text);
    free(f);
}

int follow_head(struct follower *f)
{
    return client_read(f->client);
}

/* Reads one chunk of the chunked coding and checks its form. */
static void read_chunk(struct follower *f)
{
    char size[16] = "";
    assert_false(f->ended);
    for (size_t n = 0; !strstr(size, "\r\n"); n++) {
        assert_true(n < sizeof size - 1);
        client_read_raw(f->client, 1);
        size[n] = f->client->answer[0];
    }
    size_t n = strtoul(size, NULL, 16);
    client_read_raw(f->client, n + 2);
    assert_memory_equal(f->client->answer + n, "\r\n", 2);
    buf_put(&f->text, f->client->answer, n);
    f->chunks += n > 0;
    f->ended = n == 0;
}

static void forget(struct follower *f, size_t n)
{
    memmove(f->text.p, f->text.p + n, f->text.n - n);
    f->text.n -= n;
}

void follow_skip(struct follower *f, size_t n)
{
    while (f->text.n < n)
        read_chunk(f);
    forget(f, n);
}

void follow_expect(struct follower *f, const char *expected, const char *file, int line)
{
    size_t n = strlen(expected);
    while (f->text.n < n && !f->ended)
        read_chunk(f);
    if (f->text.n < n || memcmp(f->text.p, expected, n)) {
        print_error("followed \"%.*s\"\n", (int)f->text.n, f->text.n ? f->text.p : "");
        _fail(file, line);
    }
    forget(f, n);
}

void follow_end(struct follower *f, const char *file, int line)
{
    while (!f->ended)
        read_chunk(f);
    _assert_int_equal(f->text.n, 0, file, line);
    _assert_true(client_at_end(f->client), "the connection ends", file, line);
}

uint64_t follow_number(struct follower *f)
{
    uint64_t number = 0;
    for (;;) {
        while (!f->text.n)
            read_chunk(f);
        if (*f->text.p < '0' || *f->text.p > '9')
            return number;
        number = number * 10 + (uint64_t)(*f->text.p - '0');
        forget(f, 1);
    }
}

struct follower *follow_in(int32_t participant, int64_t seq)
{
    int n = count_of(&room.commands) + 1;
    struct follower *f = follow("");
    struct heard who = room_hear(n);
    room_let_in(&who, (struct room_joined){ .participant = participant, .epoch = 1, .seq = seq }, NULL);
    assert_int_equal(follow_head(f), 200);
    follow_expect(f, "retry: ", __FILE__, __LINE__);
    (void)follow_number(f);
    follow_expect(f, "\n" HELLO, __FILE__, __LINE__);
    return f;
}
