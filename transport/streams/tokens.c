/* Tokens of streams: a stream ends when the token does that it was opened with, and hears of it shortly before; it goes
 * on with a renewed one. What is due is found by one sweep over the channels, so a stream costs no timer. Whether a
 * token has been revoked is asked of people.h: when the stream comes, and whenever its person is said to have changed.
 */
#include "actors/databases.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/people/people.h"
#include "transport/streams/stream.h"
#include "transport/streams/streams.h"
#include "transport/streams/streams_state.h"
#include "transport/transport.h"

#include <stdlib.h>

enum { EVER = UINT32_MAX, MISSED_S = 600 /* how long before a connection was lost it may have told nothing */ };

static uint32_t now_of(const struct streams *s)
{
    return (uint32_t)(worker_wall(streams_worker(s)) / 1000000);
}

/* ---- what is said ---- */

/* The stream may be gone afterwards. */
static void say_expiring(struct stream *s, uint32_t now)
{
    struct buf data = { 0 };
    struct json j = json_into(&data);
    json_begin_object(&j, NULL);
    json_str(&j, "type", "token_expiring");
    json_time(&j, "expires_at", (int64_t)s->expires * 1000000);
    json_int(&j, "expires_in", (int64_t)s->expires - now);
    json_end_object(&j);
    if (!data.failed)
        stream_say(s, &(struct frame_parts){ .name = TEXT("token_expiring"), .data = buf_view(&data) });
    buf_fini(&data);
}

#define ENDED(reason)                                                                                                  \
    {                                                                                                                  \
        .name = { "token_ended", sizeof "token_ended" - 1 },                                                           \
        .data = TEXT("{\"type\":\"token_ended\",\"reason\":\"" reason "\"}")                                           \
    }
static const struct frame_parts expired = ENDED("expired"), revoked = ENDED("revoked");

/* ---- when ---- */

/* When something is to be said of its token next. */
static uint32_t due_at(const struct stream *s)
{
    uint32_t notice = (uint32_t)config_here()->token_notice;
    if (!s->expires)
        return EVER;
    return s->warned || s->expires < notice ? s->expires : s->expires - notice;
}

static void note_due(const struct stream *s)
{
    uint32_t due = due_at(s);
    if (due < s->channel->due)
        s->channel->due = due;
}

static void look_at(struct channel *c, uint32_t now)
{
    channel_use(c);
    c->due = EVER;
    for (uint32_t i = c->n; i-- > 0;) {
        struct stream *s = c->streams[i];
        if (s->phase >= STREAM_ENDING || !s->expires)
            continue;
        if (s->expires <= now) {
            stream_part(s, &expired, CLOSE_TOKEN_EXPIRED);
            continue;
        }
        bool about_to_end = !s->warned && due_at(s) <= now;
        s->warned |= about_to_end;
        note_due(s);
        if (about_to_end)
            say_expiring(s, now);
    }
    channel_done(c);
}

/* ---- whose ---- */

static bool has_streams_of(const struct channel *c, int32_t user)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->users[i] == user)
            return true;
    return false;
}

static bool has_streams(const struct streams *all, int32_t user)
{
    for (uint32_t k = 0; k < streams_channels(all); k++)
        if (has_streams_of(streams_channel(all, k), user))
            return true;
    return false;
}

/* Calls each for every stream of a person; it may end it. */
static void each_of(struct streams *all, int32_t user, void (*each)(struct stream *s, const void *arg), const void *arg)
{
    for (uint32_t k = streams_channels(all); k-- > 0;) {
        struct channel *c = streams_channel(all, k);
        if (!has_streams_of(c, user))
            continue;
        channel_use(c);
        for (uint32_t i = c->n; i-- > 0;)
            if (c->users[i] == user)
                each(c->streams[i], arg);
        channel_done(c);
    }
}

static void part(struct stream *s, const void *arg)
{
    s->revoked = s->expires;
    stream_part(s, s->expires ? &revoked : NULL, CLOSE_REMOVED);
}

void streams_end_of(struct streams *s, int32_t user_id)
{
    each_of(s, user_id, part, NULL);
}

static void renew(struct stream *s, const void *arg)
{
    const struct token *t = arg;
    if (!s->expires || s->sign_in != t->sign_in)
        return;
    s->signed_in = stream_seconds(t->signed_in);
    s->expires = stream_seconds(t->expires);
    s->warned = false;
    note_due(s);
}

void streams_renew(struct streams *s, const struct token *token)
{
    each_of(s, token->user_id, renew, token);
}

/* ---- do they count? ---- */

/* arg: who, NULL if there is no such person any more. A client whose sign-in is its area's to judge has to come back for
 * that. */
static void judge_one(struct stream *s, const void *arg)
{
    const struct token t = { .user_id = stream_user(s), .sign_in = s->sign_in, .signed_in = s->signed_in };
    if (s->judged_elsewhere)
        stream_part(s, NULL, CLOSE_RESYNC);
    else if (s->expires && (!arg || !people_keep(arg, &t)))
        part(s, NULL);
}

struct judging {
    struct streams *all;
    int32_t user;
};

static void on_person(void *arg, enum error why, const struct caller *who)
{
    struct judging j = *(struct judging *)arg;
    free(arg);
    if (!why || why == ERROR_USER_NOT_FOUND)
        each_of(j.all, j.user, judge_one, who);
    else
        streams_missed(j.all);
}

static void load_and_judge(struct streams *s, int32_t user)
{
    struct judging *j = malloc(sizeof *j);
    if (j)
        *j = (struct judging){ s, user };
    if (j && people_load(transport_of(streams_worker(s))->people, user, NULL, on_person, j))
        return;
    free(j);
    streams_missed(s);
}

void streams_judge(struct streams *s, int32_t user_id)
{
    struct caller who;
    if (!has_streams(s, user_id))
        return;
    if (people_find(transport_of(streams_worker(s))->people, user_id, NULL, &who))
        each_of(s, user_id, judge_one, &who);
    else
        load_and_judge(s, user_id);
}

void tokens_watch(struct stream *s)
{
    struct caller who;
    struct streams *all = s->all;
    int32_t user = stream_user(s);
    if (!s->expires)
        return;
    note_due(s);
    if (people_find(transport_of(streams_worker(all))->people, user, NULL, &who))
        judge_one(s, &who);
    else
        load_and_judge(all, user);
}

/* ---- what was missed ---- */

void streams_missed(struct streams *s)
{
    struct token_watch *watch = &s->watch;
    int64_t since = (int64_t)now_of(s) - MISSED_S;
    if (!watch->missed_since || since < watch->missed_since)
        watch->missed_since = since;
    watch->missed_again = true;
}

static void on_revoked(void *arg, const struct db_result *r)
{
    struct token_watch *watch = &((struct streams *)arg)->watch;
    watch->asking = false;
    if (r->status == DB_REFUSED)
        log_error("revoked tokens could not be read", F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK)
        return; /* the next sweep asks again */
    if (!watch->missed_again)
        watch->missed_since = 0;
    for (int i = 0; i < r->rows; i++)
        streams_judge(arg, (int32_t)db_int(r, i, ACCOUNT_REVOKED_SINCE_USER_ID));
}

/* While streams are there nothing that was missed may be forgotten: those that come later are judged when they do. */
static void ask_for_missed(struct streams *s)
{
    struct token_watch *watch = &s->watch;
    struct db_params p = { 0 };
    if (!streams_count(s))
        watch->missed_since = 0;
    if (!watch->missed_since || watch->asking)
        return;
    db_param_timestamp(&p, watch->missed_since * 1000000);
    watch->missed_again = false;
    watch->asking = db_query(db_reading(streams_worker(s)), &ACCOUNT_REVOKED_SINCE, &p, on_revoked, s);
}

void tokens_sweep(struct streams *s)
{
    uint32_t now = now_of(s);
    for (uint32_t k = streams_channels(s); k-- > 0;)
        if (streams_channel(s, k)->due <= now)
            look_at(streams_channel(s, k), now);
    ask_for_missed(s);
}
