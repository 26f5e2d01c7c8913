/* Part: see part.h. */
#include "transport/ws/part.h"

#include "transport/transport.h"
#include "transport/ws/frames.h"

#include <stdlib.h>

struct sockets {
    struct frame_reader *spare; /* for the next that needs one; NULL: none */
    struct sockets_measures measures;
};

struct sockets *sockets_create(void)
{
    return calloc(1, sizeof(struct sockets));
}

void sockets_destroy(struct sockets *s)
{
    if (s)
        frame_reader_destroy(s->spare);
    free(s);
}

struct sockets_measures *sockets_measures(struct sockets *s)
{
    return &s->measures;
}

struct frame_reader *sockets_take_reader(struct sockets *s)
{
    struct frame_reader *r = s->spare;
    s->spare = NULL;
    return r ? r : frame_reader_create();
}

void sockets_give_reader(struct sockets *s, struct frame_reader *r)
{
    if (s->spare)
        frame_reader_destroy(r);
    else
        s->spare = r;
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    return (transport_of(w)->sockets = sockets_create());
}

static void part_close(struct worker *w)
{
    sockets_destroy(transport_of(w)->sockets);
}

static const struct queue_row queues[] = {
    { "socket_messages", "messages of a socket that wait until those before are answered", "16",
      "reading stops until one is", "the socket alone", NULL },
    { "socket_asks", "what a socket's client has asked of endpoints and was not answered yet", "16",
      "the next messages wait", "the socket alone", NULL },
    { "socket_pongs", "answers to pings that a slow client has not taken", "1", "only the last ping is answered",
      "the socket alone", NULL },
    { 0 },
};

static const struct metric_row metrics[] = {
    { "lectern_sockets_opened_total", "WebSockets opened." },
    { "lectern_socket_messages_total", "Messages that came by WebSockets." },
    { "lectern_sockets_broken_total", "WebSockets closed for what their clients did against the protocol." },
    { 0 },
};

static void read_metrics(struct worker *w, uint64_t *ret)
{
    const struct sockets_measures *m = sockets_measures(transport_of(w)->sockets);
    ret[0] = m->opened;
    ret[1] = m->messages;
    ret[2] = m->broken;
}

const struct part sockets_part = { .name = "sockets",
                                   .open = part_open,
                                   .close = part_close,
                                   .queues = queues,
                                   .metrics = metrics,
                                   .read_metrics = read_metrics };
