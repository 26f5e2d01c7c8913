/* Probe: `lectern probe < FILE` prints how many seconds of audio are in a file. The server runs it as a child on what
 * was uploaded (store/probe.h); it knows no configuration and opens nothing. */
#include "store/probe.h"

#include "tools/lectern/commands.h"

#include <stdio.h>
#include <unistd.h>

int command_probe(int argc, char **argv)
{
    double seconds;
    char text[64];
    if (command_wants_help(argc, argv)) {
        printf(
            "usage: lectern probe < FILE\n\nPrints the seconds of audio in a file. Exit code 1: it cannot be told.\n");
        return 0;
    }
    probe_confine();
    if (!probe_duration(0, &seconds))
        return 1;
    int n = snprintf(text, sizeof text, "%.6f\n", seconds);
    return write(1, text, (size_t)n) == n ? 0 : 1;
}
