import type { LineSettings, ModemIn, ModemOut } from "../core/ports.js";
import { sameSettings } from "./endpoint.js";
import {
  AYT,
  BRK,
  COM_PORT_OPTION,
  escapeData,
  subnegotiation,
  Telnet,
  type TelnetEvent,
} from "./telnet.js";

/**
 * The access server's side of RFC 2217 (Telnet Com Port Control Option), without sockets.
 *
 * The emulated UART stands behind a null-modem cable: the client's DTR is the UART's DSR and DCD,
 * its RTS the UART's CTS, and the other way round. The settings a client asks for are those of
 * its own end of the cable: they are confirmed and remembered, and change nothing in the guest.
 *
 *   command                 client  server  value
 *   SIGNATURE               0       100     text; empty: a question
 *   SET-BAUDRATE            1       101     u32, MSB first; 0: a question
 *   SET-DATASIZE            2       102     5..8; 0: a question
 *   SET-PARITY              3       103     1 none 2 odd 3 even 4 mark 5 space; 0: a question
 *   SET-STOPSIZE            4       104     1: 1, 2: 2, 3: 1.5; 0: a question
 *   SET-CONTROL             5       105     see CONTROL_*
 *   NOTIFY-LINESTATE        6       106     bits as in the 16550's LSR
 *   NOTIFY-MODEMSTATE       7       107     bits as in the 16550's MSR
 *   FLOWCONTROL-SUSPEND     8       108     the receiver of this stops sending data
 *   FLOWCONTROL-RESUME      9       109
 *   SET-LINESTATE-MASK      10      110     bits of 106 that the client wants; 0 at first
 *   SET-MODEMSTATE-MASK     11      111     bits of 107 that the client wants; 255 at first
 *   PURGE-DATA              12      112     1 to the client, 2 to the UART, 3 both
 *
 * Source: RFC 2217, section 3.
 */
const SIGNATURE = 0;
const SET_BAUDRATE = 1;
const SET_DATASIZE = 2;
const SET_PARITY = 3;
const SET_STOPSIZE = 4;
const SET_CONTROL = 5;
const NOTIFY_LINESTATE = 6;
const NOTIFY_MODEMSTATE = 7;
const FLOWCONTROL_SUSPEND = 8;
const FLOWCONTROL_RESUME = 9;
const SET_LINESTATE_MASK = 10;
const SET_MODEMSTATE_MASK = 11;
const PURGE_DATA = 12;
/** A server's command is the client's plus this. */
const SERVER = 100;

const LINESTATE_BREAK = 0x10;
const LINESTATE_EMPTY = 0x60; // transmitter holding and shift registers empty

const MODEMSTATE_CTS = 0x10;
const MODEMSTATE_DSR = 0x20;
const MODEMSTATE_DCD = 0x80;

const PARITIES: readonly LineSettings["parity"][] = ["none", "odd", "even", "mark", "space"];
const STOPS: readonly LineSettings["stopBits"][] = [1, 2, 1.5];

/** Values of SET-CONTROL, by what they set; the first of each row is the question. */
const CONTROL_FLOW = [0, 1, 2, 3, 17, 19] as const; // 1 none, 2 XON/XOFF, 3 hardware, DCD, DSR
const CONTROL_BREAK = [4, 5, 6] as const; // 5 on, 6 off
const CONTROL_DTR = [7, 8, 9] as const; // 8 on, 9 off
const CONTROL_RTS = [10, 11, 12] as const; // 11 on, 12 off
const CONTROL_FLOW_IN = [13, 14, 15, 16, 18] as const; // 14 none, 15 XON/XOFF, 16 hardware, DTR

/** What the engine asks of the endpoint around it. */
export interface Rfc2217Host {
  /** Bytes for the client, ready for the socket. */
  send(bytes: Uint8Array): void;
  /** Data for the UART. */
  data(bytes: Uint8Array): void;
  /** The modem inputs of the UART changed. */
  modem(lines: ModemIn): void;
  /** A break begins on the line to the UART. */
  breakSignal(): void;
  /** Throws away queued data, to the client or to the UART. */
  purge(toClient: boolean, toUart: boolean): void;
  /** The client wants no data now, or again. */
  suspend(suspended: boolean): void;
  /** The client changed the settings of its end of the cable. */
  clientSettings(theirs: LineSettings): void;
}

export class Rfc2217Server {
  private readonly telnet: Telnet;
  private client: LineSettings;
  private clientDtr = true;
  private clientRts = true;
  private breaking = false;
  private flowOut = 1;
  private flowIn = 14;
  private lineMask = 0;
  private modemMask = 255;
  private guest: ModemOut = { dtr: false, rts: false, brk: false };
  private readonly commands: Readonly<Record<number, (bytes: Uint8Array) => void>>;

  /** @param settings what the guest's registers say now; the client's end begins with them. */
  constructor(
    private readonly host: Rfc2217Host,
    settings: LineSettings,
    private readonly signature: string,
  ) {
    this.client = settings;
    this.telnet = new Telnet((bytes) => host.send(bytes));
    this.commands = {
      [SIGNATURE]: (bytes) => {
        if (bytes.length === 0) this.answer(SIGNATURE, new TextEncoder().encode(this.signature));
      },
      [SET_BAUDRATE]: (bytes) => this.setBaud(bytes),
      [SET_DATASIZE]: (bytes) => this.setDataSize(bytes[0] ?? 0),
      [SET_PARITY]: (bytes) => this.setParity(bytes[0] ?? 0),
      [SET_STOPSIZE]: (bytes) => this.setStopSize(bytes[0] ?? 0),
      [SET_CONTROL]: (bytes) => this.setControl(bytes[0] ?? 0),
      [NOTIFY_LINESTATE]: () => this.notifyLine(0),
      [NOTIFY_MODEMSTATE]: () => this.notifyModem(0),
      [FLOWCONTROL_SUSPEND]: () => this.host.suspend(true),
      [FLOWCONTROL_RESUME]: () => this.host.suspend(false),
      [SET_LINESTATE_MASK]: (bytes) => {
        this.lineMask = bytes[0] ?? 0;
        this.answer(SET_LINESTATE_MASK, Uint8Array.of(this.lineMask));
      },
      [SET_MODEMSTATE_MASK]: (bytes) => {
        this.modemMask = bytes[0] ?? 0;
        this.answer(SET_MODEMSTATE_MASK, Uint8Array.of(this.modemMask));
        this.notifyModem(0);
      },
      [PURGE_DATA]: (bytes) => this.purge(bytes[0] ?? 0),
    };
  }

  /** The client has connected: its end of the cable asserts DTR and RTS until it says otherwise. */
  start(): void {
    this.telnet.start();
    this.driveModem();
  }

  /** Takes what the client sent. However often it asks ARE YOU THERE in it, one answer does. */
  receive(bytes: Uint8Array): void {
    let asked = false;
    for (const event of this.telnet.receive(bytes)) {
      if (event.kind === "command" && event.command === AYT) asked = true;
      else this.handle(event);
    }
    if (asked) this.host.send(new TextEncoder().encode(this.signature));
  }

  /** Data from the UART as it goes over the socket. */
  encode(bytes: Uint8Array): Uint8Array {
    return escapeData(bytes);
  }

  /** The guest changed DTR, RTS or break. */
  setGuestModem(modem: ModemOut): void {
    const before = this.guest;
    this.guest = modem;
    const changed = modemBits(before) ^ modemBits(modem);
    // The low bits tell what changed: RFC 2217, NOTIFY-MODEMSTATE; they are the MSR's deltas.
    if (changed !== 0) this.notifyModem(changed >> 4);
    if (modem.brk && !before.brk) this.notifyLine(LINESTATE_BREAK);
  }

  private handle(event: TelnetEvent): void {
    switch (event.kind) {
      case "data":
        this.host.data(event.bytes);
        return;
      case "command":
        if (event.command === BRK) this.host.breakSignal();
        return;
      case "agreed":
        if (event.option === COM_PORT_OPTION) this.notifyModem(0);
        return;
      case "subnegotiation":
        if (event.option === COM_PORT_OPTION) {
          this.commands[event.bytes[0] ?? SERVER]?.(event.bytes.subarray(1));
        }
    }
  }

  private answer(command: number, value: Uint8Array): void {
    this.host.send(subnegotiation(COM_PORT_OPTION, Uint8Array.of(command + SERVER, ...value)));
  }

  private setBaud(bytes: Uint8Array): void {
    if (bytes.length < 4) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const baud = view.getUint32(0, false);
    if (baud !== 0) this.setClient({ ...this.client, baud });
    const value = new Uint8Array(4);
    new DataView(value.buffer).setUint32(0, this.client.baud, false);
    this.answer(SET_BAUDRATE, value);
  }

  private setDataSize(value: number): void {
    if (value === 5 || value === 6 || value === 7 || value === 8) {
      this.setClient({ ...this.client, dataBits: value });
    }
    this.answer(SET_DATASIZE, Uint8Array.of(this.client.dataBits));
  }

  private setParity(value: number): void {
    const parity = PARITIES[value - 1];
    if (parity !== undefined) this.setClient({ ...this.client, parity });
    this.answer(SET_PARITY, Uint8Array.of(PARITIES.indexOf(this.client.parity) + 1));
  }

  private setStopSize(value: number): void {
    const stopBits = STOPS[value - 1];
    if (stopBits !== undefined) this.setClient({ ...this.client, stopBits });
    this.answer(SET_STOPSIZE, Uint8Array.of(STOPS.indexOf(this.client.stopBits) + 1));
  }

  private setClient(client: LineSettings): void {
    const changed = !sameSettings(client, this.client);
    this.client = client;
    if (changed) this.host.clientSettings(client);
  }

  private setControl(value: number): void {
    let state: number | undefined;
    if (includes(CONTROL_FLOW, value)) {
      if (value !== CONTROL_FLOW[0]) this.flowOut = value;
      state = this.flowOut;
    } else if (includes(CONTROL_FLOW_IN, value)) {
      if (value !== CONTROL_FLOW_IN[0]) this.flowIn = value;
      state = this.flowIn;
    } else if (includes(CONTROL_BREAK, value)) {
      state = this.controlBreak(value);
    } else if (includes(CONTROL_DTR, value)) {
      if (value !== CONTROL_DTR[0]) this.clientDtr = value === CONTROL_DTR[1];
      state = this.clientDtr ? CONTROL_DTR[1] : CONTROL_DTR[2];
      this.driveModem();
    } else if (includes(CONTROL_RTS, value)) {
      if (value !== CONTROL_RTS[0]) this.clientRts = value === CONTROL_RTS[1];
      state = this.clientRts ? CONTROL_RTS[1] : CONTROL_RTS[2];
      this.driveModem();
    }
    if (state !== undefined) this.answer(SET_CONTROL, Uint8Array.of(state));
  }

  private controlBreak(value: number): number {
    const [, on, off] = CONTROL_BREAK;
    if (value === on && !this.breaking) this.host.breakSignal();
    if (value === on) this.breaking = true;
    if (value === off) this.breaking = false;
    return this.breaking ? on : off;
  }

  private purge(value: number): void {
    if (value < 1 || value > 3) return;
    this.host.purge(value !== 2, value !== 1);
    this.answer(PURGE_DATA, Uint8Array.of(value));
  }

  private driveModem(): void {
    const { clientDtr: dtr, clientRts: rts } = this;
    this.host.modem({ cts: rts, dsr: dtr, ri: false, dcd: dtr });
  }

  /** Sends the whole state when asked (0), else the bits of the mask if a change is among them. */
  private notifyModem(deltas: number): void {
    if (!this.telnet.isAgreed(COM_PORT_OPTION)) return;
    const changed = deltas << 4;
    if (deltas !== 0 && (changed & this.modemMask) === 0) return;
    const mask = deltas === 0 ? 0xff : this.modemMask;
    this.answer(NOTIFY_MODEMSTATE, Uint8Array.of((modemBits(this.guest) | deltas) & mask));
  }

  /** Sends the whole state when asked (0), else the bits of the mask if one is among them. */
  private notifyLine(bits: number): void {
    if (!this.telnet.isAgreed(COM_PORT_OPTION)) return;
    if (bits !== 0 && (bits & this.lineMask) === 0) return;
    const mask = bits === 0 ? 0xff : this.lineMask;
    this.answer(NOTIFY_LINESTATE, Uint8Array.of((LINESTATE_EMPTY | bits) & mask));
  }
}

/** What the client sees of the guest's outputs through the null-modem cable. */
function modemBits(guest: ModemOut): number {
  const fromDtr = guest.dtr ? MODEMSTATE_DSR | MODEMSTATE_DCD : 0;
  return fromDtr | (guest.rts ? MODEMSTATE_CTS : 0);
}

function includes(row: readonly number[], value: number): boolean {
  return row.includes(value);
}
