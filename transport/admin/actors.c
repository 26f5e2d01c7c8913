/* Admin, actors: which there are, and what each says of itself. */
#include "transport/admin/command.h"

#include "actors/runtime/inspect.h"
#include "transport/admin/ask.h"
#include "transport/admin/ranking.h"

#include <jansson.h>
#include <stdlib.h>

/* ---- actors ---- */

static void put_actor(const void *item, struct json *out)
{
    const struct actor_info *info = item;
    struct buf name = { 0 };
    address_write(&name, info->address);
    json_begin_object(out, NULL);
    json_text(out, "address", buf_view(&name));
    json_str(out, "state", info->state);
    json_int(out, "serial", (int64_t)info->serial);
    json_int(out, "messages", (int64_t)info->messages);
    json_int(out, "depth", info->depth);
    json_int(out, "highest", info->highest);
    json_int(out, "limit", info->limit);
    json_int(out, "restarts", (int64_t)info->restarts);
    json_int(out, "idle_ms", (int64_t)(info->idle_ns / 1000000));
    json_int(out, "cpu_us", (int64_t)(info->cpu_ns / 1000));
    json_int(out, "memory_bytes", (int64_t)info->memory);
    json_str(out, "why", info->why);
    json_end_object(out);
    buf_fini(&name);
}

static int64_t by_mailbox(const struct actor_info *i)
{
    return i->depth;
}

static int64_t by_messages(const struct actor_info *i)
{
    return (int64_t)i->messages;
}

static int64_t by_restarts(const struct actor_info *i)
{
    return (int64_t)i->restarts;
}

static int64_t by_cpu(const struct actor_info *i)
{
    return (int64_t)i->cpu_ns;
}

static int64_t by_memory(const struct actor_info *i)
{
    return (int64_t)i->memory;
}

/* Without --by: in the order in which they were made. */
static int64_t by_age(const struct actor_info *i)
{
    return -(int64_t)i->serial;
}

static const struct order {
    const char *name;
    int64_t (*key)(const struct actor_info *i);
} orders[] = { { "mailbox", by_mailbox }, { "messages", by_messages }, { "restarts", by_restarts },
               { "cpu", by_cpu },         { "memory", by_memory },     { NULL, by_age } };

struct wanted {
    const struct actor_kind *kind; /* NULL: all */
    const struct order *order;
    size_t most;
};

struct listing {
    const struct wanted *wanted;
    struct ranking ranking;
};

static void list_actor(const struct actor_info *info, void *arg)
{
    struct listing *l = arg;
    if (!l->wanted->kind || l->wanted->kind == info->address.kind)
        ranking_offer(&l->ranking, l->wanted->order->key(info), info);
}

static void see_actors(struct worker *w, const void *question, struct buf *answer)
{
    struct listing l = { .wanted = question };
    (void)ranking_init(&l.ranking, l.wanted->most, sizeof(struct actor_info)); /* without memory: all are left off */
    worker_actors(w, list_actor, &l);
    ranking_answer(&l.ranking, put_actor, answer);
    ranking_fini(&l.ranking);
}

static bool actors(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct wanted wanted = { .order = orders };
    const char *kind = admin_option(call, "--kind"), *by = admin_option(call, "--by");
    int64_t most;
    if (!admin_number(call, "--top", 1, ADMIN_ROWS_MAX, ADMIN_ROWS_MAX, &most, why))
        return false;
    if (kind && !(wanted.kind = system_kind(call->system, text_of(kind)))) {
        buf_printf(why, "no actor is of a kind \"%.40s\"", kind);
        return false;
    }
    while (wanted.order->name && (!by || strcmp(by, wanted.order->name)))
        wanted.order++;
    wanted.most = (size_t)most;
    ask_ranked(call, see_actors, &wanted, sizeof wanted, wanted.most, data);
    return true;
}

/* ---- actor ADDRESS ---- */

static bool read_uuid(const char *text, struct address *ret)
{
    char digits[33];
    size_t n = 0;
    for (; *text && n < 32; text++)
        if (*text != '-')
            digits[n++] = *text;
    digits[n] = 0;
    if (*text || n != 32 || strspn(digits, "0123456789abcdefABCDEF") != 32)
        return false;
    ret->id_low = (int64_t)strtoull(digits + 16, NULL, 16);
    digits[16] = 0;
    ret->id = (int64_t)strtoull(digits, NULL, 16);
    return true;
}

bool admin_read_address(struct system *s, const char *text, struct address *ret)
{
    const char *slash = strchr(text, '/');
    if (!slash)
        return false;
    *ret = (struct address){ .kind = system_kind(s, (struct text){ text, (size_t)(slash - text) }) };
    if (!ret->kind)
        return false;
    char *end;
    ret->id = strtoll(slash + 1, &end, 10);
    return (end > slash + 1 && !*end) || read_uuid(slash + 1, ret);
}

static void see_actor(struct worker *w, const void *question, struct buf *answer)
{
    struct address address;
    memcpy(&address, question, sizeof address);
    if (!worker_describe(w, address, answer))
        buf_reset(answer);
}

/* Asks the home of the actor that the first argument names. False with a sentence in why. */
static bool ask_home(const struct admin_call *call, survey_see *see, struct survey_answer *ret, struct buf *why)
{
    struct address address;
    *ret = (struct survey_answer){ 0 };
    if (!admin_read_address(call->system, call->args[0], &address)) {
        buf_printf(why, "an address is kind/id, as `actors` shows it; \"%.100s\" is none", call->args[0]);
        return false;
    }
    return ask_one(call, worker_index(system_home(call->system, address)), see, &address, sizeof address, ret, why);
}

static bool actor(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct survey_answer answer;
    bool told = ask_home(call, see_actor, &answer, why), found = told && answer.text.n;
    if (found)
        json_raw(data, NULL, buf_view(&answer.text));
    else if (told)
        buf_printf(why, "%.100s is not active", call->args[0]);
    survey_free(&answer, 1);
    return found;
}

/* ---- actor ADDRESS state ---- */

/* What the kind says of itself is a member of the description. */
static bool state(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct survey_answer answer;
    bool told = ask_home(call, see_actor, &answer, why);
    json_t *tree = told ? json_loadb(answer.text.p ?: "", answer.text.n, 0, NULL) : NULL;
    char *detail = json_dumps(json_object_get(tree, "detail"), JSON_COMPACT);
    if (detail)
        json_raw(data, NULL, text_of(detail));
    else if (told)
        buf_printf(why, "%.100s is not active", call->args[0]);
    bool found = detail != NULL;
    free(detail);
    json_decref(tree);
    survey_free(&answer, 1);
    return found;
}

/* ---- orders ---- */

typedef bool order(struct worker *w, struct address a);

static void give(struct worker *w, const void *question, struct buf *answer, order *give_it)
{
    struct address address;
    memcpy(&address, question, sizeof address);
    if (give_it(w, address))
        buf_putc(answer, 'y');
}

static void see_restart(struct worker *w, const void *question, struct buf *answer)
{
    give(w, question, answer, worker_restart_actor);
}

static void see_confine(struct worker *w, const void *question, struct buf *answer)
{
    give(w, question, answer, worker_confine_actor);
}

static void see_release(struct worker *w, const void *question, struct buf *answer)
{
    give(w, question, answer, worker_free_actor);
}

static bool do_order(const struct admin_call *call, survey_see *see, const char *otherwise, struct json *data,
                     struct buf *why)
{
    struct survey_answer answer;
    bool told = ask_home(call, see, &answer, why), done = told && answer.text.n;
    if (done) {
        json_begin_object(data, NULL);
        json_str(data, "address", call->args[0]);
        json_bool(data, "done", true);
        json_end_object(data);
    } else if (told)
        buf_printf(why, "%.100s is not %s", call->args[0], otherwise);
    survey_free(&answer, 1);
    return done;
}

static bool restart(const struct admin_call *call, struct json *data, struct buf *why)
{
    return do_order(call, see_restart, "active", data, why);
}

static bool quarantine(const struct admin_call *call, struct json *data, struct buf *why)
{
    return do_order(call, see_confine, "active", data, why);
}

static bool release(const struct admin_call *call, struct json *data, struct buf *why)
{
    return do_order(call, see_release, "quarantined", data, why);
}

#define ORDER_GIVES "{\"address\":\"\",\"done\":true}"

const struct admin_command admin_actors[] = {
    { "actors", "[--kind KIND] [--top N] [--by mailbox|cpu|messages|memory|restarts]",
      "the active actors: mailboxes, time of their turns, bytes of their state", false,
      "[{\"address\":\"\",\"state|\":\"parked|ready|running|waiting|quarantined\",\"serial-\":1,"
      "\"messages\":1,\"depth\":1,\"highest\":1,\"limit\":1,\"restarts\":1,\"idle_ms\":1,"
      "\"cpu_us-\":1,\"memory_bytes-\":1,\"why?-\":\"\"}]",
      actors },
    { "actor", "ADDRESS", "one actor; its address is kind/id, as `actors` shows it", false,
      "{\"address\":\"\",\"state\":\"\",\"worker\":1,\"messages\":1,\"cpu_us\":1,\"memory_bytes\":1,"
      "\"detail\":{}}",
      actor },
    { "actor", "ADDRESS state", "what the actor says of itself", false, "{}", state },
    { "actor", "ADDRESS restart", "it starts anew from the database", true, ORDER_GIVES, restart },
    { "actor", "ADDRESS quarantine", "it refuses everything until it is released", true, ORDER_GIVES, quarantine },
    { "actor", "ADDRESS release", "ends a quarantine", true, ORDER_GIVES, release },
    { 0 },
};
