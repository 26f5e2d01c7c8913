/* Field: is one value what its row in an endpoint table says? Pure checks of type, range, length and encoding, for text
 * (path, query, form) and for JSON, and the words of the 422 answer. Holds no state; any thread. */
#pragma once

#include "proto/base/buf.h"
#include "proto/endpoint.h"

struct json_t; /* jansson's */

/* What can be wrong with a value: symbol, type and message of the 422 list. The message of a bound or a choice is
 * completed by fault_message. */
#define FAULTS(X)                                                                                                      \
    X(MISSING, "value_error.missing", "field required")                                                                \
    X(NULL, "type_error.none.not_allowed", "none is not an allowed value")                                             \
    X(TEXT, "type_error.str", "str type expected")                                                                     \
    X(INTEGER, "type_error.integer", "value is not a valid integer")                                                   \
    X(BOOL, "type_error.bool", "value could not be parsed to a boolean")                                               \
    X(REAL, "type_error.float", "value is not a valid float")                                                          \
    X(OBJECT, "type_error.dict", "value is not a valid dict")                                                          \
    X(UUID, "type_error.uuid", "value is not a valid uuid")                                                            \
    X(FILE, "type_error.file", "file expected")                                                                        \
    X(DATE, "value_error.date", "value is not a date of the form YYYY-MM-DD")                                          \
    X(TIME, "value_error.time", "value is not a time of the form HH:MM or HH:MM:SS")                                   \
    X(EMAIL, "value_error.email", "value is not a valid email address")                                                \
    X(LIST, "type_error.list", "value is not a valid list")                                                            \
    X(TOO_MANY, "value_error.list.max_items", "ensure this value has at most ")                                        \
    X(CHOICE, "type_error.enum", "value is not a valid enumeration member")                                            \
    X(RANGE, "value_error.number.not_in_range", "value is out of the range of its type")                               \
    X(TOO_SMALL, "value_error.number.not_ge", "ensure this value is greater than or equal to ")                        \
    X(NOT_ABOVE, "value_error.number.not_gt", "ensure this value is greater than ")                                    \
    X(TOO_LARGE, "value_error.number.not_le", "ensure this value is less than or equal to ")                           \
    X(TOO_SHORT, "value_error.any_str.min_length", "ensure this value has at least ")                                  \
    X(TOO_LONG, "value_error.any_str.max_length", "ensure this value has at most ")                                    \
    X(TOO_BIG, "value_error.dict.max_size", "ensure this object is not nested too deeply and has at most ")            \
    X(MEMORY, "value_error.memory", "no memory to check this value") /* not the client's fault: 503, never told */     \
    X(NUL, "value_error.nul", "text must not contain NUL")                                                             \
    X(ENCODING, "value_error.utf8", "text is not valid UTF-8")

enum fault {
    FAULT_NONE,
#define FAULT_SYMBOL(symbol, type, message) FAULT_##symbol,
    FAULTS(FAULT_SYMBOL)
#undef FAULT_SYMBOL
        FAULT_COUNT
};

/* A checked value. `given`: the client sent it (and not null). A default fills the value and leaves `given` false. */
struct value {
    struct text
        text; /* of texts, uuids, dates, times as they came; of objects and lists JSON; absent if there is none */
    struct text sent; /* of texts: before it was trimmed */
    double real;
    int64_t integer; /* also days since 2000-01-01, seconds since midnight */
    bool boolean;
    bool given;
    bool null; /* it was sent, as null, and may be: who changes parts of something takes it for an answer */
};

/* Checks a text of a path, query or form. The value borrows from t. ret_value is set only without fault. */
enum fault field_check_text(const struct field *f, struct text t, struct value *ret_value);

/* Checks a JSON value; NULL means absent. The value borrows from v. Of an object only the type is checked here: its
 * text and size are the caller's (see field_check_object). */
enum fault field_check_json(const struct field *f, const struct json_t *v, struct value *ret_value);

/* Is it given as its JSON text: an object, or a list of any objects or of texts? */
bool field_is_document(const struct field *f);

/* Of such a one inside valid JSON text: copies it into out without blanks between its tokens. FAULT_TOO_BIG when it is
 * longer than the field allows or nested deeper than FIELD_MAX_DEPTH, FAULT_NUL when a string in it holds \u0000. */
enum { FIELD_MAX_DEPTH = 64 };
enum fault field_check_object(const struct field *f, struct text json, struct buf *out);

/* Checks a JSON list of at most f->max objects by the table f->items, and appends it to out as JSON in which every item
 * has every field of the table, under its alias if it has one, with defaults filled in and null for what is not there.
 * Every fault is told: item -1 is the list itself; field NULL the item itself; v what was sent, NULL if nothing. False
 * if there was any. */
typedef void field_list_fault(void *arg, int item, const struct field *f, enum fault fault, const struct json_t *v);
bool field_check_list(const struct field *f, const struct json_t *v, struct buf *out, field_list_fault *on_fault,
                      void *arg);

/* Checks the texts of a FIELD_TEXTS with a row for them: their count, and each by that row. As above; a fault of one names
 * the row. */
bool field_check_texts(const struct field *f, const struct json_t *v, field_list_fault *on_fault, void *arg);

/* Is the field called so? */
bool field_is(const struct field *f, const char *name);

/* The value of a field that was not sent: MISSING if required, else its default or nothing. */
enum fault field_absent(const struct field *f, struct value *ret_value);

const char *fault_type(enum fault fault);
void fault_message(enum fault fault, const struct field *f, struct buf *out);

/* Reads "{name:type}" of a path; a segment without braces is not one. An unknown type is not one either. */
bool field_of_segment(struct text segment, struct text *ret_name, enum field_type *ret_type);

/* The bound of such a parameter: a text of one segment has this many code points at most; 0: its type says it. */
static inline double field_segment_most(enum field_type type)
{
    return type == FIELD_TEXT ? 255 : 0;
}

const char *field_type_name(enum field_type type); /* "int32", as in paths */

/* Bounds as the tables mean them: both 0 is none; a largest value of 0 below the least one is none. */
bool field_has_min(const struct field *f);
bool field_has_max(const struct field *f);

/* Reads exactly a decimal integer with an optional sign. False if it is not one; a number beyond int64 saturates. */
bool field_read_integer(struct text t, int64_t *ret);

/* Reads 8-4-4-4-12 hexadecimal digits into 16 bytes. */
bool field_read_uuid(struct text t, uint8_t ret[static 16]);
