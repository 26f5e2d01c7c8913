/* Relationships of coaching, what their members consent to, and what they could do together (coaching contract, sections 5
 * to 7, 9.2, 10.1). */
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"

enum { MEMBERS_BYTES_MOST = 65536, SCOPES_MOST = 64 };

static const struct field relate_body[] = {
    { "type", FIELD_TEXT, .required = true, .max = 255,
      .about = "romantic or couple, date, family, friend; anything else is other" },
    { "member_ids", FIELD_TEXTS, .required = true, .max = MEMBERS_BYTES_MOST },
    {},
};

static const char *const consents[] = { "DRAFT", "ACTIVE", "REVOKED", NULL };
static const struct field scope = { .type = FIELD_TEXT, .max = 128 };
static const struct field consent_body[] = {
    { "scopes", FIELD_TEXTS, .required = true, .items = &scope, .count = SCOPES_MOST,
      .about = "REALTIME_FEATURES_ONLY, SUMMARY_SHARED, TRANSCRIPT_STORED, MEDIATION_ALLOWED, or other names" },
    { "status", FIELD_TEXT, .oneof = consents, .cased = true, .def = "ACTIVE" },
    {},
};

/* Who says no text at all is no member of it. */
static const struct field suggestions_query[] = {
    { "rid", FIELD_TEXT, .required = true, .max = 8192, .refusal = ERROR_NO_MEMBER_HERE, .about = "the relationship" },
    { "debug", FIELD_BOOL, .about = "changes nothing" },
    {},
};

#define RELATIONSHIP "{\"id\":\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\",\"type\":\"romantic\",\"status\":\"active\"}"
#define SCOPES       "\"scopes\":[\"REALTIME_FEATURES_ONLY\",\"SUMMARY_SHARED\"]"
#define OF_MEMBERS   REFUSALS(ERROR_RELATIONSHIP_NOT_FOUND, ERROR_NOT_A_MEMBER)

const struct endpoint coaching_relationship_endpoints[] = {
    { POST, "/v1/relationships", KNOWN, .statement = &COACHING_RELATE, .body_kind = BODY_JSON, .body = relate_body,
      .summary = "Begin a relationship", .about = "The caller is a member too, and its owner.",
      .example = "{\"type\":\"romantic\",\"member_ids\":[\"9f0c5d5c-1c1b-4b0e-9c64-5d3b7f0a9d12\"]}",
      .gives = RELATIONSHIP, .refusals = REFUSALS(ERROR_USER_ID_NOT_FOUND) },
    { GET, "/v1/relationships", KNOWN, .statement = &COACHING_RELATIONSHIPS, .summary = "My relationships",
      .gives = "[" RELATIONSHIP "]" },
    { DELETE, "/v1/relationships/{relationship_id:text}", KNOWN, .statement = &COACHING_PART, .slow = true,
      .summary = "End a relationship", .about = "For all its members, with its sessions, invitations and pokes.",
      .gives = "{\"ok\":true}", .refusals = OF_MEMBERS },
    { PUT, "/v1/relationships/{relationship_id:text}/consent/{user_id:text}", KNOWN, .statement = &COACHING_PUT_CONSENT,
      .body_kind = BODY_JSON, .body = consent_body, .summary = "Say what one consents to",
      .about = "user_id is the caller's own, or me. Each write has the next version.",
      .example = "{" SCOPES ",\"status\":\"ACTIVE\"}", .gives = "{\"ok\":true,\"version\":1}",
      .refusals = REFUSALS(ERROR_RELATIONSHIP_NOT_FOUND, ERROR_NOT_AUTHORIZED, ERROR_NOT_A_MEMBER) },
    { GET, "/v1/relationships/{relationship_id:text}/consent", KNOWN, .statement = &COACHING_CONSENTS,
      .summary = "Members, and what they consent to",
      .gives = "{\"relationship_status\":\"active\",\"members\":[{\"user_id\":\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\","
               "\"member_status\":\"ACCEPTED\",\"consent_status\":\"ACTIVE\"," SCOPES "}]}",
      .refusals = OF_MEMBERS },
    { GET, "/v1/relationships/{relationship_id:text}/consent/templates", KNOWN,
      .statement = &COACHING_CONSENT_TEMPLATES, .summary = "What could be consented to",
      .gives = "[{\"template_id\":\"FAMILY_DEFAULT\",\"title\":\"Default Family Settings\",\"description\":"
               "\"Real-time features and summaries\"," SCOPES "}]",
      .refusals = OF_MEMBERS },
    { GET, "/v1/activities/suggestions", KNOWN, .also = "/v1/coach/activities/suggestions",
      .statement = &COACHING_SUGGESTIONS, .query = suggestions_query, .summary = "What to do together",
      .gives = "[{\"id\":\"daily-check-in\",\"title\":\"Daily Check-in\",\"description\":\"Take 10 minutes\"}]",
      .refusals = REFUSALS(ERROR_NO_MEMBER_HERE) },
    {},
};
