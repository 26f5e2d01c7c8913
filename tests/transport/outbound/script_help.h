/* Script: a server on a loop of the test's own that says the same to every connection: whole, cut, garbled, or nothing. One
 * at a time. */
#pragma once

#include "proto/base/buf.h"
#include "tests/test.h"

#include <uv.h>

struct script_peer;

struct script {
    uv_loop_t loop;
    uv_tcp_t listener;
    char url[48];
    struct script_peer *peers;
    struct buf heard; /* of all connections */
    int connections;
    const char *says;     /* what is answered; NULL: nothing */
    bool hangs_up, holds; /* after the answer; holds: answers only when released */
};

extern struct script server;

void script_open(void);
void script_release(void); /* answers whoever has been held */
/* Hangs up, and runs the loop until all on it has been closed: whatever else is there must be about to be. */
void script_close(void);
