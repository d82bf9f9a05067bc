/*
 * Serial basic mode (IPMI 2.0, section 14.4): frames between A0 and A5 with IPMB-shaped messages.
 *
 *   request   rsSA, netFn/rsLUN, check, rqSA, rqSeq/rqLUN, cmd, data.., check
 *   response  rqSA, netFn/rqLUN, check, rsSA, rqSeq/rsLUN, cmd, completion, data.., check
 *
 * Inside a frame the five control bytes travel as AA and a stand-in.
 */
#ifndef BASIC_H
#define BASIC_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

#define BASIC_START 0xa0u
#define BASIC_STOP 0xa5u
#define BASIC_HANDSHAKE 0xa6u
#define BASIC_ESCAPE 0xaau

/** Longest message between start and stop, escapes undone: what ipmitool takes. */
#define BASIC_MESSAGE_MAX 47
/** Every byte escaped, and start and stop. */
#define BASIC_FRAME_MAX (2 * BASIC_MESSAGE_MAX + 2)
/** 47 less six bytes of header, completion code, check sum. */
#define BASIC_REPLY_MAX 39

enum basic_result {
    BASIC_NOTHING,  /* the byte is dealt with; no message yet */
    BASIC_OUTSIDE,  /* the byte belongs to no frame */
    BASIC_MESSAGE,  /* a message stands in `bytes`, with a good length and good check sums */
    BASIC_REJECTED, /* a frame ended that is no message: a counter tells why */
};

struct basic_counters {
    uint32_t messages;
    uint32_t bad_checksum;
    uint32_t bad_escape;
    uint32_t bad_length; /* shorter than a message, or longer than BASIC_MESSAGE_MAX */
};

struct basic {
    bool inside;
    bool escaped;
    bool broken; /* a bad escape: the frame is dropped at its end */
    bool too_long;
    uint8_t size_bytes;
    uint8_t bytes[BASIC_MESSAGE_MAX];
    struct basic_counters counters;
};

enum basic_result basic_take(struct basic *basic, uint8_t byte);

/** Gives an unfinished frame up. */
void basic_abandon(struct basic *basic);

/** Reads the message that basic_take() has found. False: it is an answer, or for somebody else. */
bool basic_request(const struct basic *basic, struct request *request);

/** Builds the frame of an answer; returns its size in bytes (at most BASIC_FRAME_MAX). */
uint32_t basic_answer(const struct request *request, const struct response *response,
                      uint8_t *frame);

#endif
