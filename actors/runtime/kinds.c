/* Kinds: a short table under a lock of its own, looked up when an actor is made or an operator types an address. */
#include "actors/runtime/kinds.h"

#include "actors/runtime/core.h"

uint64_t kind_hash(const struct actor_kind *kind)
{
    uint64_t h = 0xcbf29ce484222325;

    for (const char *p = kind->name; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3;
    return h;
}

static int kind_index_locked(struct system *s, const struct actor_kind *kind)
{
    int i = 0;

    while (i < s->kind_count && s->kinds[i] != kind)
        i++;
    if (i == KINDS_MAX)
        return -1;
    if (i == s->kind_count)
        s->kinds[s->kind_count++] = kind;
    return i;
}

int system_kind_index(struct system *s, const struct actor_kind *kind)
{
    pthread_mutex_lock(&s->kinds_lock);
    int i = kind_index_locked(s, kind);
    pthread_mutex_unlock(&s->kinds_lock);
    return i;
}

bool system_add_kind(struct system *s, const struct actor_kind *kind)
{
    return system_kind_index(s, kind) >= 0;
}

const struct actor_kind *system_kind(const struct system *s, struct text name)
{
    const struct actor_kind *found = NULL;
    pthread_mutex_t *lock = (pthread_mutex_t *)&s->kinds_lock;

    pthread_mutex_lock(lock);
    for (int i = 0; i < s->kind_count && !found; i++)
        if (text_is(name, s->kinds[i]->name))
            found = s->kinds[i];
    pthread_mutex_unlock(lock);
    return found;
}

const struct actor_kind *system_kind_at(const struct system *s, int index)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&s->kinds_lock;

    pthread_mutex_lock(lock);
    const struct actor_kind *kind = index < s->kind_count ? s->kinds[index] : NULL;
    pthread_mutex_unlock(lock);
    return kind;
}

struct worker *system_home(struct system *s, struct address a)
{
    uint64_t workers = s->worker_count;
    uint64_t n = a.kind == s->ingress_kind ? 0 : kind_hash(a.kind);

    return s->workers[(n % workers + (uint64_t)a.id % workers + (uint64_t)a.id_low % workers) % workers];
}
