/*
 * MCTP on a serial line (mctp_serial.h).
 */
#include "mctp_serial.h"

#define FLAG 0x7eu
#define ESCAPE 0x7du
#define ESCAPE_XOR 0x20u
#define REVISION 0x01u

static uint16_t fcs_byte(uint16_t fcs, uint8_t byte)
{
    fcs ^= byte;
    for (uint32_t bit = 0; bit < 8; bit++)
        fcs = (uint16_t)(fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1);
    return fcs;
}

static uint16_t fcs_of(const uint8_t *packet, uint32_t size_bytes)
{
    uint16_t fcs = fcs_byte(fcs_byte(0xffff, REVISION), (uint8_t)size_bytes);
    for (uint32_t i = 0; i < size_bytes; i++)
        fcs = fcs_byte(fcs, packet[i]);
    return fcs;
}

static uint32_t drop(struct mctp_serial *serial, enum mctp_serial_state state)
{
    serial->bad++;
    serial->state = state;
    return 0;
}

/** The FCS as it came, with or without escapes; UINT32_MAX if it is none. */
static uint32_t trailer_of(const struct mctp_serial *serial)
{
    uint32_t fcs = 0;
    uint32_t count = 0;
    if (serial->trailer_bytes == 2)
        return (uint32_t)serial->trailer[0] << 8 | serial->trailer[1];
    for (uint32_t i = 0; i < serial->trailer_bytes; i++, count++) {
        uint8_t byte = serial->trailer[i];
        if (byte == ESCAPE && i + 1 < serial->trailer_bytes)
            byte = serial->trailer[++i] ^ ESCAPE_XOR;
        fcs = fcs << 8 | byte;
    }
    return count == 2 ? fcs : UINT32_MAX;
}

/** At least two bytes, then a flag: it ends this frame and may begin the next. */
static uint32_t take_trailer(struct mctp_serial *serial, uint8_t byte)
{
    if (byte == FLAG && serial->trailer_bytes >= 2) {
        if (trailer_of(serial) != fcs_of(serial->packet, serial->size_bytes))
            return drop(serial, MCTP_REVISION);
        serial->state = MCTP_REVISION;
        serial->packets++;
        return serial->size_bytes;
    }
    if (serial->trailer_bytes == MCTP_TRAILER_MAX)
        return drop(serial, MCTP_HUNT);
    serial->trailer[serial->trailer_bytes++] = byte;
    return 0;
}

static void begin(struct mctp_serial *serial, uint8_t count)
{
    serial->count = count;
    serial->size_bytes = 0;
    serial->trailer_bytes = 0;
    serial->escaped = false;
    serial->state = MCTP_DATA;
}

static uint32_t take_data(struct mctp_serial *serial, uint8_t byte)
{
    if (byte == FLAG) /* the frame was cut short: this is the next one's */
        return drop(serial, MCTP_REVISION);
    if (byte == ESCAPE && !serial->escaped) {
        serial->escaped = true;
        return 0;
    }
    serial->packet[serial->size_bytes++] = serial->escaped ? byte ^ ESCAPE_XOR : byte;
    serial->escaped = false;
    if (serial->size_bytes == serial->count)
        serial->state = MCTP_TRAILER;
    return 0;
}

uint32_t mctp_serial_take(struct mctp_serial *serial, uint8_t byte)
{
    switch (serial->state) {
    case MCTP_HUNT:
        if (byte == FLAG)
            serial->state = MCTP_REVISION;
        return 0;
    case MCTP_REVISION:
        if (byte == REVISION)
            serial->state = MCTP_COUNT;
        else if (byte != FLAG)
            return drop(serial, MCTP_HUNT);
        return 0;
    case MCTP_COUNT:
        if (byte == 0 || byte > MCTP_PACKET_MAX)
            return drop(serial, byte == FLAG ? MCTP_REVISION : MCTP_HUNT);
        begin(serial, byte);
        return 0;
    case MCTP_DATA:
        return take_data(serial, byte);
    case MCTP_TRAILER:
        return take_trailer(serial, byte);
    }
    return 0;
}

static uint8_t *put(uint8_t *to, uint8_t byte)
{
    if (byte == FLAG || byte == ESCAPE) {
        *to++ = ESCAPE;
        byte ^= ESCAPE_XOR;
    }
    *to++ = byte;
    return to;
}

uint32_t mctp_serial_frame(const uint8_t *packet, uint32_t size_bytes, uint8_t *frame)
{
    const uint16_t fcs = fcs_of(packet, size_bytes);
    uint8_t *to = frame;
    *to++ = FLAG;
    *to++ = REVISION;
    *to++ = (uint8_t)size_bytes;
    for (uint32_t i = 0; i < size_bytes; i++)
        to = put(to, packet[i]);
    *to++ = (uint8_t)(fcs >> 8);
    *to++ = (uint8_t)fcs;
    *to++ = FLAG;
    return (uint32_t)(to - frame);
}
