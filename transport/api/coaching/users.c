/* Users of coaching: their profiles (coaching contract, section 4). */
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"

#define PROFILE                                                                                                         \
    "{\"id\":\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\",\"email\":\"ada@example.org\",\"display_name?\":\"Ada\","         \
    "\"pronouns?\":\"she/her\",\"personality_type?\":{},\"communication_style?\":\"GENTLE\",\"goals?\":[\"Listen\"],"   \
    "\"personal_description?\":\"Likes numbers\",\"hobbies?\":[\"Chess\"],\"birthday?\":\"1990-12-10\","                \
    "\"occupation?\":\"Programmer\",\"privacy_tier?\":\"STANDARD\",\"profile_picture_url?\":\"https://example.org/a\"," \
    "\"voice_profile_id?\":\"9f0c5d5c-1c1b-4b0e-9c64-5d3b7f0a9d12\",\"voice_print_data?\":\"UklGR…\"}"

const struct endpoint coaching_user_endpoints[] = {
    { GET, "/v1/users/me", KNOWN, .statement = &COACHING_ME, .summary = "Who am I?", .gives = PROFILE },
    {},
};
