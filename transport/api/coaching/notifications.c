/* What people have been told (coaching contract, sections 10.3 and 19): pokes of a relationship, and a person's
 * notifications with their marks. How they come to be is the room's (actors/inbox/). */
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"

#define NOTIFICATION                                                                                                   \
    "{\"id\":\"" COACHING_ID "\",\"type\":\"poke\",\"title\":\"Ada\",\"message\":\"thinks of you\",\"data\":{},"       \
    "\"is_read\":true,\"read_at?\":" COACHING_STAMP ",\"created_at\":" COACHING_STAMP "}"

static const struct field pokes_query[] = {
    { "rid", FIELD_TEXT, .required = true, .max = COACHING_ID_MOST, .about = "The relationship" }, {}
};

static const struct field page_query[] = {
    { "limit", FIELD_INT32, .min = 1, .max = 100, .def = "50" },
    { "before", FIELD_TEXT, .max = COACHING_ID_MOST, .about = "The last notification of the page before" },
    {},
};

const struct endpoint coaching_poke_list_endpoints[] = {
    { GET, "/v1/pokes", KNOWN, .also = "/v1/interaction/pokes", .statement = &COACHING_POKES, .query = pokes_query,
      .summary = "The newest 100 pokes of a relationship, newest first",
      .gives = "[{\"id\":\"" COACHING_ID "\",\"type\":\"love\",\"emoji?\":\"\xe2\x9d\xa4\",\"sender_id\":\"" COACHING_ID
               "\",\"receiver_id\":\"" COACHING_ID "\",\"created_at\":" COACHING_STAMP "}]",
      .refusals = REFUSALS(ERROR_NOT_A_MEMBER) },
    {},
};

const struct endpoint coaching_notification_endpoints[] = {
    { GET, "/v1/notifications", KNOWN, .statement = &COACHING_NOTIFICATIONS, .query = page_query,
      .summary = "What the caller has been told, newest first", .gives = "[" NOTIFICATION "]",
      .refusals = REFUSALS(ERROR_NOTIFICATION_NOT_FOUND) },
    { GET, "/v1/notifications/unread-count", KNOWN, .statement = &COACHING_NOTIFICATIONS_UNREAD,
      .summary = "How much of it is unread", .about = "Counted up to 1000.", .gives = "{\"unread_count\":3}" },
    { POST, "/v1/notifications/{notification_id:text}/read", KNOWN, .statement = &COACHING_READ_NOTIFICATION,
      .summary = "Marks one as read", .gives = NOTIFICATION, .refusals = REFUSALS(ERROR_NOTIFICATION_NOT_FOUND) },
    { POST, "/v1/notifications/read-all", KNOWN, .statement = &COACHING_READ_NOTIFICATIONS,
      .summary = "Marks all as read", .gives = "{\"ok\":true,\"read\":3}" },
    {},
};
