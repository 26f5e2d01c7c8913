/* Completion: see completion.h. Answers are read by jansson, which takes no NUL and no text that is not UTF-8. */
#include "transport/services/openai/completion.h"

#include "proto/base/json.h"
#include "proto/base/utf8.h"

#include <jansson.h>

enum { TOKENS_MOST = 1000 };

const char *completion_words(enum completion_fault fault)
{
    static const char *const words[] = {
#define COMPLETION_WORDS(symbol, words) [COMPLETION_##symbol] = words,
        COMPLETION_FAULTS(COMPLETION_WORDS)
#undef COMPLETION_WORDS
    };
    return words[fault];
}

/* ---- what is asked ---- */

static void put_message(struct json *j, const char *role, struct text content)
{
    json_begin_object(j, NULL);
    json_str(j, "role", role);
    json_text(j, "content", content);
    json_end_object(j);
}

void completion_put_messages(const struct model_question *q, struct buf *out)
{
    struct json j = json_into(out);
    json_begin_array(&j, NULL);
    put_message(&j, "system", q->instructions);
    for (int i = 0; i < q->n; i++)
        put_message(&j, q->lines[i].reply ? "assistant" : "user", q->lines[i].text);
    json_end_array(&j);
}

void completion_put_request(const char *model, struct text messages, struct completion_spelling s, struct buf *out)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_str(&j, "model", model);
    json_raw(&j, "messages", messages);
    if (!s.newer)
        json_double(&j, "temperature", 0.7);
    json_int(&j, s.newer ? "max_completion_tokens" : "max_tokens", TOKENS_MOST);
    if (!s.whole)
        json_bool(&j, "stream", true);
    json_end_object(&j);
}

/* ---- an answer that refuses ---- */

static bool names(const char *text, const char *word)
{
    return text && strstr(text, word);
}

/* The parameter that is complained about is named, or else mentioned. */
static bool complains(const json_t *error, const char *word)
{
    const char *named = json_string_value(json_object_get(error, "param"));
    const char *message =
        json_is_string(error) ? json_string_value(error) : json_string_value(json_object_get(error, "message"));
    return named && *named ? !strcmp(named, word) : names(message, word);
}

bool completion_refuses_spelling(int status, struct text body, struct completion_spelling *s)
{
    json_t *root = status == 400 ? json_loadb(body.p, body.n, 0, NULL) : NULL;
    const json_t *error = json_object_get(root, "error");
    bool old =
        complains(error, "max_tokens") || complains(error, "max_completion_tokens") || complains(error, "temperature");
    bool newer = !s->newer && old, whole = !s->whole && complains(error, "stream");
    s->newer = s->newer || newer;
    s->whole = s->whole || whole;
    json_decref(root);
    return newer || whole;
}

/* ---- an answer ---- */

static void fail(struct completion *c, enum completion_fault fault)
{
    if (!c->fault)
        c->fault = fault;
}

static void add(struct completion *c, const json_t *content)
{
    if (!content || json_is_null(content))
        return;
    if (!json_is_string(content)) {
        fail(c, COMPLETION_GARBAGE);
        return;
    }
    if (c->reply.n + json_string_length(content) > COMPLETION_REPLY_MOST) {
        fail(c, COMPLETION_TOO_LARGE);
        return;
    }
    buf_put(&c->reply, json_string_value(content), json_string_length(content));
    if (c->reply.failed)
        fail(c, COMPLETION_NO_MEMORY);
}

/* The tree of an answer, or of one event of it; NULL with a fault. */
static json_t *read_object(struct completion *c, struct text text)
{
    json_error_t error;
    json_t *root = json_loadb(text.p, text.n, 0, &error);
    if (!root)
        fail(c, json_error_code(&error) == json_error_out_of_memory ? COMPLETION_NO_MEMORY : COMPLETION_GARBAGE);
    else if (!json_is_object(root))
        fail(c, COMPLETION_GARBAGE);
    const json_t *told = json_object_get(root, "error");
    if (told && !json_is_null(told))
        fail(c, COMPLETION_ERROR);
    if (!c->fault)
        return root;
    json_decref(root);
    return NULL;
}

/* An event without choices tells of something else, such as what it costs. */
static void on_event(void *arg, struct text data)
{
    struct completion *c = arg;
    if (c->fault || c->ended)
        return;
    if (text_is(data, "[DONE]")) {
        c->ended = true;
        return;
    }
    json_t *root = read_object(c, data);
    const json_t *choice = json_array_get(json_object_get(root, "choices"), 0);
    c->ended = json_is_string(json_object_get(choice, "finish_reason"));
    add(c, json_object_get(json_object_get(choice, "delta"), "content"));
    json_decref(root);
}

static void read_whole(struct completion *c)
{
    json_t *root = read_object(c, buf_view(&c->whole));
    const json_t *choice = json_array_get(json_object_get(root, "choices"), 0);
    add(c, json_object_get(json_object_get(choice, "message"), "content"));
    json_decref(root);
    c->ended = true;
}

/* An object is an answer that is not streamed, whatever its headers call it. */
static void look(struct completion *c, struct text bytes)
{
    for (size_t i = 0; i < bytes.n && c->form == COMPLETION_UNKNOWN; i++)
        if (!strchr(" \t\r\n", bytes.p[i]) || !bytes.p[i])
            c->form = bytes.p[i] == '{' ? COMPLETION_WHOLE : COMPLETION_STREAMED;
}

void completion_feed(struct completion *c, struct text bytes)
{
    if (c->fault)
        return;
    look(c, bytes);
    if (c->form == COMPLETION_WHOLE)
        buf_text(&c->whole, bytes);
    else if (!event_stream_feed(&c->events, bytes, on_event, c))
        fail(c, COMPLETION_TOO_LARGE);
    if (c->whole.failed)
        fail(c, COMPLETION_NO_MEMORY);
}

enum completion_fault completion_end(struct completion *c)
{
    if (c->fault)
        return c->fault;
    if (c->form == COMPLETION_WHOLE)
        read_whole(c);
    else if (!event_stream_end(&c->events, on_event, c))
        fail(c, COMPLETION_TOO_LARGE);
    if (!c->ended)
        fail(c, COMPLETION_CUT);
    if (!utf8_trim(buf_view(&c->reply)).n)
        fail(c, COMPLETION_EMPTY);
    return c->fault;
}

void completion_fini(struct completion *c)
{
    event_stream_fini(&c->events);
    buf_fini(&c->whole);
    buf_fini(&c->reply);
}
