/* Place: see place.h. */
#include "proto/config/place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool place_folder(char ret[static PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);
    if (n < 0)
        return false;
    ret[n] = 0;
    char *slash = strrchr(ret, '/');
    if (slash)
        *slash = 0;
    return slash;
}

/* Takes the last folder off a path if it has this name. */
static bool cut(char *path, const char *name)
{
    char *slash = strrchr(path, '/');
    if (!slash || strcmp(slash + 1, name) != 0)
        return false;
    *slash = 0;
    return true;
}

bool place_configuration(char ret[static PATH_MAX])
{
    char prefix[PATH_MAX];
    if (!place_folder(prefix) || !cut(prefix, "bin"))
        return false;
    (void)cut(prefix, "usr");
    int n = snprintf(ret, PATH_MAX, "%s/etc/lectern/lectern.conf", prefix);
    return n < PATH_MAX && !access(ret, F_OK);
}
