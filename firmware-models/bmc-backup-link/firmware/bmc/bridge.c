/*
 * Message queues (bridge.h).
 */
#include "bridge.h"

#include "libc.h"

#define QUEUE_MESSAGES 4u

struct bridge_message {
    enum channel from;
    uint32_t size_bytes;
    uint8_t bytes[BRIDGE_MESSAGE_MAX];
};

struct bridge_queue {
    enum channel of;
    uint32_t written;
    uint32_t taken;
    struct bridge_message messages[QUEUE_MESSAGES];
};

static struct bridge_queue queues[] = {{.of = CHANNEL_SYSTEM}, {.of = CHANNEL_SERIAL}};

static struct bridge_queue *queue_of(enum channel channel)
{
    for (uint32_t i = 0; i < sizeof queues / sizeof queues[0]; i++) {
        if (queues[i].of == channel)
            return &queues[i];
    }
    return 0;
}

void bridge_start(void)
{
    bridge_clear(CHANNEL_SYSTEM);
    bridge_clear(CHANNEL_SERIAL);
}

bool bridge_put(enum channel to, enum channel from, const uint8_t *bytes, uint32_t size_bytes)
{
    struct bridge_queue *queue = queue_of(to);
    if (queue == 0 || queue->written - queue->taken == QUEUE_MESSAGES ||
        size_bytes > BRIDGE_MESSAGE_MAX)
        return false;
    struct bridge_message *message = &queue->messages[queue->written++ % QUEUE_MESSAGES];
    message->from = from;
    message->size_bytes = size_bytes;
    memcpy(message->bytes, bytes, size_bytes);
    return true;
}

uint32_t bridge_take(enum channel of, enum channel *from, uint8_t bytes[BRIDGE_MESSAGE_MAX])
{
    struct bridge_queue *queue = queue_of(of);
    if (queue == 0 || queue->written == queue->taken)
        return 0;
    const struct bridge_message *message = &queue->messages[queue->taken++ % QUEUE_MESSAGES];
    *from = message->from;
    memcpy(bytes, message->bytes, message->size_bytes);
    return message->size_bytes;
}

bool bridge_waits(enum channel of)
{
    const struct bridge_queue *queue = queue_of(of);
    return queue != 0 && queue->written != queue->taken;
}

void bridge_clear(enum channel of)
{
    struct bridge_queue *queue = queue_of(of);
    if (queue != 0)
        queue->taken = queue->written;
}
