/* Command: the table of what an operator can ask, and the reading of requests. See command.h. */
#include "transport/admin/command.h"

#include "proto/config.h"
#include "transport/admin/request.h"
#include "transport/admin/survey.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, ROWS_MAX = 1000 };

static int ask_all(const struct admin_options *o, survey_see *see, const void *question, size_t size,
                   struct survey_answer *ret)
{
    int n = system_workers(o->system);
    return survey(o->system, 0, n, see, question, size, ADMIN_WORKER_WAIT_MS, ret);
}

/* ---- info ---- */

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long size = 0, resident = 0;
    if (file && fscanf(file, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static int64_t open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int64_t n = -3; /* itself, . and .. */
    if (!folder)
        return 0;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static bool info(const struct admin_options *o, const char *state, const char *const *args, struct json *data,
                 struct buf *why)
{
    struct bus_counts bus = system_counts(o->system);
    json_begin_object(data, NULL);
    json_str(data, "version", o->version);
    json_str(data, "state", state);
    json_int(data, "pid", getpid());
    json_str(data, "address", o->address);
    json_str(data, "identity", config.identity);
    json_bool(data, "dev", config.dev);
    json_int(data, "workers", system_workers(o->system));
    json_int(data, "resident_bytes", resident_bytes());
    json_int(data, "open_files", open_files());
    json_int(data, "messages_alive", message_alive());
    json_int(data, "messages_sent", (int64_t)bus.sent);
    json_int(data, "messages_handled", (int64_t)bus.handled);
    json_int(data, "messages_refused", (int64_t)bus.refused);
    json_int(data, "messages_dropped", (int64_t)bus.dropped);
    json_end_object(data);
    return true;
}

/* ---- workers ---- */

static void see_worker(struct worker *w, const void *question, struct buf *answer)
{
    const struct admin_options *o = *(const struct admin_options *const *)question;
    struct worker_stats stats = worker_stats(w);
    struct json j = json_into(answer);
    uint64_t alive = worker_now(w) - stats.started_ns;
    json_begin_object(&j, NULL);
    json_int(&j, "worker", worker_index(w));
    json_bool(&j, "answered", true);
    json_int(&j, "actors", stats.actors);
    json_int(&j, "ready", stats.ready);
    json_int(&j, "timers", stats.timers);
    json_int(&j, "loop_turns", (int64_t)stats.turns);
    json_int(&j, "messages", (int64_t)stats.messages);
    json_int(&j, "wakeups", (int64_t)stats.wakeups);
    json_double(&j, "busy", alive ? (double)(stats.busy_ns * 1000 / alive) / 1000 : 0);
    json_int(&j, "uptime_s", (int64_t)(alive / 1000000000));
    if (o->describe)
        o->describe(w, &j);
    json_end_object(&j);
}

static bool workers(const struct admin_options *o, const char *state, const char *const *args, struct json *data,
                    struct buf *why)
{
    struct survey_answer answers[WORKERS_MAX];
    int n = system_workers(o->system);
    ask_all(o, see_worker, &o, sizeof o, answers);
    json_begin_array(data, NULL);
    for (int i = 0; i < n; i++) {
        if (answers[i].answered && !answers[i].text.failed) {
            json_raw(data, NULL, buf_view(&answers[i].text));
            continue;
        }
        json_begin_object(data, NULL);
        json_int(data, "worker", i);
        json_bool(data, "answered", false);
        json_end_object(data);
    }
    json_end_array(data);
    survey_free(answers, n);
    return true;
}

/* ---- actors ---- */

struct listing {
    struct json json;
    uint32_t rows, left_off;
};

static void put_address(struct buf *out, struct address a)
{
    uint64_t high = (uint64_t)a.id, low = (uint64_t)a.id_low;
    buf_puts(out, a.kind->name);
    if (low)
        buf_printf(out, "/%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
                   (unsigned)(high & 0xffff), (unsigned)(low >> 48), (unsigned long long)(low & 0xffffffffffff));
    else
        buf_printf(out, "/%lld", (long long)a.id);
}

static void list_actor(const struct actor_info *info, void *arg)
{
    struct listing *l = arg;
    if (l->rows == ROWS_MAX) {
        l->left_off++;
        return;
    }
    l->rows++;
    struct buf name = { 0 };
    put_address(&name, info->address);
    json_begin_object(&l->json, NULL);
    json_text(&l->json, "address", buf_view(&name));
    json_str(&l->json, "state", info->state);
    json_int(&l->json, "serial", (int64_t)info->serial);
    json_int(&l->json, "messages", (int64_t)info->messages);
    json_int(&l->json, "depth", info->depth);
    json_int(&l->json, "highest", info->highest);
    json_int(&l->json, "limit", info->limit);
    json_int(&l->json, "restarts", (int64_t)info->restarts);
    json_int(&l->json, "idle_ms", (int64_t)(info->idle_ns / 1000000));
    json_str(&l->json, "why", info->why);
    json_end_object(&l->json);
    buf_fini(&name);
}

/* Rows without the brackets, then how many there were no room for is a row of its own. */
static void see_actors(struct worker *w, const void *question, struct buf *answer)
{
    struct listing l = { .json = json_into(answer) };
    worker_actors(w, list_actor, &l);
    if (!l.left_off)
        return;
    struct buf more = { 0 };
    buf_printf(&more, "(%u more on worker %d)", l.left_off, worker_index(w));
    json_begin_object(&l.json, NULL);
    json_text(&l.json, "address", buf_view(&more));
    json_end_object(&l.json);
    buf_fini(&more);
}

static bool actors(const struct admin_options *o, const char *state, const char *const *args, struct json *data,
                   struct buf *why)
{
    struct survey_answer answers[WORKERS_MAX];
    int n = system_workers(o->system);
    ask_all(o, see_actors, NULL, 0, answers);
    json_begin_array(data, NULL);
    for (int i = 0; i < n; i++) {
        if (answers[i].answered && !answers[i].text.failed) {
            if (answers[i].text.n)
                json_raw(data, NULL, buf_view(&answers[i].text));
            continue;
        }
        char silent[48];
        snprintf(silent, sizeof silent, "(worker %d does not answer)", i);
        json_begin_object(data, NULL);
        json_str(data, "address", silent);
        json_end_object(data);
    }
    json_end_array(data);
    survey_free(answers, n);
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

static bool read_address(struct system *s, const char *text, struct address *ret)
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

static bool actor(const struct admin_options *o, const char *state, const char *const *args, struct json *data,
                  struct buf *why)
{
    struct address address;
    const char *text = args[0];
    if (!read_address(o->system, text, &address)) {
        buf_printf(why, "an address is kind/id, such as classroom/42; \"%.100s\" is none", text);
        return false;
    }
    struct survey_answer answer;
    int home = worker_index(system_home(o->system, address));
    survey(o->system, home, 1, see_actor, &address, sizeof address, ADMIN_WORKER_WAIT_MS, &answer);
    bool found = answer.answered && answer.text.n && !answer.text.failed;
    if (found)
        json_raw(data, NULL, buf_view(&answer.text));
    else if (!answer.answered)
        buf_printf(why, "worker %d, where %.100s lives, does not answer", home, text);
    else
        buf_printf(why, "%.100s is not active", text);
    survey_free(&answer, 1);
    return found;
}

/* ---- help and the table ---- */

static bool help(const struct admin_options *o, const char *state, const char *const *args, struct json *data,
                 struct buf *why)
{
    json_begin_array(data, NULL);
    for (const struct admin_command *c = admin_commands; c->name; c++) {
        json_begin_object(data, NULL);
        json_str(data, "command", c->name);
        json_str(data, "arguments", c->args);
        json_str(data, "about", c->about);
        json_end_object(data);
    }
    json_end_array(data);
    return true;
}

const struct admin_command admin_commands[] = {
    { "help", "", "what can be asked", 0, help },
    { "info", "", "version, address, memory, messages", 0, info },
    { "workers", "", "each worker's load, connections and queues", 0, workers },
    { "actors", "", "the active actors and their mailboxes", 0, actors },
    { "actor", "ADDRESS", "one actor's state, such as classroom/42", 1, actor },
    { 0 },
};

static bool run(const struct admin_options *o, const char *state, const struct admin_request *request,
                struct json *data, struct buf *why)
{
    for (const struct admin_command *c = admin_commands; c->name; c++) {
        if (strcmp(c->name, request->command))
            continue;
        if (request->nargs == c->nargs)
            return c->run(o, state, request->args, data, why);
        buf_printf(why, "usage: %s%s%s", c->name, c->nargs ? " " : "", c->args);
        return false;
    }
    buf_printf(why, "there is no command \"%.100s\"; ask help", request->command);
    return false;
}

void admin_answer(const struct admin_options *o, const char *state, struct text bytes, struct buf *answer)
{
    struct buf data = { 0 }, why = { 0 };
    struct json value = json_into(&data), j = json_into(answer);
    struct admin_request request;
    bool done = false;
    if (admin_request_read(bytes, &request))
        done = run(o, state, &request, &value, &why);
    else
        buf_puts(&why, "a request is {\"v\":1,\"command\":NAME,\"args\":[...]}");
    admin_request_fini(&request);
    json_begin_object(&j, NULL);
    json_int(&j, "v", 1);
    json_bool(&j, "ok", done && !data.failed);
    if (done && !data.failed)
        json_raw(&j, "data", buf_view(&data));
    else
        json_text(&j, "error", done || why.failed ? TEXT("out of memory") : buf_view(&why));
    json_end_object(&j);
    buf_fini(&data);
    buf_fini(&why);
}
