/* Tap command: `lectern tap`. Follows the events of a server as `lectern admin events --follow` does and publishes them
 * on an nng PUB socket, the room being the topic, for any number of programs on this machine. It is a process of its
 * own, so that whatever becomes of its subscribers the server does not feel it. */
#include "proto/base/stamp.h"
#include "proto/config/config.h"
#include "tools/lectern/admin_client.h"
#include "tools/lectern/commands.h"
#include "transport/admin/command.h"
#include "transport/admin/socket.h"

#include <errno.h>
#include <jansson.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 17, LOOK_AGAIN_MS = 200, SEND_BUFFER = 8192, PLACE_MAX = 1536 };
enum { CHECK_EVERY_MS = 5000, CHECK_AGAIN_MS = 500, CHECK_WAIT_MS = 2000, DEAF_MOST = 2 };
static const char place_name[] = "LECTERN_TAP_PLACE"; /* in the environment of a tap that begins anew */

struct tap {
    struct admin_client client;
    char **argv;                /* of the whole command */
    nng_socket publisher;       /* open until the process ends: closing it may hang */
    struct sockaddr_un address; /* where it listens */
    int64_t check_ms;           /* when to look at that again */
    int deaf;                   /* how often in a row it was found to answer nobody */
    const char *room;           /* NULL: all */
    bool payload;
    char place[PLACE_MAX]; /* where to go on; empty: nowhere yet */
    bool anew;             /* the server is another one since: what it has said so far counts too */
    enum { TAP_BEGINS, TAP_WAITS, TAP_FOLLOWS } told; /* what was said of that last */
};

/* ---- signals ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = 1;
}

/* nng's threads are to take none of them, so that the main thread wakes. */
static void block_signals(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(how, &set, NULL);
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    block_signals(SIG_UNBLOCK);
}

static void rest(int64_t ms)
{
    (void)poll(NULL, 0, (int)ms);
}

static void say(const char *what, struct text more)
{
    fprintf(stderr, "lectern tap: %s%.*s\n", what, (int)more.n, more.n ? more.p : "");
}

/* ---- publishing ---- */

/* A topic, a blank, the row, a line feed. Who subscribes to "room/7 " gets nothing of room 71. */
static void publish(struct tap *t, const char *topic, const char *row)
{
    nng_msg *m;
    if (!row || nng_msg_alloc(&m, 0))
        return;
    bool whole = !nng_msg_append(m, topic, strlen(topic)) && !nng_msg_append(m, " ", 1) &&
                 !nng_msg_append(m, row, strlen(row)) && !nng_msg_append(m, "\n", 1);
    if (!whole || nng_sendmsg(t->publisher, m, 0))
        nng_msg_free(m);
}

static void publish_row(struct tap *t, const json_t *row)
{
    const char *event = json_string_value(json_object_get(row, "event"));
    char *text = json_dumps(row, JSON_COMPACT), topic[32] = "missed";
    if (event && strcmp(event, "missed"))
        snprintf(topic, sizeof topic, "room/%lld", (long long)json_integer_value(json_object_get(row, "room")));
    publish(t, topic, text);
    free(text);
}

/* Events may have been said that nobody will ever tell of: how many, nobody knows. */
static void publish_hole(struct tap *t)
{
    publish(t, "missed",
            "{\"at\":null,\"worker\":null,\"kind\":null,\"room\":0,\"seq\":0,\"event\":\"missed\","
            "\"user\":0,\"bytes\":0,\"missed\":null}");
}

static bool listen_at(struct tap *t, const char *url, struct buf *why)
{
    nng_listener listener;
    char own[sizeof t->address.sun_path + sizeof "ipc://"];
    const char *path = url + strlen("ipc://");
    int folder, error;
    if (!socket_address(path, &t->address, &folder)) {
        buf_printf(why, "the path %s is too long for a socket, or its folder is not there", path);
        return false;
    }
    if (!socket_clear(path, &t->address, why))
        return false;
    snprintf(own, sizeof own, "ipc://%s", t->address.sun_path);
    mode_t mask = umask(0177);
    error = nng_pub0_open(&t->publisher);
    error = error ? error : nng_socket_set_int(t->publisher, NNG_OPT_SENDBUF, SEND_BUFFER);
    error = error ? error : nng_listener_create(&listener, t->publisher, own);
    error = error ? error : nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, 0600);
    error = error ? error : nng_listener_start(listener, 0);
    umask(mask);
    if (error)
        buf_printf(why, "cannot listen at %s: %s", path, nng_strerror(error));
    return !error;
}

/* ---- the listener ---- */

/* Does it answer who comes? */
static bool listens(const struct tap *t)
{
    static const char hello[8] = { 0, 'S', 'P', 0, 0, 0x21 }; /* of an nng SUB socket */
    char reply[sizeof hello];
    struct pollfd of = { .fd = socket_connect(&t->address, CHECK_WAIT_MS), .events = POLLIN };
    bool answers = of.fd >= 0 && send(of.fd, hello, sizeof hello, MSG_NOSIGNAL) == (ssize_t)sizeof hello &&
                   poll(&of, 1, CHECK_WAIT_MS) > 0 && recv(of.fd, reply, sizeof reply, 0) > 0;
    if (of.fd >= 0)
        close(of.fd);
    return answers;
}

/* In the place of this process, at the place in the events that it has come to. */
static void begin_anew(struct tap *t)
{
    say("the listener answers nobody any more; beginning anew", (struct text){ 0 });
    setenv(place_name, t->place, 1);
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    execv("/proc/self/exe", t->argv);
}

/* The poller of nng 1.5.2 can be lost to a peer that dies just as it connects. Subscribers come back by themselves. */
static void check_listener(struct tap *t)
{
    if (stamp_monotonic_ms() < t->check_ms)
        return;
    t->deaf = listens(t) ? 0 : t->deaf + 1;
    t->check_ms = stamp_monotonic_ms() + (t->deaf ? CHECK_AGAIN_MS : CHECK_EVERY_MS);
    if (t->deaf >= DEAF_MOST && !interrupted)
        begin_anew(t);
}

/* ---- following ---- */

static size_t put_words(const struct tap *t, const char *ret[static WORDS_MAX])
{
    const char *words[WORDS_MAX] = { "events", "--follow", "--rate", "5000", "--count", "100000000", "--for", "86400" };
    size_t n = 8;
    if (t->room) {
        words[n++] = "--room";
        words[n++] = t->room;
    }
    if (t->payload)
        words[n++] = "--payload";
    if (*t->place) {
        words[n++] = "--after";
        words[n++] = t->place;
    } else if (t->anew)
        words[n++] = "--oldest";
    memcpy(ret, words, sizeof words);
    return n;
}

/* The word behind --after. */
static void keep_place(struct tap *t, const json_t *again)
{
    const json_t *args = json_object_get(again, "args");
    for (size_t i = 0; i + 1 < json_array_size(args); i++) {
        const char *word = json_string_value(json_array_get(args, i));
        const char *next = json_string_value(json_array_get(args, i + 1));
        if (word && next && !strcmp(word, "--after"))
            snprintf(t->place, sizeof t->place, "%s", next);
    }
}

/* What was refused with a place is asked without one: the server is another. Without one it is refused for good. */
static bool take_error(struct tap *t, const json_t *answer)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    if (!*t->place) {
        say(error ? error : "the server's answer is none", (struct text){ 0 });
        return false;
    }
    *t->place = 0;
    t->anew = true;
    publish_hole(t);
    return true;
}

/* False: there is no way to go on. */
static bool take(struct tap *t, const json_t *answer)
{
    const json_t *data = json_object_get(answer, "data"), *again = json_object_get(answer, "again");
    size_t i, rows = json_array_size(data);
    json_t *row;
    if (!json_is_true(json_object_get(answer, "ok")) || !again)
        return take_error(t, answer);
    json_array_foreach(data, i, row) publish_row(t, row);
    keep_place(t, again);
    if (rows < ADMIN_ROWS_MAX)
        rest(json_integer_value(json_object_get(again, "after_ms")));
    return true;
}

/* Said once for each time. */
static void tell(struct tap *t, bool follows)
{
    struct buf why = { 0 };
    int now = follows ? TAP_FOLLOWS : TAP_WAITS;
    if (now == (int)t->told)
        return;
    t->told = now;
    admin_client_why(&t->client, &why);
    say(follows ? "following the server" : "waiting: ", follows ? (struct text){ 0 } : buf_view(&why));
    buf_fini(&why);
}

static bool follow(struct tap *t)
{
    const char *words[WORDS_MAX];
    struct text answer = admin_client_ask(&t->client, words, put_words(t, words));
    if (interrupted)
        return false;
    tell(t, answer.p != NULL);
    if (!answer.p) {
        rest(LOOK_AGAIN_MS);
        return true;
    }
    json_t *tree = json_loadb(answer.p, answer.n, 0, NULL);
    bool goes_on = take(t, tree);
    json_decref(tree);
    return goes_on;
}

/* ---- options ---- */

struct options {
    const char *listen, *room;
    bool payload;
};

static bool take_own(struct options *o, char **argv, int *at)
{
    const char **value = !strcmp(argv[*at], "--listen") ? &o->listen : !strcmp(argv[*at], "--room") ? &o->room : NULL;
    if (value)
        *value = argv[*at + 1] ? argv[++*at] : "";
    else if (!strcmp(argv[*at], "--payload"))
        o->payload = true;
    else
        return false;
    return true;
}

static const char *check(const struct options *o)
{
    char *end = NULL;
    long room = o->room ? strtol(o->room, &end, 10) : 1;
    if (o->listen && (strncmp(o->listen, "ipc://", 6) || !o->listen[6]))
        return "--listen needs ipc:// and the path of a socket";
    if (room < 1 || room > INT32_MAX || (end && *end))
        return "--room needs the number of a room";
    return NULL;
}

/* Until interrupted, or there is no way. */
static int publish_all(struct tap *t, const char *url, struct buf *why)
{
    block_signals(SIG_BLOCK);
    if (!listen_at(t, url, why))
        return 2;
    catch_signals();
    printf("publishing at %s\n", url);
    fflush(stdout);
    while (follow(t))
        check_listener(t);
    (void)unlink(t->address.sun_path);
    return interrupted ? 0 : 1;
}

static int run(struct tap *t, int argc, char **argv, char **others)
{
    struct options o = { 0 };
    struct buf url = { 0 }, trouble = { 0 };
    static char program[] = "lectern";
    const char *why;
    int n = 0;
    t->argv[0] = program;
    memcpy(t->argv + 1, argv, (size_t)argc * sizeof *argv);
    for (int i = 0; i < argc; i++)
        if (!i || !take_own(&o, argv, &i))
            others[n++] = argv[i];
    if ((why = check(&o)) || !config_read(n, others, &why))
        return command_refuse("tap", why);
    t->room = o.room;
    t->payload = o.payload;
    snprintf(t->place, sizeof t->place, "%s", getenv(place_name) ?: "");
    if (o.listen)
        buf_puts(&url, o.listen);
    else
        buf_printf(&url, "ipc://%s/tap.sock", config.data);
    buf_putc(&url, 0);
    int code = 2;
    if (url.failed || (!admin_client_open(&t->client) && t->client.why == ENAMETOOLONG))
        admin_client_why(&t->client, &trouble);
    else
        code = publish_all(t, url.p, &trouble);
    admin_client_close(&t->client);
    if (trouble.n)
        say("", buf_view(&trouble));
    buf_fini(&url);
    buf_fini(&trouble);
    return code;
}

int command_tap(int argc, char **argv)
{
    static struct tap t; /* nng's threads may look at its socket as long as the process lives */
    if (command_wants_help(argc, argv)) {
        printf(
            "usage: lectern tap [options]\n\n"
            "  --data DIR            the server's data folder, in which its socket is\n"
            "  --admin-socket PATH   the socket, if it is elsewhere; the viewers' will do without --payload\n"
            "  --listen ipc://PATH   where to publish; tap.sock in the data folder if it is not given\n"
            "  --room ID             the events of one room only\n"
            "  --payload             with what they say; for the server's own user\n\n"
            "Publishes events for programs of this user, as long as it runs; it waits for a server that is not there.\n"
            "A message is \"room/7 \", then the event as a line of JSON; \"missed \", where some could not be told.\n"
            "Any SUB socket of nng will do: nngcat --sub0 --dial ipc://PATH --subscribe 'room/7 ' --raw\n");
        return 0;
    }
    char **others = calloc((size_t)argc + 1, sizeof *others);
    t.argv = calloc((size_t)argc + 2, sizeof *t.argv);
    int code = others && t.argv ? run(&t, argc, argv, others) : command_refuse("tap", "out of memory");
    free(others);
    free(t.argv);
    fflush(NULL);
    _exit(code); /* what nng still has under way is the kernel's to free: its threads may be at it */
}
