/* Tally sim help: the table of steps, what people add and wave by chance, and the laws of a tally: whoever comes is told
 * the sum of all steps up to that place, and the room in memory is at the sum of its log. */
#include "tally_sim_help.h"

#include "tests/actors/room/tally_help.h"
#include "tests/sim/sim_fuzz_help.h"

#include <stdio.h>

enum { POISON = 666, BY_MOST = 999, STEP = 1000 };

/* ---- its table ---- */

struct tally_step_row {
    int32_t room, by; /* by 0: the end */
    int64_t seq;
};

struct tally_tables {
    struct fake_tables *base;
    struct tally_step_row *steps;
    int nsteps, steps_cap;
};

static void *create(struct fake_tables *base)
{
    struct tally_tables *t = calloc(1, sizeof *t);
    assert(t);
    t->base = base;
    return t;
}

static void destroy(void *own)
{
    free(((struct tally_tables *)own)->steps);
    free(own);
}

static void found(void *own, int32_t room)
{
}

static bool put_step(void *own, const struct text *v, struct fake_refusal *why)
{
    struct tally_tables *t = own;
    struct tally_step_row row = { (int32_t)fake_integer(v[0]), (int32_t)fake_integer(v[2]), fake_integer(v[1]) };
    if (!fake_number_row(t->base, 0, row.room, row.seq, 0, why))
        return false;
    *FAKE_APPEND(t, steps) = row;
    return row.by != POISON || fake_refuse(why, "23514", "step_by_check");
}

static void load(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct tally_tables *t = own;
    int64_t room = fake_integer(c->params[0]);
    fake_rows_begin(ret, 1);
    if (!fake_room_of(t->base, room))
        return;
    fake_rows_add(ret)[0] = fake_cell(SIM_EPOCH);
    for (int i = 0; i < t->nsteps; i++)
        if (t->steps[i].room == room)
            fake_rows_add(ret)[0] = fake_cell(t->steps[i].seq * STEP + t->steps[i].by);
}

static void replay(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct tally_tables *t = own;
    fake_rows_begin(ret, 1);
    for (int i = 0; i < t->nsteps && ret->rows < fake_integer(c->params[3]); i++)
        if (t->steps[i].room == fake_integer(c->params[0]) && t->steps[i].seq > fake_integer(c->params[1]) &&
            t->steps[i].seq <= fake_integer(c->params[2]))
            fake_rows_add(ret)[0] = fake_cell(t->steps[i].seq * STEP + t->steps[i].by);
}

/* Rows are only added: it is enough to know how many there were. */
static void *keep(const void *own)
{
    int *n = malloc(sizeof *n);
    assert(n);
    *n = ((const struct tally_tables *)own)->nsteps;
    return n;
}

static void put_back(void *own, const void *kept)
{
    ((struct tally_tables *)own)->nsteps = *(const int *)kept;
}

static uint64_t digest(const void *own, uint64_t d)
{
    const struct tally_tables *t = own;
    return fake_mix(d, t->steps, t->nsteps ? (size_t)t->nsteps * sizeof *t->steps : 0);
}

static const struct fake_put writes[] = { { &TALLY_PUT_STEPS, put_step }, { 0 } };
static const struct fake_read reads[] = {
    { &TALLY_LOAD, load }, { &TALLY_REPLAY, replay }, { &TALLY_SETTLE, fake_settle }, { 0 }
};

static const struct fake_kind tables = { .create = create,
                                         .destroy = destroy,
                                         .found = found,
                                         .puts = writes,
                                         .reads = reads,
                                         .keep = keep,
                                         .put_back = put_back,
                                         .drop = free,
                                         .digest = digest };

/* ---- its rows ---- */

/* How many steps of so much a room has; by -1: of any sort. */
static int steps(const struct fake_store *s, int32_t room, int32_t by)
{
    const struct tally_tables *t = fake_store_own(s, &tables);
    int n = 0;
    for (int i = 0; i < t->nsteps; i++)
        n += t->steps[i].room == room && (by < 0 || t->steps[i].by == by);
    return n;
}

static int64_t sum(const struct fake_store *s, int32_t room, int64_t upto)
{
    const struct tally_tables *t = fake_store_own(s, &tables);
    int64_t total = 0;
    for (int i = 0; i < t->nsteps; i++)
        total += t->steps[i].room == room && t->steps[i].seq <= upto ? t->steps[i].by : 0;
    return total;
}

static bool event(const struct fake_store *s, int32_t room, int64_t seq, struct buf *ret_name, struct buf *ret_data)
{
    const struct tally_tables *t = fake_store_own(s, &tables);
    for (int i = 0; i < t->nsteps; i++) {
        const struct tally_step_row *row = &t->steps[i];
        if (row->room != room || row->seq != seq)
            continue;
        buf_puts(ret_name, row->by ? "added" : "over");
        if (row->by)
            buf_printf(ret_data, "{\"type\":\"added\",\"by\":%d}", row->by);
        else
            buf_puts(ret_data, "{\"type\":\"over\"}");
        return true;
    }
    return false;
}

static bool active(const struct fake_store *s, int32_t room)
{
    return !steps(s, room, 0);
}

/* Ends are not told apart by who asked: there is one at most. */
static int rows(const struct fake_store *s, int32_t room, int32_t user, const char *leaves)
{
    return steps(s, room, 0);
}

static int marked(const struct fake_store *s, int32_t room, const char *mark)
{
    return steps(s, room, atoi(mark));
}

/* ---- its laws ---- */

static void hear(struct sim *sim, struct sim_client *c, const struct sim_frame *f)
{
    char expected[64];
    if (strcmp(f->event, "total") != 0)
        return;
    snprintf(expected, sizeof expected, "{\"total\":%d}", (int)sum(sim->store, c->room, c->stream->place));
    if (!text_is(f->data, expected))
        sim_break(sim, "%s was let into room %d at event %lld with %.*s, its log says %s", c->name, c->room,
                  (long long)c->stream->place, (int)f->data.n, f->data.p, expected);
}

/* What is right is refused for want of the database or of room for it, or because all is over. */
static void check_ask(struct sim *sim, const struct sim_ask *a)
{
    bool in_doubt = !a->answered || a->why == ERROR_UNAVAILABLE || a->why == ERROR_OVERLOADED;
    bool over = a->why == ERROR_SESSION_ENDED && !active(sim->store, a->room);
    bool wrong = a->why == ERROR_INVALID_ACTION && (a->op == ROOM_KICK || (a->op == TALLY_ADD && !*a->mark));
    if (a->why && !in_doubt && !over && !wrong)
        sim_break(sim, "room %d refused operation %d of user %d: %s", a->room, a->op, a->user, error_name(a->why));
}

/* No step comes behind the end. */
static void check_tables(struct sim *sim, int32_t room)
{
    const struct tally_tables *t = fake_store_own(sim->store, &tables);
    for (int i = 0; i < t->nsteps; i++)
        if (t->steps[i].room == room && !t->steps[i].by && t->steps[i].seq != fake_store_seq(sim->store, room))
            sim_break(sim, "room %d goes on behind its end", room);
}

struct looking {
    struct sim *sim;
    int32_t room;
};

static void look_at(const struct actor_info *info, void *arg)
{
    struct looking *l = arg;
    int64_t total = sum(l->sim->store, l->room, INT64_MAX);
    if (tally_total(info->actor) != total)
        sim_break(l->sim, "room %d has %lld, its log %lld", l->room, (long long)tally_total(info->actor),
                  (long long)total);
}

static void check_room(struct sim *sim, int32_t room)
{
    (void)worker_look(sim_worker(sim, room), sim_address(sim, room), look_at, &(struct looking){ sim, room });
}

/* ---- what people do ---- */

static void add(struct sim *sim, const char *who, int32_t by)
{
    struct tally_step step = { by };
    char mark[12] = "";
    if (by > 0 && by <= BY_MOST)
        snprintf(mark, sizeof mark, "%d", by);
    struct room_command cmd = {
        .op = TALLY_ADD, .caller = sim_person(sim, sim_user(sim, who)), .more = &step, .more_n = sizeof step
    };
    (void)sim_ask(sim, &cmd, NULL, text_of(mark));
}

/* Each adds what nobody has added in this house, so that it can be found again. */
static int32_t new_number(struct sim_fuzz *f)
{
    if (f->faults && sim_chance(f, 15))
        return POISON;
    f->said += f->said + 1 == POISON;
    return ++f->said < BY_MOST ? f->said : 0;
}

static void say(struct sim_fuzz *f, uint16_t op, const char *leaves)
{
    struct room_command cmd = { .op = op, .caller = sim_person(f->sim, sim_user(f->sim, sim_somebody(f))) };
    cmd.target = sim_user(f->sim, sim_somebody(f));
    (void)sim_ask(f->sim, &cmd, leaves, (struct text){ 0 });
}

static void post(struct sim_fuzz *f)
{
    if (sim_chance(f, 5))
        say(f, ROOM_END, "over");
    else if (sim_chance(f, 150))
        say(f, TALLY_WAVE, NULL);
    else if (sim_chance(f, 30))
        say(f, ROOM_KICK, NULL); /* it has none: a refusal has its place in the order too */
    else
        add(f->sim, sim_somebody(f), new_number(f));
}

static void witness(struct sim *sim)
{
    add(sim, "Ada", BY_MOST);
}

const struct sim_kind sim_tally = { .ops = &tally_ops,
                                    .tables = &tables,
                                    .end_event = "over",
                                    .client_size = sizeof(struct sim_client),
                                    .event = event,
                                    .active = active,
                                    .rows = rows,
                                    .marked = marked,
                                    .hear = hear,
                                    .check_ask = check_ask,
                                    .check_room = check_room,
                                    .check_tables = check_tables,
                                    .post = post,
                                    .witness = witness };
