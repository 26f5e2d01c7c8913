/* Courses: accounts, courses made of YouTube playlists, watch time, daily attendance. What each path answers: contract
 * "courses". */
#include "transport/api/courses/courses.h"

#include "proto/base/json.h"
#include "proto/config/config.h"
#include "store/statements.h"
#include "transport/api/courses/courses.h"
#include "transport/health.h"
#include "transport/transport.h"

/* ---- health: four services by name, which are one server and one database ---- */

static void on_gateway(struct request *rq, bool alive)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_str(&j, "status", alive ? "healthy" : "unhealthy");
    json_str(&j, "gateway", "running");
    api_put_services(&j, &courses_area, alive);
    json_end_object(&j);
    respond_built(rq, error_status(alive ? ERROR_OK : ERROR_UNAVAILABLE), &body);
}

static void auth_health(struct request *rq)
{
    api_service_health(rq, "auth-service");
}

static void course_health(struct request *rq)
{
    api_service_health(rq, "course-service");
}

static void video_health(struct request *rq)
{
    api_service_health(rq, "video-service");
}

static void progress_health(struct request *rq)
{
    api_service_health(rq, "progress-service");
}

static void gateway_health(struct request *rq)
{
    health_ask(transport_of(request_worker(rq))->health, rq, on_gateway);
}

static void root(struct request *rq)
{
    respond_json(rq, 200,
                 TEXT("{\"message\":\"EduTrack API Gateway\",\"services\":{\"auth\":\"/auth\",\"courses\":\"/courses\","
                      "\"videos\":\"/videos\",\"progress\":\"/progress\",\"attendance\":\"/attendance (health: "
                      "/progress/health)\"},\"health\":{\"auth\":\"/auth/health\",\"courses\":\"/courses/health\","
                      "\"videos\":\"/videos/health\",\"progress\":\"/progress/health\"}}"));
}

/* ---- fields ---- */

static const char *const roles[] = { "student", "admin", NULL };

static const struct field sign_up_body[] = {
    { "username", FIELD_TEXT, .alias = "user_name", .required = true, .trim = true, .min = 1, .max = 100,
      .about = "the name to sign in with" },
    { "name", FIELD_TEXT, .nullable = true, .trim = true, .blank = true, .max = 255,
      .about = "shown to others; the username if absent" },
    { "email", FIELD_EMAIL, .required = true, .min = 1, .max = 255 },
    { "password", FIELD_TEXT, .required = true, .password = true, .min = 1, .max = 4096 },
    { "role", FIELD_TEXT, .nullable = true, .oneof = roles, .cased = true, .def = "student" },
    {},
};
static const struct field sign_in_body[] = {
    { "username", FIELD_TEXT, .alias = "user_name", .required = true, .trim = true, .max = 1000 },
    { "password", FIELD_TEXT, .required = true, .password = true, .max = 4096 },
    {},
};
static const struct field playlist_body[] = {
    { "playlist_url", FIELD_TEXT, .required = true, .max = 4000 },
    {},
};
static const struct field watch_body[] = {
    { "video_id", FIELD_INT32, .required = true },
    { "start_time", FIELD_CLOCK, .nullable = true, .refusal = ERROR_INVALID_START_TIME, .about = "of a play" },
    { "end_time", FIELD_CLOCK, .nullable = true, .refusal = ERROR_INVALID_END_TIME, .about = "of a pause" },
    { "watchtime_seconds", FIELD_INT32, .nullable = true, .min = 0, .max = INT32_MAX,
      .about = "seconds of this session, as the player counted them; never more than the times allow" },
    {},
};

/* ---- tables ---- */

#define STAMP "\"created_at\":\"2026-02-03T10:11:12.123456+00:00\""
#define PERSON_HEAD                                                                                                    \
    "\"id\":7,\"name\":\"Ada\",\"username\":\"ada\",\"user_name\":\"ada\",\"email\":\"ada@example.org\","
#define PERSON "{" PERSON_HEAD "\"role\":\"student\"," STAMP "}"
#define COURSE "{\"id\":1,\"course_title\":\"Algebra\",\"link\":\"https://www.youtube.com/playlist?list=PL1\"}"
#define VIDEOS                                                                                                         \
    "[{\"id\":4,\"course_id\":1,\"title\":\"Numbers\",\"video_link\":\"https://www.youtube.com/watch?v=abcdefghijk\"}]"
#define PROGRESS                                                                                                       \
    "{\"id\":17,\"user_id\":7,\"video_id\":4,\"date\":\"2026-02-03\",\"start_time?\":\"14:30:00\","                    \
    "\"end_time?\":\"14:35:30\",\"watch_time?\":\"00:05:30\"}"
#define DAY           "{\"id\":9,\"user_id\":7,\"date\":\"2026-02-03\",\"total_time\":\"00:05:30\",\"status\":\"present\"}"
#define SERVICE(name) "{\"status\":\"healthy\",\"service\":\"" name "\"}"

static const struct answer created[] = { { 201, "Made" }, {} };
static const struct answer unhealthy[] = { { 503, "The database does not answer" }, {} };

static const struct endpoint accounts[] = {
    { POST, "/auth/signup", ANYONE, .handle = courses_sign_up, .body_kind = BODY_JSON, .body = sign_up_body,
      .summary = "Sign up by name",
      .example = "{\"username\":\"ada\",\"email\":\"ada@example.org\",\"password\":\"pass123\",\"role\":\"student\"}",
      .gives =
          "{\"message\":\"User registered successfully\",\"user_id\":7," PERSON_HEAD "\"role\":\"student\"," STAMP "}",
      .refusals = REFUSALS(ERROR_EMAIL_TAKEN, ERROR_NAME_TAKEN, ERROR_ADMIN_SIGNUP_CLOSED), .answers = created },
    { POST, "/auth/login", ANYONE, .handle = courses_sign_in, .body_kind = BODY_JSON, .body = sign_in_body,
      .summary = "Sign in by name", .example = "{\"username\":\"ada\",\"password\":\"pass123\"}",
      .gives = "{\"access_token\":\"eyJ…\",\"token_type\":\"bearer\",\"user\":" PERSON "}",
      .refusals = REFUSALS(ERROR_INVALID_NAME_OR_PASSWORD, ERROR_TOO_MANY_ATTEMPTS) },
    { GET, "/auth/users/me", KNOWN, .statement = &COURSES_ME, .summary = "Who am I?", .gives = PERSON },
    { GET, "/auth/users/students", KNOWN, .statement = &COURSES_STUDENTS, .slow = true, .summary = "List students",
      .about = "For admins; a student gets an empty list.", .gives = "[" PERSON "]" },
    {},
};

static const struct endpoint catalogue[] = {
    { GET, "/courses", ANYONE, .statement = &COURSES_LIST, .summary = "List courses", .gives = "[" COURSE "]" },
    { GET, "/courses/{course_id:int32}", ANYONE, .statement = &COURSES_COURSE, .summary = "One course", .gives = COURSE,
      .refusals = REFUSALS(ERROR_COURSE_NOT_FOUND) },
    { DELETE, "/courses/{course_id:int32}", ADMIN, .statement = &COURSES_DELETE, .slow = true,
      .summary = "Remove a course",
      .about = "With its videos, enrolments and progress. The students' attendance stays.",
      .gives = "{\"message\":\"Course deleted successfully\",\"course_id\":1}",
      .refusals = REFUSALS(ERROR_COURSE_NOT_FOUND) },
    { GET, "/courses/{course_id:int32}/videos", ANYONE, .statement = &COURSES_VIDEOS, .summary = "Videos of a course",
      .gives = VIDEOS },
    { POST, "/courses/{course_id:int32}/register", STUDENT, .exactly = true, .forbidden = ERROR_STUDENT_ACCESS_REQUIRED,
      .statement = &COURSES_REGISTER, .summary = "Register for a course",
      .gives = "{\"message\":\"Registered for the course\",\"course_id\":1,\"enrolled\":true," STAMP "}",
      .refusals = REFUSALS(ERROR_COURSE_NOT_FOUND, ERROR_ALREADY_REGISTERED) },
    { GET, "/courses/{course_id:int32}/registration", KNOWN, .statement = &COURSES_REGISTRATION,
      .summary = "Am I registered?", .gives = "{\"enrolled\":true,\"course_id\":1," STAMP "}",
      .refusals = REFUSALS(ERROR_COURSE_NOT_FOUND) },
    { GET, "/videos/course/{course_id:int32}", ANYONE, .statement = &COURSES_VIDEOS, .summary = "Videos of a course",
      .gives = VIDEOS },
    { POST, "/videos/youtube-playlist", ADMIN, .handle = courses_import, .slow = true, .body_kind = BODY_JSON,
      .body = playlist_body, .summary = "Make a course of a YouTube playlist",
      .example = "{\"playlist_url\":\"https://www.youtube.com/playlist?list=PL1\"}", .gives = COURSE,
      .refusals =
          REFUSALS(ERROR_INVALID_PLAYLIST_URL, ERROR_PLAYLIST_EMPTY, ERROR_PLAYLIST_NOT_FOUND, ERROR_YOUTUBE_NO_KEY,
                   ERROR_YOUTUBE_KEY, ERROR_YOUTUBE_QUOTA, ERROR_YOUTUBE_BROKEN, ERROR_YOUTUBE_SLOW) },
    {},
};

static const struct endpoint watching[] = {
    { POST, "/progress", STUDENT, .exactly = true, .forbidden = ERROR_STUDENT_ACCESS_REQUIRED,
      .statement = &COURSES_WATCH, .body_kind = BODY_JSON, .body = watch_body, .summary = "Record a play or a pause",
      .about = "A play opens a session, a pause closes it and credits its time to the video and to the day.",
      .example = "{\"video_id\":4,\"end_time\":\"14:35:30\",\"watchtime_seconds\":330}", .gives = PROGRESS,
      .refusals =
          REFUSALS(ERROR_VIDEO_NOT_FOUND, ERROR_NOTHING_TO_RECORD, ERROR_INVALID_START_TIME, ERROR_INVALID_END_TIME),
      .answers = created },
    { GET, "/progress/video/{video_id:int32}", KNOWN, .statement = &COURSES_PROGRESS, .summary = "My days with a video",
      .gives = "[" PROGRESS "]" },
    { GET, "/attendance/me", KNOWN, .statement = &COURSES_ATTENDANCE_MINE, .summary = "My attendance",
      .gives = "[" DAY "]" },
    { GET, "/attendance/today", KNOWN, .statement = &COURSES_ATTENDANCE_TODAY, .summary = "My attendance today",
      .gives = DAY },
    { GET, "/attendance/user/{user_id:int32}", ADMIN, .forbidden = ERROR_ADMIN_READS_OTHERS,
      .statement = &COURSES_ATTENDANCE_OF, .summary = "Attendance of a person", .gives = "[" DAY "]" },
    { GET, "/attendance/date/{date:date}", ADMIN, .forbidden = ERROR_ADMIN_READS_DATES,
      .statement = &COURSES_ATTENDANCE_ON, .slow = true, .summary = "Attendance of a day", .gives = "[" DAY "]" },
    {},
};

static const struct endpoint health[] = {
    { GET, "/", ANYONE, .handle = root, .summary = "What is served where", .hidden = true },
    { GET, "/health", ANYONE, .handle = gateway_health, .summary = "Health of all services",
      .gives =
          "{\"status\":\"healthy\",\"gateway\":\"running\",\"services\":{\"auth\":\"healthy\",\"courses\":\"healthy\","
          "\"videos\":\"healthy\",\"progress\":\"healthy\"}}",
      .answers = unhealthy },
    { GET, "/auth/health", ANYONE, .handle = auth_health, .summary = "Health of accounts",
      .gives = SERVICE("auth-service"), .answers = unhealthy },
    { GET, "/courses/health", ANYONE, .handle = course_health, .summary = "Health of courses",
      .gives = SERVICE("course-service"), .answers = unhealthy },
    { GET, "/videos/health", ANYONE, .handle = video_health, .summary = "Health of videos",
      .gives = SERVICE("video-service"), .answers = unhealthy },
    { GET, "/progress/health", ANYONE, .handle = progress_health, .summary = "Health of progress and attendance",
      .gives = SERVICE("progress-service"), .answers = unhealthy },
    {},
};

static const char *const services[] = { "auth", "courses", "videos", "progress", NULL };

/* The client where it is developed and where it is deployed (courses contract, section 1.5). */
static const char *const origins[] = { "http://localhost:3000", "http://localhost:3001",
                                       "https://edutrack-frontend-163165605136.us-central1.run.app", NULL };
static const struct area_role area_roles[] = { { "student", STUDENT }, { "admin", ADMIN }, {} };

const struct area courses_area = {
    .name = "courses",
    .about = "Courses made of videos, watch time and daily attendance",
    .endpoints = { accounts, catalogue, watching, health, password_endpoints, token_endpoints },
    .cors = { .origins = origins, .configured = &config.courses_frontend_url, .credentials = true, .max_age = 600 },
    .identify = api_identify,
    .services = services,
    .roles = area_roles,
    .says = { .bad_token = ERROR_INVALID_AUTHENTICATION,
              .no_person = ERROR_USER_GONE,
              .forbidden = ERROR_ADMIN_ACCESS_REQUIRED },
    .token_in_query = true,
    .faults_as_text = true,
};
