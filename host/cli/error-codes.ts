/** Codes of the command line and of the files it reads, for docs/errors.md. */
export const CLI_ERRORS = {
  E120: "a machine file or model cannot be found or read",
  E160: "a trace file cannot be read, is of another version or damaged",
  E161: "two files of different kinds are compared",
  E200: "an unknown command or option, a missing or a superfluous argument",
  E201: "a UART is named that the machine does not have, or that is linked to another",
  E202: "an integer, size or address cannot be read or is out of range",
  E203: "a time cannot be read, is too long, or names a clock that does not exist",
  E204: "an expression of --until is malformed",
  E205: "an expression of --until names something that the machine does not have",
  E206: "options exclude each other or contradict the run",
  E207: "an option of the form NAME=VALUE is malformed or given twice",
  E208: "a file cannot be written",
  E209: "there is no trace event, benchmark or schema of that name",
  E211: "the place where a debugger comes in is malformed",
  E212: "there is no such IPMI command",
  E220: "a chip, defect, delay stage or exchange pattern that does not exist is named",
  E420: "firmware cannot be read",
} as const;

/** Codes of host/core, host/serial and host/node that have no table of their own. */
export const OTHER_ERRORS = {
  E180: "the input log of a session is damaged",
  E190: "the machine needs more memory than a WebAssembly memory has",
  E191: "a snapshot belongs to another machine or version",
  E240: "an endpoint is of no known kind",
  E241: "an endpoint of this kind takes nothing after its name",
  E242: "the path of an endpoint is missing",
  E243: "the baud rate or an option of a serial endpoint is wrong",
  E244: "the host of an endpoint is missing or malformed",
  E245: "the port number of an endpoint is wrong",
  E246: "--serial does not begin with a UART's name and =",
  E247: "two UARTs share what only one can have",
  E500: "a serial port cannot be opened",
  E501: "there is no such serial port",
  E502: "a serial port may not be opened: permissions",
  E503: "another program has the serial port open",
  E504: "the path of a serial endpoint is no serial port",
  E505: "no pseudo-terminal can be made",
  E506: "the link of a pty endpoint exists and is no symbolic link into /dev/pts",
  E507: "the link of a pty endpoint cannot be made",
  E508: "a TCP server cannot be reached",
  E509: "a TCP port is taken",
  E510: "a TCP port cannot be listened on",
  E511: "the file of a file endpoint cannot be written",
  E512: "no BMC answers on a port",
} as const;

export const CLI_ERROR_ROWS = Object.entries({ ...CLI_ERRORS, ...OTHER_ERRORS }).map(
  ([code, meaning]) => ({ code, meaning }),
);
