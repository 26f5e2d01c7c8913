/* The practice area, and its handlers that are more than a statement. Worker's thread. */
#pragma once

#include "proto/identity/digest.h"
#include "transport/api/api.h"

extern const struct area practice_area;

extern const struct endpoint practice_chat_endpoints[]; /* chat.c */

/* Of a message to the tutor: code points, and bytes of what goes with it. */
enum { PRACTICE_CONTENT_MOST = 200000, PRACTICE_METADATA_MOST = 65536 };

/* ---- who is calling (identify.c) ---- */

/* By one of the three credentials of the practice contract, section 3.1. For struct area.identify: fills in account, role,
 * session, name, and as user_id the person. */
enum identified practice_identify(struct request *rq, enum error *ret_why);

/* By the credential given, a token or ROLE|ID|EMAIL; for those that come another way than in a header. It is borrowed
 * during the call. */
enum identified practice_identify_by(struct request *rq, struct text credential, enum error *ret_why);

/* ---- tokens of sessions (token.c) ---- */

enum { PRACTICE_TOKEN_MAX = 65 };

/* Writes a new token: 256 random bits as hexadecimal digits, ended by NUL. False: there are none to be had. */
bool practice_token_make(char to[static PRACTICE_TOKEN_MAX]);

/* ---- handlers ---- */

void practice_register_student(struct request *rq); /* register.c */
void practice_register_teacher(struct request *rq);
void practice_login_student(struct request *rq); /* login.c */
void practice_login_teacher(struct request *rq);
void practice_refresh(struct request *rq); /* session.c */
void practice_change_password(struct request *rq);
void practice_change_me(struct request *rq);

/* ---- sessions (session.c) ---- */

/* The two tokens of a session and what is stored of them. In the request's memory. */
struct practice_tokens {
    char access[PRACTICE_TOKEN_MAX], refresh[PRACTICE_TOKEN_MAX];
    char access_hash[DIGEST_MAX], refresh_hash[DIGEST_MAX];
};

/* New ones; NULL: answered 503. */
struct practice_tokens *practice_tokens_make(struct request *rq);

/* Appends access_token, refresh_token, token_type and expires_in. */
struct json;
void practice_tokens_put(struct json *j, const struct practice_tokens *tokens, int64_t expires_in);

/* The socket of a conversation (chat_socket.c). */
struct socket_ops;
extern const struct socket_ops practice_chat_socket_ops;
void practice_chat_socket(struct request *rq);
