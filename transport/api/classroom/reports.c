/* Reports: what is left of a class, or so far: who was there for how long, its whole log as a file, and which classes
 * there were (classroom contract, section 8; decisions of the reports). For the creator only.
 *
 * A log is sent page by page: the next one is asked of the database when the client has taken the last, so the longest
 * log needs the memory of a page, and a reader who takes an hour holds no transaction and no connection of the
 * database. What he gets is the log as it was when the first page was read: entries are only ever added, and the newest
 * one of that moment is the end, however long the class goes on. Entries that come later he gets by asking again with
 * `after`.
 */
#include "actors/databases.h"
#include "proto/base/csv.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "store/statements.h"
#include "transport/api/classroom/classroom.h"
#include "transport/http/paged.h"

#include <assert.h>
#include <stdio.h>

#define CSV_TYPE    "text/csv; charset=utf-8; header="
#define NDJSON_TYPE "application/x-ndjson"

/* Header lines of an answer that is saved as a file; the name is made of numbers and words of ours. */
static const char *file_lines(struct request *rq, char to[static 128], const char *what)
{
    snprintf(to, 128, "Content-Disposition: attachment; filename=\"session-%d-%s\"\r\nCache-Control: no-store\r\n",
             request_int(rq, "session_id"), what);
    return to;
}

static_assert((int)CLASSROOM_ATTENDANCE_KNOWN == (int)CLASSROOM_LOG_PAGE_KNOWN &&
                  (int)CLASSROOM_ATTENDANCE_ALLOWED == (int)CLASSROOM_LOG_PAGE_ALLOWED,
              "reports begin alike");

/* Every report begins with two columns that say whether there is such a session and whether the caller made it. False: it has
 * been answered. */
static bool may_read(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK || !r->rows)
        respond_db(rq, r);
    else if (!db_bool(r, 0, CLASSROOM_ATTENDANCE_KNOWN))
        respond_error(rq, ERROR_SESSION_NOT_FOUND);
    else if (!db_bool(r, 0, CLASSROOM_ATTENDANCE_ALLOWED))
        respond_error(rq, ERROR_ONLY_CREATOR_READS_LOGS);
    else
        return true;
    return false;
}

/* ---- attendance ---- */

static int people_of(const struct db_result *r)
{
    return db_null(r, 0, CLASSROOM_ATTENDANCE_PARTICIPANT_ID) ? 0 : r->rows;
}

static void put_person(struct json *j, const struct db_result *r, int row)
{
    json_begin_object(j, NULL);
    json_int(j, "participant_id", db_int(r, row, CLASSROOM_ATTENDANCE_PARTICIPANT_ID));
    if (db_null(r, row, CLASSROOM_ATTENDANCE_USER_ID))
        json_nil(j, "user_id");
    else
        json_int(j, "user_id", db_int(r, row, CLASSROOM_ATTENDANCE_USER_ID));
    json_text(j, "name", db_text(r, row, CLASSROOM_ATTENDANCE_NAME));
    json_time(j, "first_join", db_stamp(r, row, CLASSROOM_ATTENDANCE_FIRST_JOIN));
    json_time(j, "last_leave", db_stamp(r, row, CLASSROOM_ATTENDANCE_LAST_LEAVE));
    json_raw(j, "present_seconds", db_text(r, row, CLASSROOM_ATTENDANCE_PRESENT_SECONDS));
    json_int(j, "rejoins", db_int(r, row, CLASSROOM_ATTENDANCE_REJOINS));
    json_bool(j, "is_present", db_bool(r, row, CLASSROOM_ATTENDANCE_IS_PRESENT));
    json_end_object(j);
}

static void on_attendance(struct request *rq, const struct db_result *r)
{
    if (!may_read(rq, r))
        return;
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_int(&j, "session_id", request_int(rq, "session_id"));
    json_text(&j, "title", db_text(r, 0, CLASSROOM_ATTENDANCE_TITLE));
    json_bool(&j, "is_active", db_bool(r, 0, CLASSROOM_ATTENDANCE_IS_ACTIVE));
    json_time(&j, "started_at", db_stamp(r, 0, CLASSROOM_ATTENDANCE_STARTED_AT));
    json_time(&j, "ended_at", db_stamp(r, 0, CLASSROOM_ATTENDANCE_ENDED_AT));
    json_begin_array(&j, "participants");
    for (int row = 0; row < people_of(r); row++)
        put_person(&j, r, row);
    json_end_array(&j);
    json_end_object(&j);
    respond_built(rq, 200, &body);
}

static void put_person_row(struct csv *c, const struct db_result *r, int row)
{
    csv_int(c, db_int(r, row, CLASSROOM_ATTENDANCE_PARTICIPANT_ID));
    csv_ours(c, db_text(r, row, CLASSROOM_ATTENDANCE_USER_ID));
    csv_text(c, db_text(r, row, CLASSROOM_ATTENDANCE_NAME));
    csv_time(c, db_stamp(r, row, CLASSROOM_ATTENDANCE_FIRST_JOIN));
    csv_time(c, db_stamp(r, row, CLASSROOM_ATTENDANCE_LAST_LEAVE));
    csv_ours(c, db_text(r, row, CLASSROOM_ATTENDANCE_PRESENT_SECONDS));
    csv_int(c, db_int(r, row, CLASSROOM_ATTENDANCE_REJOINS));
    csv_bool(c, db_bool(r, row, CLASSROOM_ATTENDANCE_IS_PRESENT));
    csv_end_row(c);
}

static void on_attendance_csv(struct request *rq, const struct db_result *r)
{
    if (!may_read(rq, r))
        return;
    char lines[128];
    struct buf body = { 0 };
    struct csv c = csv_into(&body);
    csv_header(&c, "participant_id,user_id,name,first_join,last_leave,present_seconds,rejoins,is_present");
    for (int row = 0; row < people_of(r); row++)
        put_person_row(&c, r, row);
    if (body.failed)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_content(rq, 200, CSV_TYPE "present", file_lines(rq, lines, "attendance.csv"), buf_view(&body));
    buf_fini(&body);
}

static void ask_attendance(struct request *rq, void (*done)(struct request *rq, const struct db_result *r))
{
    struct db_params p = { 0 };
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_int4(&p, request_int(rq, "session_id"));
    request_query(rq, &CLASSROOM_ATTENDANCE, &p, done);
}

static void attendance(struct request *rq)
{
    ask_attendance(rq, on_attendance);
}

static void attendance_csv(struct request *rq)
{
    ask_attendance(rq, on_attendance_csv);
}

/* ---- the log as a file ---- */

enum { PAGE = 256 }; /* entries; with the longest chats about two megabytes */

struct log_format {
    const char *type, *file;
    const char *header; /* names of the columns, or NULL */
    void (*put)(struct buf *out, const struct db_result *r, int row);
};

/* One download. In the request's memory. */
struct download {
    struct paged paged; /* first */
    const struct log_format *format;
    int32_t after, last; /* the newest entry that is in the page or sent; the end, 0 while unknown */
};

static void put_csv_entry(struct buf *out, const struct db_result *r, int row)
{
    struct csv c = csv_into(out);
    csv_ours(&c, db_text(r, row, CLASSROOM_LOG_PAGE_LOG_ID));
    csv_text(&c, db_text(r, row, CLASSROOM_LOG_PAGE_EVENT_TYPE));
    csv_ours(&c, db_text(r, row, CLASSROOM_LOG_PAGE_USER_ID));
    csv_json(&c, db_text(r, row, CLASSROOM_LOG_PAGE_EVENT_DETAILS));
    csv_time(&c, db_stamp(r, row, CLASSROOM_LOG_PAGE_CREATED_AT));
    csv_end_row(&c);
}

/* An object as GET logs has it, on a line of its own. */
static void put_ndjson_entry(struct buf *out, const struct db_result *r, int row)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_raw(&j, "log_id", db_text(r, row, CLASSROOM_LOG_PAGE_LOG_ID));
    json_text(&j, "event_type", db_text(r, row, CLASSROOM_LOG_PAGE_EVENT_TYPE));
    json_raw(&j, "user_id",
             db_null(r, row, CLASSROOM_LOG_PAGE_USER_ID) ? TEXT("null") : db_text(r, row, CLASSROOM_LOG_PAGE_USER_ID));
    json_raw(&j, "event_details",
             db_null(r, row, CLASSROOM_LOG_PAGE_EVENT_DETAILS) ? TEXT("null")
                                                               : db_text(r, row, CLASSROOM_LOG_PAGE_EVENT_DETAILS));
    json_time(&j, "created_at", db_stamp(r, row, CLASSROOM_LOG_PAGE_CREATED_AT));
    json_end_object(&j);
    buf_putc(out, '\n');
}

static const struct log_format as_csv = { .type = CSV_TYPE,
                                          .file = "log.csv",
                                          .header = "log_id,event_type,user_id,event_details,created_at",
                                          .put = put_csv_entry };
static const struct log_format as_ndjson = { .type = NDJSON_TYPE, .file = "log.ndjson", .put = put_ndjson_entry };

static void put_page(struct download *d, const struct db_result *r)
{
    int rows = db_null(r, 0, CLASSROOM_LOG_PAGE_LOG_ID) ? 0 : r->rows;
    for (int row = 0; row < rows; row++)
        d->format->put(&d->paged.page, r, row);
    if (rows)
        d->after = (int32_t)db_int(r, rows - 1, CLASSROOM_LOG_PAGE_LOG_ID);
    d->last = (int32_t)db_int(r, 0, CLASSROOM_LOG_PAGE_LAST);
    d->paged.over = rows < PAGE || d->after == d->last;
}

static void page_params(struct request *rq, const struct download *d, struct db_params *p)
{
    db_param_int4(p, request_caller(rq)->user_id);
    db_param_int4(p, request_int(rq, "session_id"));
    db_param_text(p, request_text(rq, "event_type"));
    db_param_int4(p, d->after);
    if (d->last)
        db_param_int4(p, d->last);
    else
        db_param_null(p);
    db_param_int4(p, PAGE);
}

static void on_page(void *arg, const struct db_result *r)
{
    struct request *rq = arg;
    struct download *d = request_data(rq);
    if (r->status == DB_REFUSED)
        log_error("a log could not be read on", F_INT("session_id", request_int(rq, "session_id")),
                  F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK || !r->rows ||
        !db_bool(r, 0, CLASSROOM_LOG_PAGE_ALLOWED)) { /* the session may have been deleted */
        body_fail(rq);
        return;
    }
    put_page(d, r);
    paged_made(rq);
}

static void next_page(struct request *rq)
{
    struct db_params p = { 0 };
    page_params(rq, request_data(rq), &p);
    if (!db_query(db_slow(request_worker(rq)), &CLASSROOM_LOG_PAGE, &p, on_page, rq))
        body_fail(rq);
}

/* Whether there is a log to read is known before the answer begins. */
static void on_first_page(struct request *rq, const struct db_result *r)
{
    struct download *d = request_data(rq);
    if (!may_read(rq, r))
        return;
    if (!db_bool(r, 0, CLASSROOM_LOG_PAGE_FOUND)) {
        respond_invalid(rq, "query", "after", "is not an entry of this log", "value_error");
        return;
    }
    struct csv c = csv_into(&d->paged.page);
    bool titled = d->format->header && !request_has(rq, "after");
    if (titled)
        csv_header(&c, d->format->header);
    put_page(d, r);
    if (d->paged.page.failed) {
        buf_fini(&d->paged.page);
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    char lines[128], type[64];
    snprintf(type, sizeof type, "%s%s", d->format->type, !d->format->header ? "" : titled ? "present" : "absent");
    struct body_head head = {
        .status = 200, .content_type = type, .extra = file_lines(rq, lines, d->format->file), .length = BODY_UNKNOWN
    };
    paged_begin(rq, &head);
}

static void download(struct request *rq, const struct log_format *format)
{
    struct download *d = request_alloc(rq, sizeof *d);
    struct db_params p = { 0 };
    if (!d) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    d->paged.next = next_page;
    d->format = format;
    d->after = request_int(rq, "after");
    request_set_data(rq, d);
    page_params(rq, d, &p);
    request_query(rq, &CLASSROOM_LOG_PAGE, &p, on_first_page);
}

static void logs_csv(struct request *rq)
{
    download(rq, &as_csv);
}

static void logs_ndjson(struct request *rq)
{
    download(rq, &as_ndjson);
}

/* ---- the table ---- */

static const struct field log_query[] = {
    { "event_type", FIELD_TEXT, .max = 50, .about = "only this type" },
    { "after", FIELD_INT32, .min = 0, .max = 2147483647,
      .about = "go on behind this log_id; the rows then come without a header" },
    {},
};
static const struct field ended_query[] = {
    { "limit", FIELD_INT32, .min = 1, .max = 200, .def = "50" },
    { "before", FIELD_INT32, .about = "only sessions with a lower session_id: the last one of the page before" },
    {},
};

static const struct answer csv_answers[] = { { 200, "A row for each, RFC 4180", .content = "text/csv" }, {} };
static const struct answer ndjson_answers[] = {
    { 200, "An object on each line, as GET logs has it", .content = NDJSON_TYPE }, {}
};
#define FOR_THE_CREATOR REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_ONLY_CREATOR_READS_LOGS)
#define STAMP           "2026-02-24T16:24:20.666428"

static const char about_attendance[] =
    "From the log alone, also while the class runs and long after it. Present is whoever has a stream open, several at "
    "once count once; an open presence counts up to now. rejoins: returns after having left. Somebody who was added or "
    "joined and never connected is listed with 0 seconds.";
static const char about_log[] =
    "The whole log as it is when the request comes, streamed, so a client that sees the body cut short goes on with "
    "after = the last log_id it has.";
static const char about_csv[] =
    "The whole log as it is when the request comes, streamed, so a client that sees the body cut short goes on with "
    "after = the last log_id it has. A byte order mark stands before the header; a text that a spreadsheet would take for a formula has an apostrophe in front.";

const struct endpoint reports_endpoints[] = {
    { GET, "/sessions/ended", TEACHER, .statement = &CLASSROOM_ENDED, .query = ended_query,
      .summary = "List one's own ended sessions, newest first",
      .gives =
          "[{\"session_id\":1,\"title?\":\"My Test Session\",\"is_active\":false,\"created_by\":1,\"created_at\":\"" STAMP
          "\",\"ended_at?\":\"" STAMP "\",\"participant_count\":0,\"teacher_name\":\"Test Teacher\"}]" },
    { GET, "/sessions/{session_id:int32}/attendance", TEACHER, .handle = attendance, .slow = true,
      .summary = "Who was there, and for how long", .about = about_attendance, .refusals = FOR_THE_CREATOR,
      .gives = "{\"session_id\":1,\"title?\":\"My Test Session\",\"is_active\":false,\"started_at\":\"" STAMP
               "\",\"ended_at?\":\"" STAMP "\",\"participants\":[{\"participant_id\":1,\"user_id?\":2,\"name\":\"Test "
               "Student\",\"first_join\":\"" STAMP "\",\"last_leave?\":\"" STAMP
               "\",\"present_seconds\":2700.5,\"rejoins\":0,\"is_present\":false}]}" },
    { GET, "/sessions/{session_id:int32}/attendance.csv", TEACHER, .handle = attendance_csv, .slow = true,
      .summary = "The attendance as a table", .about = about_attendance, .answers = csv_answers,
      .refusals = FOR_THE_CREATOR,
      .gives = "participant_id,user_id,name,first_join,last_leave,present_seconds,rejoins,is_present\r\n"
               "1,2,Test Student," STAMP "," STAMP ",2700.5,0,false\r\n" },
    { GET, "/sessions/{session_id:int32}/logs.csv", TEACHER, .handle = logs_csv, .slow = true, .query = log_query,
      .summary = "The whole log as a table, oldest first", .about = about_csv, .answers = csv_answers,
      .refusals = FOR_THE_CREATOR,
      .gives = "log_id,event_type,user_id,event_details,created_at\r\n"
               "1,session_created,1,\"{\"\"title\"\": \"\"My Test Session\"\"}\"," STAMP "\r\n" },
    { GET, "/sessions/{session_id:int32}/logs.ndjson", TEACHER, .handle = logs_ndjson, .slow = true, .query = log_query,
      .summary = "The whole log as lines of JSON, oldest first", .about = about_log, .answers = ndjson_answers,
      .refusals = FOR_THE_CREATOR,
      .gives = "{\"log_id\":1,\"event_type\":\"session_created\",\"user_id\":1,\"event_details\":{\"title\":\"My Test "
               "Session\"},\"created_at\":\"" STAMP "\"}\n" },
    {},
};
