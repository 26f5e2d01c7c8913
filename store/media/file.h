/* File: an audio file as the formats read it: by offset, through a window, never behind its end. Blocks on the disk. One
 * thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file that is read by offset, through a window. About 64 KiB. */
struct media_file {
    int fd;
    uint64_t size;
    uint64_t window_at; /* what the window shows */
    size_t window_n;
    unsigned char window[1 << 16];
};

/* fd is borrowed; its position does not move. False if it is no regular file. */
bool media_open(struct media_file *f, int fd);

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
