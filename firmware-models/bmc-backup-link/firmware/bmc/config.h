/*
 * Settings that survive resets: users, clock, power policy, boot flags. Whoever changes one calls
 * config_save().
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define USER_COUNT 10u /* identifiers 1..10; user 1 is the one without a name */
#define USER_NAME_BYTES 16u
#define USER_PASSWORD_BYTES 20u
#define BOOT_FLAG_BYTES 5u

struct user {
    char name[USER_NAME_BYTES];
    uint8_t password[USER_PASSWORD_BYTES];
    uint8_t privilege; /* limit; 0x0f: no access */
    uint8_t enabled;
    uint8_t access; /* bits 6..4 of Set User Access, as given */
    uint8_t reserved;
};

/** What happens to the host when the board gets power (Get Chassis Status, bits 6..5). */
enum power_policy { POLICY_OFF = 0, POLICY_PREVIOUS = 1, POLICY_ON = 2 };

struct config {
    struct user users[USER_COUNT];
    uint32_t sel_epoch_s; /* time of the log's clock at power-on of the board */
    uint8_t power_policy;
    uint8_t power_was_on; /* for POLICY_PREVIOUS */
    uint8_t boot_flags[BOOT_FLAG_BYTES];
    uint8_t boot_acknowledge[2];
    uint8_t channel_access;    /* of the serial channel: bits 5..0 of Set Channel Access */
    uint8_t channel_privilege; /* its privilege limit */
    uint8_t reserved;
};

extern struct config config;

/** Reads the settings; those of the factory if the store holds none. */
void config_start(void);

/** False if the store is broken: the settings hold until the next reset. */
bool config_save(void);

#endif
