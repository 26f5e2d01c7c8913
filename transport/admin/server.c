/* Admin, server: the process and its workers. */
#include "transport/admin/command.h"

#include "actors/runtime/inspect.h"
#include "proto/base/process.h"
#include "proto/config/config.h"
#include "transport/admin/ask.h"

#include <dirent.h>
#include <unistd.h>

/* ---- info ---- */

static int64_t open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int64_t n = -3; /* itself, . and .. */
    if (!folder)
        return -1;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static bool info(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct bus_counts bus = system_counts(call->system);
    int64_t resident = process_memory().resident;
    int64_t files = open_files();
    json_begin_object(data, NULL);
    json_str(data, "version", call->server->version);
    json_str(data, "state", call->state);
    json_int(data, "pid", getpid());
    json_str(data, "address", call->server->address);
    json_str(data, "console", call->server->console);
    json_str(data, "identity", config.identity);
    json_bool(data, "dev", config.dev);
    json_int(data, "workers", system_workers(call->system));
    json_int_if(data, "resident_bytes", resident, resident);
    json_int_if(data, "open_files", files >= 0, files);
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
    const struct server_view *server = *(const struct server_view *const *)question;
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
    if (server->describe)
        server->describe(w, &j);
    json_end_object(&j);
}

static bool workers(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = ask_all(call, see_worker, &call->server, sizeof call->server, answers);
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

const struct admin_command admin_server[] = {
    { "info", "", "version, address, memory, messages", false,
      "{\"version\":\"\",\"state|\":\"starting|serving|drained|draining|stopped\",\"pid\":1,"
      "\"address\":\"\",\"console?-\":\"\",\"identity-\":\"\",\"dev-\":true,\"workers\":1,"
      "\"resident_bytes?\":1,\"open_files?\":1,\"messages_alive-\":1,\"messages_sent-\":1,"
      "\"messages_handled-\":1,\"messages_refused-\":1,\"messages_dropped-\":1}",
      info },
    { "workers", "", "each worker's load, connections and queues", false,
      "[{\"worker\":1,\"answered\":true,\"busy-\":1.5,\"busy_now-\":1.5,\"turn_p99_ms-\":1.5,"
      "\"loop_turns-\":1,\"actors-\":1,\"wakeups-\":1,\"connections-\":1}]",
      workers },
    { 0 },
};
