/* Line help: peers of an operators' socket for tests, with a limit of ten seconds on whatever they wait for. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* Connects, or fails the test. */
int line_dial(const char *path);
/* Sends all of it; -1 if the server has closed. */
int line_send(int fd, const void *bytes, size_t n);
/* The next line without its line feed, and a zero byte behind it; the caller frees. NULL: the end. */
char *line_read(int fd);
/* Is there nothing but the end? */
int line_ended(int fd);
/* The answer to a line; fails the test if it is none of version 1. The caller decrefs. */
json_t *line_ask(int fd, const void *bytes, size_t n);
/* Fails unless the answer is an error that has this part. Decrefs. */
void line_assert_error(json_t *answer, const char *part);
