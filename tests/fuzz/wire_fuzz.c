/* Wire fuzz: whatever the kernel, the peers and the users do, in whatever order, the laws of transport/wire/wire.h hold:
 * a wire calls its user as the header says, and never after `closed`, which comes once; what its user has said is taken
 * in order, once, and whole if the wire ends by itself; what the peer has said is heard so too; no wire outlives its
 * deadline; nothing is left of it, in memory or in the counts. The input is a script: letters are what happens (`acts`,
 * `moves`), the bytes behind them sizes, places and what users answer. As a libFuzzer target (package libclang-rt-14-dev),
 * in the top folder: clang-14 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I. -I/usr/include/postgresql
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc tests/fuzz/wire_fuzz.c transport/wire/(*).c proto/base/(*).c
 * proto/config/(*).c -luv -lunistring -ljansson -lpq -lcurl -lm; only helpers of libuv that do nothing are taken from it.
 * The corpus is tests/fuzz/wire; tests/transport/wire/fuzz_test.c runs it, mutated by a seed, in every test run. */
#include "tests/fuzz/kernel.c"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/wire/output.h"
#include "transport/wire/wires.h"
#include "transport/wire/writable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHUNKS = 4, DEPTH_MOST = 4, SAID_MOST = 1 << 21, BACKLOG = 100000, SILENT = LOG_ERROR + 1, HEAL_TURNS = 400 };

/* A wire with what is known of it. */
struct wired {
    struct wire wire;
    struct link *link; /* NULL: it had no descriptor */
    bool used;         /* by wire_use */
    bool asked;        /* for writable */
    bool ended, closing, closed;
    bool last; /* its user has said its last */
    bool cut;  /* by somebody, or by a fault: it owes nothing */
    size_t room;
};

static const uint8_t *script, *script_end;
static struct wires ws;
static struct chunk *chunks[CHUNKS];
static uint64_t heard, said; /* bytes of all wires */
static uint64_t gone;        /* wires */
static int depth;
static bool released, healing;

static struct wired *wired_of(const struct wire *w)
{
    return (struct wired *)w;
}

static uint8_t draw(void)
{
    return script < script_end ? *script++ : 0;
}

/* Digits are small numbers, so that a script can be read; what lies beyond the letters is large. */
static uint32_t draw_size(void)
{
    uint8_t b = draw();
    return b >= '0' && b <= '9' ? b - (uint32_t)'0' : b < 128 ? b : (b - 127u) * 1100;
}

static struct wire *some_wire(void)
{
    struct link *l = &kernel.links[draw() % LINKS];
    return l->tcp ? (struct wire *)l->tcp : NULL;
}

/* ---- what a user does with a wire ---- */

static void act(struct wire *w);
static void use(struct wire *w, int at);

static bool can_say(const struct wire *w, size_t n)
{
    return w->state == WIRE_OPEN && wired_of(w)->link->nsaid + n < SAID_MOST;
}

static void will_say(struct wire *w, const char *p, size_t n)
{
    link_says(wired_of(w)->link, p, n);
}

static void say_in_vain(struct wire *w)
{
    if (ws.corked == w)
        return;
    buf_puts(output_buf(w), "nobody hears this");
    MUST(!output_done(w) && w->state == WIRE_CLOSED);
}

static void say(struct wire *w, size_t n)
{
    if (w->state == WIRE_CLOSED)
        say_in_vain(w);
    if (!n || !can_say(w, n))
        return;
    struct buf *out = output_buf(w);
    size_t from = out->n;
    for (size_t i = 0; i < n; i += READ_MOST)
        buf_put(out, peer_text(n), n - i < READ_MOST ? n - i : READ_MOST);
    if (!out->failed)
        will_say(w, out->p + from, n);
    else
        wired_of(w)->cut = true;
    (void)output_done(w);
}

/* The part of a chunk that the wire sends. */
static void will_say_chunk(struct wire *w, const struct chunk *c)
{
    if (w->bare)
        will_say(w, c->p + c->before, c->n - c->before - c->behind);
    else
        will_say(w, c->p, c->n);
}

static struct chunk *some_chunk(void)
{
    return chunks[draw() % CHUNKS];
}

static void say_chunk(struct wire *w)
{
    struct chunk *c = some_chunk();
    if (!c || !can_say(w, c->n))
        return;
    will_say_chunk(w, c);
    (void)output_chunk(w, c);
}

static void push_chunk(struct wire *w)
{
    struct chunk *c = some_chunk();
    if (!c)
        return;
    bool open = w->state == WIRE_OPEN, closing = wired_of(w)->closing;
    if (open && !can_say(w, c->n))
        return;
    size_t before = output_backlog(w);
    bool much = open && before && before + c->n > BACKLOG;
    if (open && !much)
        will_say_chunk(w, c);
    wired_of(w)->cut |= much;
    enum output_sent sent = output_push(w, c, BACKLOG);
    MUST(open || (sent == OUTPUT_CUT && wired_of(w)->closing == closing));
    MUST(!much || (sent == OUTPUT_CUT && w->state == WIRE_CLOSED));
    MUST((sent == OUTPUT_CUT) == (w->state != WIRE_OPEN));
    MUST(sent == OUTPUT_CUT || (sent == OUTPUT_BEHIND) == (w->backlog != NULL));
}

/* With something to be said last, or nothing. */
static void end(struct wire *w)
{
    struct chunk *last = draw() % 2 ? some_chunk() : NULL;
    bool open = w->state == WIRE_OPEN;
    if (open && last && !can_say(w, last->n))
        return;
    if (open && last)
        will_say_chunk(w, last);
    wired_of(w)->last |= open;
    output_end(w, last, CLOSE_CLIENT_ASKED);
}

static void finish(struct wire *w)
{
    if (w->state != WIRE_OPEN)
        return;
    wired_of(w)->last = true;
    wire_finish(w, CLOSE_CLIENT_ASKED);
    if (draw() % 3 == 0)
        wire_linger(w, false, CLOSE_BODY_REFUSED);
    if (output_flush(w))
        wire_settle(w);
}

static void linger(struct wire *w)
{
    if (w->state != WIRE_OPEN)
        return;
    wired_of(w)->last = true;
    wire_linger(w, draw() % 2, CLOSE_BODY_REFUSED);
    if (output_flush(w))
        wire_settle(w);
}

static void gather(struct wire *w)
{
    if (w->state != WIRE_OPEN || !output_cork(w))
        return;
    for (int i = draw() % 4; i >= 0; i--)
        act(w);
    bool open = w->state != WIRE_CLOSED;
    if (open && draw() % 4 == 0)
        open = output_flush_more(w);
    output_uncork(w);
    MUST(!ws.out.n && !ws.corked);
    if (w->state != WIRE_CLOSED)
        wire_settle(w);
}

static void cut(struct wire *w)
{
    wired_of(w)->cut = true;
    if (draw() % 2)
        wire_reset(w, CLOSE_KILLED);
    else
        wire_close(w, CLOSE_KILLED);
    MUST(w->state == WIRE_CLOSED);
}

static void read_or_not(struct wire *w)
{
    if (w->state == WIRE_OPEN && !w->ended)
        wire_read(w, draw() % 2);
    else if (w->state == WIRE_CLOSED)
        wire_read(w, true);
}

static void wait_for_socket(struct wire *w)
{
    if (w->state == WIRE_OPEN && writable_wait(w))
        wired_of(w)->asked = true;
}

static void set_deadline(struct wire *w)
{
    if (w->state == WIRE_OPEN)
        wire_deadline(w, draw() % DEADLINE_COUNT);
}

static void look(struct wire *w)
{
    if (w->state == WIRE_CLOSED)
        return;
    const struct link *l = wired_of(w)->link;
    MUST((w->backlog != NULL) == (output_backlog(w) > 0));
    MUST(!w->backlog || output_memory(w) > 0);
    MUST(ws.corked == w || w->state != WIRE_OPEN || l->taken + output_backlog(w) >= l->nsaid);
    if (draw() % 2)
        (void)output_progress(w);
}

static void hand_over(struct wire *w)
{
    if (w->state == WIRE_OPEN || w->state == WIRE_CLOSED)
        use(w, draw());
}

static void watch(struct wire *w)
{
    if (w->state != WIRE_CLOSED)
        wire_watch_peer(w);
}

static void unread(struct wire *w)
{
    if (w->state == WIRE_OPEN && w->link.next)
        w->unread = draw() % 2;
}

static void bare(struct wire *w)
{
    if (w->state == WIRE_OPEN && !w->backlog)
        w->bare = draw() % 2;
}

static void say_some(struct wire *w)
{
    say(w, draw_size());
}

static void other(struct wire *w)
{
    struct wire *o = some_wire();
    if (o && o != w)
        act(o);
}

static void nothing(struct wire *w)
{
}

static const struct {
    char letter;
    void (*run)(struct wire *w);
} acts[] = { { '.', nothing }, { 's', say_some },    { 'k', say_chunk },       { 'p', push_chunk },
             { 'e', end },     { 'f', finish },      { 'l', linger },          { 'g', gather },
             { 'c', cut },     { 'r', read_or_not }, { 'w', wait_for_socket }, { 'd', set_deadline },
             { '?', look },    { 'h', hand_over },   { 'o', other },           { 'u', unread },
             { 'b', bare },    { 't', watch } };

static void act(struct wire *w)
{
    uint8_t letter = draw();
    size_t n = sizeof acts / sizeof *acts, at = letter % n;
    if (!letter || depth == DEPTH_MOST || !wired_of(w)->link)
        return;
    for (size_t i = 0; i < n; i++)
        if (acts[i].letter == letter)
            at = i;
    depth++;
    acts[at].run(w);
    depth--;
}

/* ---- what a user hears ---- */

static void called(const struct wire *w)
{
    const struct wired *m = wired_of(w);
    MUST(w->tag == WIRE_TAG && !m->closed);
    MUST(!m->used || w->state != WIRE_OPEN || w->arg == m);
}

static void on_bytes(struct wire *w, const char *p, size_t n)
{
    called(w);
    MUST(w->state == WIRE_OPEN && n <= wired_of(w)->room && w->received == wired_of(w)->link->read);
    MUST(!memcmp(p, peer_text(w->received - n), n));
    act(w);
    if (w->state == WIRE_OPEN && w->user->bytes)
        say(w, draw() % 2 ? n : 0);
}

static size_t on_room(const struct wire *w)
{
    size_t n = 1 + draw_size();
    called(w);
    return wired_of(w)->room = n < WIRE_READ_MOST ? n : WIRE_READ_MOST;
}

static void on_drained(struct wire *w)
{
    called(w);
    MUST(w->state == WIRE_OPEN && !w->backlog && !output_backlog(w) && !output_memory(w));
    act(w);
}

static void on_writable(struct wire *w)
{
    called(w);
    MUST(w->state == WIRE_OPEN && wired_of(w)->asked);
    wired_of(w)->asked = false;
    act(w);
}

static bool on_ended(struct wire *w)
{
    struct wired *m = wired_of(w);
    called(w);
    MUST(w->state == WIRE_OPEN && w->ended && !m->ended && m->link->ended && !m->link->waiting);
    m->ended = true;
    act(w);
    bool more = w->state != WIRE_OPEN || draw() % 2;
    m->cut |= !more;
    return more;
}

static bool on_expired(struct wire *w)
{
    called(w);
    MUST(w->state == WIRE_OPEN && w->link.due <= kernel.now);
    act(w);
    if (w->state != WIRE_OPEN)
        return draw() % 2; /* to have closed it is to have seen to it, whatever is answered */
    if (healing || draw() % 2)
        return false;
    wire_deadline(w, 1 + draw() % (DEADLINE_COUNT - 1));
    return true;
}

static void on_closed(struct wire *w)
{
    called(w);
    MUST(w->state == WIRE_CLOSED && wired_of(w)->closing);
    wired_of(w)->closed = true;
    act(w);
}

static const struct wire_user users[] = {
    { on_bytes, on_room, on_drained, on_writable, on_ended, on_expired, on_closed },
    { .closed = on_closed },
    { .closed = on_closed, .drained = on_drained, .writable = on_writable },
    { .closed = on_closed, .bytes = on_bytes, .room = on_room, .expired = on_expired },
    { .closed = on_closed, .ended = on_ended, .drained = on_drained },
};

static void use(struct wire *w, int at)
{
    bool open = w->state == WIRE_OPEN;
    struct wired *m = wired_of(w);
    m->used = true;
    if (!open)
        m->closed = false; /* the new one is told too */
    MUST(wire_use(w, &users[(size_t)at % (sizeof users / sizeof *users)], m) == open);
    MUST(open || m->closed);
}

/* ---- whose the wires are ---- */

static struct wired *known(struct wire *w)
{
    struct wired *m = wired_of(w);
    if (!m->link && find_link(w))
        m->link = find_link(w);
    return m;
}

static void on_accepted(struct wire *w, bool over)
{
    (void)known(w);
    MUST(w->state == WIRE_OPEN &&
         over == (ws.stats.connections > (ws.most ? ws.most : (uint32_t)config.max_connections)));
    act(w);
}

static bool broken(const struct link *l)
{
    return !l || l->reset;
}

/* A wire that had its last and that nobody cut has been taken whole. */
static void on_closing(struct wire *w, enum close_reason why)
{
    struct wired *m = known(w);
    MUST(w->state != WIRE_CLOSED && !m->closing && !m->closed);
    m->closing = true;
    if (why == CLOSE_WRITE_TIMEOUT)
        MUST(!w->backlog || !m->link->moved);
    if (w->state != WIRE_OPEN && !m->cut && !broken(m->link) && why == w->why && w->class != DEADLINE_LINGER &&
        w->class != DEADLINE_SWALLOW)
        MUST(m->link->taken == m->link->nsaid);
}

static void on_fini(struct wire *w)
{
    struct wired *m = wired_of(w);
    MUST(m->closing && m->closed && w->state == WIRE_CLOSED && !w->backlog && !w->peer);
    heard += w->received;
    said += w->sent;
    gone++;
}

static void on_tick(struct wires *all, bool idle)
{
    MUST(all == &ws && !idle == ws.timer_on);
    for (int class = DEADLINE_NONE + 1; class < DEADLINE_COUNT; class ++)
        MUST(!deadline_due(&ws.deadlines, (enum deadline) class, kernel.now));
}

static void on_released(struct wires *all)
{
    released |= wires_closed(all);
}

static const struct wires_owner owner = { .size = sizeof(struct wired),
                                          .user = &users[0],
                                          .accepted = on_accepted,
                                          .closing = on_closing,
                                          .fini = on_fini,
                                          .tick = on_tick,
                                          .released = on_released };

/* ---- what happens ---- */

static struct link *some_link(void)
{
    struct link *l = &kernel.links[draw() % LINKS];
    return l->open && l->tcp ? l : NULL;
}

static void accepting(void)
{
    kernel_poll(0);
    for (int i = 0; i < LINKS; i++) { /* who could not be made is gone from the kernel */
        struct link *l = &kernel.links[i];
        MUST(!l->open || l->tcp);
    }
}

static void dial(void)
{
    uint8_t address = 1 + draw() % 3;
    if (kernel_dial(address, draw_size()) && draw() % 4)
        accepting();
}

static void peer_says(void)
{
    struct link *l = some_link();
    uint32_t n = draw_size();
    if (!l || l->ended || l->reset)
        return;
    l->waiting += n;
    if (draw() % 4)
        kernel_readable(l);
}

static void peer_reads(void)
{
    struct link *l = some_link();
    if (l)
        kernel_writable(l, draw_size());
}

static void peer_ends(void)
{
    struct link *l = some_link();
    if (!l)
        return;
    l->ended = true;
    if (draw() % 4)
        kernel_readable(l);
}

static void peer_breaks_off(void)
{
    struct link *l = some_link();
    if (!l)
        return;
    l->reset = true;
    l->waiting = 0;
    if (draw() % 2)
        kernel_readable(l);
    else if (l->open)
        kernel_writable(l, 0);
}

static void readable(void)
{
    struct link *l = some_link();
    if (l && (l->waiting || l->ended || l->reset))
        kernel_readable(l);
}

static void writable(void)
{
    kernel_poll(1);
}

static void time_passes(void)
{
    kernel_passes(1 + draw_size() * 10);
}

static void somebody_acts(void)
{
    struct wire *w = some_wire();
    if (w)
        act(w);
}

/* Whoever meets the fault owes nothing any more: any wire may. */
static void all_may_be_cut(void)
{
    for (int i = 0; i < LINKS; i++)
        if (kernel.links[i].tcp)
            wired_of((struct wire *)kernel.links[i].tcp)->cut = true;
}

static void something_fails(void)
{
    kernel.faults[draw() % FAULT_COUNT] = true;
    all_may_be_cut();
}

static void memory_is_short(void)
{
    kernel.allocations = 1 + draw() % 8;
    all_may_be_cut();
}

static void drain(void)
{
    if (!ws.closing)
        wires_drain(&ws);
}

static void cap(void)
{
    ws.most = draw() % 4;
}

static const struct {
    char letter;
    void (*run)(void);
} moves[] = { { 'a', dial },
              { 'A', accepting },
              { 's', peer_says },
              { 'r', peer_reads },
              { 'e', peer_ends },
              { 'x', peer_breaks_off },
              { 'R', readable },
              { 'W', writable },
              { 't', time_passes },
              { '\n', kernel_turn_ends },
              { 'u', somebody_acts },
              { 'f', something_fails },
              { 'm', memory_is_short },
              { 'd', drain },
              { 'n', cap } };

static void move(void)
{
    uint8_t letter = draw();
    size_t n = sizeof moves / sizeof *moves, at = letter % n;
    for (size_t i = 0; i < n; i++)
        if (moves[i].letter == letter)
            at = i;
    moves[at].run();
    MUST(!ws.corked && !depth);
    MUST(ws.stats.connections == ws.stats.accepted - gone);
}

/* ---- the end ---- */

/* Peers that take everything, time, and a kernel without faults: who has had their last is gone, who is timed too, and
 * nobody is behind. */
static void heal(void)
{
    memset(kernel.faults, 0, sizeof kernel.faults);
    kernel.allocations = 0;
    healing = true;
    accepting();
    for (int turn = 0; turn < HEAL_TURNS && ws.stats.connections; turn++) {
        for (int i = 0; i < LINKS; i++)
            if (kernel.links[i].open && kernel.links[i].tcp)
                kernel_writable(&kernel.links[i], 1 << 20);
        writable();
        kernel_turn_ends();
        kernel_passes(1000);
    }
    for (int i = 0; i < LINKS; i++) {
        const struct link *l = &kernel.links[i];
        const struct wire *w = (const struct wire *)l->tcp;
        if (!w)
            continue;
        MUST(w->state == WIRE_OPEN && (w->class == DEADLINE_NONE || (w->class == DEADLINE_WRITE && !w->backlog)));
        MUST(l->reset || (!w->backlog && l->taken == l->nsaid && !w->waits));
    }
}

static void close_all(void)
{
    all_may_be_cut();
    wires_close(&ws);
    for (int i = 0; i < 3; i++)
        kernel_turn_ends();
    MUST(wires_closed(&ws) && released && gone == ws.stats.accepted && !ws.stats.connections && !ws.peers.n);
    MUST(heard == ws.stats.received && said == ws.stats.sent && kernel_is_empty());
    wires_fini(&ws);
    for (int i = 0; i < CHUNKS; i++) {
        MUST(chunks[i]->refs == 1);
        chunk_unref(chunks[i]);
    }
}

static void open_all(void)
{
    static const uint32_t sizes[CHUNKS] = { 20, 1000, 30000, 60000 };
    config.idle_timeout = 60;
    config.request_timeout = 20;
    config.half_open_timeout = 30;
    config.max_connections = LINKS - 2;
    log_setup((enum log_level)(int)SILENT, false);
    memset(&kernel, 0, sizeof kernel);
    kernel.now = 1000;
    heard = said = gone = 0;
    released = healing = false;
    for (int i = 0; i < CHUNKS; i++) {
        chunks[i] = chunk_create(sizes[i]);
        memcpy(chunks[i]->p, peer_text((uint64_t)i * 1000), sizes[i]);
        chunks[i]->before = chunks[i]->behind = (uint8_t)(3 * i);
    }
    MUST(wires_init(&ws, NULL, &owner) && !wires_listen(&ws, LISTEN_FD));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_all();
    script = data;
    script_end = data + size;
    while (script < script_end)
        move();
    heal();
    close_all();
    return 0;
}
