/*
 * Memory and string functions (libc.h). Plain loops over bytes, over words where both sides are
 * aligned: small code matters more here than the last cycle.
 */
#include "libc.h"

#include <stdint.h>

/** A word that may alias objects of any type, since memcpy copies them all. */
typedef uint32_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t size_bytes)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & 3) == 0) {
        for (; size_bytes >= 4; size_bytes -= 4, out += 4, in += 4)
            *(word *)out = *(const word *)in;
    }
    while (size_bytes-- > 0)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t size_bytes)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((uintptr_t)out - (uintptr_t)in >= size_bytes)
        return memcpy(to, from, size_bytes);
    while (size_bytes-- > 0)
        out[size_bytes] = in[size_bytes];
    return to;
}

void *memset(void *to, int byte, size_t size_bytes)
{
    unsigned char *out = to;
    const uint32_t pattern = (uint32_t)(unsigned char)byte * 0x01010101u;
    if (((uintptr_t)out & 3) == 0) {
        for (; size_bytes >= 4; size_bytes -= 4, out += 4)
            *(word *)out = pattern;
    }
    while (size_bytes-- > 0)
        *out++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t size_bytes)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (; size_bytes > 0; size_bytes--, a++, b++) {
        if (*a != *b)
            return *a - *b;
    }
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end != '\0')
        end++;
    return (size_t)(end - text);
}

int strcmp(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return (unsigned char)*left - (unsigned char)*right;
}
