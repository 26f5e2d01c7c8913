/* Sessions (coaching contract, section 8): made, read as reports, listed. What happens in one happens in its room. */
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"

enum { PARTICIPANTS_BYTES_MOST = 65536 };

static const struct field create_body[] = {
    { "relationship_id", FIELD_TEXT, .required = true, .max = COACHING_ID_MOST },
    { "participants", FIELD_TEXTS, .max = PARTICIPANTS_BYTES_MOST,
      .about = "Members who take part; whoever makes it does in any case" },
    {},
};

static const struct field history_query[] = { { "limit", FIELD_INT32, .min = 1, .max = 100, .def = "20" }, {} };

const struct endpoint coaching_session_endpoints[] = {
    { POST, "/v1/sessions", KNOWN, .also = "/v1/coach/sessions", .statement = &COACHING_CREATE_SESSION,
      .body_kind = BODY_JSON, .body = create_body, .summary = "Begins a session in a relationship",
      .example = "{\"relationship_id\":\"" COACHING_ID "\",\"participants\":[\"" COACHING_ID "\"]}",
      .gives = "{\"id\":\"" COACHING_ID "\",\"status\":\"ACTIVE\"}",
      .refusals = REFUSALS(ERROR_RELATIONSHIP_NOT_FOUND, ERROR_NOT_A_MEMBER, ERROR_OTHER_NOT_A_MEMBER) },
    { GET, "/v1/sessions/{sid:text}/report", KNOWN, .also = "/v1/coach/sessions/{sid:text}/report",
      .statement = &COACHING_REPORT, .summary = "A session's report, for who took part",
      .about = "Until it is made, which takes a moment after the session has been finalized, its summary is "
               "`Report pending...`.",
      .gives = "{\"sid\":\"" COACHING_ID "\",\"summary\":\"1 nudges delivered. Try more pauses.\",\"moments\":[],"
               "\"action_items\":[\"Continue practicing active listening\"]}",
      .refusals = REFUSALS(ERROR_SESSION_ID_NOT_FOUND, ERROR_NOT_AUTHORIZED) },
    { GET, "/v1/history/sessions", KNOWN, .statement = &COACHING_HISTORY, .query = history_query,
      .summary = "The sessions in which the caller takes part, newest first",
      .gives = "[{\"id\":\"" COACHING_ID "\",\"relationship_id\":\"" COACHING_ID "\",\"status\":\"ENDED\","
               "\"created_at\":" COACHING_STAMP "}]" },
    {},
};
