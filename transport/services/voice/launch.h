/* Launch: how an embedder's process is begun and ended. It is the operator's program and reads strangers' sounds, so it
 * gets a socket and a pipe and no other descriptor, an environment of its own, and bounds; `lectern embed` sets these and
 * then becomes the command. Its group is its own: whatever it has begun ends with it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct launch {
    const char *program; /* whose `embed` it is; NULL: this very program's */
    const char *command; /* for the shell; the model follows as its last word */
    const char *model;   /* empty: none follows */
    int64_t memory_mib;  /* of address space */
};

/* Begins it. Our ends, not blocking, are the caller's: of the socket that the embedder has as its standard input and
 * output, and of the pipe that is its standard error. False: it could not be begun. Takes about a millisecond. */
bool launch_begin(const struct launch *l, pid_t *ret_pid, int *ret_socket, int *ret_complaints);

/* Kills it and all of its group. Is it gone for good? Ask again until it is; never blocks. */
bool launch_ended(pid_t pid);

/* In the child: `embed MEMORY_MIB COMMAND [MODEL]`. Returns only if it fails: the exit code. */
int launch_become(int argc, char **argv);
