/* Inspect: what operators see of a worker's actors. Changes nothing but what they order. */
#include "actors/runtime/inspect.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/registry.h"
#include "actors/runtime/supervisor.h"
#include "actors/runtime/words.h"

/* A half-built state is not asked. */
static uint64_t memory_of(const struct actor *a)
{
    bool says = a->life == LIFE_ACTIVE && a->kind->memory;

    return sizeof *a + a->kind->state_size + (says ? a->kind->memory(a) : 0);
}

static struct actor_info info_of(const struct actor *a)
{
    const struct supervision *v = a->supervision;

    return (struct actor_info){
        .address = actor_address(a),
        .state = actor_state_name(a),
        .serial = a->serial,
        .messages = a->messages,
        .restarts = v ? v->restarts : 0,
        .idle_ns = a->home->now - a->last_active,
        .depth = mailbox_depth(&a->mailbox),
        .highest = a->mailbox.highest,
        .limit = a->mailbox.limit,
        .why = v ? v->why : NULL,
        .cpu_ns = a->cpu_ns,
        .memory = memory_of(a),
        .actor = a->life == LIFE_ACTIVE ? a : NULL,
    };
}

void worker_actors(struct worker *w, void (*see)(const struct actor_info *info, void *arg), void *arg)
{
    for (int i = 0; i < KINDS_MAX; i++) {
        for (const struct actor *a = w->rosters[i].oldest; a; a = a->newer) {
            struct actor_info info = info_of(a);
            see(&info, arg);
        }
    }
}

void worker_measure(const struct worker *w, struct worker_measures *ret)
{
    const struct actor *ingress = w->system->ingress ? w->system->ingress[w->index] : NULL;

    *ret = w->measures;
    for (const struct actor *a = w->ready_first; a; a = a->ready_next) {
        uint32_t depth = mailbox_depth(&a->mailbox);
        if (a != ingress && depth > ret->deepest.depth)
            ret->deepest.depth = depth;
    }
    if (!ingress)
        return;
    ret->ingress.depth = mailbox_depth(&ingress->mailbox);
    ret->ingress.highest = ingress->mailbox.highest;
    ret->ingress.limit = ingress->mailbox.limit;
}

static void write_address(struct json *j, struct address address)
{
    struct buf text = { 0 };

    address_write(&text, address);
    json_text(j, "address", buf_view(&text));
    j->out->failed |= text.failed;
    buf_fini(&text);
}

static void write_info(struct json *j, const struct actor_info *info)
{
    write_address(j, info->address);
    json_str(j, "state", info->state);
    json_int(j, "serial", info->serial);
    json_int(j, "messages", info->messages);
    json_int(j, "restarts", info->restarts);
    json_int(j, "idle_ms", info->idle_ns / 1000000);
    json_int(j, "depth", info->depth);
    json_int(j, "highest", info->highest);
    json_int(j, "limit", info->limit);
    json_str(j, "why", info->why);
    json_int(j, "cpu_us", info->cpu_ns / 1000);
    json_int(j, "memory_bytes", info->memory);
}

/* An actor of this worker with a reference for the caller, or NULL. */
static struct actor *find(struct worker *w, struct address address)
{
    struct actor *a = registry_find(w->system, address);

    if (!a || (a->home == w && a->listed))
        return a;
    actor_unref(a);
    return NULL;
}

bool worker_look(struct worker *w, struct address address, void (*see)(const struct actor_info *info, void *arg),
                 void *arg)
{
    struct actor *a = find(w, address);

    if (!a)
        return false;
    struct actor_info info = info_of(a);
    see(&info, arg);
    actor_unref(a);
    return true;
}

/* A half-built state is nobody's business. */
bool worker_describe(struct worker *w, struct address address, struct buf *out)
{
    struct actor *a = find(w, address);

    if (!a)
        return false;
    struct json j = json_into(out);
    struct actor_info info = info_of(a);
    json_begin_object(&j, NULL);
    write_info(&j, &info);
    json_int(&j, "worker", w->index);
    json_int(&j, "holds", a->holds);
    json_begin_object(&j, "detail");
    if (a->life == LIFE_ACTIVE && a->kind->describe)
        a->kind->describe(a, &j);
    json_end_object(&j);
    json_end_object(&j);
    actor_unref(a);
    return true;
}

bool worker_free_actor(struct worker *w, struct address address)
{
    struct actor *a = find(w, address);
    bool held = a && a->life == LIFE_QUARANTINED;

    if (held)
        supervisor_release(a);
    if (a)
        actor_unref(a);
    return held;
}

static bool order(struct worker *w, struct address address, enum supervision_order what)
{
    struct actor *a = find(w, address);
    bool done = a && supervisor_order(a, what);

    if (a)
        actor_unref(a);
    return done;
}

bool worker_restart_actor(struct worker *w, struct address address)
{
    return order(w, address, ORDER_RESTART);
}

bool worker_confine_actor(struct worker *w, struct address address)
{
    return order(w, address, ORDER_CONFINE);
}

struct bus_counts system_counts(const struct system *s)
{
    struct bus_counts sum = { 0 };

    for (int i = -1; i < s->worker_count; i++) {
        const struct bus_counts *c = i < 0 ? &s->foreign : &s->workers[i]->counts;
        sum.sent += word_read(&c->sent);
        sum.handled += word_read(&c->handled);
        sum.refused += word_read(&c->refused);
        sum.dropped += word_read(&c->dropped);
    }
    return sum;
}
