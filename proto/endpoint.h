/* Endpoint: what the server answers to, as data. One const table per product area; routing, rights, validation, binding
 * of statements, 404/405, and the OpenAPI document come from it (design, section 5). Immutable; any thread. */
#pragma once

#include "proto/errors.h"
#include "proto/identity/token.h"

#include <stdint.h>

struct request;   /* transport/http/request.h */
struct statement; /* store/statement.h */
struct upload_ops;
struct socket_ops; /* transport/ws/ws.h */

enum method { GET, POST, PUT, PATCH, DELETE, METHOD_COUNT };

/* Who may call. The area's `identify` says who is calling; rank is then compared. */
enum caller_rank {
    ANYONE, /* no identity is asked for; none is looked up. As the rank of a person: no role in the area */
    KNOWN,  /* any person with a role in the area */
    STUDENT,
    TEACHER,
    ADMIN,
};

enum field_type {
    FIELD_TEXT,   /* min..max code points; UTF-8 without NUL */
    FIELD_INT32,  /* min..max; without bounds the range of int4 */
    FIELD_BOOL,   /* JSON true/false; in query and form true/false/1/0/yes/no/on/off/t/f/y/n, any case */
    FIELD_REAL,   /* finite; min..max */
    FIELD_OBJECT, /* a JSON object, given to the handler as its JSON text, of at most max bytes */
    FIELD_UUID,
    FIELD_FILE,    /* a file part of a multipart form */
    FIELD_INT64,   /* like INT32, without bounds the range of int8 */
    FIELD_DATE,    /* YYYY-MM-DD of a day that exists */
    FIELD_TIME,    /* HH:MM or HH:MM:SS */
    FIELD_LIST,    /* of a JSON body: at most max objects with the fields `items` */
    FIELD_PATH,    /* in paths, last: all that follows, of one segment or more, with the slashes between them */
    FIELD_CLOCK,   /* H:M:S of one or two digits each; an empty text is as good as absent */
    FIELD_EMAIL,   /* like TEXT, with one @, something before it and a dotted domain behind it, and no blanks */
    FIELD_ID,      /* a number that a row can have: 1 to the largest of int4 */
    FIELD_OBJECTS, /* of a JSON body: a list of objects of any shape, given as OBJECT is */
    FIELD_TEXTS,   /* of a JSON body: a list of texts, given as OBJECT is */
};

struct field {
    const char *name; /* as the documented client writes it */
    enum field_type type;
    bool required;
    bool nullable;            /* null is as good as absent */
    double min, max;          /* both 0: no bound */
    bool above;               /* of a number: min itself is too small */
    const char *def;          /* default as text, or NULL */
    const char *const *oneof; /* allowed texts, any letter case, NULL-ended; the value is given in lower case */
    bool cased;               /* of those: letter case counts */
    bool trim;                /* of a text: utf8_trim comes first; always to an address */
    bool mailbox;       /* of an address: as RFC 5321 has mailboxes, without quotation marks and address literals */
    bool visible;       /* of a text: it stays as it is, but must say something that can be seen */
    bool password;      /* of a text: measured in its normal form (proto/identity/password.h), never trimmed */
    bool bytes;         /* of a text: min and max count bytes */
    bool blank;         /* of a text: an empty one is as good as absent */
    const char *about;  /* for the document */
    const char *alias;  /* another spelling that is taken too; statements and handlers may use either */
    bool digits;        /* of a text in a list: a JSON integer is taken too, as text */
    enum error refusal; /* the answer to what is no date, time, clock or text at all; 0: among the other faults */
    const struct field *items; /* of a list, ended by a zeroed field; of TEXTS the one row of each text, NULL: any */
    int count;                 /* of TEXTS with such a row: how many there may be */
};

/* One possible answer, for the document. */
struct answer {
    int status;
    const char *about;
    const char *schema;  /* JSON Schema text, or NULL */
    const char *content; /* media type; NULL: application/json */
};

enum body_kind { BODY_NONE, BODY_JSON, BODY_FORM /* urlencoded or multipart */, BODY_JSON_OPTIONAL };

/* For a table's row: REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_NOT_ACTIVE) */
#define REFUSALS(...) ((const enum error[]){ __VA_ARGS__, ERROR_OK })

struct endpoint {
    enum method method;
    const char *path; /* "/sessions/{session_id:int32}/join"; types int32, int64, id, uuid, date, text, path */
    enum caller_rank caller;
    const char *also; /* another path that the row answers, with the same parameters in the same order; NULL: none */
    bool (*open)(struct request *rq); /* asked first: true lets in whoever it is, unasked. NULL: never. The document
                                         shows it as open where a bare user_id is believed */
    bool exactly;                     /* this rank and no other, a higher one neither */
    enum error forbidden;             /* what a person of another rank is told; 0: what the area says */

    /* exactly one of these two */
    const struct statement *statement;
    void (*handle)(struct request *rq);

    bool
        event_stream; /* success is a text/event-stream; what passes (5xx) is one too, for who accepts it: with the time
                          to come back after (classroom contract, section 9.1) */
    const struct socket_ops *socket; /* success is 101: the connection becomes a WebSocket with these. A GET of which
                                        `handle` is called when the request asks for that; refusals are HTTP's */
    bool any_origin;                 /* a page of any origin may open the socket: what lets in stands in its address */
    /* Answers, in the place of `handle`, who does not say who they are, instead of the refusal (status 401). NULL: the
     * refusal is the answer */
    void (*unknown)(struct request *rq, enum error why);
    bool slow; /* its statements may take long: they have a connection of their own, so that others do not wait */

    const struct field *query; /* ended by a zeroed field; NULL: none */
    enum body_kind body_kind;
    const struct field *body;        /* fields of the JSON object or of the form */
    uint32_t max_body;               /* 0: the configured limit */
    bool faults_as_text;             /* what is wrong with values is a text in "detail", with status 422 */
    const struct upload_ops *upload; /* the form's file goes to these as it comes (transport/http/upload.h) */

    const char *summary;          /* one line */
    const char *about;            /* more, or NULL */
    const char *example;          /* of the body as JSON (of a form: an object of its fields), or NULL */
    const char *gives;            /* an example of what success answers: proto/openapi/like.h; no JSON: text */
    const enum error *refusals;   /* what it refuses for, beside identity, rank and fields: REFUSALS(...) */
    const struct answer *answers; /* what cannot be said so; ended by a zeroed one; NULL: success is 200 */
    bool hidden;                  /* not in the document */
};

/* What `sub` of a token may call a person: the number, the id of a profile, a user name. */
enum { PERSON_NAMES = 3 };

/* Who is calling, after identification. Lives in the request. */
struct caller {
    int32_t user_id;       /* 0: nobody */
    int32_t account;       /* the area's own number for the person; 0: it has none */
    int64_t session;       /* the area's own sign-in by which they came; 0: it has none */
    enum caller_rank rank; /* in this area */
    struct text name;
    struct text role;    /* the area's word for it; absent: none here */
    int64_t tokens_from; /* seconds since 1970: tokens of earlier sign-ins of theirs do not count */
    struct text ended;   /* sign-ins of theirs that have ended besides, one name after another; of people_find */
    uint64_t kept;       /* the one whose streams go on although its tokens do not count; 0: none */
    uint64_t names[PERSON_NAMES]; /* text_digest of each; 0: none */
    struct token token;           /* that names them; user_id 0: none does */
};

/* A role belongs to (person, area): the area's words, and what they may do. Kept in account.roles; those of the area in
 * which accounts began stand in account.users.role. */
struct area_role {
    const char *word; /* lower case */
    enum caller_rank rank;
};

/* What an area says to those it refuses; 0 is the usual error. */
struct area_refusals {
    enum error no_token;  /* NOT_AUTHENTICATED */
    enum error bad_token; /* INVALID_TOKEN */
    enum error no_person; /* USER_NOT_FOUND: the token's person has been deleted */
    enum error no_role;   /* NO_ROLE: a person of other areas only */
    enum error forbidden; /* FORBIDDEN: a rank that may not */
};

enum identified { IDENTIFIED, IDENTIFY_LATER, IDENTIFY_REFUSED };

struct cors {
    bool any_origin;               /* echo whatever Origin asks */
    const char *const *origins;    /* or these, NULL-ended, as origin_list_read writes them */
    const char *const *configured; /* or those of a parameter, in that form; read per request */
    bool credentials;              /* for those that are named; for any origin with --dev only */
    int max_age;
};

enum { AREA_TABLES = 16 };

struct area {
    const char *name; /* a word: also the mount /m/<name> and the tag of the document */
    const char *about;
    const char *const *title; /* of the document of this area alone, of a parameter; NULL: lectern's */
    const struct endpoint *endpoints[AREA_TABLES + 1]; /* tables, each ended by a zeroed row (path NULL) */
    struct cors cors;

    /* Finds out who is calling: fills request_caller(rq) and returns IDENTIFIED; or returns IDENTIFY_LATER and calls
     * request_identified(rq, error) from a later callback; or has refused by returning IDENTIFY_REFUSED after setting
     * the error with *ret_why. Called only for endpoints above ANYONE. NULL: the area has no identities. */
    enum identified (*identify)(struct request *rq, enum error *ret_why);

    const char *service;         /* what the answer of health calls it, of one area at most; NULL: nothing */
    const char *app;             /* the same, under "app" */
    const char *const *services; /* what its health tells of, NULL-ended; NULL: of the area by its name */

    const struct area_role *roles; /* ended by a zeroed one; NULL: nobody has a role */
    bool
        own_accounts; /* who has which is said by accounts of the area's own, and tokens of other areas are none here */
    struct area_refusals says;

    bool token_in_query;  /* ?token= counts when there is no Authorization header */
    bool everywhere;      /* its paths answer under the mounts and host names of the other areas too */
    bool bare_user_id;    /* in legacy mode a user_id in the query is believed (said by the document) */
    bool faults_as_text;  /* what is wrong with values is a text in "detail", with status 400 */
    bool odd_path_absent; /* a text in the path that cannot be one (NUL, no UTF-8, too long) is told as absent: 404 */
    bool shows_input;     /* the list of faults repeats what was sent, under "input" */
    bool fields_before_rank;   /* wrong values are told before a wrong rank (practice contract, section 3.4) */
    bool json_before_identity; /* malformed JSON is reported before identity (classroom contract, section 1.3) */
};

/* Goes through all endpoints of an area; break leaves only its table. */
#define AREA_ENDPOINTS(e, area)                                                                                        \
    for (const struct endpoint *const *table_ = (area)->endpoints; *table_; table_++)                                  \
        for (const struct endpoint *e = *table_; e->path; e++)
