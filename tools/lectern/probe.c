/* Probe: `lectern probe < FILE` prints what kind of audio a file is and how many seconds of it. The server runs it as a
 * child on what was uploaded (store/probe.h); it knows no configuration and opens nothing. */
#include "store/probe.h"

#include "tools/lectern/commands.h"

#include <stdio.h>

int command_probe(int argc, char **argv)
{
    if (command_wants_help(argc, argv)) {
        printf(
            "usage: lectern probe < FILE\n\nPrints the media type of an audio file, or \"none\", and its seconds. Exit "
            "code 1: either cannot be told.\n");
        return 0;
    }
    probe_confine();
    return probe_tell(0, 1) ? 0 : 1;
}
