/*
 * Settings that survive resets (config.h).
 */
#include "config.h"

#include "libc.h"
#include "message.h"
#include "store.h"

struct config config;

_Static_assert(sizeof(struct config) <= STORE_BYTES_MAX, "the settings fit into a sector");

static struct store store;

/** Users of the factory, from identifier 1 on: our choice, in the model's README. */
static const struct {
    const char *name;
    const char *password;
    enum privilege privilege;
} factory_users[] = {
    {"", "", PRIVILEGE_ADMINISTRATOR},
    {"admin", "admin", PRIVILEGE_ADMINISTRATOR},
    {"operator", "operator", PRIVILEGE_OPERATOR},
    {"user", "user", PRIVILEGE_USER},
};

static void set_factory(void)
{
    memset(&config, 0, sizeof config);
    for (uint32_t i = 0; i < sizeof factory_users / sizeof factory_users[0]; i++) {
        struct user *user = &config.users[i];
        memcpy(user->name, factory_users[i].name, strlen(factory_users[i].name));
        memcpy(user->password, factory_users[i].password, strlen(factory_users[i].password));
        user->privilege = (uint8_t)factory_users[i].privilege;
        user->enabled = 1;
        user->access = 0x10; /* IPMI messaging */
    }
    for (uint32_t i = sizeof factory_users / sizeof factory_users[0]; i < USER_COUNT; i++)
        config.users[i].privilege = 0x0f;
    config.power_policy = POLICY_ON;
    config.channel_access = 0x02; /* always available */
    config.channel_privilege = PRIVILEGE_ADMINISTRATOR;
}

void config_start(void)
{
    store = (struct store){.base = 0, .size_bytes = sizeof config};
    if (!store_load(&store, &config))
        set_factory();
}

bool config_save(void)
{
    return store_save(&store, &config);
}
