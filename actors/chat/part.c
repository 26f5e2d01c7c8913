/* Chat: what a start and an absent database ask of it. Conversations themselves are made by the messages to them. */
#include "actors/chat/chat.h"
#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/room.h"
#include "store/statements.h"

enum { SECOND = 1000000000 };

static bool part_prepare(const struct setup *s)
{
    chat_setup((uint32_t)config.room_ring, (uint64_t)config.room_idle * SECOND, (uint32_t)config.room_mailbox);
    return system_add_kind(s->system, chat_kind());
}

/* Conversations in which a reply is owed are woken, and go on. */
static void on_unanswered(void *arg, const struct db_result *r)
{
    struct system *s = worker_system(arg);
    if (r->status != DB_OK)
        log_warn("conversations without a reply were not found", F_STR("sqlstate", r->sqlstate));
    for (int i = 0; r->status == DB_OK && i < r->rows; i++) {
        struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
        if (!m)
            return;
        m->reply = NO_RETURN;
        bus_send(s, chat_address((int32_t)db_int(r, i, PRACTICE_CHAT_UNANSWERED_SESSION_ID)), m);
    }
}

/* What a restart, or an absent database, left behind. */
static void find_unanswered(struct worker *w)
{
    struct db_params none = { 0 };
    if (worker_index(w) == 0 && !db_query(db_reading(w), &PRACTICE_CHAT_UNANSWERED, &none, on_unanswered, w))
        log_warn("conversations without a reply were not looked for");
}

static void part_database(struct worker *w, bool up)
{
    if (up)
        find_unanswered(w);
}

static const struct queue_row queues[] = {
    { "chat_messages", "a student's messages that wait for their replies, per conversation", "8, 2 MiB", "503", NULL },
    { "chat_context", "what the tutor's model is told of a conversation", "10 messages, 256 KiB before the last",
      "the oldest are left out", NULL },
    { 0 },
};

const struct part chat_part = {
    .name = "chat",
    .prepare = part_prepare,
    .start = find_unanswered,
    .database = part_database,
    .queues = queues,
};
