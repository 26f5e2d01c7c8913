/* Chat: what operators are told of its queues. Conversations themselves are made by the messages to them, and woken at start
 * if a reply is owed (chat_ops.left_behind). */
#include "actors/part.h"
#include "actors/room_kinds.h"

static const struct queue_row queues[] = {
    { "chat_messages", "a student's messages that wait for their replies, per conversation", "8, 2 MiB", "503",
      "its student alone", NULL },
    { "chat_context", "what the tutor's model is told of a conversation", "10 messages, 256 KiB before the last",
      "the oldest are left out", "its student alone", NULL },
    { 0 },
};

const struct part chat_part = {
    .name = "chat",
    .queues = queues,
};
