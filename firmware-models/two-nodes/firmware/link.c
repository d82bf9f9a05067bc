/*
 * Frames over the UART pair (link.h), and the fourth check, which sends FRAMES of them each way.
 */
#include "link.h"

#include "crc.h"
#include "libc.h"
#include "node.h"
#include "pool.h"
#include "timer.h"

#define FRAMES 32u

#define SYNC 0x7e
#define KIND_DATA 1
#define KIND_ACKNOWLEDGE 2

#define AT_KIND 1
#define AT_SEQUENCE 2
#define AT_SIZE 3
#define HEADER_BYTES 4
#define CRC_BYTES 2
#define FRAME_MAX_BYTES (HEADER_BYTES + LINK_PAYLOAD_MAX + CRC_BYTES)

struct link_counters link;

static struct {
    uint8_t frame[FRAME_MAX_BYTES];
    uint32_t size_bytes; /* 0: nothing waits for an acknowledgement */
    uint32_t tries;
    uint64_t deadline;
} sending;

static struct {
    uint8_t frame[FRAME_MAX_BYTES];
    uint32_t size_bytes; /* received so far */
    uint64_t last_time;  /* of the newest byte */
} receiving;

/** The payload of frame `number` of node `sender`; returns its size, which varies. */
static uint32_t compose(uint8_t *payload, uint32_t sender, uint32_t number)
{
    const uint32_t size_bytes = 1 + (number * 7 + sender) % LINK_PAYLOAD_MAX;
    for (uint32_t i = 0; i < size_bytes; i++)
        payload[i] = (uint8_t)(number * 31 + i * 17 + sender);
    return size_bytes;
}

/** Completes a frame whose payload is in place; returns its whole size. */
static uint32_t seal(uint8_t *frame, uint8_t kind, uint8_t sequence, uint32_t payload_bytes)
{
    const uint32_t end = HEADER_BYTES + payload_bytes;
    frame[0] = SYNC;
    frame[AT_KIND] = kind;
    frame[AT_SEQUENCE] = sequence;
    frame[AT_SIZE] = (uint8_t)payload_bytes;
    const uint16_t crc = crc16(frame + AT_KIND, end - AT_KIND);
    frame[end] = (uint8_t)(crc >> 8);
    frame[end + 1] = (uint8_t)crc;
    return end + CRC_BYTES;
}

static void transmit(void)
{
    sending.tries++;
    sending.deadline = timer_now() + (uint64_t)LINK_TIMEOUT_MS * MTIME_PER_MS;
    uart_write(&node.uart1, sending.frame, sending.size_bytes);
}

void link_send(void)
{
    const uint32_t payload_bytes = compose(sending.frame + HEADER_BYTES, NODE_ID, link.sent);
    sending.size_bytes = seal(sending.frame, KIND_DATA, (uint8_t)link.sent, payload_bytes);
    sending.tries = 0;
    transmit();
}

bool link_is_free(void)
{
    return sending.size_bytes == 0;
}

static void accept_data(const uint8_t *frame)
{
    uint8_t expected[LINK_PAYLOAD_MAX];
    uint8_t answer[HEADER_BYTES + CRC_BYTES];
    if (frame[AT_SEQUENCE] == (uint8_t)link.received) {
        const uint32_t size_bytes = compose(expected, PEER_ID, link.received);
        if (frame[AT_SIZE] != size_bytes ||
            memcmp(frame + HEADER_BYTES, expected, size_bytes) != 0) {
            link.bad++;
            return;
        }
        link.received++;
    }
    /* An old number: our acknowledgement was lost; it is given again. */
    uart_write(&node.uart1, answer, seal(answer, KIND_ACKNOWLEDGE, frame[AT_SEQUENCE], 0));
}

/** A whole frame with its CRC stands in `receiving`. */
static void accept(const uint8_t *frame)
{
    const uint32_t end = HEADER_BYTES + frame[AT_SIZE];
    const uint16_t crc = crc16(frame + AT_KIND, end - AT_KIND);
    if (frame[end] != (uint8_t)(crc >> 8) || frame[end + 1] != (uint8_t)crc) {
        link.bad++;
        return;
    }
    if (frame[AT_KIND] == KIND_DATA) {
        accept_data(frame);
    } else if (frame[AT_KIND] != KIND_ACKNOWLEDGE) {
        link.bad++;
    } else if (sending.size_bytes != 0 && frame[AT_SEQUENCE] == sending.frame[AT_SEQUENCE]) {
        sending.size_bytes = 0;
        link.sent++;
    }
}

static void take(uint8_t byte)
{
    if (receiving.size_bytes == 0 && byte != SYNC)
        return;
    receiving.frame[receiving.size_bytes++] = byte;
    if (receiving.size_bytes <= AT_SIZE)
        return;
    const uint32_t payload_bytes = receiving.frame[AT_SIZE];
    if (payload_bytes > LINK_PAYLOAD_MAX) {
        receiving.size_bytes = 0;
        link.bad++;
    } else if (receiving.size_bytes == HEADER_BYTES + payload_bytes + CRC_BYTES) {
        receiving.size_bytes = 0;
        accept(receiving.frame);
    }
}

void link_service(void)
{
    const uint64_t now = timer_now();
    if (!link_is_quiet()) {
        if (now - receiving.last_time > (uint64_t)LINK_GAP_MS * MTIME_PER_MS)
            receiving.size_bytes = 0;
        receiving.last_time = now;
        while (!link_is_quiet())
            take(ring_take(node.uart1.rx));
    }
    if (sending.size_bytes == 0 || now < sending.deadline)
        return;
    if (sending.tries == LINK_TRIES) {
        sending.size_bytes = 0;
        link.given_up++;
        return;
    }
    link.resent++;
    transmit();
}

bool link_is_quiet(void)
{
    return ring_count(node.uart1.rx) == 0;
}

bool check_link(void)
{
    const uint64_t deadline = patience_start();
    while ((link.sent < FRAMES || link.received < FRAMES) && !timer_reached(deadline)) {
        link_service();
        if (link_is_free() && link.sent < FRAMES)
            link_send();
        sleep_while(link_is_quiet);
    }
    const bool good = link.sent == FRAMES && link.received == FRAMES;
    say("link %lu frames sent, %lu received %s, %lu resent", link.sent, link.received,
        good ? "ok" : "WRONG", link.resent);
    return good && pool_meet(MARK_LINK);
}
