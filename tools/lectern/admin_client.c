/* Admin client: see admin_client.h. */
#include "tools/lectern/admin_client.h"

#include "proto/json.h"
#include "transport/admin/admin.h"

#include <jansson.h>
#include <limits.h>
#include <nng/protocol/reqrep0/req.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ANSWER_WAIT_MS = 3000 };

bool admin_client_open(struct admin_client *c)
{
    char path[PATH_MAX], url[ADMIN_URL_MAX];
    int folder;
    admin_path(path, sizeof path);
    return admin_url(path, url, &folder) && !nng_req0_open(&c->socket) &&
           !nng_socket_set_ms(c->socket, NNG_OPT_RECVTIMEO, ANSWER_WAIT_MS) &&
           !nng_socket_set_ms(c->socket, NNG_OPT_SENDTIMEO, ANSWER_WAIT_MS) &&
           !nng_socket_set_size(c->socket, NNG_OPT_RECVMAXSZ, 0) && !nng_dial(c->socket, url, NULL, 0);
}

static void put_request(struct buf *out, const char *const *words, size_t n)
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
}

nng_msg *admin_client_question(const char *const *words, size_t n)
{
    struct buf request = { 0 };
    nng_msg *m = NULL;
    put_request(&request, words, n);
    if (!request.failed && !nng_msg_alloc(&m, 0) && nng_msg_append(m, request.p, request.n)) {
        nng_msg_free(m);
        m = NULL;
    }
    buf_fini(&request);
    return m;
}

nng_msg *admin_client_ask(struct admin_client *c, const char *const *words, size_t n)
{
    nng_msg *question = admin_client_question(words, n), *answer = NULL;
    if (!question)
        return NULL;
    if (nng_sendmsg(c->socket, question, 0)) {
        nng_msg_free(question);
        return NULL;
    }
    return nng_recvmsg(c->socket, &answer, 0) ? NULL : answer;
}

int admin_client_process(struct admin_client *c)
{
    static const char *const words[] = { "info" };
    nng_msg *answer = admin_client_ask(c, words, 1);
    if (!answer)
        return -1;
    struct text text = admin_client_text(answer);
    json_t *tree = json_loadb(text.p, text.n, 0, NULL);
    json_int_t pid = json_integer_value(json_object_get(json_object_get(tree, "data"), "pid"));
    json_decref(tree);
    nng_msg_free(answer);
    return pid > 0 ? (int)syscall(SYS_pidfd_open, (pid_t)pid, 0) : -1;
}
