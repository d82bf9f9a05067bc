/*
 * CRC-32/ISO-HDLC over a buffer, a table look-up a byte: dependent loads.
 * Oracles: the published check value of "123456789"; the bitwise algorithm on the same buffer; and
 * the property that a message followed by its own CRC leaves the residue 0xdebb20e3.
 */
#include "bench.h"

#define BUFFER_BYTES 65536u
#define PASSES 72

static uint32_t table[256];
static uint8_t buffer[BUFFER_BYTES + 4];

static uint32_t shift_bitwise(uint32_t crc)
{
    for (unsigned bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    return crc;
}

static uint32_t by_table(uint32_t crc, const uint8_t *bytes, uint32_t size_bytes)
{
    for (uint32_t i = 0; i < size_bytes; i++)
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    return crc;
}

static uint32_t by_bits(uint32_t crc, const uint8_t *bytes, uint32_t size_bytes)
{
    for (uint32_t i = 0; i < size_bytes; i++)
        crc = shift_bitwise(crc ^ bytes[i]);
    return crc;
}

int main(void)
{
    uint32_t random = 1;
    for (uint32_t i = 0; i < 256; i++)
        table[i] = shift_bitwise(i);
    for (uint32_t i = 0; i < BUFFER_BYTES; i++)
        buffer[i] = (uint8_t)xorshift32(&random);
    if (~by_table(0xffffffffu, (const uint8_t *)"123456789", 9) != 0xcbf43926u)
        return 1;

    uint32_t crc = 0xffffffffu;
    for (uint32_t pass = 0; pass < PASSES; pass++)
        crc = by_table(0xffffffffu ^ pass, buffer, BUFFER_BYTES);
    if (crc != by_bits(0xffffffffu ^ (PASSES - 1), buffer, BUFFER_BYTES))
        return 2;

    crc = ~by_table(0xffffffffu, buffer, BUFFER_BYTES);
    for (uint32_t i = 0; i < 4; i++)
        buffer[BUFFER_BYTES + i] = (uint8_t)(crc >> 8 * i);
    if (by_table(0xffffffffu, buffer, BUFFER_BYTES + 4) != 0xdebb20e3u)
        return 3;
    return 0;
}
