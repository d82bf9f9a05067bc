/*
 * Check sums (crc.h), one step a half byte: a table of 16 entries is small and quick enough.
 */
#include "crc.h"

uint16_t crc16_byte(uint16_t crc, uint8_t byte)
{
    /* Row n: the remainder of n * x^16 by x^16 + x^12 + x^5 + 1. */
    static const uint16_t table[16] = {
        0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
        0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
    };
    crc = (uint16_t)(crc << 4 ^ table[(crc >> 12 ^ byte >> 4) & 15]);
    return (uint16_t)(crc << 4 ^ table[(crc >> 12 ^ byte) & 15]);
}

uint16_t crc16(const uint8_t *bytes, size_t size_bytes)
{
    uint16_t crc = CRC16_START;
    for (size_t i = 0; i < size_bytes; i++)
        crc = crc16_byte(crc, bytes[i]);
    return crc;
}

uint32_t crc32(const void *bytes, size_t size_bytes)
{
    /* Row n: the reflected remainder of n by 0xedb88320. */
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const uint8_t *at = bytes;
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size_bytes; i++) {
        crc = crc >> 4 ^ table[(crc ^ at[i]) & 15];
        crc = crc >> 4 ^ table[(crc ^ at[i] >> 4) & 15];
    }
    return ~crc;
}
