/* Place: see pg_place.h.
 *
 * PostgreSQL refuses to run as root, so root hands it to the user postgres, who often cannot pass the folders above the
 * data folder (/root is closed to others). Then the cluster lives in a fresh folder below /var/lib/lectern, and
 * <data>/postgres is a link to it: removing the data folder still means starting anew. */
#include "store/pg_place.h"

#include "proto/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* Takes lectern.lock in a folder. The file says who has it; the kernel frees it with the process, however that ends. */
static int lock_folder(int folder, const char *path, struct buf *why)
{
    char holder[32] = "";
    int fd = own_file(folder, path, "lectern.lock", O_RDWR | O_CREAT, geteuid(), OWN_WRITABLE, why);
    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
        holder[n > 0 ? n : 0] = '\0';
        holder[strcspn(holder, "\n")] = '\0';
        buf_printf(why, "another lectern (process %s) uses the data folder %s", *holder ? holder : "?", path);
        close(fd);
        return -1;
    }
    int n = snprintf(holder, sizeof holder, "%d\n", (int)getpid());
    if (ftruncate(fd, 0) || pwrite(fd, holder, (size_t)n, 0) != n) {
        (void)refuse(why, "cannot write the lock in", path); /* told by -1 */
        close(fd);
        return -1;
    }
    return fd;
}

/* Nobody but root can choose. */
static bool choose_user(struct pg_place *p, struct buf *why)
{
    p->user = (struct user){ .uid = geteuid(), .gid = getegid() };
    p->other_user = p->user.uid == 0;
    if (!p->other_user || (user_named("postgres", &p->user, why) && p->user.uid))
        return true;
    buf_reset(why);
    buf_puts(why, "PostgreSQL does not run as root and there is no user postgres: install the package postgresql");
    return false;
}

/* ---- the folders ---- */

/* Where an open folder lies, without symbolic links. */
static char *path_of(int folder)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return NULL;
    path[n] = '\0';
    return strdup(path);
}

/* Makes a folder of a fresh name, for the user only, and a link to it in the folder `at`. Sets *ret to its path. Its
 * descriptor; -1 with a sentence in why. */
static int make_linked(const struct pg_place *p, const char *pattern, int at, const char *link, char **ret,
                       struct buf *why)
{
    char *path = strdup(pattern);
    int fd = path && mkdtemp(path) ? own_folder_find(path, p->user.uid, why) : -1;
    bool given = fd >= 0 && (!p->other_user || !fchown(fd, p->user.uid, p->user.gid));
    if (given && !symlinkat(path, at, link)) {
        *ret = path;
        return fd;
    }
    if (!why->n)
        (void)refuse(why, given ? "cannot make a link to" : "cannot make", path ? path : pattern); /* told by -1 */
    if (fd >= 0) {
        (void)rmdir(path); /* empty and unknown to anybody; staying does no harm */
        close(fd);
    }
    free(path);
    return -1;
}

/* The database's user often cannot pass the folders above. */
static int make_far_base(struct pg_place *p, int data, struct buf *why)
{
    char *path = NULL;
    if (mkdir(SHARED_PARENT, 0711) && errno != EEXIST) {
        (void)refuse(why, "cannot make", SHARED_PARENT); /* told by -1 */
        return -1;
    }
    int fd = make_linked(p, SHARED_PARENT "/XXXXXX", data, "postgres", &path, why);
    free(path);
    return fd;
}

/* What the link leads to counts only if we made the link. It is never given away: a link may lead to anything. */
static int follow_base(const struct pg_place *p, int data, const struct stat *link, struct buf *why)
{
    struct stat st;
    if (link->st_uid != geteuid()) {
        buf_printf(why, "the link %s/postgres belongs to ", p->data);
        user_put(link->st_uid, why);
        buf_puts(why, ", and nothing of others is trusted; take it away");
        return -1;
    }
    int fd = openat(data, "postgres", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return -1;
    if (fd >= 0 && !fstat(fd, &st) && st.st_uid == p->user.uid && !(st.st_mode & OWN_WRITABLE))
        return fd;
    buf_printf(why, "the link %s/postgres leads to no folder that is only the database's user's; take it away",
               p->data);
    if (fd >= 0)
        close(fd);
    return -1;
}

static int open_base(struct pg_place *p, int data, struct buf *why)
{
    struct stat st;
    bool there = !fstatat(data, "postgres", &st, AT_SYMLINK_NOFOLLOW);
    if (there && S_ISLNK(st.st_mode)) {
        int fd = follow_base(p, data, &st, why);
        if (fd >= 0 || why->n)
            return fd;
        there = false;
        if (unlinkat(data, "postgres", 0)) {
            (void)refuse(why, "cannot remove the dead link in", p->data); /* told by -1 */
            return -1;
        }
    }
    if (!there && p->other_user && !user_can(&p->user, p->data, X_OK))
        return make_far_base(p, data, why);
    return own_folder_at(data, p->data, "postgres", p->user.uid, p->user.gid, why);
}

static bool find_base(struct pg_place *p, int data, struct buf *why)
{
    p->folder = open_base(p, data, why);
    if (p->folder < 0)
        return false;
    p->base = path_of(p->folder);
    if (!p->base)
        return refuse(why, "cannot look at", p->data);
    if (!p->other_user || user_can(&p->user, p->base, X_OK))
        return true;
    buf_printf(why, "the database's user cannot reach %s: open the folders above it (chmod o+x)", p->base);
    return false;
}

/* A folder of the user's that nobody else can enter, not a link: what lies below /tmp may be anybody's. */
static bool is_private(const struct pg_place *p, const char *path)
{
    struct stat st;
    return !lstat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == p->user.uid && !(st.st_mode & 077);
}

/* The one that the link in the base leads to, else a new one. */
static bool find_far_sockets(struct pg_place *p, struct buf *why)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(p->folder, "socket", target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    if (n > 0 && is_private(p, target))
        return (p->sockets = strdup(target)) || refuse(why, "cannot look at", target);
    (void)unlinkat(p->folder, "socket", 0); /* if it stays, making the new one says so */
    int fd = make_linked(p, "/tmp/lectern-XXXXXX", p->folder, "socket", &p->sockets, why);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool find_sockets(struct pg_place *p, struct buf *why)
{
    struct sockaddr_un address;
    if (strlen(p->base) + sizeof "/socket" SOCKET_NAME > sizeof address.sun_path || strchr(p->base, ','))
        return find_far_sockets(p, why);
    struct stat st;
    if (!fstatat(p->folder, "socket", &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode))
        (void)unlinkat(p->folder, "socket", 0); /* of a time when the path was longer; if it stays, the next says so */
    int fd = own_folder_at(p->folder, p->base, "socket", p->user.uid, p->user.gid, why);
    if (fd < 0)
        return false;
    close(fd);
    return (p->sockets = pg_place_join(p->base, "socket")) || refuse(why, "cannot look at", p->base);
}

int pg_place_file(const struct pg_place *p, const char *name, int flags, struct buf *why)
{
    return own_file(p->folder, p->base, name, flags, p->user.uid, OWN_WRITABLE, why);
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
    char text[16] = "", bin[64];
    struct buf ignored = { 0 }; /* without a version any will do, or PostgreSQL says why not */
    int fd = pg_place_file(p, "cluster/PG_VERSION", O_RDONLY, &ignored);
    if (fd >= 0 && read(fd, text, sizeof text - 1) < 0)
        *text = '\0';
    if (fd >= 0)
        close(fd);
    buf_fini(&ignored);
    snprintf(bin, sizeof bin, "/usr/lib/postgresql/%d/bin", atoi(text));
    return atoi(text) && has_programs(bin) ? strdup(bin) : NULL;
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

static bool find_folders(struct pg_place *p, int data, struct buf *why)
{
    if (!(p->data = path_of(data)))
        return refuse(why, "cannot look at the data folder", "");
    p->data_lock = lock_folder(data, p->data, why);
    if (p->data_lock < 0 || !choose_user(p, why) || !find_base(p, data, why))
        return false;
    p->base_lock = lock_folder(p->folder, p->base, why);
    return p->base_lock >= 0 && find_sockets(p, why);
}

bool pg_place_init(struct pg_place *p, const char *data, struct buf *why)
{
    *p = (struct pg_place){ .folder = -1, .data_lock = -1, .base_lock = -1 };
    int folder = own_folder(data, why);
    bool found = folder >= 0 && find_folders(p, folder, why);
    if (folder >= 0)
        close(folder);
    if (!found)
        return false;
    p->cluster = pg_place_join(p->base, "cluster");
    p->log = pg_place_join(p->base, "log");
    if (p->cluster && p->log)
        return find_programs(p, why);
    buf_puts(why, "out of memory");
    return false;
}

void pg_place_fini(struct pg_place *p)
{
    char *const strings[] = { p->data, p->base, p->cluster, p->sockets, p->log, p->bin };
    const int descriptors[] = { p->base_lock, p->data_lock, p->folder };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
    *p = (struct pg_place){ .folder = -1, .data_lock = -1, .base_lock = -1 };
}
