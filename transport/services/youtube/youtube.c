/* YouTube: see youtube.h. Answers are read by jansson; what does not look as documented counts as broken. */
#include "transport/services/youtube/youtube.h"

#include "proto/base/json.h"
#include "proto/base/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <strings.h>

/* ---- addresses ---- */

static bool id_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool is_id(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!id_letter(t.p[i]))
            return false;
    return t.n > 0;
}

/* Takes what stands before any of the stop characters off the text. */
static struct text take_until(struct text *t, const char *stops)
{
    size_t n = 0;
    while (n < t->n && !strchr(stops, t->p[n]))
        n++;
    struct text taken = { t->p, n };
    t->p += n;
    t->n -= n;
    return taken;
}

static bool same(struct text t, const char *word)
{
    return t.n == strlen(word) && !strncasecmp(t.p, word, t.n);
}

static bool one_of(struct text t, const char *const *words)
{
    while (*words && !same(t, *words))
        words++;
    return *words;
}

static void skip_scheme(struct text *t)
{
    static const char *const schemes[] = { "http://", "https://", NULL };
    for (int i = 0; schemes[i]; i++) {
        size_t n = strlen(schemes[i]);
        if (t->n >= n && !strncasecmp(t->p, schemes[i], n)) {
            t->p += n;
            t->n -= n;
            return;
        }
    }
}

/* The value of the query's first parameter `list`. */
static bool find_list(struct text query, struct text *ret_id)
{
    while (query.n) {
        query.p++; /* the ? or & */
        query.n--;
        struct text pair = take_until(&query, "&"), name = take_until(&pair, "=");
        if (!text_is(name, "list") || !pair.n)
            continue;
        *ret_id = (struct text){ pair.p + 1, pair.n - 1 };
        return is_id(*ret_id);
    }
    return false;
}

bool youtube_playlist_id(struct text address, struct text *ret_id)
{
    static const char *const hosts[] = { "youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", NULL };
    static const char *const short_hosts[] = { "youtu.be", "www.youtu.be", NULL };
    static const char *const paths[] = { "/playlist", "/watch", NULL };
    struct text rest = utf8_trim(address);
    for (size_t i = 0; i < rest.n; i++)
        if ((unsigned char)rest.p[i] <= ' ' || rest.p[i] == 0x7f)
            return false;
    rest = take_until(&rest, "#");
    skip_scheme(&rest);
    struct text host = take_until(&rest, "/?"), path = take_until(&rest, "?");
    if (!one_of(host, short_hosts) && !(one_of(host, hosts) && one_of(path, paths)))
        return false;
    return find_list(rest, ret_id);
}

/* ---- durations ---- */

int32_t youtube_seconds(struct text t)
{
    static const struct {
        char letter;
        bool time; /* behind the T */
        int32_t seconds;
    } units[] = {
        { 'W', false, 604800 }, { 'D', false, 86400 }, { 'H', true, 3600 }, { 'M', true, 60 }, { 'S', true, 1 }
    };
    bool time = false, any = false;
    int64_t sum = 0, n = -1;
    if (t.n < 3 || t.p[0] != 'P')
        return -1;
    for (size_t i = 1; i < t.n; i++) {
        char c = t.p[i];
        if (c >= '0' && c <= '9') {
            n = (n < 0 ? 0 : n) * 10 + (c - '0');
            if (n > INT32_MAX)
                return -1;
            continue;
        }
        if (c == 'T' && !time && n < 0) {
            time = true;
            continue;
        }
        size_t u = 0;
        while (u < sizeof units / sizeof *units && (units[u].letter != c || units[u].time != time))
            u++;
        if (u == sizeof units / sizeof *units || n < 0)
            return -1;
        sum += n * units[u].seconds;
        if (sum > INT32_MAX)
            return -1;
        n = -1;
        any = true;
    }
    return any && n < 0 ? (int32_t)sum : -1;
}

/* ---- answers that refuse ---- */

/* By reason, because one status has several meanings (courses contract, section 6.2). */
static const struct {
    const char *reason;
    enum youtube_answer answer;
} reasons[] = {
    { "playlistNotFound", YOUTUBE_UNKNOWN },
    { "playlistItemsNotAccessible", YOUTUBE_UNKNOWN },
    { "playlistForbidden", YOUTUBE_UNKNOWN },
    { "quotaExceeded", YOUTUBE_QUOTA },
    { "dailyLimitExceeded", YOUTUBE_QUOTA },
    { "rateLimitExceeded", YOUTUBE_QUOTA },
    { "userRateLimitExceeded", YOUTUBE_QUOTA },
    { "RATE_LIMIT_EXCEEDED", YOUTUBE_QUOTA },
    { "forbidden", YOUTUBE_KEY },
    { "keyInvalid", YOUTUBE_KEY },
    { "keyExpired", YOUTUBE_KEY },
    { "accessNotConfigured", YOUTUBE_KEY },
    { "ipRefererBlocked", YOUTUBE_KEY },
    { "SERVICE_DISABLED", YOUTUBE_KEY },
    { "CONSUMER_SUSPENDED", YOUTUBE_KEY },
};

static bool by_reason(const json_t *reason, enum youtube_answer *ret)
{
    const char *word = json_string_value(reason);
    if (!word)
        return false;
    if (!strncmp(word, "API_KEY_", 8)) {
        *ret = YOUTUBE_KEY;
        return true;
    }
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (!strcmp(word, reasons[i].reason)) {
            *ret = reasons[i].answer;
            return true;
        }
    return false;
}

/* `details` is more exact than `errors` where both are there. */
static enum youtube_answer refusal(const json_t *root)
{
    const json_t *error = json_object_get(root, "error");
    enum youtube_answer answer = YOUTUBE_BROKEN;
    static const char *const lists[] = { "details", "errors" };
    for (size_t l = 0; l < 2; l++) {
        const json_t *list = json_object_get(error, lists[l]);
        for (size_t i = 0; i < json_array_size(list); i++)
            if (by_reason(json_object_get(json_array_get(list, i), "reason"), &answer))
                return answer;
    }
    return YOUTUBE_BROKEN;
}

/* ---- answers ---- */

/* The answer's tree, which the caller frees, or NULL with what is wrong. */
static json_t *read_answer(int status, struct text body, enum youtube_answer *ret_why)
{
    json_error_t error;
    json_t *root = json_loadb(body.p ? body.p : "", body.n, 0, &error);
    *ret_why = !root && json_error_code(&error) == json_error_out_of_memory ? YOUTUBE_NO_MEMORY : YOUTUBE_BROKEN;
    if (root && status == 200 && json_is_array(json_object_get(root, "items")))
        return root;
    if (root && status != 200)
        *ret_why = refusal(root);
    json_decref(root);
    return NULL;
}

static struct text string_at(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return (struct text){ json_string_value(v), json_string_length(v) };
}

enum youtube_answer youtube_take_playlist(struct youtube_list *l, int status, struct text body)
{
    enum youtube_answer why;
    json_t *root = read_answer(status, body, &why);
    if (!root)
        return why;
    const json_t *items = json_object_get(root, "items");
    struct text title = string_at(json_object_get(json_array_get(items, 0), "snippet"), "title");
    why = title.p ? YOUTUBE_FINE : json_array_size(items) ? YOUTUBE_BROKEN : YOUTUBE_UNKNOWN;
    buf_text(&l->title, title);
    json_decref(root);
    return l->title.failed ? YOUTUBE_NO_MEMORY : why;
}

static bool seen(const struct youtube_list *l, uint64_t entry)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->items[i].entry == entry)
            return true;
    return false;
}

static bool make_room(struct youtube_list *l)
{
    if (l->n < l->room)
        return true;
    uint32_t room = l->room ? l->room * 2 : 64;
    struct youtube_item *items = realloc(l->items, room * sizeof *items);
    if (!items)
        return false;
    l->items = items;
    l->room = room;
    return true;
}

static bool playable(const json_t *entry)
{
    struct text privacy = string_at(json_object_get(entry, "status"), "privacyStatus");
    return text_is(privacy, "public") || text_is(privacy, "unlisted");
}

static struct text video_of(const json_t *entry)
{
    struct text id = string_at(json_object_get(entry, "contentDetails"), "videoId");
    return id.p ? id : string_at(json_object_get(json_object_get(entry, "snippet"), "resourceId"), "videoId");
}

/* Tells entries apart by their id, or where there is none by place and video. */
static uint64_t mark_of(const json_t *entry, struct text video)
{
    struct text id = string_at(entry, "id");
    json_int_t place = json_integer_value(json_object_get(json_object_get(entry, "snippet"), "position"));
    return id.p ? text_digest(id) : text_digest(video) + (uint64_t)place;
}

/* A list that is edited while it is being read may give an entry twice; the same video in two entries is no mistake. */
static bool add_entry(struct youtube_list *l, const json_t *entry)
{
    struct text video = video_of(entry), title = string_at(json_object_get(entry, "snippet"), "title");
    uint64_t mark = mark_of(entry, video);
    if (!playable(entry) || video.n != YOUTUBE_ID || !is_id(video) || !title.p || seen(l, mark) ||
        l->n == YOUTUBE_ITEMS_MOST)
        return true;
    char *copy = make_room(l) ? strndup(title.p, title.n) : NULL;
    if (!copy)
        return false;
    struct youtube_item *item = &l->items[l->n++];
    *item = (struct youtube_item){ .entry = mark, .title = copy };
    memcpy(item->video, video.p, YOUTUBE_ID);
    return true;
}

/* Nothing makes the reading go on for ever. */
static bool leads_on(struct youtube_list *l, struct text token)
{
    uint64_t mark = text_digest(token);
    if (!token.n || l->n == YOUTUBE_ITEMS_MOST || l->pages == YOUTUBE_PAGES_MOST)
        return false;
    for (uint32_t i = 0; i < l->pages; i++)
        if (l->tokens[i] == mark)
            return false;
    l->tokens[l->pages++] = mark;
    return true;
}

enum youtube_answer youtube_take_items(struct youtube_list *l, int status, struct text body)
{
    enum youtube_answer why;
    json_t *root = read_answer(status, body, &why);
    if (!root)
        return why;
    const json_t *items = json_object_get(root, "items");
    bool whole = true;
    for (size_t i = 0; whole && i < json_array_size(items); i++)
        whole = add_entry(l, json_array_get(items, i));
    struct text token = string_at(root, "nextPageToken");
    buf_reset(&l->token);
    if (leads_on(l, token))
        buf_text(&l->token, token);
    json_decref(root);
    return whole && !l->token.failed ? YOUTUBE_FINE : YOUTUBE_NO_MEMORY;
}

/* ---- what a video says of itself ---- */

static const json_t *video_called(const json_t *videos, const char *name)
{
    for (size_t i = 0; i < json_array_size(videos); i++)
        if (text_is(string_at(json_array_get(videos, i), "id"), name))
            return json_array_get(videos, i);
    return NULL;
}

/* What is not said is no hindrance. */
static bool watchable(const json_t *video)
{
    const json_t *status = json_object_get(video, "status"), *details = json_object_get(video, "contentDetails");
    struct text upload = string_at(status, "uploadStatus"), privacy = string_at(status, "privacyStatus");
    struct text rating = string_at(json_object_get(details, "contentRating"), "ytRating");
    const json_t *allowed = json_object_get(json_object_get(details, "regionRestriction"), "allowed");
    bool there = !text_is(upload, "deleted") && !text_is(upload, "failed") && !text_is(upload, "rejected");
    bool open = !privacy.p || text_is(privacy, "public") || text_is(privacy, "unlisted");
    bool nowhere = json_is_array(allowed) && !json_array_size(allowed);
    return video && there && open && !nowhere && !json_is_false(json_object_get(status, "embeddable")) &&
           !text_is(rating, "ytAgeRestricted");
}

enum youtube_answer youtube_take_videos(struct youtube_list *l, int status, struct text body)
{
    enum youtube_answer why;
    json_t *root = read_answer(status, body, &why);
    if (!root)
        return why;
    const json_t *videos = json_object_get(root, "items");
    for (uint32_t i = l->known; i < l->n && i < l->known + YOUTUBE_PAGE; i++) {
        const json_t *video = video_called(videos, l->items[i].video);
        int32_t seconds = youtube_seconds(string_at(json_object_get(video, "contentDetails"), "duration"));
        l->items[i].seconds = seconds > 0 ? seconds : 0;
        l->items[i].barred = !watchable(video);
    }
    json_decref(root);
    return YOUTUBE_FINE;
}

uint32_t youtube_watchable(const struct youtube_list *l)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++)
        n += !l->items[i].barred;
    return n;
}

void youtube_put_items(const struct youtube_list *l, struct buf *out)
{
    struct json j = json_into(out);
    json_begin_array(&j, NULL);
    for (uint32_t i = 0; i < l->n; i++) {
        if (l->items[i].barred)
            continue;
        json_begin_object(&j, NULL);
        json_str(&j, "id", l->items[i].video);
        json_str(&j, "title", l->items[i].title);
        if (l->items[i].seconds > 0)
            json_int(&j, "seconds", l->items[i].seconds);
        else
            json_nil(&j, "seconds");
        json_end_object(&j);
    }
    json_end_array(&j);
}

void youtube_list_fini(struct youtube_list *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        free(l->items[i].title);
    free(l->items);
    buf_fini(&l->title);
    buf_fini(&l->token);
    *l = (struct youtube_list){ 0 };
}
