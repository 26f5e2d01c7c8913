/* Lanes of the reference server: a batch is two statements with arrays in binary and a sync, which is one transaction.
 * Answers are given when the sync has come with no error since the last one. See reference.h. */
#include "tools/bench/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INT4 = 23, INT8 = 20, TEXT_TYPE = 25, JSONB = 3802, TIMESTAMP = 1114 };
static const int64_t postgres_epoch = 946684800000000;

static void die(const struct lane *l, const char *what)
{
    fprintf(stderr, "reference: %s: %s", what, PQerrorMessage(l->pg));
    exit(1);
}

/* ---- arrays ---- */

static void array_begin(struct buf *b, uint32_t type, int n)
{
    const uint32_t head[] = { 1, 0, type, (uint32_t)n, 1 };
    buf_reset(b);
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        buf_be32(b, head[i]);
}

static void put_int4(struct buf *b, int v)
{
    buf_be32(b, 4);
    buf_be32(b, (uint32_t)v);
}

static void put_int8(struct buf *b, int64_t v)
{
    buf_be32(b, 8);
    buf_be64(b, (uint64_t)v);
}

static void put_text(struct buf *b, const char *p, size_t n)
{
    buf_be32(b, (uint32_t)n);
    buf_put(b, p, n);
}

static void put_details(struct buf *b, const struct post *p, int participant)
{
    static struct buf text;
    buf_reset(&text);
    buf_putc(&text, 1); /* the version of jsonb's binary form */
    buf_printf(&text, "{\"participant_id\":%d,\"message\":", participant);
    buf_put(&text, p->json, p->json_n);
    buf_printf(&text, ",\"message_length\":%u}", p->letters);
    put_text(b, text.p, text.n);
}

/* ---- a batch ---- */

static void watch(struct lane *l, int events);

static void flush(struct lane *l)
{
    int left = PQflush(l->pg);
    if (left < 0)
        die(l, "flush");
    watch(l, left ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void call(struct lane *l, const char *name, int n, const struct buf *const *arrays)
{
    const char *values[8];
    int lengths[8], binary[8];
    for (int i = 0; i < n; i++) {
        values[i] = arrays[i]->p;
        lengths[i] = (int)arrays[i]->n;
        binary[i] = 1;
    }
    if (!PQsendQueryPrepared(l->pg, name, n, values, lengths, binary, 0))
        die(l, name);
}

static void take_waiting(struct lane *l)
{
    while (l->waiting.head && l->flying.n < reference.batch_most) {
        struct post *p = l->waiting.head;
        l->waiting.head = p->next;
        l->waiting.n--;
        p->next = NULL;
        *l->flying.end = p;
        l->flying.end = &p->next;
        l->flying.n++;
    }
    if (!l->waiting.head)
        l->waiting.end = &l->waiting.head;
}

void lane_send(struct lane *l)
{
    static struct buf room, user, type, details, at, number, participant, text;
    if (l->flying.head || !l->waiting.head)
        return;
    take_waiting(l);
    int n = l->flying.n;
    array_begin(&room, INT4, n);
    array_begin(&user, INT4, n);
    array_begin(&type, TEXT_TYPE, n);
    array_begin(&details, JSONB, n);
    array_begin(&at, TIMESTAMP, n);
    array_begin(&number, INT8, n);
    array_begin(&participant, INT4, n);
    array_begin(&text, TEXT_TYPE, n);
    for (const struct post *p = l->flying.head; p; p = p->next) {
        int who = reference.rooms[p->room].participants[p->user];
        put_int4(&room, p->room);
        put_int4(&user, p->user);
        put_text(&type, "chat_message", 12);
        put_details(&details, p, who);
        put_int8(&at, p->at - postgres_epoch);
        put_int8(&number, (int64_t)p->number);
        put_int4(&participant, who);
        put_text(&text, p->text, p->text_n);
    }
    call(l, "put_logs", 6, (const struct buf *const[]){ &room, &user, &type, &details, &at, &number });
    call(l, "put_chat", 4, (const struct buf *const[]){ &room, &participant, &at, &text });
    if (!PQpipelineSync(l->pg))
        die(l, "sync");
    flush(l);
}

static void on_synced(struct lane *l)
{
    struct posts done = l->flying;
    bool good = !l->failed;
    l->failed = false;
    posts_init(&l->flying);
    posts_done(&done, good);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct lane *l = poll->data;
    if (status < 0 || (events & UV_READABLE && !PQconsumeInput(l->pg)))
        die(l, "connection");
    flush(l);
    while (l->flying.head && !PQisBusy(l->pg)) {
        PGresult *r = PQgetResult(l->pg);
        ExecStatusType got = r ? PQresultStatus(r) : PGRES_COMMAND_OK;
        if (got == PGRES_FATAL_ERROR)
            fprintf(stderr, "reference: %s", PQresultErrorMessage(r));
        PQclear(r);
        if (got == PGRES_PIPELINE_SYNC)
            on_synced(l);
        else if (got != PGRES_COMMAND_OK)
            l->failed = true;
    }
}

static void watch(struct lane *l, int events)
{
    if (events == l->events)
        return;
    l->events = events;
    uv_poll_start(&l->poll, events, on_socket);
}

/* ---- opening ---- */

static int cell(const PGresult *r, int row, int column)
{
    return atoi(PQgetvalue(r, row, column));
}

static void learn(struct lane *l)
{
    PGresult *r = PQexecPrepared(l->pg, "load_participants", 0, NULL, NULL, NULL, 0);
    for (int i = 0; i < PQntuples(r); i++)
        if (cell(r, i, 0) < REFERENCE_ROOMS && cell(r, i, 1) < PEOPLE_MOST)
            reference.rooms[cell(r, i, 0)].participants[cell(r, i, 1)] = cell(r, i, 2);
    PQclear(r);
    r = PQexecPrepared(l->pg, "load_numbers", 0, NULL, NULL, NULL, 0);
    for (int i = 0; i < PQntuples(r); i++)
        if (cell(r, i, 0) < REFERENCE_ROOMS)
            reference.rooms[cell(r, i, 0)].number = strtoull(PQgetvalue(r, i, 1), NULL, 10);
    PQclear(r);
}

void lane_open(int i, const char *conninfo, const char *statements)
{
    struct lane *l = &reference.lanes[i];
    posts_init(&l->waiting);
    posts_init(&l->flying);
    l->pg = PQconnectdb(conninfo);
    if (PQstatus(l->pg) != CONNECTION_OK)
        die(l, "connect");
    PGresult *r = PQexec(l->pg, statements);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        die(l, "statements");
    PQclear(r);
    learn(l);
    if (PQsetnonblocking(l->pg, 1) || !PQenterPipelineMode(l->pg))
        die(l, "pipeline mode");
    uv_poll_init(reference.loop, &l->poll, PQsocket(l->pg));
    l->poll.data = l;
    watch(l, UV_READABLE);
}
