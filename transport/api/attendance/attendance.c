/* Attendance: classes, rosters, schedules, sessions and statuses. What each path answers: contract "attendance". All
 * but sign-in (google.c) is one statement each; ownership is checked there. */
#include "transport/api/attendance/attendance.h"
#include "proto/config/config.h"
#include "store/statements.h"

/* Code and section stand in one index of PostgreSQL's, whose entries have 2,704 bytes at most: both together at four
 * bytes a letter. */
enum { ROSTER_MOST = 5000, LONG_BODY = 4 << 20, TEXT_MOST = 1000, CODE_MOST = 255 };

static const struct answer made[] = { { 201, "Made" }, {} };
static const struct answer gone[] = { { 204, "Deleted" }, {} };

#define UUID(digit) "\"0b0c0d0e-0000-4000-8000-00000000000" digit "\""
#define STAMP       "\"2025-10-26T09:12:33.123456+00:00\""

#define NOT_MINE ERROR_CLASS_NOT_FOUND, ERROR_CLASS_OF_ANOTHER

/* ---- the area as a whole: under its mount and host names; elsewhere these paths are others' too ---- */

#define SERVICE "AIMS Attendance Backend"

static void root(struct request *rq)
{
    respond_json(
        rq, 200,
        TEXT("{\"message\":\"" SERVICE " API\",\"version\":\"1.0.0\",\"docs\":\"/docs\",\"health\":\"/health\"}"));
}

static void health(struct request *rq)
{
    api_service_health(rq, SERVICE);
}

/* ---- people ---- */

static const struct field google_body[] = {
    { "idToken", FIELD_TEXT, .required = true, .max = 1 << 20, .alias = "id_token", .about = "from Google's sign-in" },
    {},
};
static const struct field audit_query[] = {
    { "classId", FIELD_UUID, .alias = "class_id" },
    { "sessionId", FIELD_UUID, .alias = "session_id" },
    { "studentId", FIELD_UUID, .alias = "student_id" },
    { "before", FIELD_INT64, .about = "only entries older than this id: `next` of the page before" },
    { "limit", FIELD_INT32, .min = 1, .max = 1000, .def = "100" },
    {},
};
static const struct endpoint people[] = {
    { GET, "/", ANYONE, .handle = root, .summary = "What this is", .hidden = true },
    { GET, "/health", ANYONE, .handle = health, .summary = "Health in one word",
      .gives = "{\"status\":\"healthy\",\"service\":\"" SERVICE "\"}" },
    { POST, "/auth/google", ANYONE, .handle = google_sign_in, .body_kind = BODY_JSON, .body = google_body,
      .summary = "Sign in with Google", .about = "A new sign-in takes the role from the list of allowed addresses.",
      .example = "{\"idToken\":\"eyJ…\"}",
      .gives = "{\"token\":\"eyJ…\",\"user\":{\"id\":" UUID("1") ",\"email\":\"ada@example.org\",\"name\":\"Ada\","
                                                                 "\"role\":\"teacher\"}}",
      .refusals = REFUSALS(ERROR_GOOGLE_TOKEN_INVALID, ERROR_EMAIL_NOT_ALLOWED, ERROR_GOOGLE_UNAVAILABLE,
                           ERROR_GOOGLE_NOT_CONFIGURED, ERROR_TOO_MANY_ATTEMPTS) },
    { GET, "/users/me", KNOWN, .statement = &ATTENDANCE_ME, .summary = "Who am I?",
      .gives = "{\"id\":" UUID("1") ",\"email\":\"ada@example.org\",\"name\":\"Ada\",\"role\":\"teacher\","
                                    "\"department?\":\"x\",\"employee_id?\":\"x\",\"last_login_at?\":" STAMP
                                    ",\"created_at\":" STAMP "}" },
    { GET, "/audit", ADMIN, .forbidden = ERROR_ADMIN_ACCESS_REQUIRED, .statement = &ATTENDANCE_AUDIT,
      .query = audit_query, .summary = "Who changed what, newest first",
      .gives = "{\"entries\":[{\"id\":\"7\",\"at\":" STAMP ",\"actorId?\":" UUID(
          "1") ",\"actorEmail?\":\"ada@example.org\",\"actorName?\":\"Ada\",\"what\":\"attendance_statuses\",\"action\":"
               "\"update\",\"classId?\":" UUID("2") ",\"sessionId?\":" UUID("3") ",\"studentId?\":" UUID(
                   "4") ",\"before?\":{},\"after?\":{}}],\"next?\":\"6\"}" },
    {},
};

/* ---- classes ---- */

static const struct field class_body[] = {
    { "code", FIELD_TEXT, .required = true, .max = CODE_MOST },
    { "name", FIELD_TEXT, .required = true, .trim = true, .max = TEXT_MOST },
    { "section", FIELD_TEXT, .required = true, .max = CODE_MOST },
    { "ltp_pattern", FIELD_TEXT, .nullable = true, .max = TEXT_MOST, .alias = "ltpPattern" },
    { "teacher_type", FIELD_TEXT, .nullable = true, .max = TEXT_MOST, .alias = "teacherType" },
    { "practical_group", FIELD_TEXT, .nullable = true, .max = TEXT_MOST, .alias = "practicalGroup" },
    {},
};
static const struct field schedule_body[] = {
    { "day_of_week", FIELD_INT32, .required = true, .min = 1, .max = 7, .about = "1 is Monday" },
    { "start_time", FIELD_TIME, .required = true },
    { "end_time", FIELD_TIME, .required = true },
    {},
};
static const struct field reschedule_body[] = {
    { "original_date", FIELD_DATE, .required = true },
    { "rescheduled_date", FIELD_DATE, .required = true },
    { "rescheduled_start_time", FIELD_TIME, .required = true },
    { "rescheduled_end_time", FIELD_TIME, .required = true },
    { "reason", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },
    {},
};
static const struct field move_body[] = {
    { "rescheduled_date", FIELD_DATE, .nullable = true },
    { "rescheduled_start_time", FIELD_TIME, .nullable = true },
    { "rescheduled_end_time", FIELD_TIME, .nullable = true },
    { "reason", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },
    {},
};
static const struct field range_query[] = { { "start_date", FIELD_DATE }, { "end_date", FIELD_DATE }, {} };

#define STUDENT_ROW                                                                                                                    \
    "{\"studentId\":" UUID(                                                                                                            \
        "4") ",\"rollNo\":\"23/CS/107\",\"name\":\"Asha\",\"photoUrl?\":\"\",\"program?\":\"x\","                                      \
             "\"spCode?\":\"x\",\"semester?\":\"5\",\"status?\":\"Regular\",\"duration?\":\"x\",\"email?\":\"x\",\"dtuEmail?\":\"x\"," \
             "\"phone?\":\"x\"}"
#define MOVE_ROW                                                                                                               \
    "{\"id\":\"5\",\"class_id\":" UUID(                                                                                        \
        "2") ",\"original_date\":\"2025-10-27\",\"original_start_time\":\"09:00:00\","                                         \
             "\"original_end_time\":\"10:00:00\",\"rescheduled_date\":\"2025-10-29\",\"rescheduled_start_time\":\"11:00:00\"," \
             "\"rescheduled_end_time\":\"12:00:00\",\"reason?\":\"A holiday\",\"created_at\":" STAMP "}"

static const struct endpoint classes[] = {
    { GET, "/classes", TEACHER, .statement = &ATTENDANCE_CLASSES, .summary = "List classes",
      .about = "A teacher gets their own, an admin all.",
      .gives = "[{\"id\":" UUID(
          "2") ",\"code\":\"CO203\",\"name\":\"Data Structures\",\"section\":\"A\",\"teacherType?\":\"Lecture\","
               "\"ltpPattern?\":\"310\",\"practicalGroup?\":\"G1\",\"teacherId\":" UUID(
                   "1") ",\"schedule\":[{\"dayOfWeek\":1,\"start\":\"09:00\",\"end\":\"10:00\"}],\"reschedules\":[{\"originalDate\":"
                        "\"2025-10-27\",\"originalStartTime\":\"09:00\",\"originalEndTime\":\"10:00\",\"rescheduledDate\":\"2025-10-29\","
                        "\"rescheduledStartTime\":\"11:00\",\"rescheduledEndTime\":\"12:00\",\"reason?\":\"A holiday\"}],\"students\":[" STUDENT_ROW
                        "],\"createdAt\":" STAMP ",\"updatedAt\":" STAMP "}]" },
    { POST, "/classes", TEACHER, .statement = &ATTENDANCE_CREATE_CLASS, .body_kind = BODY_JSON, .body = class_body,
      .summary = "Make a class", .example = "{\"code\":\"CO203\",\"name\":\"Data Structures\",\"section\":\"A\"}",
      .gives = "{\"id\":" UUID("2") ",\"code\":\"CO203\",\"name\":\"Data Structures\"}",
      .refusals = REFUSALS(ERROR_CLASS_EXISTS), .answers = made },
    { DELETE, "/classes/{class_id:uuid}", TEACHER, .statement = &ATTENDANCE_DELETE_CLASS,
      .summary = "Delete a class and all that belongs to it", .refusals = REFUSALS(NOT_MINE), .answers = gone },
    { POST, "/classes/{class_id:uuid}/schedules", TEACHER, .statement = &ATTENDANCE_ADD_SCHEDULE,
      .body_kind = BODY_JSON, .body = schedule_body, .summary = "Add a weekly slot",
      .example = "{\"day_of_week\":1,\"start_time\":\"09:00\",\"end_time\":\"10:00\"}",
      .gives = "{\"status\":\"success\"}", .refusals = REFUSALS(NOT_MINE, ERROR_SLOT_EXISTS), .answers = made },
    { POST, "/classes/{class_id:uuid}/reschedules", TEACHER, .statement = &ATTENDANCE_ADD_RESCHEDULE,
      .body_kind = BODY_JSON, .body = reschedule_body, .summary = "Move one occurrence of the weekly slot",
      .example = "{\"original_date\":\"2025-10-27\",\"rescheduled_date\":\"2025-10-29\","
                 "\"rescheduled_start_time\":\"11:00\",\"rescheduled_end_time\":\"12:00\",\"reason\":\"A holiday\"}",
      .gives = MOVE_ROW, .refusals = REFUSALS(ERROR_CLASS_NOT_FOUND_OR_DENIED, ERROR_NOTHING_TO_MOVE),
      .answers = made },
    { GET, "/classes/{class_id:uuid}/reschedules", TEACHER, .statement = &ATTENDANCE_RESCHEDULES, .query = range_query,
      .summary = "List moved occurrences by their new date", .gives = "[" MOVE_ROW "]",
      .refusals = REFUSALS(ERROR_CLASS_NOT_FOUND_OR_DENIED) },
    { PUT, "/classes/reschedules/{id:int64}", TEACHER, .statement = &ATTENDANCE_CHANGE_RESCHEDULE,
      .body_kind = BODY_JSON, .body = move_body, .summary = "Change a moved occurrence",
      .example = "{\"rescheduled_date\":\"2025-10-30\"}", .gives = MOVE_ROW,
      .refusals = REFUSALS(ERROR_RESCHEDULE_NOT_FOUND) },
    { DELETE, "/classes/reschedules/{id:int64}", TEACHER, .statement = &ATTENDANCE_DELETE_RESCHEDULE,
      .summary = "Take a move back", .refusals = REFUSALS(ERROR_RESCHEDULE_NOT_FOUND), .answers = gone },
    {},
};

/* ---- rosters and attendance ---- */

static const struct field student[] = {
    { "rollNo", FIELD_TEXT, .required = true, .min = 1, .max = 200, .alias = "roll_no",
      .about = "the student's key, in every class" },
    { "name", FIELD_TEXT, .required = true, .trim = true, .max = TEXT_MOST },
    { "photoUrl", FIELD_TEXT, .nullable = true, .max = 4096, .alias = "photo_url" },
    { "program", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },
    { "spCode", FIELD_TEXT, .nullable = true, .max = TEXT_MOST, .alias = "sp_code" },
    { "semester", FIELD_TEXT, .nullable = true, .max = TEXT_MOST, .digits = true },
    { "status", FIELD_TEXT, .nullable = true, .max = TEXT_MOST, .about = "of the enrolment, such as Regular" },
    { "duration", FIELD_TEXT, .nullable = true, .max = TEXT_MOST },
    { "email", FIELD_TEXT, .nullable = true, .trim = true, .max = TEXT_MOST },
    { "dtuEmail", FIELD_TEXT, .nullable = true, .trim = true, .max = TEXT_MOST, .alias = "dtu_email" },
    { "phone", FIELD_TEXT, .nullable = true, .trim = true, .max = TEXT_MOST },
    {},
};
static const struct field roster_body[] = {
    { "students", FIELD_LIST, .required = true, .max = ROSTER_MOST, .items = student },
    {},
};
static const struct field session_body[] = {
    { "classId", FIELD_UUID, .required = true, .alias = "class_id" },
    { "sessionDate", FIELD_DATE, .required = true, .alias = "session_date", .refusal = ERROR_INVALID_DATE },
    { "processedImageUrl", FIELD_TEXT, .nullable = true, .max = 65536, .alias = "processed_image_url",
      .about = "any text" },
    {},
};
static const struct field session_query[] = {
    { "classId", FIELD_UUID, .required = true, .alias = "class_id" },
    { "from", FIELD_DATE },
    { "to", FIELD_DATE },
    {},
};

/* A score is kept with two decimals and three digits before them: what would be rounded to 1000 is too much. */
#define SCORE_MOST 999.99499999999989

static const char *const status_words[] = { "present", "absent", "late", "excused", NULL };
static const struct field update[] = {
    { "rollNo", FIELD_TEXT, .required = true, .max = TEXT_MOST, .alias = "roll_no" },
    { "status", FIELD_TEXT, .required = true, .oneof = status_words },
    { "recognizedByAi", FIELD_BOOL, .def = "false", .alias = "recognized_by_ai" },
    { "similarityScore", FIELD_REAL, .nullable = true, .min = -SCORE_MOST, .max = SCORE_MOST,
      .alias = "similarity_score" },
    {},
};
static const struct field statuses_body[] = {
    { "updates", FIELD_LIST, .required = true, .max = ROSTER_MOST, .items = update },
    {},
};

#define SESSION_ROW                                                                                                    \
    "\"sessionId\":" UUID("3") ",\"classId\":" UUID("2") ",\"sessionDate\":\"2025-10-26\",\"teacherId\":" UUID(        \
        "1") ",\"processedImageUrl?\":\"file:///x.jpg\",\"createdAt\":" STAMP
#define STATUS_ROWS                                                                                                    \
    "[{\"rollNo\":\"23/CS/107\",\"name\":\"Asha\",\"status\":\"present\",\"recognizedByAi\":true,"                     \
    "\"similarityScore?\":92.46}]"

static const struct endpoint marks[] = {
    { PUT, "/classes/{class_id:uuid}/students", TEACHER, .statement = &ATTENDANCE_PUT_ROSTER, .body_kind = BODY_JSON,
      .body = roster_body, .max_body = LONG_BODY, .summary = "Merge students into a class",
      .about = "Who is not mentioned stays. A student's values are overwritten by what is given and not empty.",
      .example = "{\"students\":[{\"rollNo\":\"23/CS/107\",\"name\":\"Asha\"}]}",
      .gives = "{\"students\":[" STUDENT_ROW "]}", .refusals = REFUSALS(NOT_MINE) },
    { POST, "/attendance/sessions", TEACHER, .statement = &ATTENDANCE_OPEN_SESSION, .body_kind = BODY_JSON,
      .body = session_body, .summary = "Open a day's session, or get it",
      .example = "{\"classId\":" UUID("2") ",\"sessionDate\":\"2025-10-26\"}", .gives = "{" SESSION_ROW "}",
      .refusals = REFUSALS(NOT_MINE, ERROR_INVALID_DATE) },
    { GET, "/attendance/sessions", TEACHER, .statement = &ATTENDANCE_SESSIONS, .query = session_query,
      .summary = "List a class's sessions with their statuses, newest first",
      .gives = "[{" SESSION_ROW ",\"statuses\":" STATUS_ROWS "}]", .refusals = REFUSALS(NOT_MINE) },
    { PUT, "/attendance/sessions/{session_id:uuid}/statuses", TEACHER, .statement = &ATTENDANCE_PUT_STATUSES,
      .body_kind = BODY_JSON, .body = statuses_body, .max_body = LONG_BODY, .summary = "Set statuses",
      .about = "Roll numbers that are not enrolled are skipped and told.",
      .example = "{\"updates\":[{\"rollNo\":\"23/CS/107\",\"status\":\"present\"}]}",
      .gives = "{\"statuses\":" STATUS_ROWS ",\"skipped\":[\"23/CS/999\"]}",
      .refusals = REFUSALS(ERROR_ATTENDANCE_SESSION_NOT_FOUND, ERROR_CLASS_OF_ANOTHER) },
    { GET, "/stats/classes/{class_id:uuid}/students", TEACHER, .statement = &ATTENDANCE_STATS,
      .summary = "How often each student was there",
      .gives = "[{\"studentId\":" UUID(
          "4") ",\"rollNo\":\"23/CS/107\",\"studentName\":\"Asha\",\"presentCount\":1,"
               "\"absentCount\":1,\"lateCount\":0,\"excusedCount\":0,\"totalCount\":2,\"percentage\":50.5,\"present\":1,"
               "\"absent\":1,\"late\":0,\"excused\":0,\"total\":2}]",
      .refusals = REFUSALS(NOT_MINE) },
    {},
};

static const struct area_role roles[] = { { "teacher", TEACHER }, { "admin", ADMIN }, {} };

const struct area attendance_area = {
    .name = "attendance",
    .about = "Classes, rosters and who was there",
    .endpoints = { people, classes, marks, token_endpoints },
    .cors = { .configured = &config.cors_origins, .credentials = true, .max_age = 600 },
    .identify = api_identify,
    .roles = roles,
    .says = { .bad_token = ERROR_TOKEN_INVALID,
              .no_person = ERROR_USER_GONE,
              .no_role = ERROR_TEACHER_OR_ADMIN_REQUIRED,
              .forbidden = ERROR_TEACHER_OR_ADMIN_REQUIRED },
    .service = SERVICE,
    .shows_input = true,
};
