/* OpenAPI parts: the pieces of the document that openapi.c puts together. Private to openapi*.c. */
#pragma once

#include "proto/base/json.h"
#include "proto/endpoint.h"

/* ---- openapi_schema.c ---- */

/* Is there a field? NULL and the end of a table are none. */
bool openapi_any(const struct field *f);
bool openapi_has_required(const struct field *fields);

void openapi_put_schema(struct json *j, const char *key, const struct field *f);
/* Of an object with these fields. */
void openapi_put_object_schema(struct json *j, const char *key, const struct field *fields);

/* ---- openapi_answers.c ---- */

/* Who may call; `legacy`: a bare user_id is believed, where the area does so. */
enum caller_rank openapi_rank(const struct area *area, const struct endpoint *e, bool legacy);

/* "responses": what the row says, and what every endpoint of its kind may say too. */
void openapi_put_answers(struct json *j, const struct area *area, const struct endpoint *e, bool legacy);
