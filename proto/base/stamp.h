/* Stamps: wall-clock time as microseconds since 1970 UTC, and its text form; days and times of day. Any thread.
 * Text form: ISO 8601, no zone suffix, microseconds left out when exactly zero (classroom contract, section 1.2). */
#pragma once

#include "proto/base/buf.h"

/* Now, by the system's wall clock. Actors never call it: they ask their worker, so that the simulation can set it. */
int64_t stamp_now(void);

/* Milliseconds of the system's monotonic clock, for threads that wait. Actors ask their worker. */
int64_t stamp_monotonic_ms(void);

/* Appends 2026-02-24T16:24:20.666428. */
void stamp_put(struct buf *out, int64_t us);

/* The same, always with microseconds: 2026-02-24T16:24:20.000000. */
void stamp_put_whole(struct buf *out, int64_t us);

/* Reads what PostgreSQL prints for a timestamp ("2026-02-24 16:24:20.666428") or the form above. False if it is
 * neither.
 */
bool stamp_read(struct text t, int64_t *ret_us);

/* Reads exactly YYYY-MM-DD of a day that exists (years 1 to 9999), as days since 2000-01-01. False if it is none. */
bool stamp_read_date(struct text t, int32_t *ret_days);

/* Reads exactly HH:MM or HH:MM:SS, as seconds since midnight. False if it is neither. */
bool stamp_read_time(struct text t, int32_t *ret_seconds);

/* Reads exactly three numbers of one or two digits with colons between them, as seconds since midnight. */
bool stamp_read_clock(struct text t, int32_t *ret_seconds);
