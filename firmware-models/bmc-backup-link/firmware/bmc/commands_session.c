/*
 * Sessions and channels (IPMI 2.0, sections 22.13 to 22.24). Of the ways to authenticate there are
 * "none", for users without a password, and "straight password": what a serial line offers.
 */
#include "bytes.h"
#include "commands.h"
#include "libc.h"
#include "session.h"

#define AUTH_NONE 0
#define AUTH_PASSWORD 4

/** The channel that a number means: 0Eh is the one that the request came over. */
static enum channel channel_of(const struct request *request, uint8_t number)
{
    return (number & 0x0f) == CHANNEL_SELF ? request->channel : (enum channel)(number & 0x0f);
}

static bool is_known(enum channel channel)
{
    return channel == CHANNEL_IPMB || channel == CHANNEL_SERIAL || channel == CHANNEL_SYSTEM;
}

enum completion get_auth_capabilities(const struct request *request, struct response *response)
{
    const enum channel channel = channel_of(request, request->data[0]);
    const bool is_open = session_privilege() != PRIVILEGE_NONE && session_active_user() == 0;
    if (!is_known(channel))
        return CC_BAD_FIELD;
    response->data[0] = (uint8_t)channel;
    response->data[1] = 1u << AUTH_NONE | 1u << AUTH_PASSWORD;
    response->data[2] = (uint8_t)(0x14 | (is_open ? 0x01 : 0x02)); /* no per-message check; names */
    response->size_bytes = 8;
    return CC_OK;
}

/** The name that Get Session Challenge was asked for; Activate Session brings the password. */
static char challenged_name[USER_NAME_BYTES];
static bool is_challenged;

/** 81h: no such user; 82h: the user without a name may not log in. */
enum completion get_session_challenge(const struct request *request, struct response *response)
{
    const char *name = (const char *)request->data + 1;
    const uint8_t how = request->data[0] & 0x0f;
    if (how != AUTH_NONE && how != AUTH_PASSWORD)
        return CC_BAD_FIELD;
    if (session_user(name) == 0)
        return name[0] == '\0' ? CC_SPECIFIC_82 : CC_SPECIFIC_81;
    memcpy(challenged_name, name, sizeof challenged_name);
    is_challenged = true;
    put_le32(response->data, 1); /* the temporary session's identifier: there is one at a time */
    response->size_bytes = 20;   /* and a challenge that no such authentication needs */
    return CC_OK;
}

enum completion activate_session(const struct request *request, struct response *response)
{
    char password[USER_PASSWORD_BYTES] = {0};
    const enum privilege wanted = (enum privilege)(request->data[1] & 0x0f);
    if (!is_challenged)
        return CC_SPECIFIC_82; /* no session slot: none was asked for */
    is_challenged = false;
    memcpy(password, request->data + 2, 16);
    if (!session_login(challenged_name, password))
        return CC_PRIVILEGE;
    if (wanted != PRIVILEGE_NONE && !session_set_privilege(wanted)) {
        session_close();
        return (enum completion)0x86; /* more than the user may have */
    }
    response->data[0] = request->data[0] & 0x0f;
    put_le32(response->data + 1, session_id());
    response->data[9] = (uint8_t)session_privilege();
    response->size_bytes = 10;
    return CC_OK;
}

/** 0 asks; 81h: more than the user may have. */
enum completion set_session_privilege(const struct request *request, struct response *response)
{
    const uint8_t wanted = request->data[0] & 0x0f;
    if (wanted > PRIVILEGE_ADMINISTRATOR)
        return CC_BAD_FIELD;
    if (wanted != PRIVILEGE_NONE) {
        const bool done = session_active_user() != 0
                              ? session_set_privilege((enum privilege)wanted)
                              : wanted <= request->privilege;
        if (!done)
            return CC_SPECIFIC_81;
    }
    response->data[0] = wanted != PRIVILEGE_NONE ? wanted : (uint8_t)request->privilege;
    response->size_bytes = 1;
    return CC_OK;
}

/** 87h: no such session. */
enum completion close_session(const struct request *request, struct response *response)
{
    (void)response;
    if (session_id() == 0 || get_le32(request->data) != session_id())
        return (enum completion)0x87;
    session_close();
    return CC_OK;
}

enum completion get_session_info(const struct request *request, struct response *response)
{
    const uint8_t which = request->data[0];
    const uint32_t user = session_active_user();
    const bool is_wanted = which <= 1 || (which == 0xff && request->size_bytes == 5 &&
                                          get_le32(request->data + 1) == session_id());
    response->data[1] = 1; /* one session is possible */
    response->data[2] = user != 0;
    response->size_bytes = 3;
    if (user != 0 && is_wanted) {
        response->data[0] = 1;
        response->data[3] = (uint8_t)user;
        response->data[4] = (uint8_t)session_privilege();
        response->data[5] = CHANNEL_SERIAL;
        response->size_bytes = 6;
    }
    return CC_OK;
}

/** Bits 7..6 of a field of Set Channel Access: 0 leaves it, 1 and 2 set it. */
static bool changes(uint8_t field)
{
    return (field & 0xc0) != 0;
}

/** 82h: the channel has no sessions. */
enum completion set_channel_access(const struct request *request, struct response *response)
{
    (void)response;
    if (!is_known(channel_of(request, request->data[0])))
        return CC_BAD_FIELD;
    if (channel_of(request, request->data[0]) != CHANNEL_SERIAL)
        return CC_SPECIFIC_82;
    if (changes(request->data[1]))
        config.channel_access = request->data[1] & 0x3f;
    if (changes(request->data[2])) {
        const uint8_t limit = request->data[2] & 0x0f;
        if (limit == 0 || limit > PRIVILEGE_ADMINISTRATOR)
            return CC_BAD_FIELD;
        config.channel_privilege = limit;
    }
    return config_save() ? CC_OK : CC_UNSPECIFIED;
}

enum completion get_channel_access(const struct request *request, struct response *response)
{
    if (!is_known(channel_of(request, request->data[0])))
        return CC_BAD_FIELD;
    if (channel_of(request, request->data[0]) != CHANNEL_SERIAL)
        return CC_SPECIFIC_82;
    response->data[0] = config.channel_access;
    response->data[1] = config.channel_privilege;
    response->size_bytes = 2;
    return CC_OK;
}

/** Medium (table 6-3), protocol (table 6-2), sessions; the maker of the protocol is IPMI itself. */
enum completion get_channel_info(const struct request *request, struct response *response)
{
    static const struct {
        uint8_t medium;
        uint8_t protocol;
        uint8_t sessions;
    } infos[] = {
        [CHANNEL_IPMB] = {0x01, 0x01, 0x00},
        [CHANNEL_SERIAL] = {0x05, 0x09, 0x40}, /* RS-232, terminal mode, a single session */
        [CHANNEL_SYSTEM] = {0x0c, 0x05, 0x00}, /* system interface, KCS */
    };
    const enum channel channel = channel_of(request, request->data[0]);
    if (!is_known(channel))
        return CC_BAD_FIELD;
    response->data[0] = (uint8_t)channel;
    response->data[1] = infos[channel].medium;
    response->data[2] = infos[channel].protocol;
    response->data[3] = infos[channel].sessions;
    if (channel == CHANNEL_SERIAL)
        response->data[3] |= session_active_user() != 0;
    put_le32(response->data + 4, 7154); /* the number of the IPMI forum */
    response->size_bytes = 9;
    return CC_OK;
}
