/*
 * Check sums of messages. CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff, not reflected;
 * of "123456789" it is 0x29b1. CRC-32/ISO-HDLC: polynomial 0xedb88320 reflected, start and final
 * complement 0xffffffff; of "123456789" it is 0xcbf43926.
 */
#ifndef CRC_H
#define CRC_H

#include <stddef.h>
#include <stdint.h>

#define CRC16_START 0xffffu

/** Goes on with `crc` (at first CRC16_START) over one byte. */
uint16_t crc16_byte(uint16_t crc, uint8_t byte);
uint16_t crc16(const uint8_t *bytes, size_t size_bytes);
uint32_t crc32(const void *bytes, size_t size_bytes);

#endif
