/*
 * Serial basic mode (basic.h).
 */
#include "basic.h"

#include "bytes.h"
#include "libc.h"

/** Control bytes and what stands for them after an escape: IPMI 2.0, table 14-9. */
static const uint8_t escapes[][2] = {
    {BASIC_START, 0xb0}, {BASIC_STOP, 0xb5}, {BASIC_HANDSHAKE, 0xb6},
    {BASIC_ESCAPE, 0xba}, {0x1b, 0x3b},
};
#define ESCAPE_COUNT (sizeof escapes / sizeof escapes[0])

/** Header and last check sum of a request without data. */
#define REQUEST_MIN 7
#define HEADER_BYTES 3

static void add(struct basic *basic, uint8_t byte)
{
    if (basic->size_bytes == BASIC_MESSAGE_MAX)
        basic->too_long = true;
    else
        basic->bytes[basic->size_bytes++] = byte;
}

static void add_escaped(struct basic *basic, uint8_t byte)
{
    basic->escaped = false;
    for (uint32_t i = 0; i < ESCAPE_COUNT; i++) {
        if (escapes[i][1] == byte) {
            add(basic, escapes[i][0]);
            return;
        }
    }
    basic->broken = true;
}

static enum basic_result finish(struct basic *basic)
{
    const uint8_t *bytes = basic->bytes;
    const uint32_t size = basic->size_bytes;
    basic->inside = false;
    if (basic->broken || basic->escaped) {
        basic->counters.bad_escape++;
        return BASIC_REJECTED;
    }
    if (basic->too_long || size < REQUEST_MIN) {
        basic->counters.bad_length++;
        return BASIC_REJECTED;
    }
    if (checksum8(bytes, HEADER_BYTES) != 0 ||
        checksum8(bytes + HEADER_BYTES, size - HEADER_BYTES) != 0) {
        basic->counters.bad_checksum++;
        return BASIC_REJECTED;
    }
    basic->counters.messages++;
    return BASIC_MESSAGE;
}

enum basic_result basic_take(struct basic *basic, uint8_t byte)
{
    if (byte == BASIC_START) {
        const struct basic_counters counters = basic->counters;
        *basic = (struct basic){.inside = true, .counters = counters};
        return BASIC_NOTHING;
    }
    if (!basic->inside)
        return BASIC_OUTSIDE;
    if (byte == BASIC_STOP)
        return finish(basic);
    if (byte == BASIC_HANDSHAKE)
        return BASIC_NOTHING;
    if (basic->escaped)
        add_escaped(basic, byte);
    else if (byte == BASIC_ESCAPE)
        basic->escaped = true;
    else
        add(basic, byte);
    return BASIC_NOTHING;
}

void basic_abandon(struct basic *basic)
{
    basic->inside = false;
}

bool basic_request(const struct basic *basic, struct request *request)
{
    const uint8_t *bytes = basic->bytes;
    *request = (struct request){
        .channel = CHANNEL_SERIAL,
        .netfn = bytes[1] >> 2,
        .lun = bytes[1] & 3,
        .requester = bytes[3],
        .sequence = bytes[4],
        .command = bytes[5],
        .size_bytes = (uint8_t)(basic->size_bytes - REQUEST_MIN),
        .reply_max_bytes = BASIC_REPLY_MAX,
    };
    memcpy(request->data, bytes + 6, request->size_bytes);
    return bytes[0] == IPMB_BMC && (request->netfn & NETFN_RESPONSE) == 0;
}

static uint8_t *put(uint8_t *to, uint8_t byte)
{
    for (uint32_t i = 0; i < ESCAPE_COUNT; i++) {
        if (escapes[i][0] == byte) {
            *to++ = BASIC_ESCAPE;
            byte = escapes[i][1];
            break;
        }
    }
    *to++ = byte;
    return to;
}

uint32_t basic_answer(const struct request *request, const struct response *response,
                      uint8_t *frame)
{
    uint8_t message[BASIC_MESSAGE_MAX];
    uint32_t size = 7;
    message[0] = request->requester;
    message[1] = (uint8_t)((request->netfn | NETFN_RESPONSE) << 2 | (request->sequence & 3));
    message[2] = checksum8(message, 2);
    message[3] = IPMB_BMC;
    message[4] = (uint8_t)((request->sequence & 0xfc) | request->lun);
    message[5] = request->command;
    message[6] = response->completion;
    if (response->completion == CC_OK) {
        memcpy(message + size, response->data, response->size_bytes);
        size += response->size_bytes;
    }
    message[size] = checksum8(message + HEADER_BYTES, size - HEADER_BYTES);
    size++;

    uint8_t *to = frame;
    *to++ = BASIC_START;
    for (uint32_t i = 0; i < size; i++)
        to = put(to, message[i]);
    *to++ = BASIC_STOP;
    return (uint32_t)(to - frame);
}
