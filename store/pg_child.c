/* Child: see pg_child.h. */
#include "store/pg_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 20 }; /* between looks where there is no pidfd */

static const char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", NULL };

/* In the child. Nothing of ours must stay: no signal handler, no mask, no descriptor, no rights. */
static void run(const struct pg_place *p, const char *const argv[], int log)
{
    for (int s = 1; s < NSIG; s++)
        (void)signal(s, SIG_DFL); /* fails for two that cannot be changed, rightly */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || setsid() < 0)
        _exit(126);
    close_range(3, ~0u, 0);
    umask(077);
    if (p->other_user && !user_become(&p->user))
        _exit(126);
    if (!chdir(p->base))
        execve(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
    _exit(127);
}

static void open_pidfd(struct pg_child *c)
{
    c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0); /* close-on-exec by itself */
}

bool pg_child_start(struct pg_child *c, const struct pg_place *p, const char *const argv[], struct buf *why)
{
    *c = (struct pg_child){ .pidfd = -1 };
    int log = pg_place_file(p, "log", O_WRONLY | O_CREAT | O_APPEND, why);
    if (log < 0)
        return false;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* no handler of ours may run in the child */
    c->pid = fork();
    if (c->pid == 0)
        run(p, argv, log);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(log);
    if (c->pid < 0) {
        c->pid = 0;
        buf_printf(why, "cannot start %s: %s", argv[0], strerror(error));
        return false;
    }
    open_pidfd(c);
    return true;
}

void pg_child_adopt(struct pg_child *c, pid_t pid)
{
    *c = (struct pg_child){ .pid = pid, .pidfd = -1, .adopted = true };
    open_pidfd(c);
}

static bool ended_now(const struct pg_child *c, int *ret_status)
{
    *ret_status = 0;
    if (!c->adopted)
        return waitpid(c->pid, ret_status, WNOHANG) != 0;
    if (c->pidfd >= 0)
        return poll(&(struct pollfd){ .fd = c->pidfd, .events = POLLIN }, 1, 0) > 0;
    return kill(c->pid, 0) && errno == ESRCH;
}

static void wait_step(const struct pg_child *c, int ms)
{
    if (c->pidfd >= 0)
        (void)poll(&(struct pollfd){ .fd = c->pidfd, .events = POLLIN }, 1, ms); /* the next look decides */
    else
        nanosleep(&(struct timespec){ .tv_nsec = (ms < STEP_MS ? ms : STEP_MS) * 1000000L }, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

bool pg_child_ended(struct pg_child *c, int ms, int *ret_status)
{
    int status = 0;
    int64_t end = now_ms() + ms;
    while (c->pid && !ended_now(c, &status)) {
        int64_t left = end - now_ms();
        if (left <= 0)
            return false;
        wait_step(c, (int)left);
    }
    pg_child_drop(c);
    if (ret_status)
        *ret_status = status;
    return true;
}

void pg_child_signal(const struct pg_child *c, int signal)
{
    if (!c->pid)
        return;
    if (c->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, c->pidfd, signal, NULL, 0); /* gone already is as good */
    else
        (void)kill(c->pid, signal); /* likewise */
}

void pg_child_drop(struct pg_child *c)
{
    if (c->pidfd >= 0)
        close(c->pidfd);
    *c = (struct pg_child){ .pidfd = -1 };
}
