/* Launch: see launch.h. */
#include "transport/services/voice/launch.h"

#include "proto/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nothing of ours: keys and addresses stand in the environment. Few arenas, since each takes address space. */
static const char *const surroundings[] = { "PATH=/usr/local/bin:/usr/bin:/bin",
                                            "LANG=C.UTF-8",
                                            "HOME=/nonexistent",
                                            "PYTHONDONTWRITEBYTECODE=1",
                                            "PYTHONNOUSERSITE=1",
                                            "MALLOC_ARENA_MAX=2",
                                            NULL };

static bool redirect(posix_spawn_file_actions_t *actions, int socket, int complaints)
{
    return !posix_spawn_file_actions_adddup2(actions, socket, 0) &&
           !posix_spawn_file_actions_adddup2(actions, socket, 1) &&
           !posix_spawn_file_actions_adddup2(actions, complaints, 2) &&
           !posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

/* Threads of ours block all signals; the child must hear of its limits. */
static bool spawn(const struct launch *l, int socket, int complaints, pid_t *ret)
{
    char name[] = "lectern", command[] = "embed", memory[24];
    char *argv[] = { name, command, memory, (char *)l->command, *l->model ? (char *)l->model : NULL, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    snprintf(memory, sizeof memory, "%" PRId64, l->memory_mib);
    if (posix_spawn_file_actions_init(&actions))
        return false;
    bool good = !posix_spawnattr_init(&attributes);
    if (good) {
        good = redirect(&actions, socket, complaints) && !posix_spawnattr_setsigmask(&attributes, &none) &&
               !posix_spawnattr_setpgroup(&attributes, 0) &&
               !posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP) &&
               !posix_spawn(ret, l->program ? l->program : "/proc/self/exe", &actions, &attributes, argv,
                            (char *const *)surroundings);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

bool launch_begin(const struct launch *l, pid_t *ret_pid, int *ret_socket, int *ret_complaints)
{
    int sockets[2], pipes[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return false;
    if (pipe2(pipes, O_CLOEXEC) < 0) {
        close_both(sockets);
        return false;
    }
    bool runs = fcntl(sockets[0], F_SETFL, O_NONBLOCK) >= 0 && fcntl(pipes[0], F_SETFL, O_NONBLOCK) >= 0 &&
                spawn(l, sockets[1], pipes[1], ret_pid);
    close(sockets[1]);
    close(pipes[1]);
    *ret_socket = sockets[0];
    *ret_complaints = pipes[0];
    if (runs)
        return true;
    close(sockets[0]);
    close(pipes[0]);
    return false;
}

/* The group first: as long as its leader has not been waited for, nobody else can have the number. */
bool launch_ended(pid_t pid)
{
    (void)kill(-pid, SIGKILL);
    pid_t which = waitpid(pid, NULL, WNOHANG);
    return which == pid || (which < 0 && errno != EINTR);
}

/* ---- in the child ---- */

static bool limit(int what, rlim_t most)
{
    struct rlimit l = { most, most };
    return !setrlimit(what, &l);
}

int launch_become(int argc, char **argv)
{
    enum { FILES_MOST = 256, NICE = 5 };
    struct buf line = { 0 };
    int64_t memory = argc >= 3 ? strtoll(argv[1], NULL, 10) : 0;
    if (memory <= 0)
        return 2;
    buf_printf(&line, "exec %s \"$@\"", argv[2]);
    buf_putc(&line, 0);
    char name[] = "sh", option[] = "-c", zeroth[] = "embedder";
    char *shell[] = { name, option, line.p, zeroth, argc > 3 ? argv[3] : NULL, NULL };
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the server's end is its end */
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)setpriority(PRIO_PROCESS, 0, NICE);
    if (!line.failed && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, FILES_MOST) &&
        limit(RLIMIT_AS, (rlim_t)memory << 20))
        execv("/bin/sh", shell);
    fprintf(stderr, "the embedder cannot be begun\n");
    buf_fini(&line);
    return 1;
}
