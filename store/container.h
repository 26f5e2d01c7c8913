/* Container: how long the media in an MP4 (ISO 14496-12) or a WebM (Matroska) file is, by what its headers say. For
 * hostile files: every read is bounded, a claim is never trusted, and at most CONTAINER_STEPS boxes are looked at.
 * Reads by offset; the position of fd does not move. Blocks on the disk. Any thread. */
#pragma once

#include <stdbool.h>

enum { CONTAINER_STEPS = 4096 };

/* False if the file is neither, or does not say. */
bool container_duration(int fd, double *ret_seconds);
