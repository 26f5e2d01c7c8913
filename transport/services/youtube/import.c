/* YouTube, outbound: see youtube.h. What videos say of themselves is a gain, not a need: when it cannot be had, the
 * playlist is complete without their durations, and with those that a page cannot show. */
#include "transport/services/youtube/import.h"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"

#include <assert.h>
#include <stdlib.h>

enum { ANSWER_MOST = 8 << 20 };

struct fetch {
    struct outbound *outbound;
    uv_loop_t *loop;
    uint64_t until; /* loop milliseconds */
    int step;       /* of steps[] */
    struct buf id;
    struct youtube_list list;
    youtube_done *done;
    void *arg;
};

/* ---- what to ask ---- */

static void put_encoded(struct buf *out, struct text t)
{
    static const char hex[] = "0123456789ABCDEF", plain[] = "-._~";
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || (c && strchr(plain, c))) {
            buf_putc(out, (char)c);
            continue;
        }
        buf_putc(out, '%');
        buf_putc(out, hex[c >> 4]);
        buf_putc(out, hex[c & 15]);
    }
}

static void put_playlist(const struct fetch *f, struct buf *url)
{
    buf_puts(url, "&maxResults=1&id=");
    put_encoded(url, buf_view(&f->id));
}

static void put_items(const struct fetch *f, struct buf *url)
{
    buf_printf(url, "&maxResults=%d&playlistId=", YOUTUBE_PAGE);
    put_encoded(url, buf_view(&f->id));
    if (f->list.token.n) {
        buf_puts(url, "&pageToken=");
        put_encoded(url, buf_view(&f->list.token));
    }
}

static void put_videos(const struct fetch *f, struct buf *url)
{
    uint32_t from = f->list.known, to = from + YOUTUBE_PAGE < f->list.n ? from + YOUTUBE_PAGE : f->list.n;
    assert(from < to);
    buf_puts(url, "&id=");
    for (uint32_t i = from; i < to; i++)
        buf_printf(url, "%s%s", i > from ? "," : "", f->list.items[i].video);
}

/* ---- the steps ---- */

static bool more_items(struct fetch *f)
{
    return f->list.token.n;
}

static bool more_videos(struct fetch *f)
{
    f->list.known += YOUTUBE_PAGE;
    return f->list.known < f->list.n;
}

enum { TITLE, ITEMS, VIDEOS, STEPS };

static const struct step {
    const char *method, *part;
    void (*put)(const struct fetch *f, struct buf *url);
    enum youtube_answer (*take)(struct youtube_list *l, int status, struct text body);
    bool (*again)(struct fetch *f); /* NULL: once is enough */
} steps[STEPS] = {
    [TITLE] = { "playlists", "snippet", put_playlist, youtube_take_playlist, NULL },
    [ITEMS] = { "playlistItems", "snippet,contentDetails,status", put_items, youtube_take_items, more_items },
    [VIDEOS] = { "videos", "contentDetails,status", put_videos, youtube_take_videos, more_videos },
};

static void fetch_free(struct fetch *f)
{
    if (!f)
        return;
    youtube_list_fini(&f->list);
    buf_fini(&f->id);
    free(f);
}

static void finish(struct fetch *f, enum error why)
{
    if (why && f->step == VIDEOS) {
        log_warn("what videos say of themselves was not read", F_STR("why", error_name(why)));
        why = ERROR_OK;
    }
    if (!why && !youtube_watchable(&f->list))
        why = ERROR_PLAYLIST_EMPTY;
    f->done(f->arg, why, why ? NULL : &f->list);
    fetch_free(f);
}

static enum error error_of_answer(enum youtube_answer answer)
{
    static const enum error errors[] = {
#define YOUTUBE_ERROR(symbol, error) [YOUTUBE_##symbol] = (error),
        YOUTUBE_ANSWERS(YOUTUBE_ERROR)
#undef YOUTUBE_ERROR
    };
    return errors[answer];
}

static enum error error_of_end(enum outbound_end end)
{
    switch (end) {
    case OUTBOUND_ANSWERED:
        return ERROR_OK;
    case OUTBOUND_TIMEOUT:
        return ERROR_YOUTUBE_SLOW;
    case OUTBOUND_FULL:
    case OUTBOUND_NO_MEMORY:
        return ERROR_OVERLOADED;
    case OUTBOUND_STOPPED:
        return ERROR_UNAVAILABLE;
    default:
        return ERROR_YOUTUBE_BROKEN;
    }
}

static enum error ask(struct fetch *f);

static void on_answer(void *arg, const struct outbound_answer *a)
{
    struct fetch *f = arg;
    assert(f->step < STEPS);
    const struct step *step = &steps[f->step];
    enum error why = error_of_end(a->end);
    if (why)
        log_warn("youtube was not reached", F_STR("method", step->method), F_STR("why", outbound_words(a->end)));
    else if ((why = error_of_answer(step->take(&f->list, a->status, a->body))))
        log_warn("youtube refused", F_STR("method", step->method), F_INT("status", a->status),
                 F_STR("why", error_name(why)));
    if (!why && !(step->again && step->again(f)))
        f->step++;
    bool over = f->step == STEPS || (f->step == VIDEOS && !f->list.n);
    if (why || over || (why = ask(f)))
        finish(f, why);
}

static enum error ask(struct fetch *f)
{
    uint64_t now = uv_now(f->loop), call = (uint64_t)config_here()->youtube_call_time * 1000;
    if (now >= f->until)
        return ERROR_YOUTUBE_SLOW;
    const struct step *step = &steps[f->step];
    struct buf url = { 0 };
    struct text base = text_of(config.youtube_api_base_url);
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    buf_text(&url, base);
    buf_printf(&url, "/%s?part=%s", step->method, step->part);
    step->put(f, &url);
    buf_puts(&url, "&key=");
    put_encoded(&url, text_of(config.youtube_api_key));
    buf_putc(&url, 0);
    static const char *const headers[] = { "Accept: application/json", NULL };
    struct outbound_request rq = { .method = "GET",
                                   .url = url.p,
                                   .headers = headers,
                                   .total_ms = (uint32_t)(f->until - now < call ? f->until - now : call),
                                   .answer_most = ANSWER_MOST };
    enum outbound_end end = OUTBOUND_NO_MEMORY;
    bool sent = !url.failed && outbound_send(f->outbound, &rq, on_answer, f, &end);
    buf_fini(&url);
    return sent ? ERROR_OK : error_of_end(end);
}

bool youtube_fetch(struct outbound *outbound, uv_loop_t *loop, struct text playlist_id, youtube_done *done, void *arg,
                   enum error *ret_why)
{
    struct fetch *f = calloc(1, sizeof *f);
    *ret_why = ERROR_OVERLOADED;
    if (!f)
        return false;
    f->outbound = outbound;
    f->loop = loop;
    f->until = uv_now(loop) + (uint64_t)config_here()->youtube_time * 1000;
    f->done = done;
    f->arg = arg;
    buf_text(&f->id, playlist_id);
    if (!f->id.failed && !(*ret_why = ask(f)))
        return true;
    fetch_free(f);
    return false;
}
