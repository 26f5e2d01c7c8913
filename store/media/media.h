/* Media: what kind of audio a file is, by its content alone, and how long. Runs in the confined child (store/probe.h):
 * the files are strangers'. Every read is bounded by the file, every loop moves on in it, and no claim of a header is
 * believed that the rest of the file can be asked for. Blocks on the disk. One thread. */
#pragma once

#include "store/media/file.h"
#include "store/media/kind.h"

enum { MEDIA_SECONDS_MOST = 31 * 24 * 3600 }; /* a longer file is none that is believed */

/* What it is. Reads little of a file of these kinds. */
enum media_kind media_recognise(struct media_file *f);

/* Its duration in seconds, above 0 and at most MEDIA_SECONDS_MOST. False if it cannot be told. Reads all of most files.
 */
bool media_seconds(struct media_file *f, enum media_kind kind, double *ret);
