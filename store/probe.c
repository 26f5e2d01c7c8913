/* Probe: see probe.h. */
#include "store/probe.h"

#include "store/container.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <sndfile.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- in the child ---- */

bool probe_duration(int fd, double *ret_seconds)
{
    SF_INFO info = { 0 };
    double seconds;
    if (container_duration(fd, ret_seconds))
        return true;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return false;
    SNDFILE *file = sf_open_fd(fd, SFM_READ, &info, SF_FALSE);
    if (!file)
        return false;
    seconds = info.samplerate > 0 ? (double)info.frames / info.samplerate : 0;
    sf_close(file);
    if (!isfinite(seconds) || seconds <= 0 || seconds > 1e9)
        return false;
    *ret_seconds = seconds;
    return true;
}

/* ---- its parent ---- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Threads of ours block all signals; the child must hear of its limits. */
static bool spawn(const char *program, int file, int out, pid_t *ret)
{
    char name[] = "lectern", command[] = "probe", *argv[] = { name, command, NULL };
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
               !posix_spawnattr_setsigmask(&attributes, &none) &&
               !posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) &&
               !posix_spawn(ret, program ? program : "/proc/self/exe", &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

/* Reads until the child closes its side or the time is over. The bytes read. */
static size_t listen_to(int pipe, char *text, size_t size, int wait_ms)
{
    size_t n = 0;
    int64_t until = now_ms() + wait_ms;
    while (n < size) {
        int64_t left = until - now_ms();
        struct pollfd p = { .fd = pipe, .events = POLLIN };
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        ssize_t got = ready > 0 ? read(pipe, text + n, size - n) : 0;
        if ((ready < 0 || got < 0) && errno == EINTR)
            continue;
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

static bool read_seconds(char *text, double *ret)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || strcmp(end, "\n") != 0 || !isfinite(seconds) || seconds <= 0)
        return false;
    *ret = seconds;
    return true;
}

bool probe_run(const char *program, int fd, int wait_ms, double *ret_seconds)
{
    char text[64];
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    bool runs = spawn(program, fd, ends[1], &child);
    close(ends[1]);
    size_t n = runs ? listen_to(ends[0], text, sizeof text - 1, wait_ms) : 0;
    close(ends[0]);
    if (runs)
        reap(child);
    text[n] = 0;
    return read_seconds(text, ret_seconds);
}
