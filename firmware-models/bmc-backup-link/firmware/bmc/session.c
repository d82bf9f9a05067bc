/*
 * Sessions on the serial port (session.h). There is one at a time.
 */
#include "session.h"

#include "clock.h"
#include "libc.h"

static struct {
    uint32_t user; /* 0: none */
    uint32_t id;
    uint32_t touched_ms;
    enum privilege privilege;
} session;

static enum privilege limit_of(const struct user *user)
{
    const uint8_t limit = user->privilege < config.channel_privilege ? user->privilege
                                                                     : config.channel_privilege;
    return user->enabled && user->privilege <= PRIVILEGE_ADMINISTRATOR ? (enum privilege)limit
                                                                       : PRIVILEGE_NONE;
}

void session_start(void)
{
    session.user = 0;
    session.privilege = PRIVILEGE_NONE;
}

static void expire(void)
{
    if (session.user != 0 && clock_reached(session.touched_ms + SESSION_IDLE_MS))
        session_close();
}

static bool has_password(const struct user *user)
{
    for (uint32_t i = 0; i < USER_PASSWORD_BYTES; i++) {
        if (user->password[i] != 0)
            return true;
    }
    return false;
}

enum privilege session_privilege(void)
{
    expire();
    if (session.user != 0)
        return session.privilege;
    return has_password(&config.users[0]) ? PRIVILEGE_NONE : limit_of(&config.users[0]);
}

void session_touch(void)
{
    expire();
    session.touched_ms = clock_ms();
}

uint32_t session_user(const char name[USER_NAME_BYTES])
{
    for (uint32_t i = 0; i < USER_COUNT; i++) {
        if (limit_of(&config.users[i]) != PRIVILEGE_NONE &&
            memcmp(config.users[i].name, name, USER_NAME_BYTES) == 0)
            return i + 1;
    }
    return 0;
}

bool session_login(const char name[USER_NAME_BYTES], const char password[USER_PASSWORD_BYTES])
{
    const uint32_t user = session_user(name);
    session_close();
    if (user == 0 ||
        memcmp(config.users[user - 1].password, password, USER_PASSWORD_BYTES) != 0)
        return false;
    session.user = user;
    session.id++;
    session.privilege = limit_of(&config.users[user - 1]);
    session.touched_ms = clock_ms();
    return true;
}

void session_close(void)
{
    session.user = 0;
}

bool session_set_privilege(enum privilege privilege)
{
    expire();
    if (session.user == 0 || privilege > limit_of(&config.users[session.user - 1]))
        return false;
    session.privilege = privilege;
    return true;
}

uint32_t session_active_user(void)
{
    expire();
    return session.user;
}

uint32_t session_id(void)
{
    return session.user != 0 ? session.id : 0;
}
