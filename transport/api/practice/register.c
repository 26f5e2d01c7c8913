/* Registering for practice: an account of a new person, or of the one whom a token of lectern's names that came along
 * (practice contract, section 4). */
#include "proto/config/config.h"
#include "proto/config/secret.h"
#include "store/statements.h"
#include "transport/api/practice/practice.h"
#include "transport/identity/newcomer.h"
#include "transport/identity/signing.h"

enum { STATUS, BODY }; /* of both statements */
_Static_assert((int)STATUS == (int)PRACTICE_REGISTER_STUDENT_STATUS &&
                   (int)BODY == (int)PRACTICE_REGISTER_STUDENT_BODY &&
                   (int)STATUS == (int)PRACTICE_REGISTER_TEACHER_STATUS &&
                   (int)BODY == (int)PRACTICE_REGISTER_TEACHER_BODY,
               "both kinds answer alike");

static void on_made(struct request *rq, const struct db_result *r)
{
    respond_json(rq, (int)db_int(r, 0, STATUS), db_text(r, 0, BODY));
}

static bool bind_student(struct request *rq, struct db_params *p)
{
    db_param_text(p, request_text(rq, "grade_level"));
    return true;
}

static bool bind_teacher(struct request *rq, struct db_params *p)
{
    db_param_text(p, request_text(rq, "department"));
    db_param_text(p, request_text(rq, "bio"));
    return true;
}

void practice_register_student(struct request *rq)
{
    static const struct newcomer_kind kind = { &PRACTICE_REGISTER_STUDENT, "name", bind_student, on_made };
    newcomer_begin(rq, &kind);
}

/* ---- teachers: who may ---- */

/* Guesses of the code are counted like wrong passwords, by address. False: it has been answered. */
static bool knows_the_code(struct request *rq, const char *code)
{
    if (!signing_guess(rq))
        return false;
    bool sent = request_has(rq, "invitation_code");
    bool known = sent && secret_same(request_text(rq, "invitation_code"), code);
    if (known || !sent)
        signing_guessed(rq);
    if (!known)
        respond_error(rq, ERROR_TEACHER_REGISTRATION_CODE);
    return known;
}

void practice_register_teacher(struct request *rq)
{
    static const struct newcomer_kind kind = { &PRACTICE_REGISTER_TEACHER, "name", bind_teacher, on_made };
    const char *who = config.teacher_registration, *colon = strchr(who, ':');
    if (!strcmp(who, "closed"))
        respond_error(rq, ERROR_TEACHER_REGISTRATION_CLOSED);
    else if (!colon || knows_the_code(rq, colon + 1))
        newcomer_begin(rq, &kind);
}
