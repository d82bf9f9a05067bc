/*
 * Formatted output, a small part of printf: %c %s %d %u %x, with an optional width (a leading 0
 * pads with zeros) and the lengths l and ll. uint32_t is `unsigned long` to this compiler: %lu.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdarg.h>

/** Takes one character of the output. */
typedef void format_sink(void *context, char character);

void format_to(format_sink *sink, void *context, const char *text, va_list arguments);

#endif
