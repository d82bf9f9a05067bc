/*
 * Messages between channels and the host's message flags (IPMI 2.0, sections 22.3 to 22.7).
 */
#include "bridge.h"
#include "bytes.h"
#include "commands.h"
#include "libc.h"
#include "watchdog.h"

#define FLAG_MESSAGE 0x01
#define FLAG_PRE_TIMEOUT 0x08

/** An IPMB message without data: two addresses, two check sums, netFn, sequence, command. */
#define IPMB_MIN 7

enum completion clear_message_flags(const struct request *request, struct response *response)
{
    (void)response;
    if (request->data[0] & FLAG_MESSAGE)
        bridge_clear(request->channel);
    if (request->data[0] & FLAG_PRE_TIMEOUT)
        (void)watchdog_pre_timeout(true);
    return CC_OK;
}

enum completion get_message_flags(const struct request *request, struct response *response)
{
    response->data[0] = (uint8_t)((bridge_waits(request->channel) ? FLAG_MESSAGE : 0) |
                                  (watchdog_pre_timeout(false) ? FLAG_PRE_TIMEOUT : 0));
    response->size_bytes = 1;
    return CC_OK;
}

/** 80h: nothing waits. */
enum completion get_message(const struct request *request, struct response *response)
{
    uint8_t bytes[BRIDGE_MESSAGE_MAX];
    enum channel from;
    const uint32_t size = bridge_take(request->channel, &from, bytes);
    if (size == 0)
        return CC_SPECIFIC_80;
    response->data[0] = (uint8_t)((uint32_t)from | (uint32_t)request->privilege << 4);
    memcpy(response->data + 1, bytes, size);
    response->size_bytes = (uint8_t)(size + 1);
    return CC_OK;
}

/**
 * A message on the IPMB, where the BMC is alone: one to itself is executed and its answer put
 * into the sender's queue, or given back at once if the sender wants it tracked.
 */
static enum completion send_ipmb(const struct request *request, bool tracked,
                                 struct response *response)
{
    const uint8_t *message = request->data + 1;
    const uint32_t size = request->size_bytes - 1u;
    struct response inner_response;
    if (size < IPMB_MIN)
        return CC_LENGTH;
    if (checksum8(message, 3) != 0 || checksum8(message + 3, size - 3) != 0)
        return CC_BAD_FIELD;
    struct request inner = {
        .channel = CHANNEL_IPMB,
        .privilege = request->privilege,
        .netfn = message[1] >> 2,
        .lun = message[1] & 3,
        .requester = message[3],
        .sequence = message[4],
        .command = message[5],
        .size_bytes = (uint8_t)(size - IPMB_MIN),
        .reply_max_bytes = 24, /* with both headers it fits into every channel's answer */
    };
    if (message[0] != IPMB_BMC)
        return (enum completion)0x83; /* not acknowledged: nobody has that address */
    if (inner.netfn & NETFN_RESPONSE)
        return CC_BAD_FIELD;
    /* No message within a message within a message. */
    if (inner.netfn == NETFN_APP && inner.command == IPMI_SEND_MESSAGE)
        return CC_BAD_FIELD;
    memcpy(inner.data, message + 6, inner.size_bytes);
    command_execute(&inner, &inner_response);

    uint8_t answer[BRIDGE_MESSAGE_MAX];
    answer[0] = inner.requester;
    answer[1] = (uint8_t)((inner.netfn | NETFN_RESPONSE) << 2 | (inner.sequence & 3));
    answer[2] = checksum8(answer, 2);
    answer[3] = IPMB_BMC;
    answer[4] = (uint8_t)((inner.sequence & 0xfc) | inner.lun);
    answer[5] = inner.command;
    answer[6] = inner_response.completion;
    memcpy(answer + 7, inner_response.data, inner_response.size_bytes);
    const uint32_t before_check = 7u + inner_response.size_bytes;
    answer[before_check] = checksum8(answer + 3, before_check - 3);
    if (!tracked) /* Get Message gives the answer without the first byte, the queue's own address */
        return bridge_put(request->channel, CHANNEL_IPMB, answer + 1, before_check)
                   ? CC_OK
                   : CC_OUT_OF_SPACE;
    memcpy(response->data, answer, before_check + 1);
    response->size_bytes = (uint8_t)(before_check + 1);
    return CC_OK;
}

enum completion send_message(const struct request *request, struct response *response)
{
    const enum channel to = (enum channel)(request->data[0] & 0x0f);
    const uint8_t tracking = request->data[0] >> 6;
    if ((request->data[0] & 0x30) != 0) /* authenticated or encrypted: no session can do that */
        return CC_BAD_FIELD;
    if (to == CHANNEL_IPMB)
        return send_ipmb(request, tracking == 1, response);
    if (to == request->channel || (to != CHANNEL_SYSTEM && to != CHANNEL_SERIAL))
        return CC_BAD_FIELD;
    if (request->size_bytes < 2)
        return CC_LENGTH;
    return bridge_put(to, request->channel, request->data + 1, request->size_bytes - 1u)
               ? CC_OK
               : CC_OUT_OF_SPACE;
}
