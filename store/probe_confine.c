/* Probe, confinement: what the child gives up before it reads a stranger's file. Limits first, then a filter of system
 * calls (seccomp): the decoder may read, move in the file, take memory, write its answer and end; everything else fails
 * with EPERM. Where the kernel has no filter the limits remain. */
#include "store/probe.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sanitizers reserve terabytes and have calls of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_MIB (1 << 28)
#elif defined(__x86_64__)
#define MEMORY_MIB   PROBE_MEMORY_MIB
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MEMORY_MIB   PROBE_MEMORY_MIB
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define MEMORY_MIB PROBE_MEMORY_MIB
#endif

static void limit(int what, rlim_t most)
{
    struct rlimit l = { most, most };
    (void)setrlimit(what, &l); /* the others remain */
}

#ifdef ARCHITECTURE
#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void filter_calls(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(read),
        ALLOW(pread64),
        ALLOW(lseek),
        ALLOW(fstat),
        ALLOW(newfstatat),
        ALLOW(write),
        ALLOW(close),
        ALLOW(brk),
        ALLOW(mmap),
        ALLOW(mremap),
        ALLOW(munmap),
        ALLOW(madvise),
        ALLOW(futex),
        ALLOW(clock_gettime),
        ALLOW(getrandom),
        ALLOW(rt_sigreturn),
        ALLOW(exit),
        ALLOW(exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = { sizeof rules / sizeof *rules, rules };
    if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
static void filter_calls(void)
{
}
#endif

void probe_confine(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the server's end is its end */
    (void)setpriority(PRIO_PROCESS, 0, 10);
    limit(RLIMIT_CPU, PROBE_CPU_S);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 8);
    limit(RLIMIT_AS, (rlim_t)MEMORY_MIB << 20);
    filter_calls();
}
