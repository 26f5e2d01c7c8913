/* Courses: handlers of the area that are more than a statement. Worker's thread. */
#pragma once

#include "transport/http/request.h"

/* Sign-up and sign-in by name (api/courses_signing.c). */
void courses_sign_up(struct request *rq);
void courses_sign_in(struct request *rq);

/* Makes a course of a YouTube playlist (api/import.c). */
void courses_import(struct request *rq);
