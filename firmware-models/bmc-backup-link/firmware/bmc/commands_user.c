/*
 * Users (IPMI 2.0, sections 22.26 to 22.30). Identifiers are 1..USER_COUNT.
 */
#include "commands.h"
#include "config.h"
#include "libc.h"

#define ACCESS_CHANGE 0x80
#define ACCESS_BITS 0x70
#define PRIVILEGE_NO_ACCESS 0x0f

#define PASSWORD_20_BYTES 0x80
enum password_operation { USER_DISABLE, USER_ENABLE, PASSWORD_SET, PASSWORD_TEST };

static struct user *user_of(uint8_t number)
{
    const uint32_t id = number & 0x3f;
    return id >= 1 && id <= USER_COUNT ? &config.users[id - 1] : 0;
}

static enum completion save(void)
{
    return config_save() ? CC_OK : CC_UNSPECIFIED;
}

enum completion set_user_access(const struct request *request, struct response *response)
{
    (void)response;
    struct user *user = user_of(request->data[1]);
    const uint8_t limit = request->data[2] & 0x0f;
    if (user == 0)
        return CC_RANGE;
    if (limit == 0 || (limit > PRIVILEGE_ADMINISTRATOR && limit != PRIVILEGE_NO_ACCESS))
        return CC_BAD_FIELD;
    if (request->data[0] & ACCESS_CHANGE)
        user->access = request->data[0] & ACCESS_BITS;
    user->privilege = limit;
    return save();
}

enum completion get_user_access(const struct request *request, struct response *response)
{
    const struct user *user = user_of(request->data[1]);
    uint32_t enabled = 0;
    if (user == 0)
        return CC_RANGE;
    for (uint32_t i = 0; i < USER_COUNT; i++)
        enabled += config.users[i].enabled;
    response->data[0] = USER_COUNT;
    response->data[1] = (uint8_t)(enabled | (user->enabled ? 0x40u : 0x80u));
    response->data[2] = 1; /* the name of user 1 is fixed: none */
    response->data[3] = user->access | user->privilege;
    response->size_bytes = 4;
    return CC_OK;
}

enum completion set_user_name(const struct request *request, struct response *response)
{
    (void)response;
    struct user *user = user_of(request->data[0]);
    if (user == 0)
        return CC_RANGE;
    if (user == &config.users[0])
        return CC_BAD_FIELD;
    memcpy(user->name, request->data + 1, sizeof user->name);
    return save();
}

enum completion get_user_name(const struct request *request, struct response *response)
{
    const struct user *user = user_of(request->data[0]);
    if (user == 0)
        return CC_RANGE;
    memcpy(response->data, user->name, sizeof user->name);
    response->size_bytes = sizeof user->name;
    return CC_OK;
}

/** 80h: the password is another one; 81h: it has another length. */
enum completion set_user_password(const struct request *request, struct response *response)
{
    (void)response;
    const uint32_t size = request->data[0] & PASSWORD_20_BYTES ? 20 : 16;
    uint8_t password[USER_PASSWORD_BYTES] = {0};
    struct user *user = user_of(request->data[0]);
    const uint8_t operation = request->data[1] & 3;
    if (user == 0)
        return CC_RANGE;
    if (operation == USER_DISABLE || operation == USER_ENABLE) {
        user->enabled = operation == USER_ENABLE;
        return save();
    }
    if (request->size_bytes != 2 + size)
        return CC_LENGTH;
    memcpy(password, request->data + 2, size);
    if (operation == PASSWORD_TEST)
        return memcmp(password, user->password, sizeof password) == 0 ? CC_OK : CC_SPECIFIC_80;
    memcpy(user->password, password, sizeof password);
    return save();
}
