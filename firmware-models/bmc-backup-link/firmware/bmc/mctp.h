/*
 * The MCTP endpoint on the second serial port (DSP0236): control messages, and PLDM (pldm.h).
 * Messages are single packets: every answer fits into the baseline unit.
 */
#ifndef MCTP_H
#define MCTP_H

#include <stdint.h>

#include "mctp_serial.h"

/** Bytes of a message behind its type, at most. */
#define MCTP_BODY_MAX 63u

/** Types of messages (DSP0239). */
enum mctp_type { MCTP_CONTROL = 0x00, MCTP_PLDM = 0x01 };

void mctp_start(void);

/** Takes a byte of the line; what it answers goes out through mctp_send(). */
void mctp_take(uint8_t byte);

/** Queues bytes for the line: of the board, or of a test. At most MCTP_FRAME_MAX. */
void mctp_send(const uint8_t *bytes, uint32_t size_bytes);

#endif
