/*
 * One end of the backup communication (backup_peer.h).
 *
 * What must survive a reset of the node is one word: the sequence number of the next own request,
 * and the number, function and answer of the peer's last one, so that neither is used twice.
 *
 *   own next sequence(3:0) | has last(4) | is finished(5) | last sequence(11:8) |
 *   last function(15:12) | last answer(23:16) | 1 in bit 31: the word is in use
 */
#include "backup_peer.h"

#include "clock.h"

#define KEPT_IN_USE 0x80000000u
#define SEQUENCES 16u

static uint32_t kept_word(const struct backup_peer *peer)
{
    const struct backup_message *last = &peer->last_answer;
    return KEPT_IN_USE | peer->sequence | (uint32_t)peer->has_last << 4 |
           (uint32_t)peer->is_finished << 5 | (uint32_t)last->sequence << 8 |
           (uint32_t)last->function << 12 | (uint32_t)last->response << 16;
}

static void keep(struct backup_peer *peer)
{
    peer->actions->keep(kept_word(peer));
}

void backup_start(struct backup_peer *peer, const struct backup_actions *actions, uint32_t kept)
{
    *peer = (struct backup_peer){.actions = actions};
    if ((kept & KEPT_IN_USE) == 0)
        return;
    peer->sequence = kept & 15;
    peer->has_last = (kept >> 4 & 1) != 0;
    peer->is_finished = (kept >> 5 & 1) != 0;
    peer->last_answer = (struct backup_message){
        .type = actions->response_type,
        .function = (uint8_t)(kept >> 12 & 15),
        .response = (uint8_t)(kept >> 16),
        .sequence = (uint8_t)(kept >> 8 & 15),
    };
    /* What was accepted before the reset will not be finished any more. */
    if (peer->has_last && !peer->is_finished) {
        peer->is_finished = true;
        peer->last_answer.response = BACKUP_FAILED;
    }
}

/** Hands a message to the transport, whole or not at all: what is lost is repeated. */
static void send(struct backup_peer *peer, const struct backup_message *message)
{
    uint32_t dwords[BACKUP_DWORDS_MAX];
    const uint32_t count = backup_pack(message, dwords);
    if (BACKUP_OUTBOX_MAX - (peer->outbox_written - peer->outbox_taken) < count)
        return;
    for (uint32_t i = 0; i < count; i++)
        peer->outbox[peer->outbox_written++ % BACKUP_OUTBOX_MAX] = dwords[i];
    peer->counters.sent++;
}

bool backup_peek(const struct backup_peer *peer, uint32_t *dword)
{
    if (peer->outbox_written == peer->outbox_taken)
        return false;
    *dword = peer->outbox[peer->outbox_taken % BACKUP_OUTBOX_MAX];
    return true;
}

void backup_sent(struct backup_peer *peer)
{
    peer->outbox_taken++;
}

/* Own requests. */

static struct backup_message *own_request(struct backup_peer *peer)
{
    return &peer->queue[peer->queue_taken % BACKUP_QUEUE_MAX];
}

/** Sends the first request of the queue, if none is under way. */
static void ask_next(struct backup_peer *peer)
{
    if (peer->is_asking || peer->queue_written == peer->queue_taken)
        return;
    struct backup_message *request = own_request(peer);
    request->sequence = peer->sequence;
    peer->sequence = (uint8_t)((peer->sequence + 1) % SEQUENCES);
    keep(peer);
    peer->is_asking = true;
    peer->is_accepted = false;
    peer->next_fragment = 0;
    peer->repeat_ms = clock_ms() + BACKUP_REPEAT_MS;
    peer->give_up_ms = clock_ms() + BACKUP_GIVE_UP_MS;
    send(peer, request);
}

bool backup_ask(struct backup_peer *peer, enum backup_function function, const uint8_t *data,
                uint32_t size_bytes)
{
    if (peer->queue_written - peer->queue_taken == BACKUP_QUEUE_MAX ||
        size_bytes > BACKUP_DATA_MAX)
        return false;
    struct backup_message *request = &peer->queue[peer->queue_written++ % BACKUP_QUEUE_MAX];
    *request = (struct backup_message){
        .type = peer->actions->request_type,
        .function = (uint8_t)function,
        .size_bytes = (uint8_t)size_bytes,
    };
    for (uint32_t i = 0; i < size_bytes; i++)
        request->data[i] = data[i];
    ask_next(peer);
    return true;
}

/** The request under way has its final answer. */
static void end_own(struct backup_peer *peer, const struct backup_message *answer)
{
    const struct backup_message request = *own_request(peer);
    peer->queue_taken++;
    peer->is_asking = false;
    peer->actions->ended(&request, answer);
    ask_next(peer);
}

/** Tells the number of the fragment that is awaited now. */
static void acknowledge(struct backup_peer *peer, const struct backup_message *fragment,
                        uint8_t next_fragment)
{
    const struct backup_message message = {
        .type = peer->actions->request_type,
        .function = BACKUP_LOG,
        .response = BACKUP_ACCEPTED,
        .sequence = fragment->sequence,
        .size_bytes = 1,
        .data = {next_fragment},
    };
    send(peer, &message);
}

/** A fragment of the log that was asked for; each is acknowledged with the next one's number. */
static void take_fragment(struct backup_peer *peer, const struct backup_message *message)
{
    const bool is_new = message->size_bytes > 0 && message->data[0] == peer->next_fragment;
    if (is_new) {
        peer->next_fragment++;
        peer->give_up_ms = clock_ms() + BACKUP_GIVE_UP_MS;
        peer->repeat_ms = clock_ms() + BACKUP_PATIENCE_MS;
        peer->actions->take_log(message->data + 1, message->size_bytes - 1u, !message->more);
    }
    acknowledge(peer, message, peer->next_fragment);
    if (is_new && !message->more)
        end_own(peer, message);
}

static void take_response(struct backup_peer *peer, const struct backup_message *message)
{
    const struct backup_message *request = own_request(peer);
    if (!peer->is_asking || message->sequence != request->sequence ||
        message->function != request->function) {
        /* The answer to an earlier repetition of what has ended since; a log must be stopped. */
        peer->counters.strange++;
        if (message->function == BACKUP_LOG && message->size_bytes > 0)
            acknowledge(peer, message, (uint8_t)(message->data[0] + 1));
        return;
    }
    switch (message->response) {
    case BACKUP_NONE:
    case BACKUP_BUSY: /* the repetition comes in its time */
        return;
    case BACKUP_ACCEPTED:
        peer->is_accepted = true;
        peer->repeat_ms = clock_ms() + BACKUP_PATIENCE_MS;
        return;
    case BACKUP_DONE:
        if (request->function == BACKUP_LOG && peer->actions->take_log != 0) {
            take_fragment(peer, message);
            return;
        }
        end_own(peer, message);
        return;
    default:
        end_own(peer, message);
        return;
    }
}

/* The peer's requests. */

/** Builds and sends the fragment at `log_offset`. */
static void send_fragment(struct backup_peer *peer)
{
    struct backup_message *fragment = &peer->fragment;
    uint8_t following;
    const uint32_t count =
        peer->actions->read_log(peer->log_offset, fragment->data + 1, BACKUP_FRAGMENT_MAX);
    peer->log_offset += count;
    fragment->size_bytes = (uint8_t)(1 + count);
    fragment->more = peer->actions->read_log(peer->log_offset, &following, 1) != 0;
    peer->fragment_repeat_ms = clock_ms() + BACKUP_REPEAT_MS;
    peer->fragment_give_up_ms = clock_ms() + BACKUP_GIVE_UP_MS;
    send(peer, fragment);
}

static void start_log(struct backup_peer *peer, const struct backup_message *answer)
{
    peer->is_sending_log = true;
    peer->log_offset = 0;
    peer->fragment = *answer;
    peer->fragment.response = BACKUP_DONE;
    peer->fragment.data[0] = 0;
    send_fragment(peer);
}

/** The peer has taken a fragment: the next one, or the end. */
static void take_acknowledge(struct backup_peer *peer, const struct backup_message *message)
{
    struct backup_message *fragment = &peer->fragment;
    if (!peer->is_sending_log || message->sequence != fragment->sequence ||
        message->size_bytes == 0 || message->data[0] != (uint8_t)(fragment->data[0] + 1)) {
        peer->counters.strange++;
        return;
    }
    if (!fragment->more) {
        peer->is_sending_log = false;
        return;
    }
    fragment->data[0]++;
    send_fragment(peer);
}

static bool is_last(const struct backup_peer *peer, const struct backup_message *message)
{
    return peer->has_last && peer->last_answer.sequence == message->sequence &&
           peer->last_answer.function == message->function;
}

static void answer_again(struct backup_peer *peer)
{
    peer->counters.duplicates++;
    if (peer->last_answer.function == BACKUP_LOG && peer->last_answer.response == BACKUP_DONE) {
        if (peer->is_sending_log)
            send(peer, &peer->fragment);
        else if (peer->actions->read_log != 0)
            start_log(peer, &peer->last_answer); /* reading twice does no harm */
        return;
    }
    send(peer, &peer->last_answer);
}

static void take_request(struct backup_peer *peer, const struct backup_message *message)
{
    if (message->function == BACKUP_LOG && message->response == BACKUP_ACCEPTED) {
        take_acknowledge(peer, message);
        return;
    }
    if (is_last(peer, message)) {
        answer_again(peer);
        return;
    }
    struct backup_message answer = {
        .type = peer->actions->response_type,
        .function = message->function,
        .sequence = message->sequence,
    };
    answer.response = (uint8_t)peer->actions->execute(message, &answer);
    if (answer.response == BACKUP_BUSY) {
        send(peer, &answer);
        return;
    }
    peer->counters.executed++;
    peer->has_last = true;
    peer->is_finished = answer.response != BACKUP_ACCEPTED;
    peer->last_answer = answer;
    peer->is_sending_log = false;
    keep(peer);
    if (message->function == BACKUP_LOG && answer.response == BACKUP_DONE &&
        peer->actions->read_log != 0)
        start_log(peer, &answer);
    else
        send(peer, &answer);
}

void backup_finish(struct backup_peer *peer, enum backup_response response)
{
    if (!peer->has_last || peer->is_finished)
        return;
    peer->is_finished = true;
    peer->last_answer.response = (uint8_t)response;
    keep(peer);
    send(peer, &peer->last_answer);
}

void backup_receive(struct backup_peer *peer, uint32_t dword)
{
    const struct backup_message *message = &peer->assembly.message;
    if (!backup_take(&peer->assembly, dword))
        return;
    /* The types of one direction are neighbours: 1 and 4 go to the BMC, 2 and 3 come from it. */
    const uint8_t their_request = peer->actions->request_type == BACKUP_REQUEST_TO_BMC
                                      ? BACKUP_REQUEST_FROM_BMC
                                      : BACKUP_REQUEST_TO_BMC;
    const uint8_t their_response = their_request == BACKUP_REQUEST_FROM_BMC
                                       ? BACKUP_RESPONSE_FROM_BMC
                                       : BACKUP_RESPONSE_TO_BMC;
    peer->counters.received++;
    if (message->type == their_request)
        take_request(peer, message);
    else if (message->type == their_response)
        take_response(peer, message);
    else
        peer->counters.strange++;
}

static void work_own(struct backup_peer *peer)
{
    if (!peer->is_asking)
        return;
    if (clock_reached(peer->give_up_ms)) {
        const struct backup_message none = {.response = BACKUP_FAILED};
        peer->counters.given_up++;
        end_own(peer, &none);
        return;
    }
    if (!clock_reached(peer->repeat_ms))
        return;
    peer->counters.repeated++;
    peer->repeat_ms = clock_ms() + BACKUP_REPEAT_MS;
    send(peer, own_request(peer));
}

static void work_log(struct backup_peer *peer)
{
    if (!peer->is_sending_log)
        return;
    if (clock_reached(peer->fragment_give_up_ms)) {
        peer->is_sending_log = false;
        return;
    }
    if (!clock_reached(peer->fragment_repeat_ms))
        return;
    peer->counters.repeated++;
    peer->fragment_repeat_ms = clock_ms() + BACKUP_REPEAT_MS;
    send(peer, &peer->fragment);
}

void backup_work(struct backup_peer *peer)
{
    work_own(peer);
    work_log(peer);
    ask_next(peer);
}

bool backup_is_busy(const struct backup_peer *peer)
{
    return peer->queue_written != peer->queue_taken || peer->is_sending_log ||
           peer->outbox_written != peer->outbox_taken || (peer->has_last && !peer->is_finished);
}

void backup_forget(struct backup_peer *peer)
{
    const struct backup_message none = {.response = BACKUP_FAILED};
    peer->has_last = false;
    peer->is_sending_log = false;
    peer->outbox_taken = peer->outbox_written;
    peer->assembly.missing = 0;
    const uint32_t waiting = peer->queue_written;
    while (peer->queue_taken != waiting) {
        const struct backup_message request = *own_request(peer);
        peer->queue_taken++;
        peer->is_asking = false;
        peer->counters.given_up++;
        peer->actions->ended(&request, &none);
    }
    keep(peer);
}
