/*
 * Numbers in messages: least significant byte first, at any address.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline uint16_t get_le16(const uint8_t *from)
{
    return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *from)
{
    return get_le16(from) | (uint32_t)get_le16(from + 2) << 16;
}

static inline void put_le16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static inline void put_le32(uint8_t *to, uint32_t value)
{
    put_le16(to, value);
    put_le16(to + 2, value >> 16);
}

/** Sum of bytes to 0 modulo 256: the check sum of IPMI messages and of FRU areas. */
static inline uint8_t checksum8(const uint8_t *bytes, uint32_t size_bytes)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size_bytes; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return (uint8_t)-sum;
}

#endif
