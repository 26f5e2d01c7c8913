/* Users of coaching: their profiles and those of others, looking for people, first steps, devices (coaching contract,
 * sections 4 and 19). */
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"

enum { PROFILE_MOST = 8 << 20, TEXT_MOST = 20000, LIST_BYTES_MOST = 65536 };

/* ---- looking for people ---- */

static void on_found(struct request *rq, const struct db_result *r)
{
    if (r->status == DB_OK)
        respond_json(rq, (int)db_int(r, 0, COACHING_LOOKUP_STATUS), db_text(r, 0, COACHING_LOOKUP_BODY));
    else
        respond_db(rq, r);
}

/* Whoever asks for many addresses wants to know who is here, not somebody. */
static void look_up(struct request *rq)
{
    struct db_params p = { 0 };
    if (!request_spend(rq, BUDGET_LOOKUPS, 1))
        return;
    db_param_text(&p, request_text(rq, "email"));
    db_param_text(&p, text_of(config.email_blocked_domains));
    request_query(rq, &COACHING_LOOKUP, &p, on_found);
}

/* ---- the table ---- */

static const char *const styles[] = { "GENTLE", "BALANCED", "DIRECT", NULL };
static const char *const tiers[] = { "PRIVATE", "STANDARD", "ENHANCED", NULL };
static const struct field me_body[] = {
    { "display_name", FIELD_TEXT, .nullable = true, .max = 1000 },
    { "pronouns", FIELD_TEXT, .nullable = true, .max = 100 },
    { "personality_type", FIELD_OBJECT, .nullable = true, .max = LIST_BYTES_MOST },
    { "communication_style", FIELD_TEXT, .nullable = true, .oneof = styles },
    { "goals", FIELD_TEXTS, .nullable = true, .max = LIST_BYTES_MOST },
    { "personal_description", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },
    { "hobbies", FIELD_TEXTS, .nullable = true, .max = LIST_BYTES_MOST },
    { "birthday", FIELD_DATE, .nullable = true },
    { "occupation", FIELD_TEXT, .nullable = true, .max = 1000 },
    { "privacy_tier", FIELD_TEXT, .nullable = true, .oneof = tiers },
    { "profile_picture_url", FIELD_TEXT, .nullable = true, .max = PROFILE_MOST,
      .about = "also a data: address of up to 5 MB" },
    {},
};
static const struct field lookup_body[] = {
    { "email", FIELD_EMAIL, .required = true, .mailbox = true, .min = 1, .max = 254 },
    {},
};
static const char *const steps[] = { "profile", "voiceprint", "relationships", "consent", "device", "done", NULL };
static const struct field step_body[] = { { "step", FIELD_TEXT, .oneof = steps, .def = "done" }, {} };
static const struct field device_body[] = {
    { "token", FIELD_TEXT, .alias = "push_token", .required = true, .min = 1, .max = 4096 },
    { "device_type", FIELD_TEXT, .alias = "platform", .nullable = true, .max = 255,
      .about = "such as android, ios, web" },
    {},
};

#define PERSON                                                                                                         \
    "\"id\":\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\",\"email\":\"ada@example.org\",\"display_name?\":\"Ada\","
#define PICTURE                                                                                                        \
    "\"profile_picture_url?\":\"https://example.org/a.png\",\"voice_profile_id?\":\"9f0c5d5c-1c1b-4b0e-9c64-5d3b7f0a9d12\""
#define PROFILE                                                                                                        \
    "{" PERSON "\"pronouns?\":\"she/her\",\"personality_type?\":{},\"communication_style?\":\"GENTLE\","               \
    "\"goals?\":[\"Listen\"],\"personal_description?\":\"Likes numbers\",\"hobbies?\":[\"Chess\"],"                    \
    "\"birthday?\":\"1990-12-10\",\"occupation?\":\"Programmer\",\"privacy_tier?\":\"STANDARD\"," PICTURE              \
    ",\"voice_print_data?\":\"UklGR…\"}"
#define STEPS                                                                                                          \
    "{\"profile\":true,\"voiceprint\":false,\"relationships\":false,\"consent\":false,\"device\":false,\"done\":false}"

const struct endpoint coaching_user_endpoints[] = {
    { GET, "/v1/users/me", KNOWN, .statement = &COACHING_ME, .summary = "Who am I?", .gives = PROFILE },
    { PATCH, "/v1/users/me", KNOWN, .statement = &COACHING_CHANGE_ME, .body_kind = BODY_JSON, .body = me_body,
      .max_body = PROFILE_MOST, .summary = "Change the profile", .about = "What is absent or null stays as it is.",
      .example = "{\"display_name\":\"Ada L.\",\"communication_style\":\"DIRECT\",\"goals\":[\"Listen\"]}",
      .gives = PROFILE },
    { GET, "/v1/users/{user_id:text}", KNOWN, .statement = &COACHING_USER,
      .summary = "Somebody in a relationship with the caller", .gives = "{" PERSON PICTURE "}",
      .refusals = REFUSALS(ERROR_USER_ID_NOT_FOUND, ERROR_NOT_AUTHORIZED) },
    { POST, "/v1/contacts/lookup", KNOWN, .handle = look_up, .body_kind = BODY_JSON, .body = lookup_body,
      .summary = "Is there somebody with this address?", .example = "{\"email\":\"ben@example.org\"}",
      .gives = "{\"status|\":\"EXISTS|NOT_FOUND|BLOCKED\","
               "\"user?\":{\"id\":\"9f0c5d5c-1c1b-4b0e-9c64-5d3b7f0a9d12\",\"display_name\":\"Ben\"}}",
      .refusals = REFUSALS(ERROR_TOO_MANY_LOOKUPS) },
    { GET, "/v1/onboarding/status", KNOWN, .statement = &COACHING_STEPS, .summary = "Which first steps have been taken",
      .gives = STEPS },
    { POST, "/v1/onboarding/complete", KNOWN, .statement = &COACHING_TAKE_STEP, .body_kind = BODY_JSON_OPTIONAL,
      .body = step_body, .summary = "A first step has been taken", .about = "Without a body: all of them.",
      .example = "{\"step\":\"consent\"}", .gives = STEPS },
    { POST, "/v1/devices/push-token", KNOWN, .statement = &PUSH_REGISTER, .body_kind = BODY_JSON, .body = device_body,
      .summary = "Register a device for pushes", .about = "A person's devices are the same in every area.",
      .example = "{\"token\":\"fcm…\",\"device_type\":\"android\"}",
      .gives = "{\"ok\":true,\"message\":\"Token registered\"}" },
    {},
};
