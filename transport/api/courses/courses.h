/* The courses area, and its handlers that are more than a statement. Worker's thread. */
#pragma once

#include "transport/api/api.h"

extern const struct area courses_area;
extern const struct part courses_part; /* import.c */

/* Sign-up and sign-in by name (signing.c). */
void courses_sign_up(struct request *rq);
void courses_sign_in(struct request *rq);

/* Makes a course of a YouTube playlist (import.c). */
void courses_import(struct request *rq);
