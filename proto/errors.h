/* Errors: every reason to refuse a request, one row each: symbol, HTTP status, text of "detail".
 * Handlers and actors name the symbol; no status number stands anywhere else. Contract: classroom, sections 1.3 and
 * 2-9; attendance. */
#pragma once

#include "proto/base/text.h"

#define ERRORS(X)                                                                                                      \
    X(OK, 200, "")                                                                                                     \
    X(BAD_REQUEST, 400, "Bad request")                                                                                 \
    X(NOT_FOUND, 404, "Not Found")                                                                                     \
    X(METHOD_NOT_ALLOWED, 405, "Method Not Allowed")                                                                   \
    X(NO_PAGES, 404,                                                                                                   \
      "This server runs without its pages (built with LECTERN_WEB=OFF, or --web-dir names another folder)")            \
    X(REQUEST_TIMEOUT, 408, "Request took too long")                                                                   \
    X(BODY_TOO_LARGE, 413, "Request body too large")                                                                   \
    X(BODY_TOO_RICH, 413, "The request body has too many values")                                                      \
    X(URI_TOO_LONG, 414, "Request line too long")                                                                      \
    X(BODY_ENCODED, 415, "The body must not be compressed (Content-Encoding)")                                         \
    X(RANGE_NOT_SATISFIABLE, 416, "Range not satisfiable")                                                             \
    X(EXPECTATION_FAILED, 417, "Expectation failed")                                                                   \
    X(UNPROCESSABLE, 422, "Unprocessable request")                                                                     \
    X(TOO_MANY_ATTEMPTS, 429, "Too many attempts, try again later")                                                    \
    X(TOO_MANY_REQUESTS, 429, "Too many requests, try again later")                                                    \
    X(TOO_MANY_UPLOADS, 429, "Too many uploads under way, finish one first")                                           \
    X(TOO_MANY_STREAMS, 429, "Too many open streams, close one first")                                                 \
    X(BAD_HANDSHAKE, 400, "Sec-WebSocket-Key must be 16 bytes in base64, and a handshake has no body")                 \
    X(ORIGIN_REFUSED, 403, "Pages of this origin may not open sockets here")                                           \
    X(UPGRADE_REQUIRED, 426, "This is a WebSocket: ask for it with Upgrade: websocket and version 13")                 \
    X(MISDIRECTED, 421, "The console answers at the names of this machine only: 127.0.0.1, [::1], localhost")          \
    X(HEADERS_TOO_LARGE, 431, "Request headers too large")                                                             \
    X(INTERNAL, 500, "Internal server error")                                                                          \
    X(NOT_IMPLEMENTED, 501, "Not implemented")                                                                         \
    X(UNAVAILABLE, 503, "Service unavailable, try again")                                                              \
    X(OVERLOADED, 503, "Server is busy, try again")                                                                    \
    X(VERSION_NOT_SUPPORTED, 505, "HTTP version not supported")                                                        \
    X(STORAGE_FAILED, 500, "The file could not be stored")                                                             \
    X(STORAGE_FULL, 507, "There is no room to store the file")                                                         \
    X(STORAGE_LOW, 503, "There is no room for files now, try again later")                                             \
    X(STORED_MOST, 413, "Your files have taken all the room that one person may have")                                 \
    /* account */                                                                                                      \
    X(NOT_AUTHENTICATED, 401, "Not authenticated")                                                                     \
    X(INVALID_TOKEN, 401, "Could not validate credentials")                                                            \
    X(INVALID_CREDENTIALS, 401, "Invalid credentials")                                                                 \
    X(WRONG_IDENTITY, 403, "user_id does not match the token")                                                         \
    X(USER_ID_MISSING, 400, "user_id query param required for dev auth (e.g. user_id=5)")                              \
    X(USER_NOT_FOUND, 404, "User not found")                                                                           \
    X(FORBIDDEN, 403, "Not allowed")                                                                                   \
    X(NO_ROLE, 403, "You have no role here")                                                                           \
    X(TEACHER_SIGNUP_CLOSED, 403, "Nobody can sign up as teacher here")                                                \
    X(TEACHER_SIGNUP_CODE, 403, "Whoever signs up as teacher needs the sign-up code")                                  \
    X(PHONE_TAKEN, 400, "Phone already registered")                                                                    \
    X(OLD_PASSWORD_WRONG, 403, "The old password is wrong")                                                            \
    X(SIGN_IN_TOO_OLD, 403, "This sign-in is too old to be renewed, sign in again")                                    \
    /* classroom */                                                                                                    \
    X(TEACHER_ROLE_REQUIRED, 403, "Teacher role required")                                                             \
    X(TEACHER_PERMISSION_REQUIRED, 403, "Teacher permission required")                                                 \
    X(SESSION_NOT_FOUND, 404, "Session not found")                                                                     \
    X(SESSION_ENDED, 400, "Session already ended")                                                                     \
    X(SESSION_NOT_ACTIVE, 400, "Session is not active")                                                                \
    X(ONLY_CREATOR_CAN_END, 403, "Only creator can end session")                                                       \
    X(NOT_YOUR_SESSION, 403, "Not your session")                                                                       \
    X(ONLY_CREATOR_READS_LOGS, 403, "Only the session creator can view logs")                                          \
    X(ONLY_CREATOR_ADDS, 403, "Only the session creator can add other users")                                          \
    X(ONLY_STUDENTS_ADDED, 400, "Only students can be added as participants")                                          \
    X(SIGNAL_TOO_LARGE, 413, "Signal too large")                                                                       \
    X(SESSION_FULL, 403, "Session is full")                                                                            \
    X(STUDENT_NOT_FOUND, 404, "Student not found")                                                                     \
    X(PARTICIPANT_NOT_FOUND, 404, "Participant not found")                                                             \
    X(TARGET_NOT_FOUND, 404, "Target participant not found")                                                           \
    X(TARGET_REQUIRED, 400, "target_participant_id required")                                                          \
    X(NOT_A_PARTICIPANT, 404, "You are not a participant in this session. Connect to the SSE stream first.")           \
    X(NOT_IN_SESSION, 403, "You are not a participant in this session")                                                \
    X(KICKED, 403, "You were removed from this session")                                                               \
    X(INVALID_PARTICIPANT, 400, "Invalid participant")                                                                 \
    X(NOT_YOUR_PARTICIPANT, 403, "Participant belongs to another user")                                                \
    X(AUDIO_EXTENSION, 400, "Invalid file extension")                                                                  \
    X(AUDIO_TYPE, 400, "Invalid file type")                                                                            \
    X(AUDIO_CONTENT, 400, "Invalid file content")                                                                      \
    X(AUDIO_ABSENT, 404, "Audio not found")                                                                            \
    X(AUDIO_FORBIDDEN, 403, "Only its owner and the people of a session that has played it may hear this audio")       \
    X(AUDIO_NOT_FOUND, 404, "Audio file not found")                                                                    \
    X(NO_AUDIO_IN_SESSION, 400, "No audio selected for this session")                                                  \
    X(NO_AUDIO_SELECTED, 400, "No audio selected")                                                                     \
    X(INVALID_ACTION, 400, "Invalid action")                                                                           \
    X(EMPTY_MESSAGE, 400, "Empty message")                                                                             \
    X(UNKNOWN_ACTION, 400, "Unknown action type")                                                                      \
    /* courses */                                                                                                      \
    X(INVALID_AUTHENTICATION, 401, "Invalid authentication credentials")                                               \
    X(USER_GONE, 401, "User not found")                                                                                \
    X(EMAIL_TAKEN, 400, "Email already registered")                                                                    \
    X(NAME_TAKEN, 400, "Username already taken")                                                                       \
    X(ALREADY_REGISTERED, 400, "Already registered for this course")                                                   \
    X(NOTHING_TO_RECORD, 400, "There is nothing to record")                                                            \
    X(COURSE_NOT_FOUND, 404, "Course not found")                                                                       \
    X(VIDEO_NOT_FOUND, 404, "Video not found")                                                                         \
    X(INVALID_NAME_OR_PASSWORD, 401, "Incorrect username or password")                                                 \
    X(ADMIN_ACCESS_REQUIRED, 403, "Admin access required")                                                             \
    X(STUDENT_ACCESS_REQUIRED, 403, "Student access required")                                                         \
    X(ADMIN_READS_OTHERS, 403, "Only admins can view other users' attendance")                                         \
    X(ADMIN_READS_DATES, 403, "Only admins can view attendance by date")                                               \
    X(ADMIN_SIGNUP_CLOSED, 403, "Nobody can sign up as admin here")                                                    \
    X(INVALID_START_TIME, 400, "Invalid start_time format. Use HH:MM:SS")                                              \
    X(INVALID_END_TIME, 400, "Invalid end_time format. Use HH:MM:SS")                                                  \
    X(INVALID_PLAYLIST_URL, 400, "Invalid YouTube playlist URL: use https://www.youtube.com/playlist?list=...")        \
    X(PLAYLIST_EMPTY, 400, "No videos found in playlist")                                                              \
    X(PLAYLIST_NOT_FOUND, 404, "Playlist not found or not public")                                                     \
    X(YOUTUBE_NO_KEY, 503, "This server has no YouTube API key")                                                       \
    X(YOUTUBE_KEY, 503, "YouTube does not accept the API key of this server")                                          \
    X(YOUTUBE_QUOTA, 503, "The YouTube quota of this server is used up, try again later")                              \
    X(YOUTUBE_BROKEN, 502, "YouTube gave no usable answer, try again later")                                           \
    X(YOUTUBE_SLOW, 504, "YouTube did not answer in time, try again later")                                            \
    /* attendance */                                                                                                   \
    X(TEACHER_OR_ADMIN_REQUIRED, 403, "Teacher or admin access required")                                              \
    X(TOKEN_INVALID, 401, "Invalid token or token has expired")                                                        \
    X(GOOGLE_TOKEN_INVALID, 401, "Invalid Google token")                                                               \
    X(EMAIL_NOT_ALLOWED, 403, "Email not authorized")                                                                  \
    X(GOOGLE_UNAVAILABLE, 503, "Google's keys cannot be fetched, try again")                                           \
    X(GOOGLE_NOT_CONFIGURED, 503, "Sign-in with Google is not configured")                                             \
    X(CLASS_NOT_FOUND, 404, "Class not found")                                                                         \
    X(CLASS_OF_ANOTHER, 403, "You do not have access to this class")                                                   \
    X(CLASS_EXISTS, 409, "Class with this code and section already exists")                                            \
    X(SLOT_EXISTS, 409, "The class has a slot on this day already")                                                    \
    X(CLASS_NOT_FOUND_OR_DENIED, 404, "Class not found or access denied")                                              \
    X(NOTHING_TO_MOVE, 404, "No class is scheduled on the weekday of original_date")                                   \
    X(RESCHEDULE_NOT_FOUND, 404, "Reschedule not found")                                                               \
    X(ATTENDANCE_SESSION_NOT_FOUND, 404, "Attendance session not found")                                               \
    X(INVALID_DATE, 400, "Invalid date format. Use YYYY-MM-DD")                                                        \
    /* practice */                                                                                                     \
    X(INVALID_SESSION, 401, "Invalid session")                                                                         \
    X(INVALID_REFRESH_TOKEN, 401, "Invalid session: the refresh token is unknown, used or expired")                    \
    X(INVALID_EMAIL_OR_PASSWORD, 401, "Invalid email or password")                                                     \
    X(STUDENT_INACTIVE, 401, "Student account is inactive")                                                            \
    X(TEACHER_INACTIVE, 401, "Teacher account is inactive")                                                            \
    X(OLD_PASSWORD_INCORRECT, 400, "Old password is incorrect")                                                        \
    X(ACCOUNT_EXISTS, 400, "You have such an account already")                                                         \
    X(TEACHER_REGISTRATION_CLOSED, 403, "Nobody can register as teacher here")                                         \
    X(TEACHER_REGISTRATION_CODE, 403, "Whoever registers as teacher needs the invitation code")                        \
    X(TEACHER_NOT_FOUND, 404, "Teacher not found")                                                                     \
    X(TEACHERS_ONLY, 403, "Access denied: Teachers only")                                                              \
    X(EXERCISE_NOT_FOUND, 404, "Exercise not found")                                                                   \
    X(ONLY_STUDENTS_SUBMIT, 403, "Only students can submit code")                                                      \
    X(SUBMITS_FOR_ANOTHER, 403, "Cannot submit code for another student")                                              \
    X(SUBMISSION_NOT_FOUND, 404, "Submission not found")                                                               \
    X(SUBMISSIONS_OF_OTHERS, 403, "Access denied: Cannot access other students' submissions")                          \
    X(PROGRESS_OF_OTHERS, 403, "Access denied: Cannot access other students' progress")                                \
    X(STATS_OF_OTHERS, 403, "Access denied: Cannot access other students' stats")                                      \
    X(CHAT_NOT_FOUND, 404, "Chat session not found")                                                                   \
    X(CHAT_NOT_ACTIVE, 400, "Chat session is not active")                                                              \
    X(CHAT_OVER, 403, "Chat session is not active")                                                                    \
    X(CHAT_FOR_ANOTHER, 403, "Access denied: Students can only create chat sessions for themselves")                   \
    X(CHATS_OF_OTHERS, 403, "Access denied: Cannot access other students' chat sessions")                              \
    X(CHAT_OWNER_SENDS, 403, "Access denied: Only the session owner can send messages")                                \
    X(CHAT_OWNER_ENDS, 403, "Access denied: Only the session owner can end the session")                               \
    X(CHAT_OWNER_LISTENS, 403, "Access denied: Only the session owner can connect")                                    \
    /* coaching; %s: the id that was given */                                                                          \
    X(ENROLLMENT_NOT_FOUND, 404, "Enrollment not found")                                                               \
    X(ENROLLMENT_FORBIDDEN, 403, "Enrollment does not belong to user")                                                 \
    X(ENROLLMENT_COMPLETE, 400, "Enrollment is complete already")                                                      \
    X(ENROLLMENT_WITHOUT_AUDIO, 400, "No audio has been uploaded")                                                     \
    X(VOICE_EMPTY, 400, "The audio is empty")                                                                          \
    X(VOICE_NOT_DECODED, 400, "The audio cannot be decoded: WAV, FLAC or Ogg is wanted")                               \
    X(VOICE_PROFILE_NOT_FOUND, 404, "No voice profile found")                                                          \
    X(COACHING_CLOSED, 403, "Not a session of yours that goes on")                                                     \
    X(INCORRECT_EMAIL_OR_PASSWORD, 401, "Incorrect email or password")                                                 \
    X(ACCOUNT_INACTIVE, 403, "User account is inactive")                                                               \
    X(REFRESH_TOKEN_INVALID, 401, "Invalid refresh token")                                                             \
    X(TOO_MANY_REFRESHES, 429, "Too many attempts")                                                                    \
    X(TOO_MANY_LOOKUPS, 429, "Too many addresses looked up, try again later")                                          \
    X(USER_ID_NOT_FOUND, 404, "User with id %s not found")                                                             \
    X(RELATIONSHIP_NOT_FOUND, 404, "Relationship with id %s not found")                                                \
    X(NOT_AUTHORIZED, 403, "Not authorized")                                                                           \
    X(NOT_A_MEMBER, 403, "User is not a member of this relationship")                                                  \
    X(NO_MEMBER_HERE, 403, "Not a member of this relationship")                                                        \
    X(SESSION_ID_NOT_FOUND, 404, "Session with id %s not found")                                                       \
    X(SENDER_NO_MEMBER, 403, "Sender is not a member of this relationship")                                            \
    X(RECEIVER_NO_MEMBER, 403, "Receiver is not a member of this relationship")                                        \
    X(OTHER_NOT_A_MEMBER, 403, "User %s is not a member of this relationship")                                         \
    X(TOO_MANY_INVITES, 429, "Too many invitations, try again later")                                                  \
    X(INVITE_NOT_FOUND, 404, "Invite not found")                                                                       \
    X(INVITE_NOT_PENDING, 400, "Invite is no longer pending")                                                          \
    X(INVITE_INVALID, 404, "Invalid or expired invitation token")                                                      \
    X(NOTIFICATION_NOT_FOUND, 404, "Notification not found")

enum error {
#define ERROR_SYMBOL(symbol, status, detail) ERROR_##symbol,
    ERRORS(ERROR_SYMBOL)
#undef ERROR_SYMBOL
        ERROR_COUNT
};

int error_status(enum error e);
const char *error_detail(enum error e);
const char *error_name(enum error e); /* the symbol, for logs */
