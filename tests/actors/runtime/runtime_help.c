/* Runtime help: the probe kind and its simulated system. One thread. */
#include "runtime_help.h"

#include "proto/base/log.h"

#include <string.h>

struct probe_record probe;

static bool activate(struct actor *self)
{
    probe.activated++;
    probe.last = self;
    if (probe.activation == PROBE_WAITS)
        actor_wait(self);
    if (probe.activation == PROBE_IS_ABSENT)
        actor_absent(self, ERROR_SESSION_NOT_FOUND);
    return probe.activation != PROBE_REFUSES;
}

static void note(int64_t value)
{
    assert_true(probe.seen_count < (int)(sizeof(probe.seen) / sizeof(*probe.seen)));
    probe.seen[probe.seen_count++] = value;
}

/* The private state is one number: whether the message that is to come later has come once. */
static enum receive later(struct actor *self, int64_t value)
{
    int64_t *once = actor_state(self);

    if (*once) {
        note(value);
        return RECEIVED;
    }
    *once = 1;
    actor_wait(self);
    return RECEIVE_LATER;
}

static void answer(struct actor *self, const struct message *m)
{
    bus_reply(worker_system(actor_worker(self)), m->reply, probe_message(PROBE_NOTE, 0));
}

static enum receive receive(struct actor *self, struct message *m)
{
    const struct test_payload *p = (const void *)m->payload;

    probe.last = self;
    if (m->kind == MESSAGE_TIMER) {
        note(1000 + ((struct actor_timer *)m->payload)->slot);
        return RECEIVED;
    }
    switch (p->op) {
    case PROBE_NOTE:
        note(p->value);
        return RECEIVED;
    case PROBE_WAIT:
        actor_wait(self);
        return RECEIVED;
    case PROBE_LATER:
        return later(self, p->value);
    case PROBE_FAIL:
        return RECEIVE_FAILED;
    case PROBE_TAKE:
        probe.taken = actor_take_message(self);
        return RECEIVED;
    case PROBE_TIMER:
        actor_timer(self, p->value, p->ns);
        return RECEIVED;
    case PROBE_REPLY:
        answer(self, m);
        return RECEIVED;
    case PROBE_ABSENT:
        actor_absent(self, ERROR_SESSION_ENDED);
        return RECEIVED;
    }
    return RECEIVE_FAILED;
}

static bool idle(const struct actor *self)
{
    return !probe.stays;
}

static void passivate(struct actor *self)
{
    probe.passivated++;
}

static void describe(const struct actor *self, struct json *out)
{
    json_int(out, "seen", probe.seen_count);
}

const struct actor_kind probe_kind = {
    .name = "probe",
    .state_size = sizeof(int64_t),
    .mailbox_limit = 100,
    .idle_ns = SECOND,
    .activate = activate,
    .receive = receive,
    .idle = idle,
    .passivate = passivate,
    .describe = describe,
};

static enum receive receive_answer(struct actor *self, struct message *m)
{
    probe.to = m->reply;
    if (m->kind == MESSAGE_ACTOR_ERROR) {
        probe.errors++;
        probe.why = ((struct actor_error *)m->payload)->why;
    } else {
        probe.replies++;
    }
    return RECEIVED;
}

const struct actor_kind probe_ingress = { .name = "ingress", .mailbox_limit = 10, .receive = receive_answer };

struct system *probe_system(int workers, uint64_t seed)
{
    const struct system_options o = { .workers = workers, .seed = seed };
    struct system *s = system_create(&o);

    assert_non_null(s);
    log_setup(LOG_ERROR, false);
    memset(&probe, 0, sizeof(probe));
    assert_true(system_set_ingress(s, &probe_ingress));
    assert_true(sim_start(s, NULL, NULL));
    probe_run(s);
    return s;
}

void probe_end(struct system *s)
{
    probe_run(s);
    struct bus_counts c = system_counts(s);
    system_stop(s);
    struct bus_counts stopped = system_counts(s);
    assert_int_equal(stopped.sent, stopped.handled + stopped.refused + stopped.dropped);
    assert_int_equal(stopped.handled, c.handled);
    system_destroy(s);
    assert_int_equal(message_alive(), 0);
    assert_int_equal(probe.activated, probe.passivated);
}

struct address probe_address(int64_t id)
{
    return (struct address){ &probe_kind, id, 0 };
}

struct message *probe_message(enum probe_op op, int64_t value)
{
    struct message *m = message_create(MESSAGE_TEST, sizeof(struct test_payload));

    assert_non_null(m);
    *(struct test_payload *)m->payload = (struct test_payload){ .op = op, .value = value };
    return m;
}

void probe_send(struct system *s, int64_t id, enum probe_op op, int64_t value)
{
    bus_send(s, probe_address(id), probe_message(op, value));
}

void probe_ask(struct system *s, int64_t id, enum probe_op op, int64_t value)
{
    struct message *m = probe_message(op, value);

    m->reply = (struct return_address){ .worker = 0, .slot = 7, .generation = 9 };
    bus_send(s, probe_address(id), m);
}

void probe_run(struct system *s)
{
    assert_true(sim_run(s, 100000) < 100000);
}

struct look {
    int64_t id;
    const char *state;
};

static void look(const struct actor_info *info, void *arg)
{
    struct look *l = arg;

    if (info->address.kind == &probe_kind && info->address.id == l->id)
        l->state = info->state;
}

const char *probe_state(struct system *s, int64_t id)
{
    struct look l = { id, "none" };

    worker_actors(system_home(s, probe_address(id)), look, &l);
    return l.state;
}
