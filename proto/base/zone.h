/* Zone: time zones as people write them. An offset counts as people mean it, east of Greenwich positive (ISO 8601),
 * never as POSIX does. Any thread. */
#pragma once

#include "proto/base/buf.h"

enum { ZONE_TEXT_MAX = 32 };

/* Reads an offset: UTC, GMT or Z; with or without UTC or GMT before it +12, -3, +5:30, +05:30, +0530; a minus may be
 * U+2212; blanks do not count, nor do letters' cases. From -12:00 to +14:00. False if it is none of these. Writes the
 * zone as PostgreSQL takes it without a doubt, in the form of POSIX with both signs (<+05:30>-05:30). */
bool zone_read_offset(const char *text, char ret[static ZONE_TEXT_MAX]);

/* What may be written, for refusals. */
extern const char zone_forms[];
