/* Voice: the part of a worker. Its home is the first worker. */
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/place.h"
#include "transport/services/voice/embedder.h"
#include "transport/services/voice/sound.h"
#include "transport/services/voice/voice.h"

#include <stdio.h>
#include <unistd.h>

enum { BEGIN_MS = 120000, PAUSE_MS = 1000, PAUSE_LONGEST_MS = 60000 };

/* In the build folder, and of an installed command. */
static const char *const beside[] = { "voice/embedder", "../share/lectern/voice/embedder" };

static char found[PATH_MAX + 64]; /* the command, for the shell; set before the workers start */
static struct embedder *embedder; /* of all workers; has its own lock; NULL: there is none */

static struct {
    struct embedder_desk *desk;
    struct sounds *sounds;
} sides[WORKERS_MOST]; /* each worker's own */

struct embedder_desk *voice_desk(const struct worker *w)
{
    return sides[worker_index(w)].desk;
}

struct sounds *voice_sounds(const struct worker *w)
{
    return sides[worker_index(w)].sounds;
}

/* Its socket and its pipe, twice while it is begun. */
static int64_t part_descriptors(int64_t workers)
{
    return workers * SOUNDS_MOST + 4;
}

/* The embedder that has been installed. */
static bool find_beside(void)
{
    char own[PATH_MAX], path[PATH_MAX + 32];
    bool there = false, known = place_folder(own) && !strchr(own, '\'');
    for (size_t i = 0; known && !there && i < sizeof beside / sizeof *beside; i++) {
        snprintf(path, sizeof path, "%s/%s", own, beside[i]);
        there = !access(path, X_OK);
        snprintf(found, sizeof found, "'%s'", path);
    }
    return there;
}

/* Why nobody is recognised; NULL: there is a command. */
static const char *why_none(const char **ret_command)
{
    *ret_command = config.voice_embedder;
    if (*config.voice_model && access(config.voice_model, R_OK))
        return "the file of voice-model cannot be read";
    if (**ret_command)
        return NULL;
    if (!*config.voice_model)
        return "neither voice-model nor voice-embedder is set";
    *ret_command = found;
    return find_beside() ? NULL : "tools/voice/install has put no embedder beside the command";
}

static bool part_prepare(const struct setup *s)
{
    const char *command, *why = why_none(&command);
    if (why) {
        log_warn("nobody is recognised by their voice", F_STR("why", why));
        return true;
    }
    const struct embedder_options o = {
        .launch = { .command = command, .model = config.voice_model, .memory_mib = config.voice_memory },
        .waiting = (uint32_t)config.voice_queue,
        .begin_ms = BEGIN_MS,
        .answer_ms = (uint32_t)config.voice_timeout * 1000,
        .wait_ms = (uint32_t)config.voice_timeout * 1000,
        .pause_ms = PAUSE_MS,
        .pause_longest_ms = PAUSE_LONGEST_MS
    };
    return (embedder = embedder_create(&o));
}

static void part_finish(void)
{
    embedder_destroy(embedder);
    embedder = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    int i = worker_index(w);
    sides[i].sounds = sounds_create(w);
    sides[i].desk = embedder ? embedder_desk_create(embedder, worker_loop(w), !i) : NULL;
    return sides[i].sounds && !embedder == !sides[i].desk;
}

static bool part_drained(struct worker *w)
{
    return !embedder_stats(voice_desk(w)).asked;
}

static void part_end(struct worker *w)
{
    embedder_desk_end(voice_desk(w));
    sounds_close(voice_sounds(w));
    sides[worker_index(w)].sounds = NULL;
}

static bool part_ended(struct worker *w)
{
    return embedder_desk_ended(voice_desk(w));
}

static void part_close(struct worker *w)
{
    embedder_desk_destroy(voice_desk(w));
    sides[worker_index(w)].desk = NULL;
}

/* ---- for operators ---- */

static void part_describe(struct worker *w, struct json *out)
{
    struct embedder_stats s = embedder_stats(voice_desk(w));
    json_int(out, "voices_asked", s.asked);
    json_int(out, "voices_embedded", (int64_t)s.ended[EMBEDDER_EMBEDDED]);
    json_bool(out, "embedder_ready", s.ready);
}

/* What waits is all workers'; who was refused is this one's. */
static void read_voices(struct worker *w, struct queue_numbers *ret)
{
    struct embedder_stats s = embedder_stats(voice_desk(w));
    if (voice_desk(w))
        *ret = (struct queue_numbers){ s.limit, s.waiting, s.highest, (int64_t)s.full };
}

static void read_sounds(struct worker *w, struct queue_numbers *ret)
{
    struct pool_stats s = sounds_stats(voice_sounds(w)).decoding;
    *ret = (struct queue_numbers){ s.limit, s.waiting, s.highest, (int64_t)s.refused };
}

static void read_bytes(struct worker *w, struct queue_numbers *ret)
{
    struct sounds_stats s = sounds_stats(voice_sounds(w));
    *ret = (struct queue_numbers){ SOUNDS_BYTES_MOST, (int64_t)s.bytes, (int64_t)s.highest, (int64_t)s.refused };
}

static const struct queue_row queues[] = {
    { "voices", "sounds that wait for the embedder, of all workers", "`voice-queue`, `voice-timeout`",
      "503, a recording is kept without its embedding; nobody is recognised", "whoever may speak, `budget-voices` each",
      read_voices },
    { "sounds", "sounds that are being decoded, per worker", "32, 1 at a time", "503",
      "whoever may speak, `budget-voices` each", read_sounds },
    { "sound_bytes", "bytes of sounds, per worker", "134217728", "503",
      "whoever may speak, `budget-voices` each, and of a recording so many bytes", read_bytes },
    { 0 },
};

static const struct memory_row memory[] = { { "sounds", "voices being uploaded and recognised" }, { 0 } };

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    struct sounds_stats s = sounds_stats(voice_sounds(w));
    *ret = (struct memory_amount){ s.alive, s.bytes };
}

static const struct metric_row metrics[] = {
    { "lectern_embedder_ready", "1 as long as the embedder of voices is there.", .gauge = true },
    { "lectern_embedder_begun_total", "How often the embedder's process was begun." },
    { "lectern_voices_total", "Sounds for the embedder, by their end.", "end=\"embedded\"" },
    { "lectern_voices_total", NULL, "end=\"nothing\"" },
    { "lectern_voices_total", NULL, "end=\"away\"" },
    { "lectern_voices_total", NULL, "end=\"failed\"" },
    { "lectern_voices_total", NULL, "end=\"timeout\"" },
    { "lectern_voices_total", NULL, "end=\"stopped\"" },
    { "lectern_voices_total", NULL, "end=\"full\"" },
    { 0 },
};

/* The process is counted by its home. */
static void read_metrics(struct worker *w, uint64_t *ret)
{
    struct embedder_stats s = embedder_stats(voice_desk(w));
    *ret++ = !worker_index(w) && s.ready;
    *ret++ = worker_index(w) ? 0 : s.begun;
    for (int i = 0; i < EMBEDDER_END_COUNT; i++)
        *ret++ = s.ended[i];
    *ret++ = s.full;
}

const struct part voice_part = {
    .name = "voice",
    .descriptors = part_descriptors,
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .drained = part_drained,
    .end = part_end,
    .ended = part_ended,
    .close = part_close,
    .describe = part_describe,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
    .metrics = metrics,
    .read_metrics = read_metrics,
};
