/* Place: see pg_place.h.
 *
 * PostgreSQL refuses to run as root, so root hands it to the user postgres, who often cannot pass the folders above the
 * data folder (/root is closed to others). Then the cluster lives in a fresh folder below /var/lib/lectern, and
 * <data>/postgres is a link to it: removing the data folder still means starting anew. A cluster that exists runs as
 * whoever owns it. */
#include "store/pg_place.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARED_PARENT "/var/lib/lectern"
#define SOCKET_NAME   "/.s.PGSQL.5432"

static bool refuse(struct buf *why, const char *what, const char *path)
{
    buf_printf(why, "%s %s: %s", what, path, strerror(errno));
    return false;
}

char *pg_place_join(const char *folder, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static bool make_folders(const char *path, mode_t mode)
{
    char copy[PATH_MAX];
    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (char *p = copy + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(copy, 0755) && errno != EEXIST)
            return false;
        *p = '/';
    }
    return !mkdir(copy, mode) || errno == EEXIST;
}

/* Takes <folder>/lectern.lock. The file says who has it; the kernel frees it with the process, however that ends. */
static int lock_folder(const char *folder, struct buf *why)
{
    char *path = pg_place_join(folder, "lectern.lock"), holder[32] = "";
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    if (fd < 0)
        (void)refuse(why, "cannot open", path ? path : folder); /* told by fd */
    free(path);
    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
        holder[n > 0 ? n : 0] = '\0';
        holder[strcspn(holder, "\n")] = '\0';
        buf_printf(why, "another lectern (process %s) uses the data folder %s", *holder ? holder : "?", folder);
        close(fd);
        return -1;
    }
    int n = snprintf(holder, sizeof holder, "%d\n", (int)getpid());
    if (ftruncate(fd, 0) || pwrite(fd, holder, (size_t)n, 0) != n) {
        (void)refuse(why, "cannot write the lock in", folder); /* told by -1 */
        close(fd);
        return -1;
    }
    return fd;
}

/* ---- the user ---- */

static bool become(struct pg_place *p, const struct passwd *pw, struct buf *why)
{
    p->uid = pw->pw_uid;
    p->gid = pw->pw_gid;
    p->ngroups = PLACE_GROUPS;
    if (getgrouplist(pw->pw_name, pw->pw_gid, p->groups, &p->ngroups) < 0) {
        buf_printf(why, "the user %s is in too many groups", pw->pw_name);
        return false;
    }
    return true;
}

/* Whoever owns the base; the user postgres while there is none. Nobody but root can choose. */
static bool choose_user(struct pg_place *p, const struct stat *base, struct buf *why)
{
    p->uid = geteuid();
    p->gid = getegid();
    p->other_user = p->uid == 0;
    if (base && base->st_uid != p->uid && !p->other_user) {
        buf_printf(why, "%s belongs to another user: start lectern as that user or as root", p->base);
        return false;
    }
    if (!p->other_user)
        return true;
    const struct passwd *pw = base && base->st_uid ? getpwuid(base->st_uid) : getpwnam("postgres");
    if (!pw || !pw->pw_uid) {
        buf_puts(why, "PostgreSQL does not run as root and there is no user postgres: install the package postgresql");
        return false;
    }
    return become(p, pw, why);
}

/* May the database's user pass through this folder? Asked by becoming that user. */
static bool user_can_enter(const struct pg_place *p, const char *folder)
{
    if (!p->other_user)
        return true;
    pid_t pid = fork();
    if (pid == 0)
        _exit(setgroups((size_t)p->ngroups, p->groups) || setgid(p->gid) || setuid(p->uid) || access(folder, X_OK));
    int status = 1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && status == 0;
}

/* ---- the folders ---- */

static bool give(const struct pg_place *p, const char *path, struct buf *why)
{
    if (p->other_user && lchown(path, p->uid, p->gid))
        return refuse(why, "cannot give away", path);
    return true;
}

/* Makes a folder of a fresh name below a shared parent, for our user only, and a link to it. Sets *ret to its path. */
static bool make_linked(const struct pg_place *p, const char *pattern, const char *link, char **ret, struct buf *why)
{
    char *path = strdup(pattern);
    if (!path || !mkdtemp(path) || !give(p, path, why)) {
        if (!why->n)
            (void)refuse(why, "cannot make", pattern); /* told by false */
        free(path);
        return false;
    }
    if (symlink(path, link)) {
        (void)refuse(why, "cannot make the link", link); /* told by false */
        (void)rmdir(path);                               /* empty and unknown to anybody; staying does no harm */
        free(path);
        return false;
    }
    *ret = path;
    return true;
}

static bool make_base(struct pg_place *p, struct buf *why)
{
    if (user_can_enter(p, p->data)) {
        if (mkdir(p->base, 0700))
            return refuse(why, "cannot make", p->base);
        return give(p, p->base, why);
    }
    if (!make_folders(SHARED_PARENT, 0711))
        return refuse(why, "cannot make", SHARED_PARENT);
    char *link = p->base;
    p->base = NULL;
    bool ok = make_linked(p, SHARED_PARENT "/XXXXXX", link, &p->base, why);
    free(link);
    return ok;
}

static bool find_base(struct pg_place *p, struct buf *why)
{
    struct stat st;
    p->base = pg_place_join(p->data, "postgres");
    if (!p->base || (lstat(p->base, &st) && errno != ENOENT))
        return refuse(why, "cannot look at", p->data);
    char *real = realpath(p->base, NULL);
    if (!real && !lstat(p->base, &st) && unlink(p->base))
        return refuse(why, "cannot remove the dead link", p->base);
    if (!real)
        return choose_user(p, NULL, why) && make_base(p, why);
    free(p->base);
    p->base = real;
    if (stat(real, &st))
        return refuse(why, "cannot look at", real);
    if (!choose_user(p, &st, why))
        return false;
    if (st.st_uid != p->uid && !give(p, real, why))
        return false;
    if (user_can_enter(p, real))
        return true;
    buf_printf(why, "the database's user cannot reach %s: open the folders above it (chmod o+x)", real);
    return false;
}

/* A folder of ours that nobody else can enter, not a link: what lies below /tmp may be anybody's. */
static bool is_private(const struct pg_place *p, const char *path)
{
    struct stat st;
    return !lstat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == p->uid && !(st.st_mode & 077);
}

static bool find_sockets(struct pg_place *p, struct buf *why)
{
    struct sockaddr_un address;
    p->sockets = pg_place_join(p->base, "socket");
    if (!p->sockets)
        return refuse(why, "cannot look at", p->base);
    if (strlen(p->sockets) + sizeof SOCKET_NAME <= sizeof address.sun_path && !strchr(p->sockets, ',')) {
        if (!mkdir(p->sockets, 0700))
            return give(p, p->sockets, why);
        return errno == EEXIST || refuse(why, "cannot make", p->sockets);
    }
    char target[PATH_MAX];
    ssize_t n = readlink(p->sockets, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    char *link = p->sockets;
    p->sockets = NULL;
    bool ok;
    if (n > 0 && is_private(p, target)) {
        ok = (p->sockets = strdup(target)) || refuse(why, "cannot look at", target);
    } else {
        (void)unlink(link); /* if it stays, making the new one says so */
        ok = make_linked(p, "/tmp/lectern-XXXXXX", link, &p->sockets, why);
    }
    free(link);
    return ok;
}

/* ---- the programs ---- */

static bool has_programs(const char *bin)
{
    char path[PATH_MAX];
    for (const char *const *name = (const char *const[]){ "initdb", "postgres", NULL }; *name; name++)
        if (snprintf(path, sizeof path, "%s/%s", bin, *name) >= (int)sizeof path || access(path, X_OK))
            return false;
    return true;
}

static char *programs_of_version(const struct pg_place *p)
{
    char *path = pg_place_join(p->cluster, "PG_VERSION"), bin[64] = "";
    int version = 0;
    FILE *f = path ? fopen(path, "re") : NULL;
    if (f && fscanf(f, "%d", &version) == 1)
        snprintf(bin, sizeof bin, "/usr/lib/postgresql/%d/bin", version);
    if (f)
        fclose(f);
    free(path);
    return version && has_programs(bin) ? strdup(bin) : NULL;
}

static char *programs_by_pg_config(void)
{
    char line[PATH_MAX] = "";
    FILE *f = popen("pg_config --bindir 2>/dev/null", "re");
    if (!f)
        return NULL;
    bool read = fgets(line, sizeof line, f);
    pclose(f);
    line[strcspn(line, "\n")] = '\0';
    return read && has_programs(line) ? strdup(line) : NULL;
}

static char *newest_programs(void)
{
    glob_t found;
    char *best = NULL;
    int newest = 0, version;
    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found))
        return NULL;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (sscanf(found.gl_pathv[i], "/usr/lib/postgresql/%d/", &version) != 1 || version < newest ||
            !has_programs(found.gl_pathv[i]))
            continue;
        free(best);
        best = strdup(found.gl_pathv[i]);
        newest = version;
    }
    globfree(&found);
    return best;
}

static bool find_programs(struct pg_place *p, struct buf *why)
{
    p->bin = programs_of_version(p);
    if (!p->bin)
        p->bin = programs_by_pg_config();
    if (!p->bin)
        p->bin = newest_programs();
    if (!p->bin)
        buf_puts(why, "no PostgreSQL here: install the package postgresql, or give --database");
    return p->bin;
}

bool pg_place_init(struct pg_place *p, const char *data, struct buf *why)
{
    *p = (struct pg_place){ .data_lock = -1, .base_lock = -1 };
    if (!make_folders(data, 0711) || !(p->data = realpath(data, NULL)))
        return refuse(why, "cannot make the data folder", data);
    p->data_lock = lock_folder(p->data, why);
    if (p->data_lock < 0 || !find_base(p, why))
        return false;
    p->base_lock = lock_folder(p->base, why);
    if (p->base_lock < 0 || !find_sockets(p, why))
        return false;
    p->cluster = pg_place_join(p->base, "cluster");
    p->log = pg_place_join(p->base, "log");
    if (!p->cluster || !p->log) {
        buf_puts(why, "out of memory");
        return false;
    }
    return find_programs(p, why);
}

void pg_place_fini(struct pg_place *p)
{
    char *const strings[] = { p->data, p->base, p->cluster, p->sockets, p->log, p->bin };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    if (p->base_lock >= 0)
        close(p->base_lock);
    if (p->data_lock >= 0)
        close(p->data_lock);
    *p = (struct pg_place){ .data_lock = -1, .base_lock = -1 };
}
