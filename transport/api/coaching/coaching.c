/* Coaching: people in relationships, what they consent to, sessions in which they talk. What each path answers: contract
 * "coaching"; the tables stand in the files of this folder. */
#include "transport/api/coaching/coaching.h"

#include "proto/base/json.h"
#include "proto/config/config.h"

static void health(struct request *rq)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_str(&j, "status", "ok");
    json_str(&j, "version", config.coaching_version);
    json_end_object(&j);
    respond_built(rq, 200, &body);
}

static const struct endpoint others[] = {
    { GET, "/health", ANYONE, .also = "/v1/health", .handle = health, .summary = "Health",
      .gives = "{\"status\":\"ok\",\"version\":\"0.1.0\"}" },
    {},
};

static const struct area_role roles[] = { { "user", KNOWN }, {} };

const struct area coaching_area = {
    .name = "coaching",
    .about = "Relationships, and sessions that listen and nudge",
    .title = (const char *const *)&config.coaching_name,
    .endpoints = { coaching_account_endpoints, coaching_user_endpoints, coaching_relationship_endpoints,
                   coaching_session_endpoints, coaching_invite_endpoints, coaching_poke_list_endpoints,
                   coaching_notification_endpoints, coaching_room_endpoints, coaching_voice_endpoints, others },
    .cors = { .configured = &config.coaching_origins, .credentials = true, .max_age = 3600 },
    .identify = coaching_identify,
    .roles = roles,
    .own_accounts = true,
    .says = { .no_person = ERROR_INVALID_TOKEN },
    .odd_path_absent = true,
};
