/* Admin client: see admin_client.h. */
#include "tools/lectern/admin_client.h"

#include "proto/base/stamp.h"
#include "proto/config/config.h"

#include <errno.h>
#include <jansson.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ANSWER_WAIT_MS = 3000, CONNECT_AGAIN_MS = 50 };

/* A server that has answered before may come back. False once it is too late, or when a signal has come. */
static bool connect_by(struct admin_client *c, int64_t until_ms)
{
    for (int64_t left; (left = until_ms - stamp_monotonic_ms()) > 0;) {
        bool connected = admin_link_connect(&c->link, left);
        c->why = connected ? 0 : errno;
        if (connected)
            return true;
        bool may_come = c->answered && (c->why == ENOENT || c->why == ECONNREFUSED);
        if (!may_come || poll(NULL, 0, left < CONNECT_AGAIN_MS ? (int)left : CONNECT_AGAIN_MS) < 0)
            break;
    }
    return false;
}

bool admin_client_open(struct admin_client *c)
{
    *c = (struct admin_client){ .why = ENAMETOOLONG };
    return admin_link_init(&c->link) && connect_by(c, stamp_monotonic_ms() + ANSWER_WAIT_MS);
}

void admin_client_close(struct admin_client *c)
{
    admin_link_fini(&c->link);
}

/* What has become of the question by then. ADMIN_LINK_WAIT: nothing, or a signal has come. */
static enum admin_link_news wait_by(struct admin_client *c, int64_t until_ms)
{
    enum admin_link_news news;
    while ((news = admin_link_step(&c->link)) == ADMIN_LINK_WAIT) {
        struct pollfd of = admin_link_poll(&c->link);
        int64_t left = until_ms - stamp_monotonic_ms();
        if (left <= 0 || poll(&of, 1, (int)left) <= 0)
            break;
    }
    return news;
}

struct text admin_client_ask(struct admin_client *c, const char *const *words, size_t n)
{
    int64_t until = stamp_monotonic_ms() + ANSWER_WAIT_MS;
    bool asked = admin_link_ask(&c->link, words, n);
    enum admin_link_news news = ADMIN_LINK_LOST;
    while (asked && news == ADMIN_LINK_LOST && stamp_monotonic_ms() < until &&
           (admin_link_connected(&c->link) || connect_by(c, until))) {
        admin_link_ask_again(&c->link);
        news = wait_by(c, until);
    }
    if (news == ADMIN_LINK_ANSWER) {
        c->answered = true;
        return admin_link_answer(&c->link);
    }
    admin_link_drop(&c->link); /* an answer that comes too late is nobody's */
    return (struct text){ 0 };
}

void admin_client_why(const struct admin_client *c, struct buf *ret)
{
    if (admin_link_is_foreign(&c->link))
        buf_printf(ret, "the server in the data folder %s is of another version: its socket is asked otherwise",
                   config.data);
    else if (c->why == ENAMETOOLONG)
        buf_puts(ret, "the path of the socket is too long, or its folder is not there");
    else if (c->why == EACCES)
        buf_printf(ret, "the socket of the data folder %s is not for this user", config.data);
    else
        buf_printf(ret, "no server answers in the data folder %s (is one running? see --data)", config.data);
}

int admin_client_process(struct admin_client *c)
{
    static const char *const words[] = { "info" };
    struct text answer = admin_client_ask(c, words, 1);
    json_t *tree = answer.p ? json_loadb(answer.p, answer.n, 0, NULL) : NULL;
    json_int_t pid = json_integer_value(json_object_get(json_object_get(tree, "data"), "pid"));
    json_decref(tree);
    return pid > 0 ? (int)syscall(SYS_pidfd_open, (pid_t)pid, 0) : -1;
}
