/* Load client of the classroom: N streams and K posters in R rooms, in a closed loop (each posts again when answered)
 * or at a fixed rate. Prints one JSON line. Exit 0 only if the law held: every stream saw every event number once and
 * in order, and every post that was answered 200 exactly once. Latency counts from when a post was due, so a server
 * that stalls is not flattered. */
#include "tools/bench/load.h"
#include "tools/bench/clock.h"
#include "tools/bench/options.h"
#include "tools/bench/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static const uint64_t second = 1000 * (uint64_t)CLOCK_MS, slice = 5 * CLOCK_MS;
static const uint64_t entering_most = 120 * 1000 * (uint64_t)CLOCK_MS, quiet_most = 60 * 1000 * (uint64_t)CLOCK_MS;

static uint64_t ns_of(double seconds)
{
    return (uint64_t)(seconds * 1e9);
}

/* ---- phases ---- */

static bool enter(struct load *l)
{
    uint64_t from = clock_ns(), until = from + entering_most;
    while (l->seen.ready + l->seen.lost < l->count && clock_ns() < until) {
        visitors_open(l);
        visitors_pump(l, 2 * slice);
    }
    l->seen.entered_s = (double)(clock_ns() - from) / 1e9;
    if (l->seen.ready == l->count)
        return true;
    fprintf(stderr, "only %llu of %u connections are ready\n", (unsigned long long)l->seen.ready, l->count);
    return false;
}

/* Until nothing has come for `silence`: the events of entering have all arrived. */
static void settle(struct load *l, uint64_t silence)
{
    uint64_t until = clock_ns() + quiet_most;
    l->heard = clock_ns();
    for (uint64_t now; (now = clock_ns()) < l->heard + silence && now < until;)
        visitors_pump(l, slice);
}

/* What is due by the schedule is posted, by whoever is free. */
static uint64_t post_due(struct load *l, uint64_t began, uint64_t *sent, uint64_t now)
{
    uint64_t due;
    while ((due = began + (uint64_t)((double)*sent * 1e9 / l->plan.rate)) <= now) {
        if (!l->idle_count)
            return slice;
        l->seen.counted.late += l->counting && now - due > CLOCK_MS;
        poster_post(l, l->idle[--l->idle_count], due);
        ++*sent;
    }
    return due - now;
}

static void run_until(struct load *l, uint64_t end, uint64_t began, uint64_t *sent)
{
    for (uint64_t now; (now = clock_ns()) < end;) {
        uint64_t wait = l->plan.rate ? post_due(l, began, sent, now) : slice;
        visitors_pump(l, wait < end - now ? wait : end - now);
    }
}

/* Posts answered that some stream has not seen, or seen once too often; lost streams do not count. */
static uint64_t missing(const struct load *l)
{
    uint64_t sum = 0;
    for (int i = 0; i < l->plan.streams; i++) {
        const struct visitor *v = &l->visitors[i];
        uint64_t answered = l->seen.answered[visitor_room(l, v)];
        if (v->state == VISITOR_LISTENING)
            sum += answered > v->chats ? answered - v->chats : v->chats - answered;
    }
    return sum;
}

static uint32_t waiting(const struct load *l)
{
    uint32_t n = 0;
    for (uint32_t i = (uint32_t)l->plan.streams; i < l->count; i++)
        n += l->visitors[i].state == VISITOR_WAITING;
    return n;
}

static void drain(struct load *l)
{
    uint64_t until = clock_ns() + ns_of(l->plan.drain);
    while (clock_ns() < until && (waiting(l) || missing(l)))
        visitors_pump(l, 4 * slice);
}

/* ---- report ---- */

static bool lawful(const struct load *l)
{
    const struct load_seen *s = &l->seen;
    return !s->gaps && !s->dups && !s->refused && !s->lost && !missing(l) && !waiting(l);
}

static void put_count(const char *name, uint64_t n)
{
    printf("\"%s\":%llu,", name, (unsigned long long)n);
}

static void report(const struct load *l, double seconds)
{
    const struct load_seen *s = &l->seen;
    printf("{\"streams\":%d,\"posters\":%d,\"rooms\":%d,\"rate\":%.0f,\"seconds\":%.3f,", l->plan.streams,
           l->plan.posters, l->plan.rooms, l->plan.rate, seconds);
    put_count("posts", s->counted.posts);
    put_count("deliveries", s->counted.deliveries);
    put_count("reads", s->counted.reads);
    put_count("late", s->counted.late);
    put_count("gaps", s->gaps);
    put_count("dups", s->dups);
    put_count("missing", missing(l));
    put_count("refused", s->refused);
    put_count("lost", s->lost);
    put_count("unanswered", waiting(l));
    printf("\"entered_s\":%.3f,", s->entered_s);
    printf("\"posts_s\":%.1f,\"deliveries_s\":%.1f,\"post_ms\":", (double)s->counted.posts / seconds,
           (double)s->counted.deliveries / seconds);
    histogram_put(&s->post, stdout);
    printf(",\"delivery_ms\":");
    histogram_put(&s->delivery, stdout);
    printf(",\"cpu_s\":");
    watches_put(&l->plan.watches, stdout);
    printf(",\"lawful\":%s}\n", lawful(l) ? "true" : "false");
}

/* ---- two ways to run ---- */

static int run_posting(struct load *l)
{
    uint64_t began = clock_ns(), sent = 0;
    l->posting = true;
    if (!l->plan.rate)
        while (l->idle_count)
            poster_post(l, l->idle[--l->idle_count], clock_ns());
    run_until(l, began + ns_of(l->plan.warm), began, &sent);
    watches_begin(&l->plan.watches);
    uint64_t from = clock_ns();
    l->counting = true;
    run_until(l, from + ns_of(l->plan.seconds), began, &sent);
    l->counting = l->posting = false;
    double seconds = (double)(clock_ns() - from) / 1e9;
    watches_end(&l->plan.watches);
    drain(l);
    report(l, seconds);
    return lawful(l) ? 0 : 1;
}

/* Says that all streams stand, then keeps them until standard input ends. */
static int run_idle(struct load *l)
{
    settle(l, second);
    printf("{\"streams\":%d,\"ready\":%llu,\"gaps\":%llu,\"dups\":%llu,\"entered_s\":%.3f}\n", l->plan.streams,
           (unsigned long long)l->seen.ready, (unsigned long long)l->seen.gaps, (unsigned long long)l->seen.dups,
           l->seen.entered_s);
    fflush(stdout);
    struct epoll_event end = { .events = EPOLLIN, .data.ptr = NULL };
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &end)) {
        perror("standard input");
        return 2;
    }
    while (!l->ended)
        visitors_pump(l, second);
    return lawful(l) ? 0 : 1;
}

static bool sane(const struct load_plan *p)
{
    if (p->rooms > 0 && p->rooms <= ROOMS_MOST && p->streams >= 0 && p->posters >= 0 && p->people > 0 && p->text >= 0 &&
        p->text <= TEXT_MOST && p->rate >= 0 && p->seconds > 0)
        return true;
    fprintf(stderr, "the numbers make no sense together\n");
    return false;
}

static bool prepare(struct load *l)
{
    l->count = (uint32_t)(l->plan.streams + l->plan.posters);
    l->visitors = calloc(l->count + 1, sizeof *l->visitors);
    l->idle = calloc(l->count + 1, sizeof *l->idle);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    socket_many();
    return l->visitors && l->idle && l->epoll >= 0;
}

int main(int argc, char **argv)
{
    static struct load l = { .plan = { .port = 8000,
                                       .session = 1,
                                       .rooms = 1,
                                       .streams = 50,
                                       .posters = 64,
                                       .text = 80,
                                       .people = 200,
                                       .seconds = 10,
                                       .warm = 1,
                                       .drain = 10 } };
    const struct bench_option table[] = {
        { "port", OPTION_INT, &l.plan.port, "of the server on 127.0.0.1" },
        { "session", OPTION_INT, &l.plan.session, "first session; rooms are numbered on from it" },
        { "rooms", OPTION_INT, &l.plan.rooms, "streams and posters go to them in turn" },
        { "streams", OPTION_INT, &l.plan.streams, "in all" },
        { "posters", OPTION_INT, &l.plan.posters, "in all" },
        { "rate", OPTION_REAL, &l.plan.rate, "posts per second in all; 0: closed loop" },
        { "text", OPTION_INT, &l.plan.text, "bytes of a chat text" },
        { "people", OPTION_INT, &l.plan.people, "users 1..people speak and listen" },
        { "seconds", OPTION_REAL, &l.plan.seconds, "of measurement" },
        { "warm", OPTION_REAL, &l.plan.warm, "seconds of posting before it" },
        { "drain", OPTION_REAL, &l.plan.drain, "seconds to wait for the last frames" },
        { "idle", OPTION_FLAG, &l.plan.idle, "only keep streams open until standard input ends" },
        { "watch", OPTION_CALL, &l.plan.watches, "label:pid, CPU of this process too (repeatable)", watches_add },
        {},
    };
    if (!options_read(table, argc, argv) || !sane(&l.plan))
        return 2;
    if (!prepare(&l) || !enter(&l))
        return 2;
    if (l.plan.idle)
        return run_idle(&l);
    settle(&l, 200 * CLOCK_MS);
    return run_posting(&l);
}
