/* Memory of a session: who takes part, and when each was nudged last. */
#include "actors/coaching/state.h"
#include "store/statements.h"

#include <stdlib.h>

/* When that was by the worker's clock, which began later perhaps. What seems to come was just now. */
static int64_t on_clock(const struct worker *w, int64_t at)
{
    int64_t ago = worker_wall(w) - at;
    return (int64_t)worker_now(w) - (ago > 0 ? ago * 1000 : 0);
}

static bool read_talker(struct coaching *session, const struct db_result *r, int row)
{
    struct talker *who = &session->talkers[session->ntalkers++];
    *who = (struct talker){ .person = (int32_t)db_int(r, row, COACHING_LOAD_PERSON_ID),
                            .user = text_copy(db_text(r, row, COACHING_LOAD_USER_ID)),
                            .name = text_copy(db_text(r, row, COACHING_LOAD_NAME)),
                            .nudged_at = db_stamp(r, row, COACHING_LOAD_NUDGED_AT) };
    who->nudged = on_clock(actor_worker(session->base.actor), who->nudged_at);
    return who->user.p && who->name.p;
}

bool coaching_read(struct coaching *session, const struct db_result *r)
{
    session->sid = text_copy(db_text(r, 0, COACHING_LOAD_SID));
    session->creator = (int32_t)db_int(r, 0, COACHING_LOAD_CREATOR);
    session->active = db_bool(r, 0, COACHING_LOAD_IS_ACTIVE);
    session->base.epoch = (int32_t)db_int(r, 0, COACHING_LOAD_EPOCH);
    session->base.seq = db_int(r, 0, COACHING_LOAD_SEQ);
    session->base.last_at = db_stamp(r, 0, COACHING_LOAD_LAST);
    session->talkers = calloc((size_t)r->rows, sizeof *session->talkers);
    if (!session->sid.p || !session->talkers)
        return false;
    for (int i = 0; i < r->rows; i++)
        if (!db_null(r, i, COACHING_LOAD_PERSON_ID) && !read_talker(session, r, i))
            return false;
    return true;
}

void coaching_clear(struct coaching *session)
{
    for (uint32_t i = 0; i < session->ntalkers; i++) {
        free((char *)session->talkers[i].user.p);
        free((char *)session->talkers[i].name.p);
    }
    free(session->talkers);
    free((char *)session->sid.p);
    *session = (struct coaching){ .base = session->base };
}

struct talker *coaching_talker(const struct coaching *session, int32_t person)
{
    for (uint32_t i = 0; i < session->ntalkers; i++)
        if (session->talkers[i].person == person)
            return &session->talkers[i];
    return NULL;
}

uint64_t coaching_bytes(const struct coaching *session)
{
    uint64_t bytes = room_memory(&session->base) + session->sid.n + session->ntalkers * sizeof *session->talkers;
    for (uint32_t i = 0; i < session->ntalkers; i++)
        bytes += session->talkers[i].user.n + session->talkers[i].name.n;
    return bytes;
}
