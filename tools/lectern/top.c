/* Top command: `lectern top`, a live view of a running server over its admin socket. What is known and shown is
 * tools/top's; here the socket (top_link.h), the terminal (top_screen.h) and signals come together in one loop that
 * waits for none of them alone. */
#include "proto/base/stamp.h"
#include "proto/config/config.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/top_link.h"
#include "tools/lectern/top_screen.h"
#include "tools/top/draw.h"
#include "tools/top/keys.h"
#include "transport/admin/admin.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { BATCH_WIDTH = 120, BATCH_HEIGHT = 60, BATCH_MOST = 1000000, BATCH_PATIENCE_MS = 3000, EVERY_MOST_S = 60 };

struct watch {
    struct top top;
    struct top_link link;
    struct page page;
    int signals; /* descriptor of those that end, stop or resize */
    bool interactive;
    int64_t rounds;   /* still to print, when not interactive */
    int64_t heard_ms; /* when something was answered last */
};

/* ---- asking ---- */

static void ask(struct watch *w)
{
    const char *words[ASK_WORDS];
    enum ask what = top_next(&w->top, stamp_monotonic_ms());
    if (what == ASK_NONE)
        return;
    size_t n = top_words(&w->top, what, words);
    if (!top_link_ask(&w->link, words, n))
        top_answered(&w->top, (struct text){ NULL, 0 }, stamp_monotonic_ms());
}

static void hear(struct watch *w)
{
    for (enum top_link_event event; (event = top_link_step(&w->link, stamp_monotonic_ms()));) {
        if (event == TOP_LINK_ANSWER) {
            top_answered(&w->top, top_link_answer(&w->link), stamp_monotonic_ms());
            w->heard_ms = stamp_monotonic_ms();
        } else {
            top_linked(&w->top, event == TOP_LINK_THERE, stamp_monotonic_ms());
        }
        if (event != TOP_LINK_THERE)
            w->top.foreign = top_link_is_foreign(&w->link);
    }
}

/* ---- signals ---- */

static void fill_signals(sigset_t *set)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT };
    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(set, numbers[i]);
}

static bool catch_signals(struct watch *w)
{
    sigset_t set;
    fill_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    w->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return w->signals >= 0;
}

/* Stops as if nobody had caught the signal, with the terminal as the shell left it. */
static void stop_here(struct watch *w)
{
    sigset_t one;
    struct sigaction fate = { .sa_handler = SIG_DFL };
    sigemptyset(&one);
    sigaddset(&one, SIGTSTP);
    if (w->interactive)
        top_screen_leave();
    sigaction(SIGTSTP, &fate, NULL);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &one, NULL); /* stops here */
    sigprocmask(SIG_BLOCK, &one, NULL);
    if (w->interactive)
        top_screen_again();
}

static void obey_signal(struct watch *w, uint32_t number)
{
    if (number == SIGWINCH && w->interactive)
        top_screen_resized();
    else if (number == SIGCONT && w->interactive)
        top_screen_again();
    else if (number == SIGTSTP)
        stop_here(w);
    else if (number != SIGWINCH && number != SIGCONT)
        w->top.ended = true;
}

static void take_signals(struct watch *w)
{
    struct signalfd_siginfo info;
    while (read(w->signals, &info, sizeof info) == (ssize_t)sizeof info)
        obey_signal(w, info.ssi_signo);
}

/* ---- the loop ---- */

static void show(struct watch *w)
{
    int width = BATCH_WIDTH, height = BATCH_HEIGHT;
    if (w->interactive)
        top_screen_size(&width, &height);
    page_begin(&w->page, width, height);
    draw(&w->top, stamp_monotonic_ms(), &w->page);
    if (w->interactive)
        top_screen_show(&w->page);
}

static void take_keys(struct watch *w)
{
    for (uint32_t key; (key = top_screen_key());)
        keys_press(&w->top, key);
}

/* Until something has happened, or the time shown is another. */
static void wait_for_something(struct watch *w)
{
    int64_t link_ms, ms = top_wait_ms(&w->top, stamp_monotonic_ms());
    struct pollfd of[] = { top_link_poll(&w->link, stamp_monotonic_ms(), &link_ms),
                           { .fd = w->signals, .events = POLLIN },
                           { .fd = w->interactive ? STDIN_FILENO : -1, .events = POLLIN } };
    int ready = poll(of, 3, (int)(link_ms < 0 || link_ms > ms ? ms : link_ms));
    if (ready > 0 && of[2].revents & (POLLHUP | POLLERR | POLLNVAL))
        w->top.ended = true; /* the terminal has gone */
}

static int watch(struct watch *w)
{
    const char *why;
    if (!top_screen_open(&why))
        return command_refuse("top", why);
    while (!w->top.ended) {
        ask(w);
        show(w);
        wait_for_something(w);
        take_signals(w);
        take_keys(w);
        hear(w);
    }
    top_screen_close();
    return 0;
}

/* The page as text, with an empty line behind it. */
static bool print_page(struct watch *w)
{
    struct buf text = { 0 };
    show(w);
    page_print(&w->page, &text);
    buf_putc(&text, '\n');
    bool printed = fwrite(text.p, 1, text.n, stdout) == text.n && !fflush(stdout);
    buf_fini(&text);
    return printed;
}

/* Has nothing been answered for too long to wait on? */
static bool in_vain(const struct watch *w)
{
    struct buf trouble = { 0 };
    bool vain =
        stamp_monotonic_ms() - w->heard_ms > BATCH_PATIENCE_MS && top_trouble(&w->top, stamp_monotonic_ms(), &trouble);
    if (vain)
        fprintf(stderr, "lectern top: %.*s\n", (int)trouble.n, trouble.p);
    buf_fini(&trouble);
    return vain;
}

/* Prints whenever a round is complete, but the first, which has no rates yet. */
static int batch(struct watch *w)
{
    bool first = true;
    w->heard_ms = stamp_monotonic_ms();
    while (!w->top.ended && w->rounds > 0) {
        bool asking = w->top.asked != ASK_NONE || w->top.due;
        ask(w);
        wait_for_something(w);
        take_signals(w);
        hear(w);
        if (in_vain(w))
            return 1;
        if (!asking || w->top.asked != ASK_NONE || w->top.due)
            continue;
        if (!first && !print_page(w))
            return 1;
        w->rounds -= !first;
        first = false;
    }
    return 0;
}

/* ---- options ---- */

struct options {
    const char *batch, *view, *every;
};

static bool take_own(struct options *o, char **argv, int *at)
{
    const struct {
        const char *name, **value;
    } own[] = { { "--batch", &o->batch }, { "--view", &o->view }, { "--every", &o->every } };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strcmp(argv[*at], own[i].name)) {
            *own[i].value = argv[*at + 1] ? argv[++*at] : "";
            return true;
        }
    return false;
}

/* The rest is the configuration's. */
static void split(int argc, char **argv, struct options *o, char **rest, int *ret_nrest)
{
    int n = 0;
    for (int i = 0; i < argc; i++)
        if (!i || !take_own(o, argv, &i))
            rest[n++] = argv[i];
    rest[n] = NULL;
    *ret_nrest = n;
}

static bool read_between(const char *text, double least, double most, double *ret)
{
    char *end;
    *ret = strtod(text, &end);
    return end > text && !*end && *ret >= least && *ret <= most;
}

static bool find_view(const char *name, int *ret)
{
    for (*ret = 0; *ret < VIEWS; ++*ret)
        if (!strcmp(views[*ret].title, name))
            return true;
    return false;
}

static const char *apply(struct watch *w, const struct options *o)
{
    double every = 2, rounds = 0;
    int view = VIEW_OVERVIEW;
    if (o->every && !read_between(o->every, (double)TOP_EVERY_LEAST_MS / 1000, EVERY_MOST_S, &every))
        return "--every needs seconds, from 0.25 to 60";
    if (o->batch && !read_between(o->batch, 1, BATCH_MOST, &rounds))
        return "--batch needs how many times to print, from 1 on";
    if (o->view && !find_view(o->view, &view))
        return "--view needs overview, workers, actors, rooms, conns, queues, db, commits, latency, closed or slow";
    w->interactive = !o->batch;
    w->top.plain = !w->interactive;
    w->rounds = (int64_t)rounds;
    w->top.every_ms = (int64_t)(every * 1000);
    top_show(&w->top, view);
    return NULL;
}

static int run(struct watch *w, int argc, char **argv, char **rest)
{
    struct options o = { 0 };
    char path[PATH_MAX];
    int nrest;
    const char *why;
    split(argc, argv, &o, rest, &nrest);
    if (!config_read(nrest, rest, &why))
        return command_refuse("top", why);
    admin_path(path, sizeof path);
    top_init(&w->top, path, stamp_monotonic_ms());
    why = apply(w, &o);
    if (why)
        return command_refuse("top", why);
    shown_begin();
    if (!catch_signals(w) || !top_link_open(&w->link))
        return command_refuse("top", "cannot look for the socket: its path is too long, or descriptors are short");
    return w->interactive ? watch(w) : batch(w);
}

int command_top(int argc, char **argv)
{
    if (command_wants_help(argc, argv)) {
        printf("usage: lectern top [options]\n\n"
               "  --data DIR            the server's data folder, in which its socket is\n"
               "  --admin-socket PATH   the socket, if it is elsewhere; the viewers' will do\n"
               "  --view NAME           begin with this view\n"
               "  --every SECONDS       ask so often; 2 if it is not given\n"
               "  --batch N             print N pages of text and end, for any output\n\n"
               "A live view of a running server, or of one that is yet to come; ? shows the keys.\n");
        return 0;
    }
    struct watch *w = calloc(1, sizeof *w);
    char **rest = calloc((size_t)argc + 1, sizeof *rest);
    int code = w && rest ? run(w, argc, argv, rest) : command_refuse("top", "out of memory");
    if (w) {
        top_fini(&w->top);
        top_link_close(&w->link);
        page_fini(&w->page);
    }
    free(rest);
    free(w);
    return code;
}
