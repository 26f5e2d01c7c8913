/* Who is calling the classroom: in legacy mode a bare user_id is believed too, because the app in the field sends nothing
 * else (classroom contract, section 1.1). */
#include "proto/config/config.h"
#include "proto/field.h"
#include "transport/api/classroom/classroom.h"

/* user_id as a number; false: answered with what is wrong with it. Absent is 0. */
static bool read_user_id(struct request *rq, struct text id, int32_t *ret)
{
    static const struct field field = { "user_id", FIELD_INT32 };
    struct value value = { 0 };
    enum fault fault = id.p ? field_check_text(&field, id, &value) : FAULT_NONE;
    *ret = value.integer;
    if (!fault)
        return true;
    struct buf message = { 0 };
    fault_message(fault, &field, &message);
    buf_putc(&message, 0);
    respond_invalid(rq, "query", field.name, message.failed ? "" : message.p, fault_type(fault));
    buf_fini(&message);
    return false;
}

bool classroom_open(struct request *rq)
{
    return !strcmp(config.identity, "legacy");
}

/* Without a token: believed in legacy mode only. */
static enum identified identify_bare(struct request *rq, struct text id, enum error *ret_why)
{
    bool legacy = classroom_open(rq);
    int32_t user_id;
    *ret_why = legacy ? ERROR_USER_ID_MISSING : ERROR_NOT_AUTHENTICATED;
    if (!legacy)
        return IDENTIFY_REFUSED;
    if (!id.p && request_endpoint(rq)->handle != classroom_stream && !request_endpoint(rq)->socket)
        return IDENTIFY_REFUSED;
    if (!id.p) {
        respond_invalid(rq, "query", "user_id", "field required", "value_error.missing");
        return IDENTIFY_LATER; /* answered: nothing more comes */
    }
    return read_user_id(rq, id, &user_id) ? identity_look_up(rq, user_id, NULL, ret_why) : IDENTIFY_LATER;
}

enum identified classroom_identify(struct request *rq, enum error *ret_why)
{
    struct text id = request_query_last(rq, "user_id"), text = api_token(rq);
    struct token token;
    int32_t stated;
    if (!text.p)
        return identify_bare(rq, id, ret_why);
    if (!identity_read_token(rq, text, &token, ret_why))
        return IDENTIFY_REFUSED;
    if (!read_user_id(rq, id, &stated))
        return IDENTIFY_LATER;
    *ret_why = ERROR_WRONG_IDENTITY;
    return id.p && stated != token.user_id ? IDENTIFY_REFUSED : identity_look_up(rq, token.user_id, &token, ret_why);
}
