/* Line help: see line_help.h. */
#include "line_help.h"
#include "tests/test.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int line_dial(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    struct timeval patience = { .tv_sec = 10 };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && strlen(path) < sizeof to.sun_path);
    strcpy(to.sun_path, path);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

int line_send(int fd, const void *bytes, size_t n)
{
    for (size_t sent = 0; sent < n;) {
        ssize_t more = send(fd, (const char *)bytes + sent, n - sent, MSG_NOSIGNAL);
        if (more <= 0)
            return -1;
        sent += (size_t)more;
    }
    return 0;
}

char *line_read(int fd)
{
    size_t n = 0, room = 4096;
    char *line = malloc(room);
    while (line && recv(fd, line + n, 1, 0) == 1 && line[n] != '\n')
        if (++n == room)
            line = realloc(line, room *= 2);
    assert_non_null(line);
    if (!n) {
        free(line);
        return NULL;
    }
    line[n] = 0;
    return line;
}

int line_ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

json_t *line_ask(int fd, const void *bytes, size_t n)
{
    assert_int_equal(line_send(fd, bytes, n), 0);
    assert_int_equal(line_send(fd, "\n", 1), 0);
    char *line = line_read(fd);
    json_t *answer = line ? json_loads(line, 0, NULL) : NULL;
    free(line);
    assert_non_null(answer);
    assert_int_equal(json_integer_value(json_object_get(answer, "v")), 1);
    return answer;
}

void line_assert_error(json_t *answer, const char *part)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    assert_true(json_is_false(json_object_get(answer, "ok")));
    assert_non_null(error);
    if (!strstr(error, part))
        fail_msg("\"%s\" does not say \"%s\"", error, part);
    json_decref(answer);
}
