/*
 * The mailboxes in shared RAM: each block tells the other once a control period what it does, and
 * looks whether the other still does. What comes from the other side is not trusted: a message
 * counts only with a right CRC and a new sequence number, and nothing of it steers this block's
 * motor; it only says whether there is a partner.
 *
 *   word  field      meaning
 *   0     sequence   one more in every message
 *   1     state      enum drive_state of the sender
 *   2     torque     what the sender's set gives, mNm
 *   3     target     what it shall give, mNm
 *   4     angle      its sensor, 1/65536 turn
 *   5     faults     its fault bits (guard.h)
 *   6     reserved   0
 *   7     crc        CRC-32 over words 0 to 6
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

struct message {
    uint32_t sequence;
    uint32_t state;
    int32_t torque_mnm;
    int32_t target_mnm;
    uint32_t angle;
    uint32_t faults;
    uint32_t reserved;
    uint32_t crc;
};

/** Bytes from one block's mailbox to the next: a message and room to grow. */
#define MAILBOX_BYTES 64
/** Periods without news after which the partner is lost; without gap for it to be found again. */
#define PARTNER_LOST_PERIODS 3
#define PARTNER_FOUND_PERIODS 20

enum partner_event { PARTNER_SAME, PARTNER_FOUND, PARTNER_LOST };

/** What is known of one other block. */
struct partner {
    struct message last;      /* the last message that counted */
    bool present;
    uint32_t age_periods;     /* since that message */
    uint32_t row_periods;     /* messages in a row, each a period after the other */
    uint32_t received;
    uint32_t damaged;         /* copies with a wrong CRC: torn by a write, or corrupted */
    uint32_t lost_count;
};

/** Writes `message` to the mailbox, its CRC last; the sequence number is the caller's. */
void mailbox_write(volatile uint32_t *mailbox, struct message *message);

/** Looks into the other block's mailbox, once a period. */
enum partner_event mailbox_watch(const volatile uint32_t *mailbox, struct partner *partner);

#endif
