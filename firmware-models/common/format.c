/*
 * Formatted output (format.h). Needs no memory but a buffer for the digits of one number.
 */
#include "format.h"

#include <stdbool.h>
#include <stdint.h>

/** 2^64 - 1 has 20 decimal digits. */
#define DIGITS_MAX 20

struct field {
    unsigned width;
    bool zero_padded;
    unsigned longs; /* how many l stood before the conversion: 0, 1 or 2 */
};

static void put_padding(format_sink *sink, void *context, char pad, unsigned count)
{
    while (count-- > 0)
        sink(context, pad);
}

static void put_number(format_sink *sink, void *context, struct field field, uint64_t value,
                       bool negative, unsigned base)
{
    char digits[DIGITS_MAX];
    unsigned count = 0;
    do {
        /* 32-bit division as soon as it will do: the 64-bit one is a library call. */
        const unsigned digit = value >> 32 ? (unsigned)(value % base) : (uint32_t)value % base;
        value = value >> 32 ? value / base : (uint32_t)value / base;
        digits[count++] = "0123456789abcdef"[digit];
    } while (value != 0);
    const unsigned size = count + (negative ? 1 : 0);
    const unsigned pad = field.width > size ? field.width - size : 0;
    if (!field.zero_padded)
        put_padding(sink, context, ' ', pad);
    if (negative)
        sink(context, '-');
    if (field.zero_padded)
        put_padding(sink, context, '0', pad);
    while (count > 0)
        sink(context, digits[--count]);
}

static void put_text(format_sink *sink, void *context, struct field field, const char *text)
{
    unsigned size = 0;
    for (; text[size] != '\0'; size++)
        sink(context, text[size]);
    if (field.width > size)
        put_padding(sink, context, ' ', field.width - size);
}

static const char *read_field(const char *text, struct field *field)
{
    *field = (struct field){.zero_padded = *text == '0'};
    for (; *text >= '0' && *text <= '9'; text++)
        field->width = field->width * 10 + (unsigned)(*text - '0');
    for (; *text == 'l'; text++)
        field->longs++;
    return text;
}

void format_to(format_sink *sink, void *context, const char *text, va_list arguments)
{
    for (; *text != '\0'; text++) {
        if (*text != '%') {
            sink(context, *text);
            continue;
        }
        struct field field;
        text = read_field(text + 1, &field);
        switch (*text) {
        case 'c':
            sink(context, (char)va_arg(arguments, int));
            break;
        case 's':
            put_text(sink, context, field, va_arg(arguments, const char *));
            break;
        case 'd': {
            const long long value = field.longs == 2   ? va_arg(arguments, long long)
                                    : field.longs == 1 ? va_arg(arguments, long)
                                                       : va_arg(arguments, int);
            const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
            put_number(sink, context, field, size, value < 0, 10);
            break;
        }
        case 'u':
        case 'x': {
            const uint64_t value = field.longs == 2   ? va_arg(arguments, unsigned long long)
                                   : field.longs == 1 ? va_arg(arguments, unsigned long)
                                                      : va_arg(arguments, unsigned);
            put_number(sink, context, field, value, false, *text == 'x' ? 16 : 10);
            break;
        }
        case '%':
            sink(context, '%');
            break;
        default: /* a format with an error in it: the rest would take wrong arguments */
            return;
        }
    }
}
