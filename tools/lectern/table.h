/* Table: prints an admin answer for people, from the keys it has: a list of objects as rows and columns, an object as
 * lines of key and value. Knows no command by name. */
#pragma once

#include "proto/text.h"

#include <stdio.h>

/* Prints the answer's data to out, as a table or as JSON, or its error to err. False for an error or an answer that is
 * none. */
bool table_print(struct text answer, bool as_json, FILE *out, FILE *err);
