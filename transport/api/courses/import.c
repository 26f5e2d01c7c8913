/* Import: a course from a YouTube playlist (courses contract, section 5.2). The playlist is read first, without a
 * transaction; then one statement makes the course and its videos, or nothing. */
#include "transport/services/youtube/import.h"
#include "proto/config/config.h"
#include "store/statements.h"
#include "transport/api/courses/courses.h"
#include "transport/transport.h"

static void on_made(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else
        respond_json(rq, (int)db_int(r, 0, 0), db_text(r, 0, 1));
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
    transport_of(request_worker(rq))->imports--;
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
    struct transport *t = transport_of(w);
    struct text playlist;
    enum error why = ERROR_OK;
    if (!youtube_playlist_id(request_text(rq, "playlist_url"), &playlist))
        why = ERROR_INVALID_PLAYLIST_URL;
    else if (!*config.youtube_api_key)
        why = ERROR_YOUTUBE_NO_KEY;
    else if (t->imports >= IMPORTS_MOST)
        why = ERROR_OVERLOADED;
    else if (youtube_fetch(t->outbound, worker_loop(w), playlist, on_read, rq, &why))
        t->imports_highest = ++t->imports > t->imports_highest ? t->imports : t->imports_highest;
    t->imports_refused += why == ERROR_OVERLOADED;
    if (why)
        respond_error(rq, why);
}
