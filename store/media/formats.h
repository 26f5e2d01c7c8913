/* Formats: what each format's file offers to media.c. Private to store/media. */
#pragma once

#include "store/media/file.h"
#include "store/media/kind.h"

/* MEDIA_NONE: not of this format, or without sound. */
enum media_kind mp4_recognise(struct media_file *f);
bool mp4_seconds(struct media_file *f, double *ret);
enum media_kind webm_recognise(struct media_file *f);
bool webm_seconds(struct media_file *f, double *ret);
enum media_kind ogg_recognise(struct media_file *f);
bool ogg_seconds(struct media_file *f, double *ret);
enum media_kind wav_recognise(struct media_file *f);
bool wav_seconds(struct media_file *f, double *ret);
enum media_kind flac_recognise(struct media_file *f);
bool sndfile_seconds(struct media_file *f, double *ret); /* of FLAC, bare or in Ogg */
enum media_kind adts_recognise(struct media_file *f);
bool adts_seconds(struct media_file *f, double *ret);
enum media_kind mpeg_recognise(struct media_file *f);
bool mpeg_seconds(struct media_file *f, double *ret);

/* Seconds of an Opus packet, of which the first n bytes are given (RFC 6716, section 3.1). 0 for an empty one. */
double opus_packet_seconds(const unsigned char *p, size_t n);
