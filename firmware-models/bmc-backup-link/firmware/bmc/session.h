/*
 * Who speaks on the serial port. Without a session it is user 1, who has no name: as long as that
 * user is enabled and has no password, a client needs no login (ipmitool's serial interfaces know
 * none). A login takes the privilege of its user, until it is closed or idle for a minute.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "message.h"

/** An active session closes after this time without a message (IPMI 2.0, section 6.12.15). */
#define SESSION_IDLE_MS 60000u

void session_start(void);

/** What a message on the serial port may do now. */
enum privilege session_privilege(void);

/** A message was received: the session lives on. */
void session_touch(void);

/** Starts a session; false, and any session closed, if name or password are wrong. */
bool session_login(const char name[USER_NAME_BYTES], const char password[USER_PASSWORD_BYTES]);

/** The user (1..USER_COUNT) with this name, 0 if there is none that may log in. */
uint32_t session_user(const char name[USER_NAME_BYTES]);

void session_close(void);

/** Sets the privilege of the active session; false: more than the user may have, or no session. */
bool session_set_privilege(enum privilege privilege);

/** User of the active session, 0 if there is none, and its identifier. */
uint32_t session_active_user(void);
uint32_t session_id(void);

#endif
