/*
 * The MCTP endpoint (mctp.h).
 */
#include "mctp.h"

#include "libc.h"
#include "pldm.h"

/* Packet header (DSP0236, section 8.1). */
#define HEADER_BYTES 4u
#define HEADER_VERSION 0x01
#define START_OF_MESSAGE 0x80
#define END_OF_MESSAGE 0x40
#define SEQUENCE_SHIFT 4
#define TAG_OWNER 0x08
#define TAG_MASK 0x07

#define EID_NULL 0x00
#define EID_BROADCAST 0xff
/** Our endpoint until a bus owner says otherwise: our choice, the first that may be given. */
#define EID_DEFAULT 0x08

/* Control messages (DSP0236, section 11). */
#define CONTROL_REQUEST 0x80
#define CONTROL_DATAGRAM 0x40
#define CONTROL_INSTANCE 0x1f
#define CONTROL_HEADER 2u
enum control_completion {
    CONTROL_SUCCESS = 0x00,
    CONTROL_BAD_DATA = 0x02,
    CONTROL_BAD_LENGTH = 0x03,
    CONTROL_UNSUPPORTED = 0x05,
    CONTROL_TYPE_UNSUPPORTED = 0x80, /* of Get MCTP Version Support */
};

static struct mctp_serial line;
static uint8_t own_eid;

void mctp_start(void)
{
    memset(&line, 0, sizeof line);
    own_eid = EID_DEFAULT;
}

/** A control command: reads `size_bytes` of data, puts its answer behind the completion code. */
typedef enum control_completion control_handler(const uint8_t *data, uint8_t *answer,
                                                uint32_t *answer_bytes);

/** [operation, EID] -> [status, EID, pool]: 0 set, 1 force; the others make no sense here. */
static enum control_completion set_eid(const uint8_t *data, uint8_t *answer,
                                       uint32_t *answer_bytes)
{
    if ((data[0] & 3) > 1 || data[1] < 8 || data[1] == EID_BROADCAST)
        return CONTROL_BAD_DATA;
    own_eid = data[1];
    answer[0] = 0; /* accepted, no pool */
    answer[1] = own_eid;
    answer[2] = 0;
    *answer_bytes = 3;
    return CONTROL_SUCCESS;
}

static enum control_completion get_eid(const uint8_t *data, uint8_t *answer,
                                       uint32_t *answer_bytes)
{
    (void)data;
    answer[0] = own_eid;
    answer[1] = 0; /* a simple endpoint with an EID that can be set */
    answer[2] = 0;
    *answer_bytes = 3;
    return CONTROL_SUCCESS;
}

/** Versions as major, minor, update, alpha; F is a digit that is not there. */
static const struct {
    uint8_t type;
    uint8_t version[4];
} versions[] = {
    {0xff, {0xf1, 0xf3, 0xf1, 0x00}}, /* the base specification */
    {MCTP_CONTROL, {0xf1, 0xf3, 0xf1, 0x00}},
    {MCTP_PLDM, {0xf1, 0xf0, 0xf0, 0x00}},
};

static enum control_completion get_version(const uint8_t *data, uint8_t *answer,
                                           uint32_t *answer_bytes)
{
    for (uint32_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        if (versions[i].type != data[0])
            continue;
        answer[0] = 1;
        memcpy(answer + 1, versions[i].version, 4);
        *answer_bytes = 5;
        return CONTROL_SUCCESS;
    }
    return CONTROL_TYPE_UNSUPPORTED;
}

static enum control_completion get_types(const uint8_t *data, uint8_t *answer,
                                         uint32_t *answer_bytes)
{
    (void)data;
    answer[0] = 2;
    answer[1] = MCTP_CONTROL;
    answer[2] = MCTP_PLDM;
    *answer_bytes = 3;
    return CONTROL_SUCCESS;
}

static const struct {
    uint8_t command;
    uint8_t size_bytes; /* of the request's data */
    control_handler *run;
} control_rows[] = {
    {0x01, 2, set_eid}, {0x02, 0, get_eid}, {0x04, 1, get_version}, {0x05, 0, get_types},
};

/** Answers a control message in place; the size of the answer, 0 if there is none. */
static uint32_t answer_control(const uint8_t *body, uint32_t size_bytes, uint8_t *answer)
{
    uint32_t data_bytes = 0;
    if (size_bytes < CONTROL_HEADER || (body[0] & CONTROL_REQUEST) == 0 ||
        (body[0] & CONTROL_DATAGRAM) != 0)
        return 0;
    answer[0] = body[0] & CONTROL_INSTANCE;
    answer[1] = body[1];
    answer[2] = CONTROL_UNSUPPORTED;
    for (uint32_t i = 0; i < sizeof control_rows / sizeof control_rows[0]; i++) {
        if (control_rows[i].command != body[1])
            continue;
        answer[2] = size_bytes - CONTROL_HEADER == control_rows[i].size_bytes
                        ? (uint8_t)control_rows[i].run(body + CONTROL_HEADER, answer + 3,
                                                       &data_bytes)
                        : CONTROL_BAD_LENGTH;
    }
    return CONTROL_HEADER + 1 + data_bytes;
}

/** Whether the packet is a whole request to this endpoint. */
static bool is_for_us(const uint8_t *packet, uint32_t size_bytes)
{
    const uint8_t whole = START_OF_MESSAGE | END_OF_MESSAGE;
    return size_bytes > HEADER_BYTES && (packet[0] & 0x0f) == HEADER_VERSION &&
           (packet[1] == own_eid || packet[1] == EID_NULL || packet[1] == EID_BROADCAST) &&
           (packet[3] & whole) == whole && (packet[3] & TAG_OWNER) != 0;
}

static void take_packet(const uint8_t *packet, uint32_t size_bytes)
{
    uint8_t answer[MCTP_PACKET_MAX];
    uint8_t frame[MCTP_FRAME_MAX];
    const uint8_t eid = own_eid; /* Set Endpoint ID is answered from the old one */
    uint32_t answer_bytes = 0;
    if (!is_for_us(packet, size_bytes))
        return;
    const uint8_t type = packet[HEADER_BYTES];
    const uint8_t *body = packet + HEADER_BYTES + 1;
    const uint32_t body_bytes = size_bytes - HEADER_BYTES - 1;
    if (type == MCTP_CONTROL)
        answer_bytes = answer_control(body, body_bytes, answer + HEADER_BYTES + 1);
    else if (type == MCTP_PLDM)
        answer_bytes = pldm_answer(body, body_bytes, answer + HEADER_BYTES + 1);
    if (answer_bytes == 0)
        return;
    answer[0] = HEADER_VERSION;
    answer[1] = packet[2];
    answer[2] = eid;
    answer[3] = (uint8_t)(START_OF_MESSAGE | END_OF_MESSAGE | (packet[3] & TAG_MASK) |
                          (packet[3] & 3 << SEQUENCE_SHIFT));
    answer[4] = type;
    mctp_send(frame, mctp_serial_frame(answer, HEADER_BYTES + 1 + answer_bytes, frame));
}

void mctp_take(uint8_t byte)
{
    const uint32_t size = mctp_serial_take(&line, byte);
    if (size != 0)
        take_packet(line.packet, size);
}
