/* Account: sign-up and sign-in by phone number, for areas that have them. Worker's thread. */
#pragma once

#include "transport/api/api.h"

/* Endpoint handlers. */
void account_register(struct request *rq);
void account_login(struct request *rq);
