/*
 * The host's end of the management interface: one transfer at a time, in steps that never wait
 * longer than a few microseconds, so that a stuck interface cannot hang the program. Source: IPMI
 * 2.0, section 9.15, figures 9-6 to 9-8.
 */
#ifndef KCS_HOST_H
#define KCS_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "kcs.h"

/** A transfer that makes no step for this long has failed: our choice. */
#define KCS_TIMEOUT_MS 100u

enum kcs_result { KCS_BUSY, KCS_OK, KCS_FAILED };

struct kcs_host_counters {
    uint32_t transfers;
    uint32_t good;
    uint32_t timeouts;
    uint32_t errors; /* the BMC went into the error state, or out of step */
    uint32_t aborts; /* abort sequences that were begun */
};

/** Begins a transfer: netFn (not shifted), command, data. A transfer under way is given up. */
void kcs_begin(uint8_t netfn, uint8_t command, const uint8_t *data, uint32_t size_bytes);

/** Goes on; KCS_BUSY until it is over, then the result once. Nothing under way is KCS_OK. */
enum kcs_result kcs_go_on(void);

bool kcs_is_busy(void);

/** Gives up what is under way; the next transfer begins with an abort. */
void kcs_give_up(void);

/** The answer of the last good transfer: completion code, then data. */
const uint8_t *kcs_answer(uint32_t *size_bytes);

const struct kcs_host_counters *kcs_host_counters(void);

/** For tests of the whole: while set, the driver does nothing, as if it hung. */
extern volatile bool kcs_host_hangs;

#endif
