/* Relationships of coaching, and what their members consent to (coaching contract, sections 5 to 7). */
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"

enum { MEMBERS_BYTES_MOST = 65536 };

static const struct field relate_body[] = {
    { "type", FIELD_TEXT, .required = true, .max = 255,
      .about = "romantic or couple, date, family, friend; anything else is other" },
    { "member_ids", FIELD_TEXTS, .required = true, .max = MEMBERS_BYTES_MOST },
    {},
};

#define RELATIONSHIP "{\"id\":\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\",\"type\":\"romantic\",\"status\":\"active\"}"

const struct endpoint coaching_relationship_endpoints[] = {
    { POST, "/v1/relationships", KNOWN, .statement = &COACHING_RELATE, .body_kind = BODY_JSON, .body = relate_body,
      .summary = "Begin a relationship", .about = "The caller is a member too, and its owner.",
      .example = "{\"type\":\"romantic\",\"member_ids\":[\"9f0c5d5c-1c1b-4b0e-9c64-5d3b7f0a9d12\"]}",
      .gives = RELATIONSHIP, .refusals = REFUSALS(ERROR_USER_ID_NOT_FOUND) },
    { GET, "/v1/relationships", KNOWN, .statement = &COACHING_RELATIONSHIPS, .summary = "My relationships",
      .gives = "[" RELATIONSHIP "]" },
    {},
};
