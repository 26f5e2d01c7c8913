/* Sockets: libcurl's multi handle on the loop: one poll handle per socket that libcurl names, one timer for all its
 * times. Knows of no call. Private to transport/outbound; the loop's thread only. */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct sockets {
    uv_loop_t *loop;                   /* these three by the owner, before sockets_open */
    void (*acted)(struct sockets *s);  /* libcurl was told what had come: look for what has finished */
    void (*closed)(struct sockets *s); /* after sockets_close, once: the loop has closed the last handle. May free */
    CURLM *multi;                      /* the rest by sockets.c; NULL once closed */
    uv_timer_t timer;
    uint32_t handles; /* of the loop that are not closed yet */
};

/* Makes the multi handle, which keeps as many idle connections. False without memory, with nothing made. */
bool sockets_open(struct sockets *s, uint32_t idle_most);

/* Frees the multi handle, in which no call may be, and begins to close the handles. */
void sockets_close(struct sockets *s);
