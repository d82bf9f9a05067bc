/*
 * Frames over the UART pair (uart1), each acknowledged before the next is sent.
 *
 *   byte 0     SYNC 0x7e
 *   byte 1     kind: 1 data, 2 acknowledgement
 *   byte 2     sequence number, modulo 256; of the acknowledged frame in an acknowledgement
 *   byte 3     size of the payload, 0..LINK_PAYLOAD_MAX
 *   ...        payload
 *   last two   CRC-16/CCITT-FALSE over kind .. payload, high byte first
 *
 * An unanswered frame is sent again after LINK_TIMEOUT_MS, up to LINK_TRIES times. A frame that is
 * not whole, or whose CRC is wrong, is dropped; a silence of LINK_GAP_MS ends a frame.
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_PAYLOAD_MAX 32
#define LINK_TIMEOUT_MS 40
#define LINK_TRIES 8
#define LINK_GAP_MS 5

struct link_counters {
    uint32_t sent;     /* acknowledged */
    uint32_t received; /* new ones, with the right content */
    uint32_t resent;
    uint32_t bad;      /* wrong CRC, size, kind or content */
    uint32_t given_up;
};

extern struct link_counters link;

/** Sends the next data frame; only when link_is_free(). */
void link_send(void);

/** Whether no frame of ours waits for its acknowledgement. */
bool link_is_free(void);

/** Takes what has arrived, acknowledges, sends again what is overdue. */
void link_service(void);

/** Whether link_service() would find nothing that has arrived. */
bool link_is_quiet(void);

#endif
