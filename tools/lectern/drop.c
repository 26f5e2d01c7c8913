/* Drop: see drop.h. An existing data folder of root's stays root's: nothing changes for whoever has served as root so
 * far, and nothing is ever given away but a folder that was made a moment ago. */
#include "tools/lectern/drop.h"

#include "proto/base/log.h"
#include "proto/base/own.h"
#include "proto/config/config.h"
#include "proto/config/place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVICE "lectern"

static bool refuse(struct buf *why, const struct drop *d, const char *what)
{
    buf_printf(why, "cannot serve as the user %s: %s", d->name, what);
    return false;
}

static bool stay(const struct drop *d)
{
    log_warn("serving as root: with --user NAME, or with a user lectern and a data folder of its own, a fault would "
             "give less away");
    return true;
}

static bool can_serve(const struct drop *d)
{
    char command[PATH_MAX];
    return user_can(&d->user, config.data, X_OK) && place_folder(command) && user_can(&d->user, command, R_OK | X_OK);
}

/* Of a folder that was not there. */
static bool make_folder(struct drop *d, struct buf *why)
{
    int folder = own_folder(config.data, why);
    if (folder < 0)
        return false;
    bool can = can_serve(d), given = can && !fchown(folder, d->user.uid, d->user.gid);
    close(folder);
    d->drops = given;
    if (given || !*config.user)
        return given || stay(d);
    return refuse(why, d, can ? strerror(errno) : "it cannot reach the data folder or the command");
}

static bool look_at_folder(struct drop *d, int folder, struct buf *why)
{
    struct stat st = { 0 };
    bool roots = !fstat(folder, &st) && st.st_uid == 0;
    if (roots && !*config.user)
        return stay(d);
    if (roots)
        return refuse(why, d, "the data folder belongs to root; give it away (chown -R), or name a new one");
    d->drops = true;
    return can_serve(d) || refuse(why, d, "it cannot reach the data folder or the command");
}

static bool choose_as_root(struct drop *d, struct buf *why)
{
    struct buf unknown = { 0 };
    bool known = user_named(d->name, &d->user, &unknown);
    if (!known && *config.user)
        buf_text(why, buf_view(&unknown));
    buf_fini(&unknown);
    if (!known)
        return !*config.user && stay(d);
    if (!d->user.uid)
        return true; /* root, as was asked for */
    int folder = own_folder_find(config.data, d->user.uid, why);
    if (folder < 0)
        return !why->n && make_folder(d, why);
    bool good = look_at_folder(d, folder, why);
    close(folder);
    return good;
}

bool drop_choose(struct drop *d, struct buf *why)
{
    *d = (struct drop){ 0 };
    snprintf(d->name, sizeof d->name, "%s", *config.user ? config.user : SERVICE);
    if (geteuid() == 0)
        return choose_as_root(d, why);
    if (!*config.user || (user_named(d->name, &d->user, why) && d->user.uid == geteuid()))
        return true;
    return why->n ? false : refuse(why, d, "only root serves as another user");
}

bool drop_takes(const char *path, struct buf *why)
{
    struct user user = { .uid = geteuid() };
    struct buf unknown = { 0 };
    if (!user.uid)
        (void)user_named(*config.user ? config.user : SERVICE, &user, &unknown); /* without one only root's own */
    buf_fini(&unknown);
    int folder = own_folder_find(path, user.uid, why);
    if (folder >= 0)
        close(folder);
    return !why->n;
}

/* What lies in memory is secret; a developer wants to look all the same. */
static void hide_memory(void)
{
    if (!config.dev && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        log_warn("this process may leave core dumps", F_STR("error", strerror(errno)));
}

bool drop_rights(const struct drop *d, struct buf *why)
{
    if (d->drops && !user_become(&d->user))
        return refuse(why, d, "the system does not let root give up its rights");
    if (d->drops)
        log_info("serving without root's rights", F_STR("user", d->name));
    hide_memory();
    return true;
}
