/* Admin link: see admin_link.h. */
#include "tools/lectern/admin_link.h"

#include "proto/base/json.h"
#include "transport/admin/admin.h"
#include "transport/admin/answer.h"
#include "transport/admin/socket.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 65536, ANSWER_MOST = ADMIN_ANSWER_MAX + PIECE };

bool admin_link_init(struct admin_link *l)
{
    char path[PATH_MAX];
    admin_path(path, sizeof path);
    *l = (struct admin_link){ .fd = -1 };
    return socket_address(path, &l->address, &l->folder);
}

void admin_link_drop(struct admin_link *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

void admin_link_fini(struct admin_link *l)
{
    admin_link_drop(l);
    if (l->folder >= 0)
        close(l->folder);
    buf_fini(&l->question);
    buf_fini(&l->answer);
}

bool admin_link_connect(struct admin_link *l, int64_t wait_ms)
{
    admin_link_drop(l);
    l->fd = socket_connect(&l->address, wait_ms);
    l->foreign = false;
    return l->fd >= 0;
}

/* ---- a question ---- */

static void put_question(struct buf *out, const char *const *words, size_t n)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_int(&j, "v", 1);
    json_str(&j, "command", words[0]);
    json_begin_array(&j, "args");
    for (size_t i = 1; i < n; i++)
        json_str(&j, NULL, words[i]);
    json_end_array(&j);
    json_end_object(&j);
    buf_putc(out, '\n');
}

bool admin_link_ask(struct admin_link *l, const char *const *words, size_t n)
{
    struct buf question = { 0 }; /* the words may be the old answer's */
    put_question(&question, words, n);
    buf_fini(&l->question);
    l->question = question;
    l->asking = !question.failed;
    admin_link_ask_again(l);
    return l->asking;
}

void admin_link_ask_again(struct admin_link *l)
{
    if (!l->asking)
        return;
    l->sent = 0;
    buf_reset(&l->answer);
}

struct pollfd admin_link_poll(const struct admin_link *l)
{
    return (struct pollfd){ .fd = l->fd, .events = POLLIN | (l->asking && l->sent < l->question.n ? POLLOUT : 0) };
}

static bool would_wait(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static enum admin_link_news lose(struct admin_link *l, bool unread)
{
    admin_link_drop(l);
    return unread ? ADMIN_LINK_LOST : ADMIN_LINK_CUT;
}

/* False: it cannot be sent. An answer may be there all the same: that it is none. */
static bool send_on(struct admin_link *l)
{
    while (l->sent < l->question.n) {
        ssize_t n = send(l->fd, l->question.p + l->sent, l->question.n - l->sent, MSG_NOSIGNAL);
        if (n < 0)
            return would_wait(n);
        l->sent += (size_t)n;
    }
    return true;
}

/* Nothing should come now but the end. */
static enum admin_link_news look_for_end(struct admin_link *l)
{
    char byte;
    ssize_t n = recv(l->fd, &byte, 1, 0);
    l->foreign |= n == 1 && !byte;
    return would_wait(n) ? ADMIN_LINK_WAIT : lose(l, true);
}

enum admin_link_news admin_link_step(struct admin_link *l)
{
    if (!l->asking)
        return look_for_end(l);
    bool sent = send_on(l);
    for (;;) {
        char *room = l->answer.n < ANSWER_MOST ? buf_room(&l->answer, PIECE) : NULL;
        ssize_t n = room ? recv(l->fd, room, PIECE, 0) : 0;
        if (would_wait(n))
            return sent ? ADMIN_LINK_WAIT : lose(l, true);
        if (n <= 0) /* whoever closes before all is read says ECONNRESET */
            return lose(l, room && !l->answer.n && (!sent || n < 0));
        l->answer.n += (size_t)n;
        l->foreign |= !*l->answer.p;
        if (l->foreign)
            return lose(l, false);
        l->asking = l->answer.p[l->answer.n - 1] != '\n';
        if (!l->asking)
            return ADMIN_LINK_ANSWER;
    }
}

struct text admin_link_answer(const struct admin_link *l)
{
    return buf_view(&l->answer);
}
