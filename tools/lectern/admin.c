/* Admin client: `lectern admin`. Sends one command to a server's admin socket and prints the answer, as a table made
 * from whatever keys it has, or as JSON. */
#include "transport/admin/admin.h"
#include "proto/config.h"
#include "tools/lectern/commands.h"

#include "tools/lectern/table.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_WAIT_MS = 3000, WORDS_MAX = 8 };

struct question {
    const char *words[WORDS_MAX]; /* command and arguments */
    size_t n;
    bool as_json;
};

/* Splits the arguments into the command's words, --json, and the rest, which is the configuration's. */
static const char *read_arguments(int argc, char **argv, struct question *ret, char **rest, int *ret_nrest)
{
    int nrest = 0;
    rest[nrest++] = argv[0];
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            ret->as_json = true;
        else if (!strcmp(argv[i], "--data") && i + 1 < argc) {
            rest[nrest++] = argv[i++];
            rest[nrest++] = argv[i];
        } else if (!strncmp(argv[i], "--", 2))
            rest[nrest++] = argv[i];
        else if (ret->n < WORDS_MAX)
            ret->words[ret->n++] = argv[i];
        else
            return "too many arguments";
    }
    rest[nrest] = NULL;
    *ret_nrest = nrest;
    return NULL;
}

static void put_request(struct buf *out, const struct question *q)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_int(&j, "v", 1);
    json_str(&j, "command", q->words[0]);
    json_begin_array(&j, "args");
    for (size_t i = 1; i < q->n; i++)
        json_str(&j, NULL, q->words[i]);
    json_end_array(&j);
    json_end_object(&j);
}

/* The sockets are left to the end of the process: closing them may hang. */
static nng_msg *ask(const char *url, struct text request)
{
    nng_socket socket;
    nng_msg *m;
    if (nng_req0_open(&socket) || nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, ANSWER_WAIT_MS) ||
        nng_socket_set_ms(socket, NNG_OPT_SENDTIMEO, ANSWER_WAIT_MS) ||
        nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, 0) || nng_dial(socket, url, NULL, 0) || nng_msg_alloc(&m, 0))
        return NULL;
    if (nng_msg_append(m, request.p, request.n) || nng_sendmsg(socket, m, 0)) {
        nng_msg_free(m);
        return NULL;
    }
    return nng_recvmsg(socket, &m, 0) ? NULL : m;
}

static int put_answer(const struct question *q)
{
    char url[ADMIN_URL_MAX];
    int folder;
    struct buf request = { 0 };
    put_request(&request, q);
    nng_msg *answer = admin_url(config.data, url, &folder) ? ask(url, buf_view(&request)) : NULL;
    buf_fini(&request);
    if (!answer) {
        fprintf(stderr, "lectern admin: no server answers in the data folder %s (is one running? see --data)\n",
                config.data);
        return 1;
    }
    struct text text = { nng_msg_body(answer), nng_msg_len(answer) };
    bool ok = table_print(text, q->as_json, stdout, stderr);
    nng_msg_free(answer);
    return ok ? 0 : 1;
}

static int run(int argc, char **argv, char **rest)
{
    struct question q = { 0 };
    int nrest;
    const char *why = read_arguments(argc, argv, &q, rest, &nrest);
    if (!why && !q.n)
        why = "say what to ask: info, workers, actors, actor ADDRESS or help";
    if (why || !config_read(nrest, rest, &why))
        return command_refuse("admin", why);
    return put_answer(&q);
}

int command_admin(int argc, char **argv)
{
    if (command_wants_help(argc, argv)) {
        printf("usage: lectern admin [--data DIR] [--json] COMMAND [arguments]\n\n"
               "Commands: info, workers, actors, actor ADDRESS; help lists what the running server knows.\n");
        return 0;
    }
    char **rest = calloc((size_t)argc + 1, sizeof *rest);
    int code = rest ? run(argc, argv, rest) : command_refuse("admin", "out of memory");
    free(rest);
    return code;
}
