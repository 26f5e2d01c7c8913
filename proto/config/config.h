/* Config: every parameter of the server, one row each. Flags (--listen), environment names (LECTERN_LISTEN or the
 * documented name), defaults, ranges, units, help text, the manual and `lectern config` all come from this table.
 * Read at start by the main thread; immutable afterwards, so any thread may read it. What changes at run time is
 * config_live.h's. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>
#include <sys/socket.h>

/* X(type, field, flag, environment name, default, least, most, help). For texts the bounds are lengths; a real
 * number is more than the least. URL and PATH are texts too: the address of somebody whom we call, who must be trusted
 * (url_trusted), so that start refuses a bad one; a file that must be readable, which `lectern config check` tries. */
#define CONFIG_PARAMETERS(X)                                                                                            \
    X(TEXT, config_file, "config", "LECTERN_CONFIG", "", 0, 4000,                                                       \
      "file of these parameters, KEY=VALUE with their environment names")                                               \
    X(TEXT, listen, "listen", "LECTERN_LISTEN", "0.0.0.0:8000", 1, 255, "address and port to listen on")                \
    X(TEXT, data, "data", "LECTERN_DATA", "./data", 1, 4000,                                                            \
      "folder for the admin socket, files and private database")                                                        \
    X(TEXT, admin_socket, "admin-socket", "LECTERN_ADMIN_SOCKET", "", 0, 4000,                                          \
      "path of the operators' socket; empty: admin.sock in the data folder")                                            \
    X(TEXT, viewer_socket, "viewer-socket", "LECTERN_VIEWER_SOCKET", "", 0, 4000,                                       \
      "path of a second socket for commands that change nothing; empty: none")                                          \
    X(TEXT, viewer_group, "viewer-group", "LECTERN_VIEWER_GROUP", "", 0, 255,                                           \
      "group that may use the viewer socket; empty: the server's own")                                                  \
    X(TEXT, console, "console", "LECTERN_CONSOLE", "", 0, 255,                                                          \
      "loopback address and port of the operators' page, such as 127.0.0.1:8001; empty: none")                          \
    X(TEXT, user, "user", "LECTERN_USER", "", 0, 255,                                                                   \
      "as whom root serves, for good; empty: the user lectern, where there is one and the data folder is new or its")   \
    X(INT, workers, "workers", "LECTERN_WORKERS", "0", 0, 64, "worker threads; 0 means one per core")                   \
    X(BOOL, dev, "dev", "LECTERN_DEV", "false", 0, 1,                                                                   \
      "development: private database, loopback listener, legacy identity, own secret")                                  \
    X(TEXT, identity, "identity", "LECTERN_IDENTITY", "token", 5, 6,                                                    \
      "who is calling: token, or legacy (also a bare user_id)")                                                         \
    X(BOOL, legacy_open, "legacy-open", "LECTERN_LEGACY_OPEN", "false", 0, 1,                                           \
      "identity legacy for other machines too, so that whoever reaches the port can be anybody")                        \
    X(TEXT, teacher_signup, "teacher-signup", "LECTERN_TEACHER_SIGNUP", "nobody", 4, 7,                                 \
      "who may sign up as teacher of the classroom: anybody (so with --dev), code (so with a code), nobody")            \
    X(SECRET, teacher_signup_code, "teacher-signup-code", "LECTERN_TEACHER_SIGNUP_CODE", "", 0, 200,                    \
      "what teachers know who may sign up with teacher-signup code, 8 bytes or more")                                   \
    X(TEXT, database_url, "database-url", "DATABASE_URL", "", 0, 2000, "PostgreSQL address; empty only with --dev")     \
    X(SECRET, jwt_secret, "jwt-secret", "JWT_SECRET", "", 0, 1000, "key of sign-in tokens, 32 bytes or more")           \
    X(SECRET, jwt_secret_previous, "jwt-secret-previous", "JWT_SECRET_PREVIOUS", "", 0, 1000,                           \
      "key of sign-in tokens from before jwt-secret: those that it has signed still count; empty: none")                \
    X(SECRET, metrics_token, "metrics-token", "LECTERN_METRICS_TOKEN", "", 0, 1000,                                     \
      "bearer token with which /metrics is read, 16 bytes or more; empty: nobody reads it, with --dev this machine")    \
    X(SECRET, password_key, "password-key", "LECTERN_PASSWORD_KEY", "", 0, 1000,                                        \
      "key for pre-hashing long passwords, which then must never change; empty: they are pre-hashed without one")       \
    X(INT, token_days, "token-days", "LECTERN_TOKEN_DAYS", "7", 1, 365, "life of a sign-in token, days")                \
    X(INT, token_max_days, "token-max-days", "LECTERN_TOKEN_MAX_DAYS", "30", 1, 3650,                                   \
      "days after a sign-in in which its token can be renewed")                                                         \
    X(INT, token_notice, "token-notice", "LECTERN_TOKEN_NOTICE", "120", 1, 3600,                                        \
      "seconds before its token ends at which an event stream is told so")                                              \
    X(INT, jwt_expiration_hours, "jwt-expiration-hours", "JWT_EXPIRATION_HOURS", "1", 1, 8760,                          \
      "life of a token of the attendance area, hours")                                                                  \
    X(TEXT, google_client_id, "google-client-id", "GOOGLE_CLIENT_ID", "", 0, 255,                                       \
      "audience of Google's tokens; empty: nobody can sign in with Google")                                             \
    X(URL, google_jwks_url, "google-jwks-url", "GOOGLE_JWKS_URL", "https://www.googleapis.com/oauth2/v3/certs", 8,      \
      2000, "where Google publishes its keys: https, or http on this machine")                                          \
    X(INT, google_failures, "google-failures", "LECTERN_GOOGLE_FAILURES", "0", 0, 1000000,                              \
      "refused sign-ins with Google per client address in login-window before 429; 0: any number")                      \
    X(INT, bcrypt_cost, "bcrypt-cost", "LECTERN_BCRYPT_COST", "12", 4, 15, "cost of new password hashes")               \
    X(INT, password_queue, "password-queue", "LECTERN_PASSWORD_QUEUE", "64", 1, 10000,                                  \
      "password checks waiting per worker before 503")                                                                  \
    X(INT, login_failures, "login-failures", "LECTERN_LOGIN_FAILURES", "10", 1, 100000,                                 \
      "failed sign-ins per account and client address in login-window before 429")                                      \
    X(INT, login_failures_account, "login-failures-account", "LECTERN_LOGIN_FAILURES_ACCOUNT", "100", 1, 1000000,       \
      "failed sign-ins per account from all strange client addresses together before 429; never fewer than "            \
      "login-failures")                                                                                                 \
    X(INT, login_failures_address, "login-failures-address", "LECTERN_LOGIN_FAILURES_ADDRESS", "200", 1, 1000000,       \
      "failed sign-ins per client address in login-window before 429")                                                  \
    X(INT, refresh_failures, "refresh-failures", "LECTERN_REFRESH_FAILURES", "3", 0, 1000000,                           \
      "refused tries of an address and refresh token in a minute before 429; 0: any number")                            \
    X(INT, login_window, "login-window", "LECTERN_LOGIN_WINDOW", "300", 1, 86400, "seconds a failed sign-in counts")    \
    X(TEXT, log_level, "log-level", "LECTERN_LOG_LEVEL", "info", 4, 5, "debug, info, warn or error")                    \
    X(TEXT, log_format, "log-format", "LECTERN_LOG_FORMAT", "text", 4, 4, "text or json")                               \
    X(TEXT, root_path, "root-path", "LECTERN_ROOT_PATH", "", 0, 255, "path prefix a proxy in front strips")             \
    X(TEXT, web_dir, "web-dir", "LECTERN_WEB_DIR", "", 0, 4000,                                                         \
      "folder of the pages; empty: web beside the command, or ../share/lectern/web")                                    \
    X(TEXT, cors_origins, "cors-origins", "CORS_ORIGINS", "*", 0, 4000,                                                 \
      "origins that may call the classroom and attendance areas, comma separated or a JSON array; * is any, which "     \
      "gets no credentials without --dev")                                                                              \
    X(TEXT, hosts, "hosts", "LECTERN_HOSTS", "", 0, 4000, "area host names: area=name,area=name")                       \
    X(TEXT, trusted_proxies, "trusted-proxies", "LECTERN_TRUSTED_PROXIES", "", 0, 4000,                                 \
      "addresses and networks of proxies, comma separated, whose X-Forwarded-For or Forwarded says who is calling; "    \
      "empty: whoever connects is")                                                                                     \
    X(INT, max_connections, "max-connections", "LECTERN_MAX_CONNECTIONS", "20000", 1, 1000000,                          \
      "connections per worker")                                                                                         \
    X(INT, max_per_address, "max-per-address", "LECTERN_MAX_PER_ADDRESS", "16384", 1, 1000000,                          \
      "connections per client address and worker; a trusted proxy's count for their clients")                           \
    X(INT, budget_actions, "budget-actions", "LECTERN_BUDGET_ACTIONS", "1000", 0, 1000000000,                           \
      "requests that change something, of one person in ten seconds before 429; 0: any number")                         \
    X(INT, budget_messages, "budget-messages", "LECTERN_BUDGET_MESSAGES", "10000", 0, 1000000000,                       \
      "messages on sockets, of one person in ten seconds before they are read later; 0: any number")                    \
    X(INT, budget_signals, "budget-signals", "LECTERN_BUDGET_SIGNALS", "5000", 0, 1000000000,                           \
      "signals of live voice of one person in ten seconds before 429, which are no actions; 0: any number")             \
    X(INT, budget_signal_bytes, "budget-signal-bytes", "LECTERN_BUDGET_SIGNAL_BYTES", "20971520", 0, 274877906944,      \
      "bytes of them before 429; 0: any number")                                                                        \
    X(INT, budget_requests, "budget-requests", "LECTERN_BUDGET_REQUESTS", "64", 0, 1000000,                             \
      "requests of one person under way at once before 429; 0: any number")                                             \
    X(INT, budget_streams, "budget-streams", "LECTERN_BUDGET_STREAMS", "64", 0, 1000000,                                \
      "event streams and sockets of one person before 429; 0: any number")                                              \
    X(INT, budget_bodies, "budget-bodies", "LECTERN_BUDGET_BODIES", "67108864", 0, 274877906944,                        \
      "bytes of bodies of one client address that may be held at once before 429; 0: any number")                       \
    X(INT, budget_all_bodies, "budget-all-bodies", "LECTERN_BUDGET_ALL_BODIES", "536870912", 0, 274877906944,           \
      "bytes of bodies that may be held at once before 503; 0: any number")                                             \
    X(INT, budget_sign_ups, "budget-sign-ups", "LECTERN_BUDGET_SIGN_UPS", "300", 0, 1000000,                            \
      "sign-ups with a password per client address in a minute before 429; 0: any number")                              \
    X(INT, signal_bytes, "signal-bytes", "LECTERN_SIGNAL_BYTES", "65536", 1024, 262144,                                 \
      "bytes of one signal of live voice before 413")                                                                   \
    X(INT, budget_uploads, "budget-uploads", "LECTERN_BUDGET_UPLOADS", "4", 0, 1000000,                                 \
      "uploads of one person under way at once before 429; 0: any number")                                              \
    X(INT, budget_invites, "budget-invites", "LECTERN_BUDGET_INVITES", "300", 0, 1000000,                               \
      "invitations to classes by one person in a minute before 429; 0: any number")                                     \
    X(INT, budget_questions, "budget-questions", "LECTERN_BUDGET_QUESTIONS", "60", 0, 1000000,                          \
      "questions of one person to the tutor's model in a minute before 429; 0: any number")                             \
    X(INT, budget_voices, "budget-voices", "LECTERN_BUDGET_VOICES", "120", 0, 1000000,                                  \
      "recordings of voices by one person in a minute before 429; 0: any number")                                       \
    X(INT, stored_max_bytes, "stored-max-bytes", "LECTERN_STORED_MAX_BYTES", "4294967296", 0, 1099511627776,            \
      "bytes of one person's audio files together before 413; 0: any number")                                           \
    X(INT, storage_floor, "storage-floor", "LECTERN_STORAGE_FLOOR", "1073741824", 0, 1099511627776,                     \
      "bytes that stay free where files are stored: with fewer, uploads are refused (503) while all else goes on")      \
    X(INT, max_line, "max-line", "LECTERN_MAX_LINE", "8192", 256, 65536, "bytes of a request line")                     \
    X(INT, max_headers, "max-headers", "LECTERN_MAX_HEADERS", "32768", 1024, 262144, "bytes of all request headers")    \
    X(INT, max_body, "max-body", "LECTERN_MAX_BODY", "1048576", 1024, 16777216, "bytes of a request body")              \
    X(TEXT, audio_dir, "audio-dir", "AUDIO_DIR", "", 0, 4000, "folder of audio files; empty: <data>/audio")             \
    X(INT, audio_max_bytes, "audio-max-bytes", "LECTERN_AUDIO_MAX_BYTES", "209715200", 1024, 1099511627776,             \
      "bytes of an uploaded audio file")                                                                                \
    X(INT, audio_url_hours, "audio-url-hours", "LECTERN_AUDIO_URL_HOURS", "12", 1, 720,                                 \
      "hours for which a signed address of an audio file is good")                                                      \
    X(INT, request_timeout, "request-timeout", "LECTERN_REQUEST_TIMEOUT", "30", 1, 3600,                                \
      "seconds to receive a whole request")                                                                             \
    X(INT, least_rate, "least-rate", "LECTERN_LEAST_RATE", "1024", 0, 1048576,                                          \
      "bytes of a long answer that a client takes in a second, or is cut after request-timeout")                        \
    X(INT, idle_timeout, "idle-timeout", "LECTERN_IDLE_TIMEOUT", "75", 1, 86400,                                        \
      "seconds a kept-alive connection may be idle")                                                                    \
    X(INT, answer_timeout, "answer-timeout", "LECTERN_ANSWER_TIMEOUT", "15", 1, 600,                                    \
      "seconds a room may take to answer before 503")                                                                   \
    X(INT, long_answer_timeout, "long-answer-timeout", "LECTERN_LONG_ANSWER_TIMEOUT", "300", 1, 3600,                   \
      "seconds a room may take that has to wait for somebody else, such as the tutor's model, before 503")              \
    X(INT, sse_keepalive, "sse-keepalive", "LECTERN_SSE_KEEPALIVE", "25", 1, 25,                                        \
      "seconds of silence before a keep-alive comment")                                                                 \
    X(INT, sse_backlog, "sse-backlog", "LECTERN_SSE_BACKLOG", "262144", 4096, 67108864,                                 \
      "bytes a slow stream may be behind before it is cut")                                                             \
    X(INT, sse_retry, "sse-retry", "LECTERN_SSE_RETRY", "2000", 100, 60000, "milliseconds told to clients in retry:")   \
    X(INT, ws_message, "ws-message", "LECTERN_WS_MESSAGE", "1048576", 131072, 67108864,                                 \
      "bytes a message on a WebSocket may have")                                                                        \
    X(INT, ws_ping, "ws-ping", "LECTERN_WS_PING", "30", 1, 3600, "seconds between pings of a WebSocket")                \
    X(INT, ws_silence, "ws-silence", "LECTERN_WS_SILENCE", "60", 2, 7200,                                               \
      "seconds without a frame before the client of a WebSocket is gone; more than ws-ping")                            \
    X(INT, half_open_timeout, "half-open-timeout", "LECTERN_HALF_OPEN_TIMEOUT", "30", 2, 3600,                          \
      "seconds without an acknowledgement before a silent peer is gone")                                                \
    X(INT, room_ring, "room-ring", "LECTERN_ROOM_RING", "1024", 16, 65536, "recent events a room keeps for resuming")   \
    X(INT, room_mailbox, "room-mailbox", "LECTERN_ROOM_MAILBOX", "8192", 4, 1000000,                                    \
      "messages that may wait for a room")                                                                              \
    X(INT, room_people, "room-people", "LECTERN_ROOM_PEOPLE", "5000", 1, 1000000,                                       \
      "people that a class may ever have had in it before newcomers get 403")                                           \
    X(INT, room_idle, "room-idle", "LECTERN_ROOM_IDLE", "300", 1, 86400, "seconds before a silent room leaves memory")  \
    X(INT, presence_grace, "presence-grace", "LECTERN_PRESENCE_GRACE", "15", 1, 3600,                                   \
      "seconds people have to reconnect after a restart before they count as gone")                                     \
    X(INT, slow_turn, "slow-turn", "LECTERN_SLOW_TURN", "20", 0, 60000,                                                 \
      "milliseconds of an actor's turn from which on it is kept as slow; 0: none is")                                   \
    X(INT, slow_request, "slow-request", "LECTERN_SLOW_REQUEST", "1000", 0, 600000,                                     \
      "milliseconds until an answer from which on a request is kept as slow; 0: none is")                               \
    X(INT, batch_turns, "batch-turns", "LECTERN_BATCH_TURNS", "500", 1, 10000, "commands per commit at most")           \
    X(INT, batch_rows, "batch-rows", "LECTERN_BATCH_ROWS", "1000", 1, 100000,                                           \
      "rows per commit at most, but for one command that writes more by itself")                                        \
    X(INT, batch_bytes, "batch-bytes", "LECTERN_BATCH_BYTES", "4194304", 1024, 67108864,                                \
      "bytes of rows per commit at most, but for one command that writes more by itself")                               \
    X(INT, write_wait, "write-wait", "LECTERN_WRITE_WAIT", "5000", 100, 60000,                                          \
      "milliseconds a write waits for an absent database before 503")                                                   \
    X(INT, read_connections, "read-connections", "LECTERN_READ_CONNECTIONS", "0", 0, 32,                                \
      "database connections of each worker for requests; 0 means 4, fewer with many workers")                           \
    X(BOOL, database_echo, "database-echo", "DATABASE_ECHO", "false", 0, 1,                                             \
      "name each statement in the log, without its values")                                                             \
    X(INT, statement_timeout, "statement-timeout", "LECTERN_STATEMENT_TIMEOUT", "10000", 100, 600000,                   \
      "milliseconds a statement may run")                                                                               \
    X(INT, slow_statement_timeout, "slow-statement-timeout", "LECTERN_SLOW_STATEMENT_TIMEOUT", "60000", 100, 3600000,   \
      "milliseconds a statement may run that has a connection of its own: reports, and what takes much with it")        \
    X(INT, outbound_calls, "outbound-calls", "LECTERN_OUTBOUND_CALLS", "64", 1, 1000,                                   \
      "calls to other services at once, per worker")                                                                    \
    X(INT, outbound_queue, "outbound-queue", "LECTERN_OUTBOUND_QUEUE", "1024", 1, 100000,                               \
      "calls to other services that may wait their turn, per worker")                                                   \
    X(PATH, outbound_ca, "outbound-ca", "LECTERN_OUTBOUND_CA", "", 0, 4000,                                             \
      "PEM file of whom to trust when calling others; empty: the system's authorities")                                 \
    X(TEXT, outbound_proxy, "outbound-proxy", "LECTERN_OUTBOUND_PROXY", "", 0, 4000,                                    \
      "proxy for calls to others, https://HOST:PORT, or http on this machine; empty: none")                             \
    X(BOOL, courses_admin_signup, "courses-admin-signup", "COURSES_ADMIN_SIGNUP", "false", 0, 1,                        \
      "anybody may sign up as admin of courses; with --dev true")                                                       \
    X(INT, courses_present_from, "courses-present-from", "MINIMUM_ATTENDANCE_SECONDS", "30", 0, 86400,                  \
      "seconds of watching that make a day's attendance in courses")                                                    \
    X(TEXT, courses_day_zone, "courses-day-zone", "COURSES_DAY_ZONE", "UTC", 1, 100,                                    \
      "where the days of courses begin: a name such as Asia/Kolkata, or an offset such as UTC+5:30")                    \
    X(TEXT, courses_frontend_url, "courses-frontend-url", "FRONTEND_URL", "http://localhost:3000", 0, 4000,             \
      "one more origin that may call the courses area, or more, as in cors-origins")                                    \
    X(REAL, practice_session_minutes, "practice-session-minutes", "SESSION_TIMEOUT_MINUTES", "1440", 0, 43200,          \
      "minutes after its last use at which a session of practice ends; fractions count")                                \
    X(BOOL, legacy_session_header, "legacy-session-header", "LEGACY_SESSION_HEADER", "true", 0, 1,                      \
      "practice takes X-Session-ID: ROLE|ID|EMAIL of accounts that are signed in, as its web client sends it")          \
    X(SECRET, teacher_registration, "teacher-registration", "TEACHER_REGISTRATION", "open", 4, 205,                     \
      "who may register as teacher of practice: open (anybody), closed (nobody), code:CODE (who sends invitation_code " \
      "CODE, of 8 bytes or more)")                                                                                      \
    X(INT, mastery_score, "mastery-score", "MASTERY_SCORE", "90", 0, 100,                                               \
      "score from which on a passed exercise of practice is mastered")                                                  \
    X(TEXT, practice_origins, "practice-origins", "LECTERN_PRACTICE_ORIGINS", "", 0, 4000,                              \
      "more origins that may call the practice area, as in cors-origins")                                               \
    X(REAL, speaking_rate_threshold, "speaking-rate-threshold", "SPEAKING_RATE_THRESHOLD", "3.0", 0, 1000,              \
      "words per second over which people in a coaching session are asked to slow down")                                \
    X(REAL, overlap_ratio_threshold, "overlap-ratio-threshold", "OVERLAP_RATIO_THRESHOLD", "0.3", 0, 1,                 \
      "share of a second in which both speak, over which they are asked to pause")                                      \
    X(INT, nudge_rate_limit_seconds, "nudge-rate-limit-seconds", "NUDGE_RATE_LIMIT_SECONDS", "10", 0, 86400,            \
      "seconds in which a person in a session causes one nudge at most")                                                \
    X(BOOL, store_frames, "store-frames", "STORE_FRAMES", "false", 0, 1,                                                \
      "keep what devices in coaching sessions have measured")                                                           \
    X(SECRET, coaching_secret_key, "coaching-secret-key", "SECRET_KEY", "", 0, 1000,                                    \
      "key of the tokens of coaching, 32 bytes or more of chance; empty: one is made and kept in the data folder")      \
    X(SECRET, coaching_secret_key_previous, "coaching-secret-key-previous", "SECRET_KEY_PREVIOUS", "", 0, 1000,         \
      "key of the tokens of coaching from before that one: those that it has signed still count; empty: none")          \
    X(TEXT, token_algorithm, "coaching-algorithm", "ALGORITHM", "HS256", 5, 5,                                          \
      "how tokens of coaching are signed: HS256, HS384 or HS512")                                                       \
    X(REAL, coaching_access_minutes, "coaching-access-minutes", "ACCESS_TOKEN_EXPIRE_MINUTES", "15", 0, 525600,         \
      "life of an access token of coaching, minutes; fractions count")                                                  \
    X(REAL, coaching_refresh_days, "coaching-refresh-days", "REFRESH_TOKEN_EXPIRE_DAYS", "30", 0, 3650,                 \
      "life of a refresh token of coaching, days; fractions count")                                                     \
    X(TEXT, coaching_origins, "coaching-origins", "LECTERN_COACHING_ORIGINS",                                           \
      "http://localhost:*,http://127.0.0.1:*,http://192.168.*.*:*,capacitor://localhost,https://localhost", 0, 4000,    \
      "origins that may call the coaching area, as in cors-origins, which counts for it too where it is given")         \
    X(TEXT, coaching_name, "coaching-name", "APP_NAME", "Project Inside API", 1, 200,                                   \
      "what the document of coaching is called")                                                                        \
    X(TEXT, coaching_version, "coaching-version", "APP_VERSION", "0.1.0", 1, 100,                                       \
      "what the health of coaching says as its version")                                                                \
    X(TEXT, email_blocked_domains, "email-blocked-domains", "EMAIL_BLOCKED_DOMAINS", "", 0, 4000,                       \
      "domains whose addresses nobody can look up in coaching, comma separated, with all below them; empty: none")      \
    X(TEXT, app_public_url, "app-public-url", "APP_PUBLIC_URL", "http://localhost:3000", 1, 2000,                       \
      "where the app of coaching is, to which links in its mail lead")                                                  \
    X(INT, coaching_lookups, "coaching-lookups", "LECTERN_COACHING_LOOKUPS", "30", 1, 100000,                           \
      "addresses that somebody in coaching may look up in a minute before 429")                                         \
    X(SECRET, youtube_api_key, "youtube-api-key", "YOUTUBE_API_KEY", "", 0, 1000,                                       \
      "key for the YouTube Data API; without it playlists are not imported")                                            \
    X(URL, youtube_api_base_url, "youtube-api-base-url", "YOUTUBE_API_BASE_URL",                                        \
      "https://www.googleapis.com/youtube/v3", 1, 2000,                                                                 \
      "address of the YouTube Data API: https, or http on this machine")                                                \
    X(INT, youtube_call_time, "youtube-call-time", "LECTERN_YOUTUBE_CALL_TIME", "10", 1, 600,                           \
      "seconds one call to YouTube may take")                                                                           \
    X(INT, youtube_time, "youtube-time", "LECTERN_YOUTUBE_TIME", "90", 1, 600,                                          \
      "seconds the import of a playlist may take")                                                                      \
    X(SECRET, openai_api_key, "openai-api-key", "OPENAI_API_KEY", "", 0, 1000,                                          \
      "key of the tutor's model; empty: the tutor has canned sentences")                                                \
    X(URL, openai_base_url, "openai-base-url", "OPENAI_BASE_URL", "https://api.openai.com/v1", 8, 2000,                 \
      "address of a chat-completions API, its version included: https, or http on this machine")                        \
    X(TEXT, openai_model, "openai-model", "OPENAI_MODEL", "gpt-4o-mini", 1, 200,                                        \
      "model that writes the tutor's replies")                                                                          \
    X(INT, openai_timeout, "openai-timeout", "OPENAI_TIMEOUT_SECONDS", "30", 1, 600,                                    \
      "seconds a reply may take, waiting and further tries included")                                                   \
    X(INT, openai_calls, "openai-calls", "LECTERN_OPENAI_CALLS", "64", 1, 10000,                                        \
      "replies that may be under way at once")                                                                          \
    X(INT, openai_queue, "openai-queue", "LECTERN_OPENAI_QUEUE", "1000", 0, 100000,                                     \
      "questions that may wait for those before the tutor says that many are asking")                                   \
    X(INT, openai_failures, "openai-failures", "LECTERN_OPENAI_FAILURES", "5", 1, 10000,                                \
      "failures in a row after which the model is left alone")                                                          \
    X(INT, openai_rest, "openai-rest", "LECTERN_OPENAI_REST", "20", 1, 3600,                                            \
      "seconds for which it is, until one question tries again")                                                        \
    X(PATH, voice_model, "voice-model", "LECTERN_VOICE_MODEL", "", 0, 4000,                                             \
      "file of the model by which the embedder knows voices; empty: the embedder needs none")                           \
    X(TEXT, voice_embedder, "voice-embedder", "LECTERN_VOICE_EMBEDDER", "", 0, 4000,                                    \
      "command that knows voices, for the shell; empty: with voice-model the one that tools/voice/install has put "     \
      "beside the command, else none, and nobody is recognised")                                                        \
    X(INT, voice_timeout, "voice-timeout", "LECTERN_VOICE_TIMEOUT", "10", 1, 600,                                       \
      "seconds the embedder may take for a sound before it is begun again; a sound waits as long for its turn")         \
    X(INT, voice_queue, "voice-queue", "LECTERN_VOICE_QUEUE", "32", 1, 1000,                                            \
      "sounds that may wait for the embedder before 503")                                                               \
    X(INT, voice_memory, "voice-memory", "LECTERN_VOICE_MEMORY", "4096", 64, 1048576,                                   \
      "MiB of address space the embedder may take")                                                                     \
    X(INT, voice_max_bytes, "voice-max-bytes", "LECTERN_VOICE_MAX_BYTES", "26214400", 1024, 134217728,                  \
      "bytes of an uploaded voice")                                                                                     \
    X(REAL, voice_threshold, "voice-threshold", "STT_SPEAKER_MATCH_THRESHOLD", "0.3", -1, 1,                            \
      "how alike a voice must be, from -1 to 1, for whoever it is most like to be recognised")                          \
    X(REAL, voice_margin, "voice-margin", "STT_SPEAKER_MATCH_MARGIN", "0.03", -1, 2,                                    \
      "by how much more alike than anybody else's")                                                                     \
    X(TEXT, firebase_key, "firebase-key", "FIREBASE_SERVICE_ACCOUNT_KEY", "", 0, 4000,                                  \
      "service-account file for pushes by Firebase; empty: none are sent")                                              \
    X(URL, fcm_url, "fcm-url", "LECTERN_FCM_URL", "https://fcm.googleapis.com", 8, 2000,                                \
      "base address of Firebase Cloud Messaging: https, or http on this machine")                                       \
    X(URL, fcm_token_url, "fcm-token-url", "LECTERN_FCM_TOKEN_URL", "", 0, 2000,                                        \
      "where access tokens for pushes come from; empty: token_uri of the service account")                              \
    X(INT, push_timeout, "push-timeout", "LECTERN_PUSH_TIMEOUT", "10", 1, 120,                                          \
      "seconds a call of the push service may take")                                                                    \
    X(SECRET, sendgrid_api_key, "sendgrid-api-key", "SENDGRID_API_KEY", "", 0, 1000,                                    \
      "key of SendGrid, which sends mails; empty: they are written to the log, their links with them")                  \
    X(URL, sendgrid_base_url, "sendgrid-base-url", "SENDGRID_BASE_URL", "https://api.sendgrid.com", 8, 2000,            \
      "base address of SendGrid: https, or http on this machine")                                                       \
    X(TEXT, email_from_address, "email-from-address", "EMAIL_FROM_ADDRESS", "noreply@projectinside.app", 3, 254,        \
      "whose address mails come from")                                                                                  \
    X(TEXT, email_from_name, "email-from-name", "EMAIL_FROM_NAME", "Project Inside", 0, 200,                            \
      "whose name mails come from, and what they call the product")                                                     \
    X(INT, mail_timeout, "mail-timeout", "LECTERN_MAIL_TIMEOUT", "10", 1, 120,                                          \
      "seconds a call of the mail service may take")                                                                    \
    X(INT, outbox_attempts, "outbox-attempts", "LECTERN_OUTBOX_ATTEMPTS", "15", 1, 1000,                                \
      "attempts to deliver a message before it is given up")                                                            \
    X(INT, outbox_backoff, "outbox-backoff", "LECTERN_OUTBOX_BACKOFF", "2000", 10, 900000,                              \
      "milliseconds before a message's second attempt; doubled each time, up to 15 minutes")                            \
    X(INT, outbox_max_age, "outbox-max-age", "LECTERN_OUTBOX_MAX_AGE", "86400", 60, 31536000,                           \
      "seconds a message may wait for its delivery before it is given up")                                              \
    X(INT, outbox_keep, "outbox-keep", "LECTERN_OUTBOX_KEEP", "30", 1, 3650,                                            \
      "days messages that were given up are kept")                                                                      \
    X(TEXT, kafka_servers, "kafka-bootstrap-servers", "KAFKA_BOOTSTRAP_SERVERS", "", 0, 4000,                           \
      "brokers of a Kafka to publish events to, HOST:PORT, comma separated; empty: none are published")                 \
    X(TEXT, kafka_security, "kafka-security-protocol", "KAFKA_SECURITY_PROTOCOL", "plaintext", 3, 14,                   \
      "how brokers are spoken to: plaintext, ssl, sasl_plaintext, sasl_ssl; outbound-ca says whom to trust")            \
    X(TEXT, kafka_sasl_mechanism, "kafka-sasl-mechanism", "KAFKA_SASL_MECHANISM", "PLAIN", 5, 13,                       \
      "how brokers learn who we are: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")                                              \
    X(TEXT, kafka_sasl_username, "kafka-sasl-username", "KAFKA_SASL_USERNAME", "", 0, 255,                              \
      "name for brokers with sasl_plaintext and sasl_ssl")                                                              \
    X(SECRET, kafka_sasl_password, "kafka-sasl-password", "KAFKA_SASL_PASSWORD", "", 0, 1000,                           \
      "password for brokers with sasl_plaintext and sasl_ssl")                                                          \
    X(PATH, kafka_certificate, "kafka-certificate", "KAFKA_CERTIFICATE", "", 0, 4000,                                   \
      "PEM file of the certificate that brokers ask for with ssl; empty: none")                                         \
    X(PATH, kafka_key, "kafka-key", "KAFKA_KEY", "", 0, 4000,                                                           \
      "PEM file of that certificate's key, without a password")                                                         \
    X(INT, outbox_events, "outbox-events", "LECTERN_OUTBOX_EVENTS", "100000", 1, 100000000,                             \
      "events that may wait to be published before the oldest are dropped")                                             \
    X(INT, outbox_events_bytes, "outbox-events-bytes", "LECTERN_OUTBOX_EVENTS_BYTES", "268435456", 1048576,             \
      1099511627776, "bytes of the events that may wait")                                                               \
    X(INT, audit_keep_days, "audit-keep-days", "LECTERN_AUDIT_KEEP_DAYS", "365", 0, 36500,                              \
      "days the audit of operators' commands is kept; 0: for ever")                                                     \
    X(INT, drain_time, "drain-time", "LECTERN_DRAIN_TIME", "10", 1, 600, "seconds a graceful stop may take")

/* X(field, name): other names in environment and file, which count where the parameter's own is absent (coaching contract,
 * sections 13 and 17). */
#define CONFIG_SYNONYMS(X)                                                                                             \
    X(speaking_rate_threshold, "SR_THRESHOLD")                                                                         \
    X(overlap_ratio_threshold, "OR_THRESHOLD")                                                                         \
    X(ws_ping, "WEBSOCKET_HEARTBEAT_INTERVAL")                                                                         \
    X(ws_silence, "WEBSOCKET_TIMEOUT")

#define CONFIG_FIELD_TEXT   const char *
#define CONFIG_FIELD_URL    const char *
#define CONFIG_FIELD_PATH   const char *
#define CONFIG_FIELD_SECRET const char *
#define CONFIG_FIELD_INT    int64_t
#define CONFIG_FIELD_BOOL   bool
#define CONFIG_FIELD_REAL   double

/* Texts that are no parameters: start makes them of some, before the workers run. Statements may take them too. */
#define CONFIG_MADE(X) X(courses_zone) /* courses_day_zone as the database takes it */

struct config {
#define CONFIG_FIELD(type, field, flag, env, def, least, most, help) CONFIG_FIELD_##type field;
    CONFIG_PARAMETERS(CONFIG_FIELD)
#undef CONFIG_FIELD
#define CONFIG_MADE_FIELD(field) const char *field;
    CONFIG_MADE(CONFIG_MADE_FIELD)
#undef CONFIG_MADE_FIELD
};

/* Those that may be changed while the server runs: numbers, truths and words only. They are read through config_here()
 * (config_live.h), never through `config`. */
#define CONFIG_CHANGEABLE(X)                                                                                           \
    X(token_days)                                                                                                      \
    X(token_max_days)                                                                                                  \
    X(token_notice)                                                                                                    \
    X(jwt_expiration_hours)                                                                                            \
    X(login_failures)                                                                                                  \
    X(login_failures_account)                                                                                          \
    X(login_failures_address)                                                                                          \
    X(google_failures)                                                                                                 \
    X(refresh_failures)                                                                                                \
    X(log_level)                                                                                                       \
    X(max_per_address)                                                                                                 \
    X(least_rate)                                                                                                      \
    X(max_body)                                                                                                        \
    X(budget_actions)                                                                                                  \
    X(budget_signals)                                                                                                  \
    X(budget_signal_bytes)                                                                                             \
    X(signal_bytes)                                                                                                    \
    X(budget_messages)                                                                                                 \
    X(budget_requests)                                                                                                 \
    X(budget_streams)                                                                                                  \
    X(budget_all_bodies)                                                                                               \
    X(budget_bodies)                                                                                                   \
    X(budget_sign_ups)                                                                                                 \
    X(budget_uploads)                                                                                                  \
    X(budget_invites)                                                                                                  \
    X(budget_questions)                                                                                                \
    X(budget_voices)                                                                                                   \
    X(stored_max_bytes)                                                                                                \
    X(storage_floor)                                                                                                   \
    X(sse_keepalive)                                                                                                   \
    X(sse_backlog)                                                                                                     \
    X(sse_retry)                                                                                                       \
    X(ws_message)                                                                                                      \
    X(ws_ping)                                                                                                         \
    X(ws_silence)                                                                                                      \
    X(half_open_timeout)                                                                                               \
    X(courses_admin_signup)                                                                                            \
    X(teacher_signup)                                                                                                  \
    X(practice_session_minutes)                                                                                        \
    X(legacy_session_header)                                                                                           \
    X(coaching_access_minutes)                                                                                         \
    X(coaching_refresh_days)                                                                                           \
    X(coaching_lookups)                                                                                                \
    X(slow_turn)                                                                                                       \
    X(slow_request)                                                                                                    \
    X(speaking_rate_threshold)                                                                                         \
    X(overlap_ratio_threshold)                                                                                         \
    X(nudge_rate_limit_seconds)                                                                                        \
    X(store_frames)                                                                                                    \
    X(youtube_call_time)                                                                                               \
    X(voice_threshold)                                                                                                 \
    X(voice_margin)                                                                                                    \
    X(audit_keep_days)                                                                                                 \
    X(youtube_time)                                                                                                    \
    X(drain_time)

/* The configuration that start gave. Set once by config_load. */
extern struct config config;

/* Fills `config` from defaults, then one file, then the environment, then flags (the strongest), and adds what --dev
 * implies. The file: what --config or LECTERN_CONFIG names; else that of an installed command (place.h); else ./.env or
 * ../.env. A name in it that is no parameter's is refused, in a .env (which others use too) only if it begins with
 * LECTERN_. An empty value in file or environment counts as absent, and quotation marks around a whole one, which some
 * programs hand on from their files, are taken off. argv[0] is the command's own name; every other
 * argument must be a flag of the table. False with one clear sentence in ret_why (static storage) on a bad value: name,
 * value, where it came from, and range. Main thread, before any other starts. */
bool config_read(int argc, char **argv, const char **ret_why);

/* config_read, then what serving needs: a database (or --dev), a listen address that the identity mode allows, secrets
 * that are long and varied enough. Nothing is made: with --dev the secret may be missing. */
bool config_load(int argc, char **argv, const char **ret_why);

/* With --dev and without a secret one is made and kept in <data>/jwt_secret, or read from there; the same, with --dev or
 * without, of coaching's key in <data>/coaching_secret_key. After config_load, as the user who serves. False with a sentence in ret_why (static storage). */
bool config_keep_secret(const char **ret_why);

/* What is wrong with the key of coaching's tokens, NULL if nothing: with such a one the server starts, but for this machine
 * only, unless DEBUG is true. After config_load. */
const char *config_key_lack(void);

/* May this address be listened on, wherever its socket came from? False with a sentence in ret_why (static storage).
 * After config_load. */
bool config_may_listen(const struct sockaddr_storage *address, const char **ret_why);

/* The file that was read, NULL if none. */
const char *config_file(void);

/* Did a secret come from a file that everybody on this machine can read? */
bool config_file_tells(void);

/* Reads true, 1, yes, on and their opposites. */
bool config_read_bool(const char *value, bool *ret);

/* ---- config_print.c, to standard output ---- */

/* The table: flag, environment name, default, range, help, the value in force unless it is a secret, and where that
 * came from. */
void config_print(void);

/* The flags with their help and defaults, for --help. */
void config_usage(void);

/* A configuration file in which every parameter stands as a comment with its help and default. */
void config_template(void);
