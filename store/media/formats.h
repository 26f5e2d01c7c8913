/* Formats: what each format's file offers to media.c, and how they read. Private to store/media. */
#pragma once

#include "store/media/media.h"

/* Exactly n bytes; false when the file ends before. */
bool media_read(struct media_file *f, uint64_t at, void *to, size_t n);
/* As many of n bytes as there are. */
size_t media_read_some(struct media_file *f, uint64_t at, void *to, size_t n);
/* 1 to 8 bytes, the highest first. */
uint64_t media_number(const unsigned char *p, size_t n);
/* Where the content begins: behind ID3v2 tags, which any of the formats may have before it. */
uint64_t media_content(struct media_file *f);

/* A stream over [begin, end) of the file for libraries that read so. Positions count from `begin`. */
struct media_stream {
    struct media_file *file;
    uint64_t begin, end, at;
};
size_t media_stream_read(struct media_stream *s, void *to, size_t n);
/* whence: SEEK_SET, SEEK_CUR, SEEK_END. The new position; -1 outside of the file. */
int64_t media_stream_seek(struct media_stream *s, int64_t offset, int whence);

/* MEDIA_NONE: not of this format, or without sound. */
enum media_kind mp4_recognise(struct media_file *f);
bool mp4_seconds(struct media_file *f, double *ret);
enum media_kind webm_recognise(struct media_file *f);
bool webm_seconds(struct media_file *f, double *ret);
enum media_kind ogg_recognise(struct media_file *f);
bool ogg_seconds(struct media_file *f, double *ret);
enum media_kind adts_recognise(struct media_file *f);
bool adts_seconds(struct media_file *f, double *ret);
enum media_kind mpeg_recognise(struct media_file *f);
bool mpeg_seconds(struct media_file *f, double *ret);

/* Seconds of an Opus packet, of which the first n bytes are given (RFC 6716, section 3.1). 0 for an empty one. */
double opus_packet_seconds(const unsigned char *p, size_t n);
