/* Probe: `lectern probe < FILE` prints what kind of audio a file is and how many seconds of it, `lectern decode < FILE` its
 * samples. The server runs them as children on what was uploaded (store/probe.h); they know no configuration and open
 * nothing. */
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

int command_decode(int argc, char **argv)
{
    if (command_wants_help(argc, argv)) {
        printf(
            "usage: lectern decode < FILE\n\nWrites the sound of a WAV, FLAC or Ogg file: how many samples (4 bytes), then "
            "those, one channel, 16 kHz, 16 bit, a minute at most. Exit code 1: there is none.\n");
        return 0;
    }
    probe_confine();
    return probe_tell_samples(0, 1) ? 0 : 1;
}
