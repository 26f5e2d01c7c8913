/* Serve: the life of the server, from configuration to exit, in a fixed order that runs backwards at the end. Main
 * thread; its own loop carries signals, the supervision of the private database, and the steps of starting and
 * stopping. */
#include "tools/lectern/serve.h"

#include "actors/databases.h"
#include "proto/base/address.h"
#include "proto/base/log.h"
#include "proto/base/masked.h"
#include "proto/base/stamp.h"
#include "proto/base/state.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "store/migrate.h"
#include "store/pg_check.h"
#include "store/sweep.h"
#include "tools/lectern/commands.h"
#include "transport/admin/audit.h"
#include "transport/console/console.h"

#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STEP_MS = 20, ASK_MS = 500, START_MS = 60000, HARD_S = 10, ANSWER_MS = 50 };

static void step(uv_timer_t *timer);

static void say(const char *why)
{
    fprintf(stderr, "lectern serve: %s\n", why);
}

/* ---- questions to every worker ---- */

typedef bool worker_question(struct worker *w);

static void see(struct worker *w, const void *question, struct buf *answer)
{
    worker_question *ask;
    memcpy(&ask, question, sizeof ask);
    if (ask(w))
        buf_putc(answer, 'y');
}

/* Do all workers say yes? One that does not answer in time counts as no. */
static bool all(struct serve *s, worker_question *ask)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = system_workers(s->state.system), yes = 0;
    survey(s->state.system, 0, n, see, &ask, sizeof ask, ASK_MS, answers);
    for (int i = 0; i < n; i++)
        yes += answers[i].text.n == 1;
    survey_free(answers, n);
    return yes == n;
}

static bool open_worker(struct worker *w)
{
    parts_start(w);
    return true;
}

static bool drain_worker(struct worker *w)
{
    parts_drain(w);
    return true;
}

/* ---- phases ---- */

static void enter(struct serve *s, enum serve_phase phase)
{
    static const struct state_row phases[] = {
        [STARTING] = { "starting", STATE(STARTING) | STATE(SERVING) | STATE(STOPPED) },
        [SERVING] = { "serving", STATE(DRAINING) | STATE(STOPPED) },
        [DRAINING] = { "draining", STATE(STOPPED) },
        [STOPPED] = { "stopped", STATE(STOPPED) },
    };
    s->phase = state_next(phases, s->phase, phase);
    s->phase_began = uv_now(&s->loop);
    admin_state(s->admin, phases[phase].name);
}

static void finish(struct serve *s, int code)
{
    s->code = code;
    enter(s, STOPPED);
    uv_timer_stop(&s->timer);
    uv_stop(&s->loop);
}

static void step_starting(struct serve *s)
{
    if (!all(s, parts_ready)) {
        if (uv_now(&s->loop) - s->phase_began > START_MS) {
            say("the workers did not become ready within a minute; the log says why");
            finish(s, 1);
        }
        return;
    }
    if (!all(s, open_worker))
        return;
    enter(s, SERVING);
    uv_timer_stop(&s->timer);
    manager_ready(s->address, system_workers(s->state.system));
    log_info("ready", F_STR("address", s->address), F_INT("workers", system_workers(s->state.system)),
             F_STR("identity", config.identity));
    if (*s->console) {
        log_info("console", F_STR("address", s->console));
        printf("console at http://%s/console\n", s->console);
    }
    printf("listening on http://%s\n", s->address);
    fflush(stdout);
}

static void step_draining(struct serve *s)
{
    bool done = all(s, parts_drained);
    if (!done && uv_now(&s->loop) - s->phase_began < (uint64_t)config_here()->drain_time * 1000)
        return;
    if (!done)
        log_warn("stopping before everything was finished", F_INT("drain_time", config_here()->drain_time));
    finish(s, 0);
}

static void step(uv_timer_t *timer)
{
    struct serve *s = timer->data;
    if (s->phase == STARTING)
        step_starting(s);
    else if (s->phase == DRAINING)
        step_draining(s);
}

/* The first time gracefully, the second at once. */
static void begin_stop(struct serve *s)
{
    config_take_over();
    if (s->phase != SERVING) {
        finish(s, s->phase == DRAINING ? 0 : 1);
        return;
    }
    manager_stopping(config_here()->drain_time + 3 * HARD_S);
    enter(s, DRAINING);
    (void)all(s, drain_worker); /* one that does not answer now takes the call later, or the time runs out */
    uv_timer_start(&s->timer, step, STEP_MS, STEP_MS);
}

/* A loop that hangs is no sign of life, whatever else goes on. */
static void on_alive(uv_timer_t *timer)
{
    struct serve *s = timer->data;
    if (round_done(&s->round))
        manager_alive();
}

static void watch(struct serve *s)
{
    uint64_t ms = manager_watchdog_ms();
    uv_timer_init(&s->loop, &s->alive);
    s->alive.data = s;
    round_init(&s->round, s->state.system);
    if (ms)
        uv_timer_start(&s->alive, on_alive, 0, ms);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct serve *s = handle->data;
    log_info(s->phase == SERVING ? "stopping gracefully" : "stopping now", F_INT("signal", number));
    begin_stop(s);
}

/* ---- operators ---- */

static void on_answered(uv_timer_t *timer)
{
    begin_stop(timer->data);
}

/* The answer leaves first. No second time: a command must not cut what another has begun. */
static void on_stop(uv_async_t *async)
{
    struct serve *s = async->data;
    log_info("stopping gracefully, as an operator wishes");
    if (s->phase == SERVING)
        uv_timer_start(&s->timer, on_answered, ANSWER_MS, 0);
    else if (s->phase == STARTING)
        begin_stop(s);
}

static void on_drain(uv_async_t *async)
{
    struct serve *s = async->data;
    if (s->phase != SERVING)
        return;
    log_info("out of service");
    admin_state(s->admin, "drained");
    manager_status("out of service; lectern admin undrain ends that");
}

static void on_undrain(uv_async_t *async)
{
    struct serve *s = async->data;
    if (s->phase != SERVING)
        return;
    log_info("back in service");
    admin_state(s->admin, "serving");
    manager_status("back in service");
}

static void on_take_over(uv_async_t *async)
{
    config_take_over();
}

static uv_async_t *wishes; /* of the one server of this process */

/* On the admin's thread. */
static void wish(enum admin_wish what)
{
    (void)uv_async_send(&wishes[what]);
}

static bool hear_wishes(struct serve *s)
{
    static const uv_async_cb heard[ADMIN_WISHES] = { on_stop, on_drain, on_undrain, on_take_over };
    for (int i = 0; i < ADMIN_WISHES; i++) {
        if (uv_async_init(&s->loop, &s->wishes[i], heard[i]))
            return false;
        s->wishes[i].data = s;
    }
    wishes = s->wishes;
    return true;
}

static void run_loop(struct serve *s)
{
    static const int numbers[SERVE_SIGNALS] = { SIGTERM, SIGINT };
    for (int i = 0; i < SERVE_SIGNALS; i++) {
        uv_signal_init(&s->loop, &s->signals[i]);
        s->signals[i].data = s;
        uv_signal_start(&s->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&s->loop, &s->timer);
    s->timer.data = s;
    uv_timer_start(&s->timer, step, 0, STEP_MS);
    tidy_start(&s->tidy, &s->loop);
    watch(s);
    enter(s, STARTING);
    uv_run(&s->loop, UV_RUN_DEFAULT);
}

/* ---- the database ---- */

static bool open_database(struct serve *s, struct buf *why)
{
    s->state.conninfo = config.database_url;
    if (!*config.database_url) {
        log_info("starting the private database", F_STR("data", config.data));
        s->pg = private_pg_start(config.data, why);
        if (!s->pg)
            return false;
        s->state.conninfo = private_pg_conninfo(s->pg);
        private_pg_watch(s->pg, &s->loop);
    }
    bool ours = s->pg != NULL;
    return (ours || pg_check(s->state.conninfo, databases_connections(serve_workers()), why)) &&
           migrate_up(s->state.conninfo, -1, why) && parts_check(&s->state, why);
}

/* ---- files ---- */

/* Puts in order what a crash has left. What is wrong with that is no reason not to serve. */
static void sweep(const struct serve *s)
{
    struct sweep_count n = { 0 };
    struct buf why = { 0 };
    if (!sweep_files(&s->state.audio, s->state.conninfo, &n, &why))
        log_warn("leftovers of uploads were not looked for", F_TEXT("why", buf_view(&why)));
    else if (n.spared)
        log_warn("most audio files have no row in this database: none of them was removed", F_INT("files", n.spared),
                 F_STR("folder", s->state.audio.folder));
    else if (n.finished || n.removed)
        log_info("leftovers of uploads", F_INT("finished", n.finished), F_INT("removed", n.removed));
    buf_fini(&why);
}

static bool open_files(struct serve *s, struct buf *why)
{
    static char folder[PATH_MAX];
    if (*config.audio_dir)
        snprintf(folder, sizeof folder, "%s", config.audio_dir);
    else
        snprintf(folder, sizeof folder, "%s/audio", config.data);
    if (!files_open(&s->state.audio, folder, why))
        return false;
    sweep(s);
    return true;
}

/* ---- the workers ---- */

/* A name, or a number. */
static bool read_group(const char *name, gid_t *ret, struct buf *why)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    const struct group *group = *name && *end ? getgrnam(name) : NULL;
    *ret = group ? group->gr_gid : *name && !*end ? (gid_t)number : (gid_t)-1;
    if (!*name || *ret != (gid_t)-1)
        return true;
    buf_puts(why, "viewer-group is \"");
    masked_put(name, why);
    buf_puts(why, "\", which is no group here");
    return false;
}

static bool open_admin(struct serve *s, struct buf *why)
{
    static char path[PATH_MAX]; /* borrowed by the admin */
    gid_t group;
    admin_path(path, sizeof path);
    if (!read_group(config.viewer_group, &group, why))
        return false;
    struct admin_options admin = { .server = { .system = s->state.system,
                                               .audit = audit_of_server(),
                                               .version = LECTERN_VERSION,
                                               .address = s->address,
                                               .console = *s->console ? s->console : NULL,
                                               .wish = wish,
                                               .describe = parts_describe },
                                   .path = path,
                                   .viewer_path = *config.viewer_socket ? config.viewer_socket : NULL,
                                   .viewer_group = group };
    s->admin = admin_open(&admin, why);
    if (!s->admin || console_watch(s->admin, system_worker(s->state.system, 0)))
        return s->admin != NULL;
    buf_puts(why, "the console cannot start: no thread");
    return false;
}

static bool start_workers(struct serve *s, struct buf *why)
{
    struct system_options options = { .workers = serve_workers() };
    s->state.started_at = stamp_now();
    s->state.system = system_create(&options);
    if (!s->state.system || !(s->prepared = parts_prepare(&s->state))) {
        buf_puts(why, "not enough memory to start");
        return false;
    }
    if (!open_admin(s, why))
        return false;
    s->started = system_start(s->state.system, parts_open, parts_end, &s->state);
    if (!s->started)
        buf_puts(why, "the workers could not start; the log says why");
    return s->started;
}

/* Past this many seconds of stopping something hangs; what is on disk is safe, so leave. */
static void too_long(int number)
{
    static const char text[] = "lectern serve: stopping took too long, leaving at once\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(1);
    _exit(1);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void stop(struct serve *s)
{
    signal(SIGALRM, too_long);
    alarm(HARD_S);
    console_unwatch();
    admin_close(s->admin);
    if (s->started)
        system_stop(s->state.system);
    if (s->prepared)
        parts_finish();
    if (s->state.system)
        system_destroy(s->state.system);
    alarm(HARD_S);
    if (s->pg)
        private_pg_stop(s->pg);
    uv_walk(&s->loop, close_handle, NULL);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_loop_close(&s->loop);
    files_close(&s->state.audio);
    serve_release(s);
    alarm(0);
}

static bool keep_secret(struct buf *why)
{
    const char *refusal;
    if (config_keep_secret(&refusal))
        return true;
    buf_puts(why, refusal);
    return false;
}

static int serve(struct serve *s)
{
    struct buf why = { 0 };
    if (uv_loop_init(&s->loop) || !hear_wishes(s)) {
        say("no event loop: out of descriptors or memory");
        return 1;
    }
    s->code = 1;
    s->state.audio.fd = -1;
    s->state.parts = parts;
    s->state.version = LECTERN_VERSION;
    if (serve_claim(s, &why) && keep_secret(&why) && open_database(s, &why) && open_files(s, &why) &&
        start_workers(s, &why))
        run_loop(s);
    else
        fprintf(stderr, "lectern serve: %.*s\n", (int)why.n, why.n ? why.p : "");
    buf_fini(&why);
    stop(s);
    if (s->code == 0)
        log_info("stopped");
    return s->code;
}

int command_serve(int argc, char **argv)
{
    const char *why;
    if (command_wants_help(argc, argv)) {
        printf("usage: lectern serve [options]\n\nOptions, each also an environment name (see `lectern config`):\n");
        config_usage();
        return 0;
    }
    if (!config_load(argc, argv, &why))
        return command_refuse("serve", why);
    static struct buf fault;
    if (!config_fits(&fault)) {
        buf_putc(&fault, 0);
        return command_refuse("serve", fault.failed ? "no memory" : fault.p);
    }
    enum log_level level = LOG_INFO;
    log_level_read(config.log_level, &level);
    log_setup(level, !strcmp(config.log_format, "json"));
    if (!strcmp(config.identity, "legacy"))
        log_warn(config.legacy_open ? "identity is legacy and open: whoever reaches the port can be anybody"
                                    : "identity is legacy: whoever names a user_id is taken for that person");
    if (!config.dev && !strcmp(config.teacher_registration, "open"))
        log_warn("TEACHER_REGISTRATION is open: whoever comes can register as teacher, and read what students hand in");
    if (config_key_lack())
        log_warn("SECRET_KEY is weak: whoever guesses it can make tokens of anybody", F_STR("it", config_key_lack()));
    if (config_file_tells())
        log_warn("everybody on this machine can read the configuration file with its secrets",
                 F_STR("file", config_file()));
    static struct serve s;
    return serve(&s);
}
