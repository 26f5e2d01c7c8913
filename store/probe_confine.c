/* Probe, confinement: what the child gives up before it reads a stranger's file. Rights first, then limits, then a
 * filter of system calls (seccomp): the decoder may read and move in the file on descriptor 0, take memory that is not
 * executable, write its answer to descriptor 1 and end; everything else fails with EPERM. Where the kernel has no
 * filter the rest remains. */
#include "store/probe.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sanitizers reserve terabytes, have calls of their own, and look at their process with a second one. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif
#endif

static void limit(int what, rlim_t most)
{
    struct rlimit l = { most, most };
    (void)setrlimit(what, &l); /* the others remain */
}

#ifdef ARCHITECTURE
#define LOAD(what)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
#define PASS         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define IS(n, skip)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, n, 0, skip)
#define HAS(n, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, n, skip, 0)

#define ALLOW(name)                    IS(__NR_##name, 1), PASS
#define ALLOW_ON(name, fd)             IS(__NR_##name, 4), LOAD(args[0]), IS(fd, 1), PASS, REFUSE
#define ALLOW_WITHOUT(name, arg, bits) IS(__NR_##name, 4), LOAD(args[arg]), HAS(bits, 1), PASS, REFUSE

static void filter_calls(void)
{
    struct sock_filter rules[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        ALLOW_ON(read, 0),
        ALLOW_ON(pread64, 0),
        ALLOW_ON(lseek, 0),
        ALLOW_ON(fstat, 0),
        ALLOW_ON(newfstatat, 0),
        ALLOW_ON(write, 1),
        ALLOW(close),
        ALLOW(brk),
        ALLOW_WITHOUT(mmap, 2, PROT_EXEC),
        ALLOW(mremap),
        ALLOW(munmap),
        ALLOW(madvise),
        ALLOW(futex),
        ALLOW(clock_gettime),
        ALLOW(getrandom),
        ALLOW(rt_sigreturn),
        ALLOW(exit),
        ALLOW(exit_group),
        REFUSE,
    };
    struct sock_fprog program = { sizeof rules / sizeof *rules, rules };
    (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
static void filter_calls(void)
{
}
#endif

/* Root's file is open already; what follows is nobody's business. */
static void drop_rights(void)
{
    enum { NOBODY = 65534 };
    if (!geteuid()) {
        (void)!setgroups(0, NULL);
        (void)!setresgid(NOBODY, NOBODY, NOBODY);
        (void)!setresuid(NOBODY, NOBODY, NOBODY);
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)prctl(PR_SET_DUMPABLE, SANITIZED);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the server's end is its end; a change of the user forgets it */
}

void probe_confine(void)
{
    static const int none[] = { RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING };
    drop_rights();
    (void)setpriority(PRIO_PROCESS, 0, 10);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        limit(none[i], 0);
    limit(RLIMIT_CPU, PROBE_CPU_S);
    limit(RLIMIT_NPROC, SANITIZED ? RLIM_INFINITY : 0);
    limit(RLIMIT_NOFILE, SANITIZED ? 8 : 3);
    limit(RLIMIT_FSIZE, 4096);
    limit(RLIMIT_AS, (rlim_t)(SANITIZED ? 1 << 28 : PROBE_MEMORY_MIB) << 20);
    filter_calls();
}
