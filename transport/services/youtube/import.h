/* YouTube, outbound: reads one playlist by the YouTube Data API v3, step by step on the worker's loop: its title, its
 * items page by page, what their videos say of themselves. Own thread only. Address and key are the configuration's; neither is logged.
 * Limits: `youtube-call-time` per call, `youtube-time` for all; YOUTUBE_ITEMS_MOST items. */
#pragma once

#include "proto/errors.h"
#include "transport/outbound/outbound.h"
#include "transport/services/youtube/youtube.h"

/* Called once, later: ERROR_OK and the list, which has one item at least and is borrowed during the call; or why there
 * is none. */
typedef void youtube_done(void *arg, enum error why, const struct youtube_list *list);

/* Begins. False: refused now, *ret_why says why, and done is not called. `loop` is the one of `outbound`. */
bool youtube_fetch(struct outbound *outbound, uv_loop_t *loop, struct text playlist_id, youtube_done *done, void *arg,
                   enum error *ret_why);
