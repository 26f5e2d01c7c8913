/* Import: a course from a YouTube playlist (courses contract, section 5.2). The playlist is read first, without a
 * transaction; then one statement makes the course and its videos, or nothing. */
#include "transport/services/youtube/import.h"
#include "actors/part.h"
#include "proto/base/log.h"
#include "proto/base/masked.h"
#include "proto/base/zone.h"
#include "proto/config/config.h"
#include "store/pg_session.h"
#include "store/statements.h"
#include "transport/api/courses/courses.h"
#include "transport/transport.h"

enum { IMPORTS_MOST = 8 }; /* at once and per worker; each may hold some megabytes */

static struct imports {
    uint32_t n, highest; /* under way */
    uint64_t refused;
} imports[WORKERS_MOST];

static struct imports *imports_of(const struct worker *w)
{
    return &imports[worker_index(w)];
}

static void on_made(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else
        respond_json(rq, (int)db_int(r, 0, COURSES_IMPORT_STATUS), db_text(r, 0, COURSES_IMPORT_BODY));
}

static void make_course(struct request *rq, const struct youtube_list *list)
{
    struct buf videos = { 0 };
    buf_putc(&videos, 1); /* version of jsonb's binary form */
    youtube_put_items(list, &videos);
    struct text playlist = { 0 };
    bool is_playlist = youtube_playlist_id(request_text(rq, "playlist_url"), &playlist);
    struct db_params p = { 0 };
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, buf_view(&list->title));
    db_param_text(&p, playlist);
    db_param_binary(&p, buf_view(&videos));
    if (videos.failed || !is_playlist)
        respond_error(rq, ERROR_OVERLOADED);
    else
        request_query(rq, &COURSES_IMPORT, &p, on_made);
    buf_fini(&videos);
}

static void on_read(void *arg, enum error why, const struct youtube_list *list)
{
    struct request *rq = arg;
    imports_of(request_worker(rq))->n--;
    if (!request_alive(rq)) /* nobody waits for this course any more */
        why = ERROR_UNAVAILABLE;
    if (why)
        respond_error(rq, why);
    else
        make_course(rq, list);
}

void courses_import(struct request *rq)
{
    struct worker *w = request_worker(rq);
    struct imports *i = imports_of(w);
    struct text playlist;
    enum error why = ERROR_OK;
    if (!youtube_playlist_id(request_text(rq, "playlist_url"), &playlist))
        why = ERROR_INVALID_PLAYLIST_URL;
    else if (!*config.youtube_api_key)
        why = ERROR_YOUTUBE_NO_KEY;
    else if (i->n >= IMPORTS_MOST)
        why = ERROR_OVERLOADED;
    else if (youtube_fetch(transport_of(w)->outbound, worker_loop(w), playlist, on_read, rq, &why))
        i->highest = ++i->n > i->highest ? i->n : i->highest;
    i->refused += why == ERROR_OVERLOADED;
    if (why)
        respond_error(rq, why);
}

/* ---- the part of a worker ---- */

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    const struct imports *i = imports_of(w);
    *ret = (struct queue_numbers){ IMPORTS_MOST, i->n, i->highest, (int64_t)i->refused };
}

/* The first value of the one row that a statement gives for a zone, into a text of ours. False with a sentence in why,
 * or none if there is no row. */
static bool ask_zone(PGconn *c, const struct statement *st, const char *zone, struct buf *ret, struct buf *why)
{
    struct db_params p = { 0 };
    db_param_text(&p, text_of(zone));
    PGresult *r = pg_session_run(c, st, &p, why);
    bool known = r && PQntuples(r) == 1;
    if (known)
        buf_printf(ret, "%s", PQgetvalue(r, 0, 0));
    buf_putc(ret, 0);
    PQclear(r);
    return known && !ret->failed;
}

static void refuse_zone(struct text reason, struct buf *why)
{
    buf_puts(why, "courses-day-zone is \"");
    masked_put(config.courses_day_zone, why);
    buf_printf(why, "\"; it must be %s%s%.*s", zone_forms, reason.n ? ": " : "", (int)reason.n, reason.p);
}

/* Only the database can judge names. It says the time there too, so that nobody wonders which way an offset was read.
 */
static bool part_check(const struct setup *s, struct buf *why)
{
    static char zone[256];
    struct buf name = { 0 }, here = { 0 }, reason = { 0 };
    PGconn *c = pg_session_open(s->conninfo, "lectern serve", &reason);
    bool known = c && (zone_read_offset(config.courses_day_zone, zone) ||
                       (ask_zone(c, &STORE_ZONE, config.courses_day_zone, &name, &reason) &&
                        snprintf(zone, sizeof zone, "%s", name.p) < (int)sizeof zone));
    known = known && ask_zone(c, &STORE_ZONE_NOW, zone, &here, &reason);
    PQfinish(c);
    config.courses_zone = zone;
    if (known)
        log_info("days of courses", F_STR("zone", config.courses_day_zone), F_STR("now", here.p));
    else
        refuse_zone(buf_view(&reason), why);
    buf_fini(&name);
    buf_fini(&here);
    buf_fini(&reason);
    return known;
}

static const struct queue_row queues[] = {
    { "imports", "playlists being imported, per worker", "8; 5,000 items each, `youtube-time`",
      "503; the rest is left out; 504", "administrators of courses", read_queue },
    { 0 },
};

const struct part courses_part = { .name = "courses", .check = part_check, .queues = queues };
