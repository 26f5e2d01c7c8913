/* Like: the JSON Schema (draft 2020-12) of what is like an example, so that a table shows what is answered and nobody
 * writes that twice. The example is JSON: the members of an object are always there and have the types of the example's,
 * 1 being an integer and 1.5 a number. Marks behind a name say what it cannot:
 *   "name?"  it may also be null
 *   "name-"  it may be missing
 *   "name|"  it is one of the words of its text: "one|other"
 *   "name*"  there may be any number of such members, of any name
 * null, {} and [] stand for any value, object and array. Any thread. */
#pragma once

#include "proto/base/json.h"

/* Writes the schema. False, and nothing is written: the example is no JSON. */
bool like_put_schema(struct json *j, const char *key, const char *example);

/* Writes "example", without the marks and with the first of words; what is no JSON as text. Nothing of NULL. */
void like_put_example(struct json *j, const char *example);

/* Writes "type". */
void like_put_type(struct json *j, const char *type, bool nullable);
