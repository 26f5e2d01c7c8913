/* Rules: what may be asked of a session, and what it does (coaching contract, sections 8.2 and 11). */
#include "actors/coaching/engine.h"
#include "actors/coaching/state.h"
#include "proto/config/config_live.h"

enum { SECOND = 1000000000 };

/* ---- who may ---- */

static enum error check(const struct coaching *session, const struct room_command *said)
{
    bool takes_part = coaching_talker(session, said->caller.user);
    switch (said->op) {
    case ROOM_LISTEN:
        return takes_part && session->active ? ERROR_OK : ERROR_COACHING_CLOSED;
    case COACHING_FRAME:
        return said->more_n != sizeof(struct coaching_frame) ? ERROR_INVALID_ACTION
               : takes_part && session->active               ? ERROR_OK
                                                             : ERROR_COACHING_CLOSED;
    case ROOM_END:
        return takes_part || said->by_operator ? ERROR_OK : ERROR_NOT_AUTHORIZED;
    default:
        return ERROR_INVALID_ACTION;
    }
}

/* ---- frames ---- */

/* At most one nudge in so long for frames of one person, on however many devices. */
static bool nudged_lately(const struct coaching *session, const struct talker *who)
{
    int64_t now = (int64_t)worker_now(actor_worker(session->base.actor));
    return now - who->nudged < config_here()->nudge_rate_limit_seconds * SECOND;
}

static bool deserves_nudge(const struct coaching *session, const struct talker *of, const struct coaching_frame *frame,
                           struct coaching_nudge *ret)
{
    const struct engine_thresholds over = { config_here()->speaking_rate_threshold,
                                            config_here()->overlap_ratio_threshold };
    return engine_judge(frame, &over, ret) && !nudged_lately(session, of);
}

/* Most frames are calm, and kept by nobody: those cost no turn. */
static enum receive measure(struct coaching *session, struct message *m)
{
    const struct room_command *said = room_command(m);
    struct talker *of = coaching_talker(session, said->caller.user);
    struct coaching_nudge nudge;
    bool nudges = deserves_nudge(session, of, said->more, &nudge);
    if (!nudges && !config_here()->store_frames && m->reply.worker < 0)
        return RECEIVED;
    struct turn *t = turn_begin(session->base.actor);
    if (!t)
        return room_no_memory(&session->base, m);
    if (config_here()->store_frames)
        coaching_put_frame(session, t, of, said->more);
    if (nudges)
        coaching_say_nudge(session, t, of, &nudge);
    turn_answer(t, m, ERROR_OK, TEXT("{}"));
    turn_end(t);
    return RECEIVED;
}

/* ---- coming, and the end ---- */

static enum receive let_in(struct coaching *session, struct message *m)
{
    struct turn *t = turn_begin(session->base.actor);
    if (!t)
        return room_no_memory(&session->base, m);
    room_admit(&session->base, t, m, room_command(m)->caller.user, session->base.seq);
    coaching_say_state(session, t); /* behind the welcome: who comes hears it first */
    turn_end(t);
    return RECEIVED;
}

/* As often as it is asked for; the first time does it. */
static enum receive end(struct coaching *session, struct message *m)
{
    struct turn *t = turn_begin(session->base.actor);
    if (!t)
        return room_no_memory(&session->base, m);
    if (session->active) {
        coaching_say_end(session, t, room_command(m)->caller.user);
        session->active = false;
        listeners_fini(&session->base.listeners);
    }
    turn_answer(t, m, ERROR_OK, TEXT("{\"ok\":true}"));
    turn_end(t);
    return RECEIVED;
}

enum receive coaching_obey(struct coaching *session, struct message *m)
{
    const struct room_command *said = room_command(m);
    enum error why = check(session, said);
    if (why) {
        room_refuse(&session->base, m, why);
        return RECEIVED;
    }
    return said->op == COACHING_FRAME ? measure(session, m)
           : said->op == ROOM_END     ? end(session, m)
                                      : let_in(session, m);
}
