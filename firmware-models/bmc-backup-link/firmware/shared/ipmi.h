/*
 * Numbers of IPMI 2.0 that both nodes use: network functions, commands, completion codes (sections
 * 5.1, 5.2, appendix G of the specification).
 */
#ifndef IPMI_H
#define IPMI_H

#include <stdint.h>

enum netfn {
    NETFN_CHASSIS = 0x00,
    NETFN_SENSOR = 0x04,
    NETFN_APP = 0x06,
    NETFN_STORAGE = 0x0a,
    NETFN_OEM = 0x30, /* of the board's maker: bmc/commands_oem.c */
};
/** Set in the network function of an answer. */
#define NETFN_RESPONSE 0x01

enum ipmi_app_command {
    IPMI_GET_DEVICE_ID = 0x01,
    IPMI_RESET_WATCHDOG = 0x22,
    IPMI_CLEAR_MESSAGE_FLAGS = 0x30,
    IPMI_GET_MESSAGE_FLAGS = 0x31,
    IPMI_GET_MESSAGE = 0x33,
    IPMI_SEND_MESSAGE = 0x34,
};

enum ipmi_chassis_command {
    IPMI_GET_CHASSIS_STATUS = 0x01,
    IPMI_SET_BOOT_OPTIONS = 0x08,
    IPMI_GET_BOOT_OPTIONS = 0x09,
};

enum ipmi_storage_command {
    IPMI_GET_SEL_INFO = 0x40,
    IPMI_GET_SEL_ENTRY = 0x43,
    IPMI_ADD_SEL_ENTRY = 0x44,
};

enum completion {
    CC_OK = 0x00,
    CC_SPECIFIC_80 = 0x80, /* meaning by command, as are 0x81 and 0x82 */
    CC_SPECIFIC_81 = 0x81,
    CC_SPECIFIC_82 = 0x82,
    CC_BAD_COMMAND = 0xc1,
    CC_BAD_LUN = 0xc2,
    CC_OUT_OF_SPACE = 0xc4,
    CC_BAD_RESERVATION = 0xc5,
    CC_LENGTH = 0xc7,
    CC_TOO_LONG = 0xc8,
    CC_RANGE = 0xc9,
    CC_TOO_MANY_BYTES = 0xca,
    CC_NOT_PRESENT = 0xcb,
    CC_BAD_FIELD = 0xcc,
    CC_NOT_FOR_THIS_SENSOR = 0xcd,
    CC_UNREACHABLE = 0xd3,
    CC_PRIVILEGE = 0xd4,
    CC_NOT_NOW = 0xd5,
    CC_UNSPECIFIED = 0xff,
};

/** The BMC's address on the IPMB, and that of remote software (section 5.5). */
#define IPMB_BMC 0x20
#define IPMB_REMOTE 0x81

#endif
