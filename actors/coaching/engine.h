/* Engine: whether what a device has measured is worth a nudge (coaching contract, section 11.4). Pure; any thread. */
#pragma once

#include "proto/coaching.h"

/* From which value on, itself left out. */
struct engine_thresholds {
    double speaking_rate, overlap_ratio;
};

/* Judges one frame by itself. False: it is calm, and *ret is left alone. */
bool engine_judge(const struct coaching_frame *frame, const struct engine_thresholds *over, struct coaching_nudge *ret);
