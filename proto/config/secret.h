/* Secret: a key made once and kept in a file only its owner may read. Main thread at start. */
#pragma once

#include "proto/base/buf.h"

enum { SECRET_MAX = 1024 }; /* bytes of a kept one, NUL included */

/* Reads <folder>/<name>, or makes it: 64 hexadecimal digits from the kernel's generator, mode 0600; the folder is made
 * if it is not there. Both must be our own (own.h), and nobody else may read the file. False with a sentence in why. */
bool secret_keep(const char *folder, const char *name, char to[static SECRET_MAX], struct buf *why);

/* Is what somebody gave the secret? Takes a time that depends on the length of what was given only. Any thread. */
bool secret_same(struct text given, const char *secret);

/* Fills with random hexadecimal digits and a NUL: n bytes of chance, 2n + 1 bytes written. */
bool secret_hex(char *to, size_t n);
