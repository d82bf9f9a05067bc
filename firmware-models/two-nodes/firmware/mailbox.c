/*
 * Messages through shared memory (mailbox.h), and the third check, which passes MESSAGES of them
 * each way at full speed.
 */
#include "mailbox.h"

#include "atomics.h"
#include "crc.h"
#include "node.h"
#include "pool.h"

#define MESSAGES 64u
/** The peer holds the lock for some hundred cycles: this many turns mean that it died with it. */
#define LOCK_TURNS_MAX 100000u

struct mailbox_counters mailbox;

static bool lock(void)
{
    for (uint32_t turn = 0; turn < LOCK_TURNS_MAX; turn++) {
        if (lr_sc_claim(&POOL->lock.word))
            return true;
        mailbox.spins++;
    }
    return false;
}

static void unlock(void)
{
    amoswap(&POOL->lock.word, 0);
}

/** What message `sequence` of node `sender` says: any rule that both sides know will do. */
static void compose(struct message *message, uint32_t sender, uint32_t sequence)
{
    *message = (struct message){.sequence = sequence};
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++)
        message->payload[i] = (sequence * MESSAGE_WORDS + i) * 2654435761u ^ sender;
    message->crc = crc32(message, offsetof(struct message, crc));
}

bool mailbox_send(void)
{
    struct channel *channel = &POOL->channel[NODE_ID];
    struct message message;
    compose(&message, NODE_ID, mailbox.sent);
    if (!lock())
        return false;
    const uint32_t at = channel->written;
    const bool room = at - channel->taken < CHANNEL_SLOTS;
    if (room) {
        channel->slots[at % CHANNEL_SLOTS] = message;
        channel->written = at + 1;
    }
    unlock();
    if (room)
        mailbox.sent++;
    return room;
}

bool mailbox_receive(void)
{
    struct channel *channel = &POOL->channel[PEER_ID];
    struct message message;
    struct message expected;
    if (!lock())
        return false;
    const uint32_t at = channel->taken;
    const bool waiting = at != channel->written;
    if (waiting) {
        message = channel->slots[at % CHANNEL_SLOTS];
        channel->taken = at + 1;
    }
    unlock();
    if (!waiting)
        return false;
    compose(&expected, PEER_ID, mailbox.received + mailbox.bad);
    bool good = message.sequence == expected.sequence &&
                message.crc == crc32(&message, offsetof(struct message, crc));
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++)
        good = good && message.payload[i] == expected.payload[i];
    mailbox.received += good;
    mailbox.bad += !good;
    return true;
}

bool check_ring(void)
{
    const uint64_t deadline = patience_start();
    while (mailbox.sent < MESSAGES || mailbox.received + mailbox.bad < MESSAGES) {
        bool moved = mailbox.sent < MESSAGES && mailbox_send();
        moved = mailbox_receive() || moved;
        if (!moved && !patience_turn(deadline))
            break;
    }
    const bool good = mailbox.sent == MESSAGES && mailbox.received == MESSAGES;
    say("ring sent %lu received %lu %s, %lu spins", mailbox.sent, mailbox.received,
        good ? "ok" : "WRONG", mailbox.spins);
    return good && pool_meet(MARK_RING);
}
