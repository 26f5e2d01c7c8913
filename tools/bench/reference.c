/* Reference server: start, the end of a loop's turn, and what happens to a batch that is committed. See reference.h. */
#include "tools/bench/reference.h"
#include "tools/bench/options.h"
#include "tools/bench/socket.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STATEMENTS_MOST = 8192 };

struct reference reference = { .lane_count = 1, .batch_most = 500 };

void posts_init(struct posts *q)
{
    *q = (struct posts){ .end = &q->head };
}

/* "2024-01-31T12:00:00.123456"; the second is cached. */
static void put_time(struct buf *b, int64_t at)
{
    static char text[32];
    static time_t last = -1;
    time_t second = at / 1000000;
    if (second != last) {
        struct tm parts;
        gmtime_r(&second, &parts);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
        last = second;
    }
    buf_printf(b, "%s.%06d", text, (int)(at % 1000000));
}

static void put_frame(struct room *r, const struct post *p)
{
    buf_printf(&r->out,
               "id: 1-%lu\nevent: chat\ndata: {\"type\":\"chat\",\"from\":%d,\"sender_name\":\"User %d\",\"text\":",
               (unsigned long)p->number, r->participants[p->user], p->user);
    buf_put(&r->out, p->json, p->json_n);
    buf_puts(&r->out, ",\"timestamp\":\"");
    put_time(&r->out, p->at);
    buf_puts(&r->out, "\"}\n\n");
}

void posts_done(struct posts *q, bool good)
{
    for (struct post *p = good ? q->head : NULL; p; p = p->next)
        if (reference.rooms[p->room].n)
            put_frame(&reference.rooms[p->room], p);
    for (int i = 0; i < REFERENCE_ROOMS; i++)
        if (reference.rooms[i].out.n)
            room_flush(&reference.rooms[i]);
    for (struct post *p = q->head, *next; p; p = next) {
        next = p->next;
        if (p->guest) {
            p->guest->post = NULL;
            guest_answer(p->guest, good);
        }
        free(p);
    }
    posts_init(q);
}

static void at_end_of_turn(uv_check_t *handle)
{
    for (int i = 0; i < reference.lane_count; i++)
        lane_send(&reference.lanes[i]);
}

static char *read_all(const char *path)
{
    char *text = calloc(1, STATEMENTS_MOST);
    FILE *f = text ? fopen(path, "r") : NULL;
    if (!f || !fread(text, 1, STATEMENTS_MOST - 1, f)) {
        perror(path);
        exit(2);
    }
    fclose(f);
    return text;
}

static void listen_on(int port)
{
    static uv_tcp_t listener;
    static uv_check_t check;
    uv_tcp_init(reference.loop, &listener);
    if (uv_tcp_open(&listener, socket_listen(port)) || uv_listen((uv_stream_t *)&listener, 4096, guest_accept)) {
        fprintf(stderr, "cannot listen on port %d\n", port);
        exit(2);
    }
    uv_check_init(reference.loop, &check);
    uv_check_start(&check, at_end_of_turn);
    printf("listening on http://127.0.0.1:%d\n", port);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int port = 8077;
    const char *database = "", *sql = "tools/bench/reference.sql";
    const struct bench_option table[] = {
        { "port", OPTION_INT, &port, "to listen on" },
        { "database", OPTION_TEXT, &database, "libpq conninfo of a database with the product's schema" },
        { "sql", OPTION_TEXT, &sql, "file of the statements" },
        { "lanes", OPTION_INT, &reference.lane_count, "connections to the database" },
        { "batch", OPTION_INT, &reference.batch_most, "posts per commit at most" },
        {},
    };
    if (!options_read(table, argc, argv) || reference.lane_count < 1 || reference.lane_count > LANES_MOST)
        return 2;
    socket_many();
    signal(SIGPIPE, SIG_IGN);
    reference.loop = uv_default_loop();
    char *statements = read_all(sql);
    for (int i = 0; i < reference.lane_count; i++)
        lane_open(i, database, statements);
    free(statements);
    listen_on(port);
    return uv_run(reference.loop, UV_RUN_DEFAULT);
}
