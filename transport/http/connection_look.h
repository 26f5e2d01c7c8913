/* Connection look: what an operator sees of one connection, also after its end. See look.h. */
#pragma once

#include "proto/room.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct route;

/* A plain value; its pointers are good as long as the worker's http. */
struct connection_look {
    uint64_t serial; /* from 1, never used again; unique in its http */
    union look_address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } peer;                    /* family 0: not known, for want of memory */
    union look_address client; /* whom its last request came from, without port: peer is a proxy; family 0: from peer */
    const char *kind, *state;  /* of small fixed sets, see look.c */
    const struct route *route; /* of its last request; NULL: of none that is known */
    bool under_way;            /* that request is, or it has become a stream */
    struct room_key room;      /* that it listens to; kind 0: none */
    int32_t user;              /* who asked last; 0: not known */
    uint32_t requests;         /* begun */
    uint64_t age_ms, idle_ms;  /* idle: nothing has come or gone */
    uint64_t received, sent;   /* bytes */
    uint64_t pending;          /* bytes for the client that the system has not taken */
};
