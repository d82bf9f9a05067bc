/*
 * One end of the backup communication: its own requests, repeated until they are answered, and the
 * peer's, executed once however often they come. The transport below carries dwords and may lose
 * them; it never changes their order. Both nodes use it.
 */
#ifndef BACKUP_PEER_H
#define BACKUP_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "backup_message.h"

#define BACKUP_QUEUE_MAX 8u   /* own requests that wait */
#define BACKUP_OUTBOX_MAX 16u /* dwords that wait for the transport */

struct backup_peer;

/** What a node does with the peer's requests, and with the ends of its own. */
struct backup_actions {
    uint8_t request_type;  /* of own requests */
    uint8_t response_type; /* of own responses */
    /**
     * Executes a request. Returns DONE, FAILED, UNSUPPORTED, BUSY (then it is not remembered: the
     * peer will ask again), or ACCEPTED: backup_finish() ends it later. `answer` takes data.
     */
    enum backup_response (*execute)(const struct backup_message *request,
                                    struct backup_message *answer);
    /** An own request has ended; FAILED also if it was given up. */
    void (*ended)(const struct backup_message *request, const struct backup_message *answer);
    /** The bytes of the log from `offset` on, for fragments; returns how many, 0 behind its end. */
    uint32_t (*read_log)(uint32_t offset, uint8_t *bytes, uint32_t max_bytes);
    /** Bytes of the log that was asked for, in order. */
    void (*take_log)(const uint8_t *bytes, uint32_t size_bytes, bool is_last);
    /** The remembered word has changed: keep it over resets. */
    void (*keep)(uint32_t word);
};

struct backup_counters {
    uint32_t sent;       /* messages */
    uint32_t received;
    uint32_t repeated;   /* own requests and fragments, sent again */
    uint32_t duplicates; /* requests of the peer that came again, and were not executed again */
    uint32_t executed;
    uint32_t given_up;   /* own requests that got no answer */
    uint32_t strange;    /* messages that fit nothing */
};

/** Tests of the whole read this from a node's memory (test/support/bmc-link.ts). */
struct backup_peer {
    const struct backup_actions *actions;
    struct backup_assembly assembly;
    struct backup_counters counters;

    /* Own requests: the first of the queue is under way if `is_asking`. */
    struct backup_message queue[BACKUP_QUEUE_MAX];
    uint32_t queue_written;
    uint32_t queue_taken;
    bool is_asking;
    bool is_accepted;
    uint32_t repeat_ms;
    uint32_t give_up_ms;
    uint8_t sequence;      /* of the next own request */
    uint8_t next_fragment; /* of a log that is being received */

    /* The peer's last request and what it was answered. */
    bool has_last;
    bool is_finished; /* its final answer has been sent */
    struct backup_message last_answer;

    /* A log that is being sent: the fragment under way. */
    bool is_sending_log;
    struct backup_message fragment;
    uint32_t log_offset; /* behind the fragment */
    uint32_t fragment_repeat_ms;
    uint32_t fragment_give_up_ms;

    /* Dwords for the transport. */
    uint32_t outbox[BACKUP_OUTBOX_MAX];
    uint32_t outbox_written;
    uint32_t outbox_taken;
};

/** Starts an end; `kept` is the word that keep() got last, 0 if there is none. */
void backup_start(struct backup_peer *peer, const struct backup_actions *actions, uint32_t kept);

/** Queues a request; false if the queue is full. */
bool backup_ask(struct backup_peer *peer, enum backup_function function, const uint8_t *data,
                uint32_t size_bytes);

/** Ends the peer's request that execute() had accepted. Nothing happens if there is none. */
void backup_finish(struct backup_peer *peer, enum backup_response response);

/** The transport brings a dword. */
void backup_receive(struct backup_peer *peer, uint32_t dword);

/** The dword that the transport shall carry next; false if there is none. */
bool backup_peek(const struct backup_peer *peer, uint32_t *dword);
/** The transport has carried it. */
void backup_sent(struct backup_peer *peer);

/** Repeats and gives up; called often while backup_is_busy(). */
void backup_work(struct backup_peer *peer);
bool backup_is_busy(const struct backup_peer *peer);

/** The peer began anew: forgets its requests, ends the own ones as failed. */
void backup_forget(struct backup_peer *peer);

#endif
