/* Views: see views.h. */
#include "tools/top/views.h"

const char *const ask_words[ASKS][ASK_WORDS] = {
    [ASK_HELP] = { "help" },
    [ASK_INFO] = { "info" },
    [ASK_WORKERS] = { "workers" },
    [ASK_ROOMS] = { "rooms", "--top", "200", "--by", "?" },
    [ASK_LATENCY] = { "latency" },
    [ASK_DOCTOR] = { "latency", "doctor" },
    [ASK_ACTORS] = { "actors", "--top", "200", "--by", "?" },
    [ASK_QUEUES] = { "queues" },
    [ASK_DB] = { "db" },
    [ASK_COMMITS] = { "db", "commits" },
    [ASK_CONNS] = { "conns", "--top", "200", "--by", "?" },
    [ASK_CLOSED] = { "closed", "--top", "200" },
    [ASK_SLOW] = { "slow" },
    [ASK_ACTOR] = { "actor", "*" },
    [ASK_STATE] = { "actor", "*", "state" },
    [ASK_CONN] = { "conn", "*" },
    [ASK_ROOM] = { "room", "*" },
    [ASK_MEMBERS] = { "room", "*", "members", "--top", "200" },
    [ASK_EVENTS] = { "room", "*", "events", "--top", "50" },
};

static const struct view_column workers[] = {
    { "worker", "worker" },
    { "answers", "answered", FIGURE_ANSWERS },
    { "busy %", "busy_now", FIGURE_SHARE },
    { "p99 ms", "turn_p99_ms", FIGURE_MS },
    { "conns", "connections" },
    { "streams", "streams" },
    { "req/s", "requests", FIGURE_PER_SECOND },
    { "events/s", "events", FIGURE_PER_SECOND },
    { "sent/s", "deliveries", FIGURE_PER_SECOND },
    { "database", "database", FIGURE_UP },
    { "msgs/s", "messages", FIGURE_PER_SECOND },
    { "turns/s", "loop_turns", FIGURE_PER_SECOND },
    { "wakes/s", "wakeups", FIGURE_PER_SECOND },
    { "commits/s", "batches", FIGURE_PER_SECOND },
    { "reads/s", "reads", FIGURE_PER_SECOND },
    { "actors", "actors" },
    { "asks", "asks" },
    { "writes waiting", "writes_waiting" },
    { "writes refused", "refused_writes" },
    { "up", "uptime_s", FIGURE_AGE_S },
    { "busy % ever", "busy", FIGURE_SHARE },
    { 0 },
};

static const struct view_column actors[] = {
    { "actor", "address" },
    { "cpu %", "cpu_us", FIGURE_LOAD, "cpu" },
    { "msgs/s", "messages", FIGURE_PER_SECOND, "messages" },
    { "mailbox", "depth", FIGURE_PLAIN, "mailbox" },
    { "full %", "depth", FIGURE_FILL, "mailbox" },
    { "memory", "memory_bytes", FIGURE_BYTES, "memory" },
    { "state", "state" },
    { "idle", "idle_ms", FIGURE_AGE_MS },
    { "restarts", "restarts", FIGURE_PLAIN, "restarts" },
    { "highest", "highest" },
    { "limit", "limit" },
    { "cpu", "cpu_us", FIGURE_AGE_US, "cpu" },
    { "messages", "messages", FIGURE_PLAIN, "messages" },
    { "why", "why" },
    { 0 },
};
static const char *const actors_left_out[] = { "serial", NULL };

static const struct view_column rooms[] = {
    { "room", "room" },
    { "streams", "streams", FIGURE_PLAIN, "streams" },
    { "present", "present" },
    { "events/s", "seq", FIGURE_PER_SECOND, "events" },
    { "cpu %", "cpu_us", FIGURE_LOAD, "cpu" },
    { "msgs/s", "messages", FIGURE_PER_SECOND },
    { "mailbox", "depth", FIGURE_PLAIN, "mailbox" },
    { "memory", "memory_bytes", FIGURE_BYTES, "memory" },
    { "active", "active" },
    { "people", "people" },
    { "events", "seq", FIGURE_PLAIN, "events" },
    { "ring", "ring" },
    { "creator", "creator" },
    { "cpu", "cpu_us", FIGURE_AGE_US, "cpu" },
    { 0 },
};

static const struct view_column conns[] = {
    { "conn", "id" },
    { "pending", "pending_bytes", FIGURE_BYTES, "pending" },
    { "in/s", "in_bytes", FIGURE_PER_SECOND },
    { "out/s", "out_bytes", FIGURE_PER_SECOND, "bytes" },
    { "req/s", "requests", FIGURE_PER_SECOND },
    { "kind", "kind" },
    { "state", "state" },
    { "user", "user_id" },
    { "room", "room" },
    { "age", "age_s", FIGURE_AGE_S, "age" },
    { "idle", "idle_s", FIGURE_AGE_S },
    { "peer", "peer" },
    { "doing", "doing" },
    { "in", "in_bytes", FIGURE_BYTES },
    { "out", "out_bytes", FIGURE_BYTES, "bytes" },
    { "worker", "worker" },
    { 0 },
};

static const struct view_column closed[] = {
    { "conn", "id" },
    { "reason", "reason" },
    { "kind", "kind" },
    { "user", "user_id" },
    { "room", "room" },
    { "lived", "age_s", FIGURE_AGE_S },
    { "last", "last" },
    { "peer", "peer" },
    { "closed at", "closed_at" },
    { "pending", "pending_bytes", FIGURE_BYTES },
    { "in", "in_bytes", FIGURE_BYTES },
    { "out", "out_bytes", FIGURE_BYTES },
    { 0 },
};

static const struct view_column queues[] = {
    { "queue", "queue" },         { "depth", "depth" },         { "full %", "depth", FIGURE_FILL },
    { "highest", "highest" },     { "limit", "limit" },         { "refused/s", "refused", FIGURE_PER_SECOND },
    { "refused", "refused" },     { "what waits", "about" },    { "bounds", "bounds" },
    { "when full", "when_full" }, { "filled by", "filled_by" }, { 0 },
};

static const struct view_column db[] = {
    { "worker", "worker" },
    { "kind", "kind" },
    { "state", "up", FIGURE_UP },
    { "queries/s", "queries", FIGURE_PER_SECOND },
    { "in flight", "in_flight" },
    { "waiting", "waiting" },
    { "full %", "waiting", FIGURE_FILL },
    { "errors/s", "errors", FIGURE_PER_SECOND },
    { "refused/s", "refused", FIGURE_PER_SECOND },
    { "connects", "connects" },
    { 0 },
};

static const struct view_column commits[] = {
    { "worker", "worker" },
    { "refusing", "refusing" },
    { "commits/s", "batches", FIGURE_PER_SECOND },
    { "turns/s", "turns", FIGURE_PER_SECOND },
    { "p50 ms", "commit_p50_ms", FIGURE_MS },
    { "p99 ms", "commit_p99_ms", FIGURE_MS },
    { "batch p50", "batch_p50_turns" },
    { "batch p99", "batch_p99_turns" },
    { "waiting", "turns_waiting" },
    { "in flight", "turns_in_flight" },
    { 0 },
};

static const struct view_column latency[] = {
    { "stage", "stage" },
    { "mean ms", "mean_ms", FIGURE_MS },
    { "p50 ms", "p50_ms", FIGURE_MS },
    { "p90 ms", "p90_ms", FIGURE_MS },
    { "p99 ms", "p99_ms", FIGURE_MS },
    { "max ms", "max_ms", FIGURE_MS },
    { "count", "count" },
    { 0 },
};

static const struct view_column members[] = {
    { "participant", "participant_id" },
    { "name", "name" },
    { "present", "present" },
    { "streams", "streams" },
    { "teacher", "is_teacher" },
    { "muted", "muted" },
    { "hand", "hand_raised" },
    { "kicked", "kicked" },
    { "joined", "joined_at" },
    { "user", "user_id" },
    { 0 },
};

static const struct view_column nothing[] = { { 0 } };

const struct view view_members = { .title = "people", .ask = ASK_MEMBERS, .columns = members };

const struct view views[VIEWS] = {
    [VIEW_OVERVIEW] = { "overview", "the whole server at a glance", ASK_NONE,
                        ASK_BIT(ASK_ACTORS) | ASK_BIT(ASK_QUEUES) | ASK_BIT(ASK_LATENCY) | ASK_BIT(ASK_DOCTOR) },
    [VIEW_WORKERS] = { "workers", "each worker's load, connections, traffic", ASK_WORKERS, .ids = { "worker" },
                       .columns = workers },
    [VIEW_ACTORS] = { "actors", "the hottest actors", ASK_ACTORS, .ids = { "address" }, .same = "serial",
                      .sort = "cpu %", .opened = ASK_BIT(ASK_ACTOR) | ASK_BIT(ASK_STATE), .columns = actors,
                      .left_out = actors_left_out },
    [VIEW_ROOMS] = { "rooms", "the hottest rooms", ASK_ROOMS, .ids = { "room" }, .sort = "streams",
                     .opened = ASK_BIT(ASK_ROOM) | ASK_BIT(ASK_MEMBERS) | ASK_BIT(ASK_EVENTS), .columns = rooms },
    [VIEW_CONNS] = { "conns", "the connections: who, how much, what waits to be sent", ASK_CONNS, .ids = { "id" },
                     .sort = "pending", .opened = ASK_BIT(ASK_CONN), .columns = conns },
    [VIEW_QUEUES] = { "queues", "every queue: what waits, its limit, what it refused", ASK_QUEUES, .ids = { "queue" },
                      .columns = queues },
    [VIEW_DB] = { "db", "connections to the database", ASK_DB, .ids = { "worker", "kind" }, .columns = db },
    [VIEW_COMMITS] = { "commits", "the group commit", ASK_COMMITS, .ids = { "worker" }, .columns = commits },
    [VIEW_LATENCY] = { "latency", "how long things take; the last minute or two", ASK_LATENCY, ASK_BIT(ASK_DOCTOR),
                       .ids = { "stage" }, .columns = latency },
    [VIEW_CLOSED] = { "closed", "connections that ended lately, and why", ASK_CLOSED, .ids = { "id" },
                      .columns = closed },
    [VIEW_SLOW] = { "slow", "what took longer than it should", ASK_SLOW, .columns = nothing },
};

const struct view_column *view_column(const struct view *v, const char *title)
{
    for (const struct view_column *c = v->columns; c && c->title; c++)
        if (!strcmp(c->title, title))
            return c;
    return NULL;
}
