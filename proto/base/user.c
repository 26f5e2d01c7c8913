/* User: see user.h. */
#include "proto/base/user.h"
#include "proto/base/masked.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

bool user_named(const char *name, struct user *ret, struct buf *why)
{
    const struct passwd *pw = getpwnam(name);
    if (!pw) {
        buf_puts(why, "there is no user ");
        masked_put(name, why);
        buf_puts(why, " here");
        return false;
    }
    *ret = (struct user){ .uid = pw->pw_uid, .gid = pw->pw_gid, .ngroups = USER_GROUPS };
    if (getgrouplist(name, pw->pw_gid, ret->groups, &ret->ngroups) >= 0)
        return true;
    buf_printf(why, "the user %s is in too many groups", name);
    return false;
}

static bool has_become(const struct user *u)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) || getresgid(&gid[0], &gid[1], &gid[2]))
        return false;
    for (int i = 0; i < 3; i++)
        if (uid[i] != u->uid || gid[i] != u->gid)
            return false;
    return getgroups(0, NULL) == u->ngroups;
}

/* The kernel takes them with the last id 0, unless it was told not to. */
static bool drop_capabilities(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
    return !syscall(SYS_capset, &head, none);
}

/* Asking for root's id back is the proof that it is gone. */
bool user_become(const struct user *u)
{
    return u->uid && !setgroups((size_t)u->ngroups, u->groups) && !setresgid(u->gid, u->gid, u->gid) &&
           !setresuid(u->uid, u->uid, u->uid) && drop_capabilities() && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           has_become(u) && setresuid(0, 0, 0) < 0 && setresgid(0, 0, 0) < 0 && has_become(u);
}

bool user_can(const struct user *u, const char *folder, int how)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(!user_become(u) || access(folder, how));
    int status = 1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && status == 0;
}

void user_put(uid_t uid, struct buf *out)
{
    const struct passwd *pw = getpwuid(uid);
    if (pw)
        buf_puts(out, pw->pw_name);
    else
        buf_printf(out, "user %d", (int)uid);
}
