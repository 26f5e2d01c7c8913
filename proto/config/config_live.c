/* Config live: see config_live.h. The lock covers copying only. */
#include "proto/config/config_live.h"

#include "proto/base/log.h"
#include "proto/config/config_row.h"

#include <pthread.h>

/* guarded by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct config in_force;
static bool changed; /* until then `config` is in force */

static _Thread_local struct config view;
static _Thread_local bool viewed;

const struct config *config_here(void)
{
    return viewed ? &view : &config;
}

void config_in_force(struct config *ret)
{
    pthread_mutex_lock(&lock);
    *ret = changed ? in_force : config;
    pthread_mutex_unlock(&lock);
}

void config_take_over(void)
{
    enum log_level level = LOG_INFO;
    config_in_force(&view);
    viewed = true;
    if (log_level_read(view.log_level, &level))
        log_level_here(level);
}

bool config_change(const char *name, const char *value, struct buf *why)
{
    const struct config_row *row = config_row_of(text_of(name));
    if (!row) {
        buf_printf(why, "%.100s is no parameter; config get lists them", name);
        return false;
    }
    if (!config_row_changeable(row)) {
        buf_printf(why, "%s cannot be changed while the server runs; config get says which can", row->flag);
        return false;
    }
    struct config next;
    pthread_mutex_lock(&lock);
    next = changed ? in_force : config;
    bool good = config_row_set(row, &next, row->flag, NULL, value, why);
    if (good) {
        in_force = next;
        changed = true;
    }
    pthread_mutex_unlock(&lock);
    return good;
}
