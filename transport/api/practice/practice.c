/* Practice: accounts, exercises, submissions, progress. What each path answers: contract "practice"; the tutor's
 * endpoints stand in chat.c. */
#include "transport/api/practice/practice.h"

#include "proto/config/config.h"
#include "store/statements.h"
#include "transport/api/list.h"

/* ---- fields ---- */

enum { BODY_MOST = 8 << 20, TEXT_MOST = 2000000 };

static const struct field register_student_body[] = {
    { "email", FIELD_EMAIL, .required = true, .min = 1, .max = 254 },
    { "name", FIELD_TEXT, .required = true, .trim = true, .min = 1, .max = 255 },
    { "password", FIELD_TEXT, .required = true, .password = true, .min = 6, .max = 4096 },
    { "grade_level", FIELD_TEXT, .nullable = true, .max = 50 },
    {},
};
static const struct field register_teacher_body[] = {
    { "email", FIELD_EMAIL, .required = true, .min = 1, .max = 254 },
    { "name", FIELD_TEXT, .required = true, .trim = true, .min = 1, .max = 255 },
    { "password", FIELD_TEXT, .required = true, .password = true, .min = 6, .max = 4096 },
    { "department", FIELD_TEXT, .nullable = true, .max = 100 },
    { "bio", FIELD_TEXT, .nullable = true, .max = 10000 },
    { "invitation_code", FIELD_TEXT, .nullable = true, .max = 200, .about = "where teachers need one" },
    {},
};
static const struct field login_body[] = {
    { "email", FIELD_TEXT, .required = true, .trim = true, .max = 1000 },
    { "password", FIELD_TEXT, .required = true, .password = true, .max = 4096 },
    {},
};
static const struct field refresh_body[] = {
    { "refresh_token", FIELD_TEXT, .required = true, .max = 4096 },
    {},
};
static const struct field password_body[] = {
    { "old_password", FIELD_TEXT, .alias = "current_password", .required = true, .password = true, .max = 4096 },
    { "new_password", FIELD_TEXT, .required = true, .password = true, .min = 6, .max = 4096 },
    {},
};
static const struct field me_body[] = {
    { "name", FIELD_TEXT, .trim = true, .min = 1, .max = 255 },
    { "email", FIELD_EMAIL, .min = 1, .max = 254 },
    {},
};
static const struct field sign_out_query[] = {
    { "everywhere", FIELD_BOOL, .def = "false", .about = "all sessions of the account, on every device" },
    {},
};

#define PAGING                                                                                                         \
    { "skip", FIELD_INT32, .max = INT32_MAX, .def = "0" },                                                             \
    {                                                                                                                  \
        "limit", FIELD_INT32, .min = 1, .max = 1000, .def = "100"                                                      \
    }

static const struct field paging[] = { PAGING, {} };
static const struct field exercises_query[] = {
    PAGING,
    { "topic", FIELD_TEXT, .max = 100, .about = "exactly; empty: any" },
    { "difficulty", FIELD_TEXT, .max = 50, .about = "exactly; empty: any" },
    {},
};
static const struct field leaderboard_query[] = {
    { "limit", FIELD_INT32, .min = 1, .max = 100, .def = "10" },
    {},
};

/* What may be cleared. */
#define EXERCISE_PARTS                                                                                                 \
    { "starter_code", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },                                                \
        { "expected_output", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },                                         \
        { "test_cases", FIELD_OBJECTS, .nullable = true, .max = TEXT_MOST,                                             \
          .about = "as they are; one with \"hidden\": true is not shown to students" },                                \
        { "hints", FIELD_TEXTS, .nullable = true, .max = TEXT_MOST },                                                  \
    {                                                                                                                  \
        "solution_code", FIELD_TEXT, .nullable = true, .max = TEXT_MOST, .about = "never shown to students"            \
    }

static const struct field create_exercise_body[] = {
    { "title", FIELD_TEXT, .required = true, .min = 1, .max = 255 },
    { "description", FIELD_TEXT, .required = true, .max = TEXT_MOST },
    { "difficulty_level", FIELD_TEXT, .required = true, .min = 1, .max = 50, .about = "such as beginner or easy" },
    { "topic", FIELD_TEXT, .required = true, .min = 1, .max = 100 },
    EXERCISE_PARTS,
    {},
};
static const struct field change_exercise_body[] = {
    { "title", FIELD_TEXT, .min = 1, .max = 255 },
    { "description", FIELD_TEXT, .max = TEXT_MOST },
    { "difficulty_level", FIELD_TEXT, .min = 1, .max = 50 },
    { "topic", FIELD_TEXT, .min = 1, .max = 100 },
    EXERCISE_PARTS,
    {},
};
static const struct field submit_body[] = {
    { "student_id", FIELD_ID, .required = true, .about = "the caller's" },
    { "exercise_id", FIELD_ID, .required = true },
    { "code", FIELD_TEXT, .required = true, .max = TEXT_MOST, .about = "kept byte for byte, never run" },
    { "language", FIELD_TEXT, .max = 50, .def = "python" },
    {},
};

static const char *const verdicts[] = { "draft",     "submitted", "passing",     "failing",
                                        "completed", "mastered",  "in_progress", NULL };
static const struct field evaluation[] = {
    { "status", FIELD_TEXT, .oneof = verdicts, .cased = true, .about = "required, here or in the body" },
    { "score", FIELD_INT32, .nullable = true, .min = 0, .max = 100 },
    { "feedback", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },
    {},
};

/* ---- examples ---- */

#define STAMP "\"2026-01-29T11:29:39.123456\""
#define PROFILE                                                                                                        \
    "\"id\":7,\"user_id\":\"5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11\",\"email\":\"ada@example.org\",\"name\":\"Ada\","
#define PROFILE_END                                                                                                    \
    "\"bio?\":\"Learns\",\"avatar_url?\":\"https://example.org/a.png\",\"is_active\":true,\"created_at\":" STAMP       \
    ",\"role\":\"student\"}"
#define STUDENT_PROFILE "{" PROFILE "\"grade_level?\":\"9\"," PROFILE_END
#define TEACHER_PROFILE "{" PROFILE "\"department?\":\"Computing\"," PROFILE_END
#define TOKENS          "\"access_token\":\"4f0c…\",\"refresh_token\":\"9be1…\",\"token_type\":\"bearer\",\"expires_in\":86400}"
#define SIGNED_IN                                                                                                      \
    "{\"user_id\":7,\"email\":\"ada@example.org\",\"role\":\"student\",\"name\":\"Ada\",\"success\":true," TOKENS
#define CREDENTIALS "{\"email\":\"ada@example.org\",\"password\":\"pass123\"}"
#define EXERCISE                                                                                                       \
    "{\"id\":3,\"title\":\"Sum\",\"description\":\"Add two numbers\",\"difficulty_level\":\"beginner\","               \
    "\"topic\":\"functions\",\"starter_code?\":\"def add(a, b):\",\"expected_output?\":\"3\",\"test_cases?\":[{}],"    \
    "\"hints?\":[\"Use +\"],\"level_id\":null,\"topic_id\":null,\"created_at\":" STAMP ",\"updated_at\":" STAMP        \
    ",\"solution_code-?\":\"def add(a, b): return a + b\"}"
#define SUBMISSION                                                                                                     \
    "{\"id\":12,\"student_id\":7,\"exercise_id\":3,\"code\":\"print(3)\",\"language\":\"python\","                     \
    "\"status\":\"submitted\",\"score?\":90,\"feedback?\":\"Good\",\"submitted_at\":" STAMP                            \
    ",\"completed_at?\":" STAMP ",\"created_at\":" STAMP ",\"updated_at\":" STAMP "}"
#define PROGRESS                                                                                                       \
    "{\"id\":5,\"student_id\":7,\"exercise_id\":3,\"status\":\"in_progress\",\"attempts\":2,\"best_score?\":80,"       \
    "\"completed_at?\":" STAMP ",\"created_at\":" STAMP ",\"updated_at\":" STAMP "}"

static const struct answer created[] = { { 201, "Made" }, {} };

/* ---- handlers that need neither statement nor steps ---- */

static void health(struct request *rq)
{
    respond_json(rq, 200, TEXT("{\"status\":\"healthy\",\"app\":\"LearnFlow\"}"));
}

/* There are none yet; the web client asks on each page (practice contract, section 14). */
static void none(struct request *rq)
{
    respond_json(rq, 200, TEXT("[]"));
}

/* ---- lists of what may be long ---- */

static void bind_exercises(struct request *rq, struct db_params *p)
{
    db_param_text(p, request_caller(rq)->role);
    db_param_text(p, request_text(rq, "topic"));
    db_param_text(p, request_text(rq, "difficulty"));
}

static void bind_student(struct request *rq, struct db_params *p)
{
    db_param_int4(p, request_int(rq, "student_id"));
}

static void bind_exercise(struct request *rq, struct db_params *p)
{
    db_param_int4(p, request_int(rq, "exercise_id"));
}

static void list_exercises(struct request *rq)
{
    static const struct list_kind kind = { &PRACTICE_EXERCISES, bind_exercises };
    list_answer(rq, &kind);
}

/* Whose they are, the path says. */
static void list_of_student(struct request *rq)
{
    static const struct list_kind kind = { &PRACTICE_SUBMISSIONS_OF_STUDENT, bind_student };
    const struct caller *c = request_caller(rq);
    if (c->rank == TEACHER || c->account == request_int(rq, "student_id"))
        list_answer(rq, &kind);
    else
        respond_error(rq, ERROR_SUBMISSIONS_OF_OTHERS);
}

static void list_of_exercise(struct request *rq)
{
    static const struct list_kind kind = { &PRACTICE_SUBMISSIONS_OF_EXERCISE, bind_exercise };
    list_answer(rq, &kind);
}

/* ---- tables ---- */

static const struct endpoint accounts[] = {
    { POST, "/api/auth/register", ANYONE, .handle = practice_register_student, .body_kind = BODY_JSON,
      .body = register_student_body, .summary = "Register as a student",
      .about = "With a bearer token of another area the account is that person's, else a new person's.",
      .example = "{\"email\":\"ada@example.org\",\"name\":\"Ada\",\"password\":\"pass123\",\"grade_level\":\"9\"}",
      .gives = STUDENT_PROFILE, .refusals = REFUSALS(ERROR_EMAIL_TAKEN, ERROR_ACCOUNT_EXISTS) },
    { POST, "/api/auth/register/teacher", ANYONE, .handle = practice_register_teacher, .body_kind = BODY_JSON,
      .body = register_teacher_body, .summary = "Register as a teacher",
      .example =
          "{\"email\":\"ada@example.org\",\"name\":\"Ada\",\"password\":\"pass123\",\"department\":\"Computing\"}",
      .gives = TEACHER_PROFILE,
      .refusals = REFUSALS(ERROR_EMAIL_TAKEN, ERROR_ACCOUNT_EXISTS, ERROR_TEACHER_REGISTRATION_CLOSED,
                           ERROR_TEACHER_REGISTRATION_CODE, ERROR_TOO_MANY_ATTEMPTS) },
    { POST, "/api/auth/login", ANYONE, .handle = practice_login_student, .body_kind = BODY_JSON, .body = login_body,
      .summary = "Sign in as a student", .example = CREDENTIALS, .gives = SIGNED_IN,
      .refusals = REFUSALS(ERROR_INVALID_EMAIL_OR_PASSWORD, ERROR_STUDENT_INACTIVE, ERROR_TOO_MANY_ATTEMPTS) },
    { POST, "/api/auth/login/teacher", ANYONE, .handle = practice_login_teacher, .body_kind = BODY_JSON,
      .body = login_body, .summary = "Sign in as a teacher", .example = CREDENTIALS, .gives = SIGNED_IN,
      .refusals = REFUSALS(ERROR_INVALID_EMAIL_OR_PASSWORD, ERROR_TEACHER_INACTIVE, ERROR_TOO_MANY_ATTEMPTS) },
    { POST, "/api/auth/refresh", ANYONE, .handle = practice_refresh, .body_kind = BODY_JSON, .body = refresh_body,
      .summary = "Get new tokens for a refresh token", .about = "It counts once, within 7 days.",
      .example = "{\"refresh_token\":\"9be1…\"}", .gives = "{" TOKENS,
      .refusals = REFUSALS(ERROR_INVALID_REFRESH_TOKEN) },
    { POST, "/api/auth/logout", KNOWN, .statement = &PRACTICE_SIGN_OUT, .query = sign_out_query, .summary = "Sign out",
      .gives = "{\"message\":\"Signed out\"}" },
    { POST, "/api/auth/change-password", KNOWN, .handle = practice_change_password, .body_kind = BODY_JSON,
      .body = password_body, .summary = "Change the password", .about = "All other sessions of the account end.",
      .example = "{\"old_password\":\"pass123\",\"new_password\":\"a better one\"}",
      .gives = "{\"message\":\"Password changed successfully\"}",
      .refusals = REFUSALS(ERROR_OLD_PASSWORD_INCORRECT, ERROR_TOO_MANY_ATTEMPTS) },
    { GET, "/api/auth/me", KNOWN, .statement = &PRACTICE_ME, .summary = "Who am I?",
      .about = "A teacher's grade_level is the department.", .gives = STUDENT_PROFILE,
      .refusals = REFUSALS(ERROR_STUDENT_NOT_FOUND, ERROR_TEACHER_NOT_FOUND) },
    { PUT, "/api/auth/me", KNOWN, .handle = practice_change_me, .body_kind = BODY_JSON, .body = me_body,
      .summary = "Change name or address", .example = "{\"name\":\"Ada L.\",\"email\":\"ada@example.org\"}",
      .gives = STUDENT_PROFILE, .refusals = REFUSALS(ERROR_EMAIL_TAKEN) },
    { GET, "/api/auth/me/teacher", TEACHER, .statement = &PRACTICE_ME_TEACHER, .summary = "Who am I, as a teacher?",
      .gives = TEACHER_PROFILE, .refusals = REFUSALS(ERROR_TEACHER_NOT_FOUND) },
    {},
};

static const struct endpoint exercises[] = {
    { POST, "/api/exercises/", TEACHER, .statement = &PRACTICE_CREATE_EXERCISE, .body_kind = BODY_JSON,
      .body = create_exercise_body, .max_body = BODY_MOST, .summary = "Write an exercise",
      .example = "{\"title\":\"Sum\",\"description\":\"Add two numbers\",\"difficulty_level\":\"beginner\",\"topic\":"
                 "\"functions\",\"test_cases\":[{\"input\":\"1 2\",\"output\":\"3\"}],\"hints\":[\"Use +\"]}",
      .gives = EXERCISE, .answers = created },
    { GET, "/api/exercises/", KNOWN, .handle = list_exercises, .query = exercises_query, .summary = "List exercises",
      .gives = "[" EXERCISE "]" },
    { GET, "/api/exercises/{exercise_id:id}", KNOWN, .statement = &PRACTICE_EXERCISE, .summary = "One exercise",
      .gives = EXERCISE, .refusals = REFUSALS(ERROR_EXERCISE_NOT_FOUND) },
    { PUT, "/api/exercises/{exercise_id:id}", TEACHER, .statement = &PRACTICE_CHANGE_EXERCISE, .body_kind = BODY_JSON,
      .body = change_exercise_body, .max_body = BODY_MOST, .summary = "Change an exercise",
      .about = "Only what is given changes; null clears.", .example = "{\"title\":\"Sums\",\"hints\":null}",
      .gives = EXERCISE, .refusals = REFUSALS(ERROR_EXERCISE_NOT_FOUND) },
    { DELETE, "/api/exercises/{exercise_id:id}", TEACHER, .statement = &PRACTICE_DELETE_EXERCISE, .slow = true,
      .summary = "Remove an exercise", .about = "With its submissions and its progress.",
      .gives = "{\"message\":\"Exercise deleted\"}", .refusals = REFUSALS(ERROR_EXERCISE_NOT_FOUND) },
    {},
};

static const struct endpoint submissions[] = {
    { POST, "/api/submissions/", STUDENT, .exactly = true, .forbidden = ERROR_ONLY_STUDENTS_SUBMIT,
      .statement = &PRACTICE_SUBMIT, .body_kind = BODY_JSON, .body = submit_body, .max_body = BODY_MOST,
      .summary = "Submit code", .example = "{\"student_id\":7,\"exercise_id\":3,\"code\":\"print(3)\"}",
      .gives = SUBMISSION, .refusals = REFUSALS(ERROR_SUBMITS_FOR_ANOTHER, ERROR_EXERCISE_NOT_FOUND),
      .answers = created },
    { GET, "/api/submissions/{submission_id:id}", KNOWN, .statement = &PRACTICE_SUBMISSION, .summary = "One submission",
      .gives = SUBMISSION, .refusals = REFUSALS(ERROR_SUBMISSION_NOT_FOUND, ERROR_SUBMISSIONS_OF_OTHERS) },
    { GET, "/api/submissions/student/{student_id:id}", KNOWN, .handle = list_of_student, .query = paging,
      .summary = "A student's submissions", .gives = "[" SUBMISSION "]",
      .refusals = REFUSALS(ERROR_SUBMISSIONS_OF_OTHERS) },
    { GET, "/api/submissions/exercise/{exercise_id:id}", TEACHER, .handle = list_of_exercise, .query = paging,
      .summary = "An exercise's submissions", .gives = "[" SUBMISSION "]" },
    { PUT, "/api/submissions/{submission_id:id}/evaluate", TEACHER, .statement = &PRACTICE_EVALUATE,
      .query = evaluation, .body_kind = BODY_JSON_OPTIONAL, .body = evaluation, .summary = "Evaluate a submission",
      .about = "The last evaluation counts; of progress the best score, and a status that only moves up.",
      .example = "{\"status\":\"passing\",\"score\":90,\"feedback\":\"Good\"}",
      .gives = "{\"message\":\"Submission evaluated\",\"submission\":" SUBMISSION "}",
      .refusals = REFUSALS(ERROR_SUBMISSION_NOT_FOUND) },
    {},
};

static const struct endpoint analytics[] = {
    { GET, "/api/analytics/student/{student_id:id}/progress", KNOWN, .statement = &PRACTICE_PROGRESS, .query = paging,
      .summary = "A student's progress", .gives = "[" PROGRESS "]", .refusals = REFUSALS(ERROR_PROGRESS_OF_OTHERS) },
    { GET, "/api/analytics/student/{student_id:id}/stats", KNOWN, .statement = &PRACTICE_STATS_OF_STUDENT,
      .summary = "A student's figures",
      .gives =
          "{\"student_id\":7,\"total_exercises\":20,\"completed_exercises\":4,\"mastered_exercises\":1,"
          "\"average_score\":83.5,\"total_attempts\":9,\"total_time_spent_minutes\":0,\"last_activity?\":" STAMP "}",
      .refusals = REFUSALS(ERROR_STATS_OF_OTHERS) },
    { GET, "/api/analytics/exercise/{exercise_id:id}/stats", KNOWN, .statement = &PRACTICE_STATS_OF_EXERCISE,
      .summary = "An exercise's figures", .about = "Rates are per cent of the students who have tried.",
      .gives = "{\"exercise_id\":3,\"total_attempts\":8,\"successful_attempts\":6,\"average_score\":71.5,"
               "\"average_time_minutes\":0.0,\"completion_rate\":75.0,\"mastery_rate\":25.0}",
      .refusals = REFUSALS(ERROR_EXERCISE_NOT_FOUND) },
    { GET, "/api/analytics/leaderboard", KNOWN, .statement = &PRACTICE_LEADERBOARD, .query = leaderboard_query,
      .summary = "Who has done most",
      .gives = "{\"leaderboard\":[{\"rank\":1,\"student_id\":7,\"name\":\"Ada\",\"exercises_completed\":4,"
               "\"average_score\":83.5}]}" },
    { GET, "/api/analytics/students", TEACHER, .statement = &PRACTICE_STUDENTS, .slow = true, .query = paging,
      .summary = "All students with what they have done",
      .gives =
          "[{\"id\":7,\"name\":\"Ada\",\"email\":\"ada@example.org\",\"grade_level?\":\"9\",\"exercises_completed\":4,"
          "\"quizzes_passed\":0,\"last_active\":\"Never\",\"total_exercises\":20,\"average_score\":83.5}]" },
    {},
};

static const struct endpoint others[] = {
    { GET, "/api/topics", KNOWN, .handle = none, .summary = "List topics", .gives = "[]" },
    { GET, "/api/quizzes", KNOWN, .handle = none, .summary = "List quizzes", .gives = "[]" },
    { GET, "/api/health", ANYONE, .handle = health, .summary = "Health",
      .gives = "{\"status\":\"healthy\",\"app\":\"LearnFlow\"}" },
    { GET, "/health", ANYONE, .handle = health, .summary = "Health",
      .gives = "{\"status\":\"healthy\",\"app\":\"LearnFlow\"}" },
    {},
};

/* The web client where it is developed and deployed (practice contract, section 2). */
static const char *const origins[] = { "http://localhost:*", "https://localhost:*", "https://learnflow.local",
                                       "https://*.vercel.app", NULL };
static const struct area_role roles[] = { { "student", STUDENT }, { "teacher", TEACHER }, {} };

const struct area practice_area = {
    .name = "practice",
    .about = "Programming exercises, submissions and a tutor",
    .endpoints = { accounts, exercises, submissions, analytics, practice_chat_endpoints, others },
    .cors = { .origins = origins, .configured = &config.practice_origins, .credentials = true, .max_age = 600 },
    .identify = practice_identify,
    .app = "LearnFlow",
    .roles = roles,
    .own_accounts = true,
    .says = { .bad_token = ERROR_INVALID_SESSION, .forbidden = ERROR_TEACHERS_ONLY },
    .fields_before_rank = true,
};
