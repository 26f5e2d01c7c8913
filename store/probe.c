/* Probe: see probe.h. */
#include "store/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- in the child ---- */

static bool say(int out, const char *text)
{
    size_t n = strlen(text);
    return write(out, text, n) == (ssize_t)n;
}

/* In one go: what a child that is ended has said is never taken for all. */
bool probe_tell_samples(int fd, int out)
{
    static struct media_file file;
    static struct {
        uint32_t n;
        int16_t samples[SAMPLES_MOST];
    } told;
    told.n = media_open(&file, fd) ? (uint32_t)media_samples(&file, told.samples) : 0;
    size_t size = sizeof told.n + told.n * sizeof *told.samples, at = 0;
    for (ssize_t n = 1; told.n && at < size && n > 0; at += n > 0 ? (size_t)n : 0)
        n = write(out, (const char *)&told + at, size - at);
    return at == size;
}

/* The type is said before the whole file is read. */
bool probe_tell(int fd, int out)
{
    static struct media_file file;
    char text[64];
    double seconds;
    enum media_kind kind = media_open(&file, fd) ? media_recognise(&file) : MEDIA_NONE;
    snprintf(text, sizeof text, "%s\n", media_type(kind));
    if (!say(out, text) || !media_seconds(&file, kind, &seconds))
        return false;
    snprintf(text, sizeof text, "%.6f\n", seconds);
    return say(out, text);
}

/* ---- its parent ---- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Three descriptors, no environment. Threads of ours block all signals; the child must hear of its limits. */
static bool spawn(const char *program, const char *command, int file, int out, pid_t *ret)
{
    char name[] = "lectern", *argv[] = { name, (char *)command, NULL }, *nothing[] = { NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    if (posix_spawn_file_actions_init(&actions))
        return false;
    bool good = !posix_spawnattr_init(&attributes);
    if (good) {
        good = !posix_spawn_file_actions_adddup2(&actions, file, 0) &&
               !posix_spawn_file_actions_adddup2(&actions, out, 1) &&
               !posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) &&
               !posix_spawn_file_actions_addclosefrom_np(&actions, 3) &&
               !posix_spawnattr_setsigmask(&attributes, &none) &&
               !posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) &&
               !posix_spawn(ret, program ? program : "/proc/self/exe", &actions, &attributes, argv, nothing);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

/* Reads until the child closes its side, has said too much, or the time is over, which is said in ret_late. The bytes
 * read. */
static size_t listen_to(int pipe, char *text, size_t size, int wait_ms, bool *ret_late)
{
    size_t n = 0;
    int64_t until = now_ms() + wait_ms;
    *ret_late = false;
    while (n < size) {
        int64_t left = until - now_ms();
        struct pollfd p = { .fd = pipe, .events = POLLIN };
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        ssize_t got = ready > 0 ? read(pipe, text + n, size - n) : 0;
        if ((ready < 0 || got < 0) && errno == EINTR)
            continue;
        *ret_late = !ready;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* It has said what it has to say, or its time is over. */
static void reap(pid_t child)
{
    (void)kill(child, SIGKILL); /* fine when it has ended already: it is still waited for */
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* One number as probe_tell writes it, and nothing else. */
static bool read_seconds(const char *line, double *ret)
{
    char *end;
    if (strspn(line, "0123456789.") != strcspn(line, "\n"))
        return false;
    double seconds = strtod(line, &end);
    if (end == line || strcmp(end, "\n") != 0 || !isfinite(seconds) || seconds <= 0 || seconds > MEDIA_SECONDS_MOST)
        return false;
    *ret = seconds;
    return true;
}

/* What of it makes no sense is not known. */
static struct probed read_answer(const char *text)
{
    struct probed p = { MEDIA_NONE, NAN };
    const char *line = strchr(text, '\n');
    if (!line || !media_read_type((struct text){ text, (size_t)(line - text) }, &p.kind) || !p.kind)
        return p;
    (void)read_seconds(line + 1, &p.seconds);
    return p;
}

/* Runs the child and takes what it says of at most `size` bytes. False: it could not be started. */
static bool ask(const char *program, const char *command, int fd, int wait_ms, char *answer, size_t size, size_t *ret_n,
                bool *ret_late)
{
    int ends[2];
    pid_t child;
    *ret_n = 0;
    *ret_late = false;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    bool runs = spawn(program, command, fd, ends[1], &child);
    close(ends[1]);
    if (runs)
        *ret_n = listen_to(ends[0], answer, size, wait_ms, ret_late);
    close(ends[0]);
    if (runs)
        reap(child);
    return runs;
}

bool probe_run(const char *program, int fd, int wait_ms, struct probed *ret)
{
    char text[64];
    size_t n;
    bool late, runs = ask(program, "probe", fd, wait_ms, text, sizeof text - 1, &n, &late);
    text[n] = 0;
    *ret = read_answer(text);
    return runs && (ret->kind || !late);
}

bool probe_decode(const char *program, int fd, int wait_ms, int16_t *samples, size_t *ret_n)
{
    enum { SIZE = sizeof(uint32_t) + SAMPLES_MOST * sizeof *samples + 1 }; /* and one too many */
    char *answer = malloc(SIZE);
    uint32_t claimed = 0;
    size_t n = 0;
    bool late = false, runs = answer && ask(program, "decode", fd, wait_ms, answer, SIZE, &n, &late);
    if (n >= sizeof claimed)
        memcpy(&claimed, answer, sizeof claimed);
    bool whole = claimed && claimed <= SAMPLES_MOST && n == sizeof claimed + claimed * sizeof *samples;
    if (whole)
        memcpy(samples, answer + sizeof claimed, n - sizeof claimed);
    *ret_n = whole ? claimed : 0;
    free(answer);
    return runs && (whole || !late);
}
