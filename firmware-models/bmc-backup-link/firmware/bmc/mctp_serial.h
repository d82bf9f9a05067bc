/*
 * MCTP packets on a serial line (DSP0253): a frame between two flags, with a byte count and a frame
 * check sequence.
 *
 *   7E | revision 01 | byte count | packet .. | FCS high, low | 7E
 *
 * In the packet 7E and 7D travel as 7D 5E and 7D 5D. The FCS is sent as it is, as Linux's driver
 * does it; an escaped one is understood, too. FCS: CRC-16 of RFC 1662 (reflected polynomial
 * 0x8408), start FFFF, not inverted at the end, over revision, count and packet before escaping.
 */
#ifndef MCTP_SERIAL_H
#define MCTP_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/** Longest packet: the baseline unit of 64 bytes and its header of 4. */
#define MCTP_PACKET_MAX 68u
/** Flags, revision, count, FCS, and every byte of the packet escaped. */
#define MCTP_FRAME_MAX (6 + 2 * MCTP_PACKET_MAX)
/** Both bytes of the FCS escaped. */
#define MCTP_TRAILER_MAX 4u

enum mctp_serial_state {
    MCTP_HUNT, /* for a flag */
    MCTP_REVISION,
    MCTP_COUNT,
    MCTP_DATA,
    MCTP_TRAILER,
};

struct mctp_serial {
    enum mctp_serial_state state;
    bool escaped;
    uint32_t count; /* bytes of the packet, as announced */
    uint32_t size_bytes;
    uint32_t trailer_bytes;
    uint8_t trailer[MCTP_TRAILER_MAX];
    uint8_t packet[MCTP_PACKET_MAX];
    uint32_t packets;
    uint32_t bad; /* frames with a wrong FCS, count, revision or escape */
};

/** Takes a byte; the size of the packet that it completes, or 0. */
uint32_t mctp_serial_take(struct mctp_serial *serial, uint8_t byte);

/** Builds the frame of a packet; returns its size. size_bytes <= MCTP_PACKET_MAX. */
uint32_t mctp_serial_frame(const uint8_t *packet, uint32_t size_bytes, uint8_t *frame);

#endif
