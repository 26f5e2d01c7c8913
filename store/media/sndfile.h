/* Sndfile: opens a file by libsndfile. Private to store/media. */
#pragma once

#include "store/media/file.h"

#include <sndfile.h>

/* Reads through `s`, which the caller has begun and which stays until sf_close. NULL: it is no file of libsndfile's. */
SNDFILE *sndfile_open(struct media_stream *s, SF_INFO *info);
