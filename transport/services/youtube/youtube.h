/* YouTube: the texts of the YouTube Data API v3 (courses contract, section 6.2) and of its addresses: which playlist an
 * address names, and what the API's answers say about it. Pure; any one thread per list. Network and keys are
 * transport/services/youtube/import.c's. */
#pragma once

#include "proto/base/buf.h"

/* How the API can answer: X(symbol, error to tell the client). */
#define YOUTUBE_ANSWERS(X)                                                                                             \
    X(FINE, ERROR_OK)                                                                                                  \
    X(UNKNOWN, ERROR_PLAYLIST_NOT_FOUND) /* no such playlist, or a private one */                                      \
    X(KEY, ERROR_YOUTUBE_KEY)            /* key missing, wrong or not allowed */                                       \
    X(QUOTA, ERROR_YOUTUBE_QUOTA)                                                                                      \
    X(BROKEN, ERROR_YOUTUBE_BROKEN) /* an error of its side, or no answer of this API at all */                        \
    X(NO_MEMORY, ERROR_OVERLOADED)

enum youtube_answer {
#define YOUTUBE_SYMBOL(symbol, error) YOUTUBE_##symbol,
    YOUTUBE_ANSWERS(YOUTUBE_SYMBOL)
#undef YOUTUBE_SYMBOL
};

/* A playlist has 5000 items at most, by YouTube's own limit; a page may be nearly empty. Of videos 50 are asked at once.
 */
enum { YOUTUBE_ID = 11, YOUTUBE_PAGE = 50, YOUTUBE_ITEMS_MOST = 5000, YOUTUBE_PAGES_MOST = 200 };

/* Reads the playlist of an address: the hosts of YouTube only, /playlist, /watch or youtu.be, parameter `list`; white
 * space around it is ignored. False for whatever else. The id is letters, digits, - and _, and borrows from the
 * address. */
bool youtube_playlist_id(struct text address, struct text *ret_id);

/* Reads an ISO 8601 duration (PT1H2M3S, P1DT1S) in seconds; -1 if it is none. */
int32_t youtube_seconds(struct text duration);

struct youtube_item {
    char video[YOUTUBE_ID + 1];
    int32_t seconds; /* 0: not known, or still to come */
    uint64_t entry;  /* digest of the playlist entry's id */
    bool barred;     /* nobody can watch it in a page: see youtube_take_videos */
    char *title;
};

/* A playlist while it is being read. */
struct youtube_list {
    struct buf title, token; /* token of the next page; empty: there is none */
    struct youtube_item *items;
    uint32_t n, room;
    uint32_t known; /* items whose videos have been asked for; those of the next page are under way */
    uint32_t pages;
    uint64_t tokens[YOUTUBE_PAGES_MOST]; /* digests of the tokens so far */
};

void youtube_list_fini(struct youtube_list *l); /* copes with a zeroed one */

/* Take an answer, its HTTP status and body, of playlists.list (fills title), playlistItems.list (adds the playable
 * items that are not there yet, and sets token; a token that was there before ends the list, and so do too many pages
 * or items), and videos.list of the next page of known ones (fills in durations, and bars those that a page cannot
 * show: not embeddable, age-restricted, private, gone, failed, allowed nowhere, and those it does not tell of). On
 * anything but FINE the list is only fit for fini, but after videos.list it is as good as before. */
enum youtube_answer youtube_take_playlist(struct youtube_list *l, int status, struct text body);
enum youtube_answer youtube_take_items(struct youtube_list *l, int status, struct text body);
enum youtube_answer youtube_take_videos(struct youtube_list *l, int status, struct text body);

/* How many items are not barred. */
uint32_t youtube_watchable(const struct youtube_list *l);

/* Appends the items that are not barred as JSON: [{"id":"...","title":"...","seconds":253}], null for a duration that is not known. */
void youtube_put_items(const struct youtube_list *l, struct buf *out);
