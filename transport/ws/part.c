/* Part: see part.h. */
#include "transport/ws/part.h"

#include "transport/transport.h"
#include "transport/ws/frames.h"

#include <stdlib.h>

struct sockets {
    struct frame_reader *spare; /* for the next that needs one; NULL: none */
};

struct frame_reader *sockets_take_reader(struct worker *w)
{
    struct sockets *s = transport_of(w)->sockets; /* NULL in some tests */
    struct frame_reader *r = s ? s->spare : NULL;
    if (r)
        s->spare = NULL;
    return r ? r : frame_reader_create();
}

void sockets_give_reader(struct worker *w, struct frame_reader *r)
{
    struct sockets *s = transport_of(w)->sockets;
    if (s && !s->spare)
        s->spare = r;
    else
        frame_reader_destroy(r);
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    return (transport_of(w)->sockets = calloc(1, sizeof(struct sockets)));
}

static void part_close(struct worker *w)
{
    struct sockets *s = transport_of(w)->sockets;
    if (s)
        frame_reader_destroy(s->spare);
    free(s);
}

static const struct queue_row queues[] = {
    { "socket_messages", "messages of a socket that wait until those before are answered", "16",
      "reading stops until one is", NULL },
    { "socket_asks", "what a socket's client has asked of endpoints and was not answered yet", "16",
      "the next messages wait", NULL },
    { "socket_pongs", "answers to pings that a slow client has not taken", "1", "only the last ping is answered",
      NULL },
    { 0 },
};

const struct part sockets_part = { .name = "sockets", .open = part_open, .close = part_close, .queues = queues };
