/* Coaching sim help: the tables of sessions, what people measure by chance while an operator changes the rules, and the laws:
 * a sender causes one nudge at most in a window, and one at least if a frame deserves it, whatever the order, however often the
 * room or the process begins anew; each nudge is what a frame deserves by the rules of its moment; the report counts what was
 * said; the job that makes it is there once, from the moment at which the session is over; whoever comes is told who takes
 * part. */
#include "coaching_sim_help.h"

#include "actors/coaching/coaching.h"
#include "actors/room_kinds.h"
#include "proto/coaching.h"
#include "proto/config/config.h"
#include "store/statements.h"
#include "tests/sim/sim_fuzz_help.h"

#include <limits.h>
#include <stdio.h>

/* Times of events that would be the same are told apart: so many microseconds a window may seem too short. */
enum { POISON = 666, WINDOW_S = 1, WINDOW_MOST_S = 4, SECOND_US = 1000000, BUMPS_US = 5000 };

/* Thresholds go up to these: what is beyond is loud by any rules. */
static const double rates[] = { 2, 3, 4 }, overlaps[] = { 0.2, 0.3, 0.35 };
enum { RATES = sizeof rates / sizeof *rates, OVERLAPS = sizeof overlaps / sizeof *overlaps };

/* Four of the six people take part. */
static const char *const takers[] = { "Ada", "Ben", "Cem", "Dan" };
enum { TAKERS = sizeof takers / sizeof *takers };

/* ---- its tables ---- */

struct nudge_row {
    int32_t room, user;
    int64_t seq, at;
    char type[16], payload[128];
};

struct frame_row {
    int32_t room, user;
    double rate, overlap;
    int64_t at;
};

/* What has been in force since a moment. */
struct rules {
    int64_t since;
    int64_t window_us;
    double rate, overlap;
};

struct end_row {
    int32_t room;
    int64_t seq;
};

struct coaching_tables {
    struct fake_tables *base;
    struct nudge_row *nudges;
    struct frame_row *frames;
    struct end_row *ends; /* each with a report that is wanted, and its job */
    struct rules *rules;  /* the operators': no transaction takes them back. None with threads, where nothing changes */
    int nnudges, nudges_cap, nframes, frames_cap, nends, ends_cap, nrules, rules_cap;
};

static void *create(struct fake_tables *base)
{
    struct coaching_tables *t = calloc(1, sizeof *t);
    assert(t);
    t->base = base;
    return t;
}

static void destroy(void *own)
{
    struct coaching_tables *t = own;
    free(t->nudges);
    free(t->frames);
    free(t->ends);
    free(t->rules);
    free(t);
}

static void found(void *own, int32_t room)
{
}

/* "s5", "u3" */
static int32_t number_of(struct text id)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%.*s", (int)id.n - 1, id.p + 1);
    return (int32_t)atoi(digits);
}

static void copy(char *to, size_t size, struct text t)
{
    assert(t.n < size);
    memcpy(to, t.p, t.n);
    to[t.n] = 0;
}

static bool put_nudge(void *own, const struct text *v, struct fake_refusal *why)
{
    struct coaching_tables *t = own;
    struct nudge_row row = {
        .room = number_of(v[0]), .user = number_of(v[1]), .seq = fake_integer(v[4]), .at = fake_time(v[5])
    };
    copy(row.type, sizeof row.type, v[2]);
    copy(row.payload, sizeof row.payload, v[3]);
    if (!fake_number_row(t->base, 0, row.room, row.seq, row.at, why))
        return false;
    *FAKE_APPEND(t, nudges) = row;
    return true;
}

static bool put_frame(void *own, const struct text *v, struct fake_refusal *why)
{
    struct coaching_tables *t = own;
    *FAKE_APPEND(t, frames) =
        (struct frame_row){ number_of(v[0]), number_of(v[1]), fake_real(v[3]), fake_real(v[4]), fake_time(v[5]) };
    return fake_integer(v[2]) != POISON || fake_refuse(why, "23514", "timestamp_check");
}

static const struct end_row *end_of(const struct coaching_tables *t, int32_t room)
{
    for (int i = 0; i < t->nends; i++)
        if (t->ends[i].room == room)
            return &t->ends[i];
    return NULL;
}

/* The statement writes no session that is over already, and nobody asks it to. */
static bool put_end(void *own, const struct text *v, struct fake_refusal *why)
{
    struct coaching_tables *t = own;
    const struct end_row row = { (int32_t)fake_integer(v[0]), fake_integer(v[1]) };
    if (end_of(t, row.room))
        fake_broken(t->base, "a session is ended twice", row.room, row.seq);
    if (!fake_number_row(t->base, 1, row.room, row.seq, fake_time(v[2]), why))
        return false;
    *FAKE_APPEND(t, ends) = row;
    return true;
}

static int64_t last_at(const struct coaching_tables *t, int32_t room, int32_t user)
{
    int64_t last = 0;
    for (int i = 0; i < t->nnudges; i++)
        if (t->nudges[i].room == room && (!user || t->nudges[i].user == user) && t->nudges[i].at > last)
            last = t->nudges[i].at;
    return last;
}

static char *name_of(char letter, int64_t number)
{
    char name[16];
    return fake_copy((struct text){ name, (size_t)snprintf(name, sizeof name, "%c%d", letter, (int)number) });
}

static void load_talker(const struct coaching_tables *t, int32_t room, int32_t user, char **row)
{
    row[COACHING_LOAD_SID] = name_of('s', room);
    row[COACHING_LOAD_CREATOR] = fake_cell(1);
    row[COACHING_LOAD_IS_ACTIVE] = fake_boolean(!end_of(t, room));
    row[COACHING_LOAD_EPOCH] = fake_cell(SIM_EPOCH);
    row[COACHING_LOAD_SEQ] = fake_cell(fake_room_of(t->base, room)->seq);
    row[COACHING_LOAD_LAST] = fake_stamp(last_at(t, room, 0));
    row[COACHING_LOAD_PERSON_ID] = fake_cell(user);
    row[COACHING_LOAD_USER_ID] = name_of('u', user);
    row[COACHING_LOAD_NAME] = fake_copy(text_of(fake_user_of(t->base, user)->name));
    row[COACHING_LOAD_NUDGED_AT] = fake_stamp(last_at(t, room, user));
}

static void load(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct coaching_tables *t = own;
    int32_t room = (int32_t)fake_integer(c->params[0]);
    fake_rows_begin(ret, COACHING_LOAD.ncolumns);
    for (int32_t user = 1; user <= TAKERS && fake_room_of(t->base, room); user++)
        load_talker(t, room, user, fake_rows_add(ret));
}

static void replay_row(struct fake_rows *ret, int32_t room, int64_t seq, const char *payload)
{
    char **row = fake_rows_add(ret);
    row[COACHING_REPLAY_SEQ] = fake_cell(seq);
    row[COACHING_REPLAY_SID] = name_of('s', room);
    row[COACHING_REPLAY_PAYLOAD] = payload ? fake_copy(text_of(payload)) : NULL;
}

/* Nudges stand in the order of their numbers; the end comes last. */
static void replay(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct coaching_tables *t = own;
    int32_t room = (int32_t)fake_integer(c->params[0]);
    int64_t after = fake_integer(c->params[1]), last = fake_integer(c->params[2]), most = fake_integer(c->params[3]);
    const struct end_row *end = end_of(t, room);
    fake_rows_begin(ret, COACHING_REPLAY.ncolumns);
    for (int i = 0; i < t->nnudges && ret->rows < most; i++) {
        const struct nudge_row *row = &t->nudges[i];
        if (row->room == room && row->seq > after && row->seq <= last)
            replay_row(ret, room, row->seq, row->payload);
    }
    if (end && end->seq > after && end->seq <= last && ret->rows < most)
        replay_row(ret, room, end->seq, NULL);
}

/* Rows are only added: it is enough to know how many there were. */
static void *keep(const void *own)
{
    const struct coaching_tables *t = own;
    int *n = malloc(3 * sizeof *n);
    assert(n);
    n[0] = t->nnudges;
    n[1] = t->nframes;
    n[2] = t->nends;
    return n;
}

static void put_back(void *own, const void *kept)
{
    struct coaching_tables *t = own;
    const int *n = kept;
    t->nnudges = n[0];
    t->nframes = n[1];
    t->nends = n[2];
}

static uint64_t digest(const void *own, uint64_t d)
{
    const struct coaching_tables *t = own;
    for (int i = 0; i < t->nnudges; i++)
        d = fake_mix(fake_mix(d, &t->nudges[i].seq, sizeof t->nudges[i].seq), &t->nudges[i].at, sizeof t->nudges[i].at);
    d = fake_mix(d, t->ends, t->nends ? (size_t)t->nends * sizeof *t->ends : 0);
    return d * 31 + (uint64_t)t->nframes;
}

/* Was it in force at some moment of these? */
static bool in_force(const struct coaching_tables *t, const struct rules *r, int64_t from, int64_t to)
{
    bool last = r + 1 == t->rules + t->nrules;
    return r->since <= to && (last || r[1].since >= from);
}

/* The shortest window, and the longest, that something of these moments may have been judged by. */
static int64_t shortest_window(const struct coaching_tables *t, int64_t from, int64_t to)
{
    int64_t least = t->nrules ? INT64_MAX : WINDOW_S * SECOND_US;
    for (const struct rules *r = t->rules; r < t->rules + t->nrules; r++)
        if (in_force(t, r, from, to) && r->window_us < least)
            least = r->window_us;
    return least;
}

static int64_t longest_window(const struct coaching_tables *t, int64_t from, int64_t to)
{
    int64_t most = 0;
    for (const struct rules *r = t->rules; r < t->rules + t->nrules; r++)
        if (in_force(t, r, from, to) && r->window_us > most)
            most = r->window_us;
    return most;
}

/* Of one sender the newest is the last in the table: each is looked at when it has come. */
static void check_windows(struct coaching_tables *t)
{
    for (int i = 0; i < t->nnudges; i++)
        for (int k = 0; k < i; k++) {
            const struct nudge_row *a = &t->nudges[k], *b = &t->nudges[i];
            if (a->room == b->room && a->user == b->user &&
                b->at - a->at < shortest_window(t, b->at - BUMPS_US, b->at) - BUMPS_US)
                fake_broken(t->base, "a second nudge in a window", b->room, b->seq);
        }
}

/* The contract's table, once more: coaching contract, section 11.4. */
static bool deserves(const struct frame_row *f, const struct rules *r, const char *payload)
{
    char wanted[128];
    bool overlap = f->overlap > r->overlap;
    double strength = overlap ? (f->overlap - r->overlap) * 10 : (f->rate - r->rate) * 2;
    int intensity = strength < 1 ? 1 : strength > 3 ? 3 : (int)strength;
    snprintf(wanted, sizeof wanted, "{\"nudge_type\":\"%s\",\"intensity\":%d,\"message\":\"%s\"}",
             overlap ? "PAUSE" : "SLOW_DOWN", intensity,
             overlap ? "Consider pausing to let the other person speak." : "Try slowing down.");
    return (overlap || f->rate > r->rate) && !strcmp(wanted, payload);
}

/* Its frame is there, from the same turn, and was worth just this by rules of that moment. */
static bool is_deserved(const struct coaching_tables *t, const struct nudge_row *n)
{
    for (const struct frame_row *f = t->frames; f < t->frames + t->nframes; f++)
        for (const struct rules *r = t->rules; r < t->rules + t->nrules; r++)
            if (f->room == n->room && f->user == n->user && f->at <= n->at && f->at >= n->at - BUMPS_US &&
                in_force(t, r, f->at, f->at) && deserves(f, r, n->payload))
                return true;
    return !t->nrules;
}

static void check_deserts(struct coaching_tables *t)
{
    for (int i = 0; i < t->nnudges; i++)
        if (!is_deserved(t, &t->nudges[i]))
            fake_broken(t->base, "a nudge that no frame deserves", t->nudges[i].room, t->nudges[i].seq);
}

/* Every number is a nudge's, but that of the end, which is the last: what the report counts is all that was said. */
static void check_counts(struct coaching_tables *t)
{
    for (int32_t room = 1; room <= t->base->nrooms; room++) {
        const struct end_row *end = end_of(t, room);
        int64_t n = end != NULL, seq = fake_room_of(t->base, room)->seq;
        for (int i = 0; i < t->nnudges; i++)
            n += t->nudges[i].room == room;
        if (t->base->kinds[fake_room_of(t->base, room)->kind]->create == create &&
            (n != seq || (end && end->seq != seq)))
            fake_broken(t->base, "the report does not count what was said", room, seq);
    }
}

static void check(void *own)
{
    check_windows(own);
    check_deserts(own);
    check_counts(own);
}

static const struct fake_put writes[] = {
    { &COACHING_PUT_NUDGES, put_nudge }, { &COACHING_PUT_FRAMES, put_frame }, { &COACHING_PUT_ENDS, put_end }, { 0 }
};
static const struct fake_read reads[] = {
    { &COACHING_LOAD, load }, { &COACHING_REPLAY, replay }, { &COACHING_SETTLE, fake_settle }, { 0 }
};

static const struct fake_kind tables = { .create = create,
                                         .destroy = destroy,
                                         .found = found,
                                         .puts = writes,
                                         .reads = reads,
                                         .keep = keep,
                                         .put_back = put_back,
                                         .drop = free,
                                         .check = check,
                                         .digest = digest };

/* ---- its rows ---- */

static const struct coaching_tables *own_tables(const struct fake_store *s)
{
    return fake_store_own(s, &tables);
}

static bool event(const struct fake_store *s, int32_t room, int64_t seq, struct buf *ret_name, struct buf *ret_data)
{
    const struct coaching_tables *t = own_tables(s);
    const struct end_row *end = end_of(t, room);
    const char *payload = end && end->seq == seq ? "{}" : NULL;
    for (int i = 0; !payload && i < t->nnudges; i++)
        if (t->nudges[i].room == room && t->nudges[i].seq == seq)
            payload = t->nudges[i].payload;
    if (!payload)
        return false;
    char sid[16];
    struct text own_sid = { sid, (size_t)snprintf(sid, sizeof sid, "s%d", room) };
    const char *name = end && end->seq == seq ? COACHING_ENDED : COACHING_NUDGE;
    buf_puts(ret_name, name);
    coaching_put_event(ret_data, name, own_sid, text_of(payload));
    return true;
}

static bool active(const struct fake_store *s, int32_t room)
{
    return !end_of(own_tables(s), room);
}

/* A yes to a frame leaves the frame; to one that deserves a nudge, besides, that there has been one; to an end that all is
 * over. Those are as good for many yeses as for one. */
static int rows(const struct fake_store *s, int32_t room, int32_t user, const char *leaves)
{
    const struct coaching_tables *t = own_tables(s);
    int n = 0;
    if (!strcmp(leaves, "over"))
        return end_of(t, room) ? INT_MAX : 0;
    if (!strcmp(leaves, "nudge"))
        return last_at(t, room, user) ? INT_MAX : 0;
    for (int i = 0; i < t->nframes; i++)
        n += t->frames[i].room == room && t->frames[i].user == user;
    return n;
}

static int marked(const struct fake_store *s, int32_t room, const char *mark)
{
    return 0;
}

/* ---- its laws ---- */

struct coaching_client {
    struct sim_client base;
    uint64_t stated; /* the stream that was told who takes part */
};

static void hear(struct sim *sim, struct sim_client *c, const struct sim_frame *f)
{
    char expected[256];
    if (strcmp(f->event, COACHING_STATE) != 0)
        return;
    ((struct coaching_client *)c)->stated = c->stream->id;
    snprintf(expected, sizeof expected,
             "{\"type\":\"" COACHING_STATE "\",\"sid\":\"s%d\",\"payload\":{\"sid\":\"s%d\",\"participants\":[\"u1\","
             "\"u2\",\"u3\",\"u4\"]}}",
             c->room, c->room);
    if (f->seq || !text_is(f->data, expected))
        sim_break(sim, "%s was told in room %d that %.*s", c->name, c->room, (int)f->data.n, f->data.p);
}

static void check_client(struct sim *sim, struct sim_client *c)
{
    if (((struct coaching_client *)c)->stated != c->stream->id)
        sim_break(sim, "%s is in room %d and was never told who takes part", c->name, c->room);
}

/* A yes to a loud frame: it has caused a nudge, or its sender had caused one so shortly before that it could not. */
static bool was_heard(struct sim *sim, const struct sim_ask *a)
{
    const struct coaching_tables *t = own_tables(sim->store);
    int64_t window = longest_window(t, a->asked, a->told);
    for (const struct nudge_row *n = t->nudges; n < t->nudges + t->nnudges; n++)
        if (n->room == a->room && n->user == a->user && n->at > a->asked - window && n->at <= a->told + BUMPS_US)
            return true;
    return !t->nrules;
}

/* Whoever takes part is refused for want of the database or of room for it, or because all is over; others always are. */
static void check_ask(struct sim *sim, const struct sim_ask *a)
{
    bool taker = a->user && a->user <= TAKERS,
         in_doubt = !a->answered || a->why == ERROR_UNAVAILABLE || a->why == ERROR_OVERLOADED;
    bool over = a->why == ERROR_COACHING_CLOSED && !active(sim->store, a->room) && a->op != ROOM_END;
    bool stranger = a->why == (a->op == ROOM_END ? ERROR_NOT_AUTHORIZED : ERROR_COACHING_CLOSED);
    bool right =
        in_doubt || (taker ? !a->why || over : stranger || (a->why == ERROR_INVALID_ACTION && a->op == ROOM_KICK));
    if (taker && a->why == ERROR_INVALID_ACTION && a->op == ROOM_KICK)
        return;
    if (a->answered && !a->why && a->leaves && !strcmp(a->leaves, "nudge") && !was_heard(sim, a))
        sim_break(sim, "room %d took a loud frame of user %d for nothing", a->room, a->user);
    if (!right)
        sim_break(sim, "room %d answered operation %d of user %d by %s", a->room, a->op, a->user, error_name(a->why));
}

/* ---- what people do ---- */

static bool is_taker(const struct sim *sim, const char *who)
{
    return sim_user(sim, who) <= TAKERS;
}

static void measure(struct sim *sim, const char *who, int64_t timestamp, double rate, double overlap)
{
    const struct coaching_frame frame = { timestamp, rate, overlap };
    const struct room_command cmd = {
        .op = COACHING_FRAME, .caller = sim_person(sim, sim_user(sim, who)), .more = &frame, .more_n = sizeof frame
    };
    bool loud = rate > rates[RATES - 1] || overlap > overlaps[OVERLAPS - 1];
    const char *leaves = !is_taker(sim, who) ? NULL : loud ? "nudge" : "frame";
    (void)sim_ask(sim, &cmd, leaves, (struct text){ 0 });
}

static void say(struct sim_fuzz *f, uint16_t op, const char *leaves)
{
    struct room_command cmd = { .op = op, .caller = sim_person(f->sim, sim_user(f->sim, sim_somebody(f))) };
    (void)sim_ask(f->sim, &cmd, leaves, (struct text){ 0 });
}

static void note_rules(struct sim *sim)
{
    struct coaching_tables *t = fake_store_own(sim->store, &tables);
    if (!sim->options.threads)
        *FAKE_APPEND(t, rules) = (struct rules){ sim_wall(sim->system), config.nudge_rate_limit_seconds * SECOND_US,
                                                 config.speaking_rate_threshold, config.overlap_ratio_threshold };
}

static void change_rules(struct sim_fuzz *f)
{
    config.speaking_rate_threshold = rates[sim_draw(f, RATES)];
    config.overlap_ratio_threshold = overlaps[sim_draw(f, OVERLAPS)];
    config.nudge_rate_limit_seconds = WINDOW_S + (int)sim_draw(f, WINDOW_MOST_S);
    note_rules(f->sim);
}

static void post(struct sim_fuzz *f)
{
    if (sim_chance(f, 6))
        say(f, ROOM_END, "over");
    else if (!f->sim->options.threads && sim_chance(f, 30))
        change_rules(f);
    else if (sim_chance(f, 20))
        say(f, ROOM_KICK, NULL);
    else
        measure(f->sim, sim_somebody(f), f->faults && sim_chance(f, 15) ? POISON : 1 + (int64_t)sim_draw(f, 500),
                (double)sim_draw(f, 50) / 10, (double)sim_draw(f, 40) / 100);
}

/* Long after the last: one that must be heard. */
static void witness(struct sim *sim)
{
    measure(sim, takers[0], 1, 9, 0);
}

static void setup(const struct sim_options *o)
{
    config.speaking_rate_threshold = 3.0;
    config.overlap_ratio_threshold = 0.3;
    config.nudge_rate_limit_seconds = WINDOW_S;
    config.store_frames = true;
}

const struct sim_kind sim_coaching = { .ops = &coaching_ops,
                                       .tables = &tables,
                                       .end_event = COACHING_ENDED,
                                       .client_size = sizeof(struct coaching_client),
                                       .setup = setup,
                                       .started = note_rules,
                                       .event = event,
                                       .active = active,
                                       .rows = rows,
                                       .marked = marked,
                                       .hear = hear,
                                       .check_ask = check_ask,
                                       .check_client = check_client,
                                       .post = post,
                                       .witness = witness };
