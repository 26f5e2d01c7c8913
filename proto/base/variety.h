/* Variety: keys that people make up instead of drawing them by chance. Any thread. */
#pragma once

#include "proto/base/text.h"

/* What is wrong with a key, to stand behind its name ("repeats itself …"); NULL: nothing that shows. Refused are: fewer
 * different bytes than a quarter of its length (eight are always enough); at a distance of 1 to 15 bytes, and of half
 * the key at most, three quarters of the bytes being the same again; and well-known words of examples, whatever their
 * case and whatever stands between their letters. A key of chance, in hexadecimal digits or any richer alphabet, is
 * refused once in a hundred thousand times (16 bytes) or less (longer ones). Takes a time that depends on the key. */
const char *variety_lack(struct text key);
