/* Registering for practice: an account of a new person, or of the one whom a token of lectern's names that came along
 * (practice contract, section 4). */
#include "proto/config/config.h"
#include "proto/config/secret.h"
#include "store/statements.h"
#include "transport/api/practice/practice.h"
#include "transport/identity/signing.h"

/* A kind of account. */
struct kind {
    const struct statement *make;
    const char *own[3]; /* what it is told beside person, email, name and password: fields in the statement's order */
};

static const struct kind students = { &PRACTICE_REGISTER_STUDENT, { "grade_level" } };
static const struct kind teachers = { &PRACTICE_REGISTER_TEACHER, { "department", "bio" } };

/* In the request's memory. */
struct newcomer {
    const struct kind *kind;
    int32_t person; /* 0: a new one */
    const char *hash;
    bool again;
};

enum { STATUS, BODY }; /* of both statements */
_Static_assert((int)STATUS == (int)PRACTICE_REGISTER_STUDENT_STATUS &&
                   (int)BODY == (int)PRACTICE_REGISTER_STUDENT_BODY &&
                   (int)STATUS == (int)PRACTICE_REGISTER_TEACHER_STATUS &&
                   (int)BODY == (int)PRACTICE_REGISTER_TEACHER_BODY,
               "both kinds answer alike");

static void insert(struct request *rq);

/* Whoever loses a race for the address asks once more, and is then told that it is taken. */
static void on_inserted(struct request *rq, const struct db_result *r)
{
    struct newcomer *n = request_data(rq);
    bool lost = r->status == DB_REFUSED && !strcmp(r->sqlstate, "23505");
    if (lost && !n->again) {
        n->again = true;
        insert(rq);
    } else if (r->status != DB_OK) {
        respond_db(rq, r);
    } else {
        respond_json(rq, (int)db_int(r, 0, STATUS), db_text(r, 0, BODY));
    }
}

static void insert(struct request *rq)
{
    const struct newcomer *n = request_data(rq);
    struct db_params p = { 0 };
    if (n->person)
        db_param_int4(&p, n->person);
    else
        db_param_null(&p);
    db_param_text(&p, request_text(rq, "email"));
    db_param_text(&p, request_text(rq, "name"));
    db_param_text(&p, text_of(n->hash));
    for (int i = 0; n->kind->own[i]; i++)
        db_param_text(&p, request_text(rq, n->kind->own[i]));
    request_query(rq, n->kind->make, &p, on_inserted);
}

static void on_hashed(struct request *rq, const char *hash)
{
    struct newcomer *n = request_data(rq);
    n->hash = hash;
    insert(rq);
}

static void on_person(struct request *rq, int32_t user_id)
{
    struct newcomer *n = request_data(rq);
    n->person = user_id;
    signing_hash(rq, on_hashed);
}

static void begin(struct request *rq, const struct kind *kind)
{
    struct newcomer *n = request_alloc(rq, sizeof *n);
    if (!n) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    n->kind = kind;
    request_set_data(rq, n);
    identity_person(rq, on_person);
}

void practice_register_student(struct request *rq)
{
    begin(rq, &students);
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
    const char *who = config.teacher_registration, *colon = strchr(who, ':');
    if (!strcmp(who, "closed"))
        respond_error(rq, ERROR_TEACHER_REGISTRATION_CLOSED);
    else if (!colon || knows_the_code(rq, colon + 1))
        begin(rq, &teachers);
}
