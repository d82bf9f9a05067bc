/*
 * The few C library functions that the firmware and the compiler's own output need, as in ISO C11,
 * section 7.24. Built without an operating system there is no other.
 */
#ifndef LIBC_H
#define LIBC_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size_bytes);
void *memmove(void *to, const void *from, size_t size_bytes);
void *memset(void *to, int byte, size_t size_bytes);
int memcmp(const void *left, const void *right, size_t size_bytes);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);

#endif
