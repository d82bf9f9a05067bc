/*
 * Mailboxes between the blocks (mailbox.h).
 */
#include "mailbox.h"

#include "crc.h"

#define WORDS (sizeof(struct message) / sizeof(uint32_t))
#define CRC_WORD (WORDS - 1)

union words {
    struct message message;
    uint32_t word[WORDS];
};

static uint32_t checksum(const union words *words)
{
    return crc32(words->word, CRC_WORD * sizeof(uint32_t));
}

void mailbox_write(volatile uint32_t *mailbox, struct message *message)
{
    union words words = {.message = *message};
    words.word[CRC_WORD] = checksum(&words);
    message->crc = words.word[CRC_WORD];
    for (uint32_t i = 0; i < WORDS; i++)
        mailbox[i] = words.word[i];
}

static enum partner_event count_silence(struct partner *partner)
{
    partner->row_periods = 0;
    if (partner->age_periods < UINT32_MAX)
        partner->age_periods++;
    if (!partner->present || partner->age_periods < PARTNER_LOST_PERIODS)
        return PARTNER_SAME;
    partner->present = false;
    partner->lost_count++;
    return PARTNER_LOST;
}

enum partner_event mailbox_watch(const volatile uint32_t *mailbox, struct partner *partner)
{
    union words copy;
    if (mailbox[0] == partner->last.sequence)
        return count_silence(partner);
    for (uint32_t i = 0; i < WORDS; i++)
        copy.word[i] = mailbox[i];
    if (copy.word[CRC_WORD] != checksum(&copy)) {
        partner->damaged++;
        return count_silence(partner);
    }
    partner->last = copy.message;
    partner->received++;
    partner->age_periods = 0;
    partner->row_periods++;
    if (partner->present || partner->row_periods < PARTNER_FOUND_PERIODS)
        return PARTNER_SAME;
    partner->present = true;
    return PARTNER_FOUND;
}
