/* The attendance area. Worker's thread. */
#pragma once

#include "transport/api/api.h"

extern const struct area attendance_area;

/* Endpoint handler of sign-in with Google (google.c). */
void google_sign_in(struct request *rq);
