/* Embed: `lectern embed` becomes the embedder of voices, within its bounds. The server runs it
 * (transport/services/voice/launch.h); it knows no configuration. */
#include "transport/services/voice/launch.h"

#include "tools/lectern/commands.h"

#include <stdio.h>

int command_embed(int argc, char **argv)
{
    if (argc >= 3 && !command_wants_help(argc, argv))
        return launch_become(argc, argv);
    printf(
        "usage: lectern embed MEMORY_MIB COMMAND [MODEL]\n\nBecomes the command, which takes at most so much memory, as the "
        "server runs it to know voices: README.md of transport/services/voice says what it reads and writes.\n");
    return argc < 3;
}
