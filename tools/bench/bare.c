/* Bare server: one epoll loop that gives the answers of GET /livez and of an action of an unknown type, byte for byte
 * as the product's, with the same parser and JSON library: the limit of request and answer. One thread. */
#include "tools/bench/options.h"
#include "tools/bench/socket.h"

#include <errno.h>
#include <http_parser.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, BYTES = 64 * 1024, URL_MOST = 128, BODY_MOST = 4096, OUT_MOST = 64 * 1024, ANSWER_MOST = 1024 };

struct caller {
    http_parser parser;
    int fd;
    bool over;
    size_t url_n, body_n;
    char url[URL_MOST], body[BODY_MOST];
};

static char out[OUT_MOST];
static size_t out_n;

static const char *date(void)
{
    static char text[48];
    static time_t last;
    time_t now = time(NULL);
    if (now != last) {
        struct tm parts;
        gmtime_r(&now, &parts);
        strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        last = now;
    }
    return text;
}

static void put_answer(const char *status, const char *body, int n)
{
    out_n += (size_t)snprintf(out + out_n, OUT_MOST - out_n,
                              "HTTP/1.1 %s\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%.*s",
                              status, date(), n, n, body);
}

static void answer_action(const struct caller *c)
{
    char body[ANSWER_MOST / 2];
    json_t *action = json_loadb(c->body, c->body_n, 0, NULL);
    const char *type = json_string_value(json_object_get(action, "type"));
    int n = snprintf(body, sizeof body, "{\"detail\":\"Unknown action type: '%.100s'\"}", type ? type : "");
    put_answer("400 Bad Request", body, n);
    json_decref(action);
}

static bool path_is(const struct caller *c, const char *path)
{
    size_t n = strlen(path);
    return c->url_n >= n && !memcmp(c->url, path, n) && (c->url_n == n || c->url[n] == '?');
}

static int on_begin(http_parser *parser)
{
    struct caller *c = parser->data;
    c->url_n = c->body_n = 0;
    return 0;
}

static int append(char *to, size_t *to_n, size_t most, const char *p, size_t n)
{
    if (*to_n + n > most)
        return 1;
    memcpy(to + *to_n, p, n);
    *to_n += n;
    return 0;
}

static int on_url(http_parser *parser, const char *p, size_t n)
{
    struct caller *c = parser->data;
    return append(c->url, &c->url_n, URL_MOST, p, n);
}

static int on_body(http_parser *parser, const char *p, size_t n)
{
    struct caller *c = parser->data;
    return append(c->body, &c->body_n, BODY_MOST, p, n);
}

static int on_complete(http_parser *parser)
{
    static const char alive[] = "{\"status\":\"alive\"}", missing[] = "{\"detail\":\"Not Found\"}";
    struct caller *c = parser->data;
    if (parser->method == HTTP_GET && path_is(c, "/livez"))
        put_answer("200 OK", alive, sizeof alive - 1);
    else if (parser->method == HTTP_POST && path_is(c, "/sessions/1/action"))
        answer_action(c);
    else
        put_answer("404 Not Found", missing, sizeof missing - 1);
    c->over = !http_should_keep_alive(parser);
    return out_n + ANSWER_MOST > OUT_MOST; /* more pipelined requests in one read than there is room for */
}

static void leave(struct caller *c)
{
    close(c->fd);
    free(c);
}

static void receive(struct caller *c)
{
    static const http_parser_settings settings = {
        .on_message_begin = on_begin, .on_url = on_url, .on_body = on_body, .on_message_complete = on_complete
    };
    static char bytes[BYTES];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    out_n = 0;
    bool good = n > 0 && http_parser_execute(&c->parser, &settings, bytes, (size_t)n) == (size_t)n;
    if (!good || (out_n && send(c->fd, out, out_n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)out_n) || c->over)
        leave(c);
}

static void accept_all(int listener, int epoll)
{
    for (int fd, one = 1; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct caller *c = calloc(1, sizeof *c);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c->fd = fd;
        http_parser_init(&c->parser, HTTP_REQUEST);
        c->parser.data = c;
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char **argv)
{
    static struct epoll_event events[EVENTS];
    int port = 8078;
    const struct bench_option table[] = { { "port", OPTION_INT, &port, "to listen on" }, {} };
    if (!options_read(table, argc, argv))
        return 2;
    socket_many();
    int listener = socket_listen(port), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    printf("listening on http://127.0.0.1:%d\n", port);
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr)
                receive(events[i].data.ptr);
            else
                accept_all(listener, epoll);
    }
}
