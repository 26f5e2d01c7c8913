/* Admin command: `lectern admin`. Sends one command to a server's admin socket and prints the answer, as a table made
 * from whatever keys it has, as CSV, or as JSON; once, every so many seconds, or for as long as more comes. */
#include "proto/config/config.h"
#include "tools/lectern/admin_client.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/table.h"
#include "tools/top/shown.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 17, WATCH_MAX = 86400 };

struct question {
    const char *words[WORDS_MAX]; /* command and arguments */
    size_t n;
    enum table_form form;
    const char *watch; /* seconds, NULL: once */
};

/* Options of the configuration that say where the server is: with a value each, fine before and behind the command. */
static bool names_place(const char *word)
{
    return !strcmp(word, "--data") || !strcmp(word, "--admin-socket") || !strcmp(word, "--config");
}

static bool names_place_and_value(const char *word)
{
    return !strncmp(word, "--data=", 7) || !strncmp(word, "--admin-socket=", 15) || !strncmp(word, "--config=", 9);
}

static bool take_own(struct question *q, int argc, char **argv, int *at)
{
    if (!strcmp(argv[*at], "--json"))
        q->form = TABLE_JSON;
    else if (!strcmp(argv[*at], "--csv"))
        q->form = TABLE_CSV;
    else if (!strcmp(argv[*at], "--watch"))
        q->watch = *at + 1 < argc ? argv[++*at] : "";
    else
        return false;
    return true;
}

/* Splits the arguments into the command's words, what is ours, and the rest, which is the configuration's. What stands
 * behind the command is the server's to understand. */
static const char *read_arguments(int argc, char **argv, struct question *q, char **rest, int *ret_nrest)
{
    int nrest = 0;
    rest[nrest++] = argv[0];
    for (int i = 1; i < argc; i++) {
        if (take_own(q, argc, argv, &i))
            continue;
        if (names_place(argv[i]) && i + 1 < argc) {
            rest[nrest++] = argv[i++];
            rest[nrest++] = argv[i];
        } else if (names_place_and_value(argv[i]) || (!q->n && !strncmp(argv[i], "--", 2)))
            rest[nrest++] = argv[i];
        else if (q->n < WORDS_MAX)
            q->words[q->n++] = argv[i];
        else
            return "too many arguments";
    }
    rest[nrest] = NULL;
    *ret_nrest = nrest;
    return q->n ? NULL : "say what to ask: info, workers, actors, …; help lists it all";
}

/* ---- asking again ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = 1;
}

/* Without restart: a wait ends at once. */
static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* False if interrupted, or if nobody reads what we print any more. */
static bool pause_ms(int64_t ms)
{
    sigset_t blocked, before;
    struct pollfd reader = { .fd = STDOUT_FILENO }; /* a pipe's or socket's end shows unasked */
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before); /* so that none comes between the look and the wait */
    bool gone = !interrupted && ppoll(&reader, 1, &t, &before) > 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return !interrupted && !gone;
}

/* ---- printing ---- */

static int no_server(const struct admin_client *client)
{
    struct buf why = { 0 };
    admin_client_why(client, &why);
    fprintf(stderr, "lectern admin: %.*s\n", (int)why.n, why.p);
    buf_fini(&why);
    return 1;
}

/* The command's own words stay, its options are those that the answer names. */
static void follow(struct question *q, const struct table_more *more)
{
    size_t keep = 1;
    while (keep < q->n && strncmp(q->words[keep], "--", 2) != 0)
        keep++;
    q->n = keep;
    for (size_t i = 0; i < more->n && q->n < WORDS_MAX; i++)
        q->words[q->n++] = more->args[i];
}

static int put_answers(struct question *q, struct admin_client *client, int64_t watch_ms)
{
    struct table_more more = { 0 }, last = { 0 }; /* last: owns the words that are asked next */
    struct table_past past = { 0 };
    bool terminal = watch_ms && q->form == TABLE_LINES && isatty(STDOUT_FILENO), ok, goes_on;
    do {
        struct text answer = admin_client_ask(client, q->words, q->n);
        if (!answer.p && !interrupted)
            (void)no_server(client);
        if (!answer.p) {
            table_more_fini(&last);
            return interrupted ? 0 : 1;
        }
        if (terminal)
            fputs("\033[H\033[2J", stdout);
        more = (struct table_more){ .past = past };
        ok = table_print(answer, q->form, stdout, stderr, &more) && !fflush(stdout);
        past = more.n ? more.past : (struct table_past){ 0 };
        past.begun = more.n;
        if (more.n)
            follow(q, &more);
        struct table_more old = more.n ? last : more;
        last = more.n ? more : last;
        table_more_fini(&old);
        goes_on = ok && (more.n || watch_ms) && pause_ms(more.n ? more.after_ms : watch_ms);
    } while (goes_on);
    table_more_fini(&last);
    return ok ? 0 : 1;
}

/* The socket goes before the process does, so the process is what is waited for. */
static int put_and_wait(struct question *q, struct admin_client *client)
{
    struct pollfd process = { .fd = admin_client_process(client), .events = POLLIN };
    if (process.fd < 0)
        return no_server(client);
    int code = put_answers(q, client, 0);
    while (!code && !interrupted && poll(&process, 1, -1) < 0 && errno == EINTR)
        ;
    close(process.fd);
    return interrupted ? 1 : code;
}

static bool waits(const struct question *q)
{
    bool wait = false;
    for (size_t i = 1; i < q->n; i++)
        wait |= !strcmp(q->words[i], "--wait");
    return wait && !strcmp(q->words[0], "shutdown");
}

static bool read_watch(const char *text, int64_t *ret_ms)
{
    char *end;
    double seconds = text ? strtod(text, &end) : 0;
    *ret_ms = (int64_t)(seconds * 1000);
    return !text || (end > text && !*end && seconds >= 0.1 && seconds <= WATCH_MAX);
}

static int run(int argc, char **argv, char **rest)
{
    struct question q = { 0 };
    struct admin_client client;
    int nrest;
    int64_t watch_ms;
    const char *why = read_arguments(argc, argv, &q, rest, &nrest);
    if (!why && !read_watch(q.watch, &watch_ms))
        why = "--watch needs seconds, from 0.1 to 86400";
    if (why || !config_read(nrest, rest, &why))
        return command_refuse("admin", why);
    catch_signals();
    shown_begin();
    int code = !admin_client_open(&client) ? no_server(&client)
               : waits(&q)                 ? put_and_wait(&q, &client)
                                           : put_answers(&q, &client, watch_ms);
    admin_client_close(&client);
    return code;
}

int command_admin(int argc, char **argv)
{
    if (command_wants_help(argc, argv)) {
        printf("usage: lectern admin [options] COMMAND [arguments]\n\n"
               "  --data DIR            the server's data folder, in which its socket is\n"
               "  --admin-socket PATH   the socket, if it is elsewhere\n"
               "  --json, --csv         instead of a table\n"
               "  --watch N             again every N seconds, until interrupted\n\n"
               "The running server knows its commands: lectern admin help\n");
        return 0;
    }
    char **rest = calloc((size_t)argc + 1, sizeof *rest);
    int code = rest ? run(argc, argv, rest) : command_refuse("admin", "out of memory");
    free(rest);
    return code;
}
