// The server as a source: connects, decodes, and connects again when the connection is lost.
import { Decoder, type Hello, PacketError } from "./decoder";
import type { Command, Inspection, Overlay, Seats, Setup, Source, Tick } from "./types";

/** What the server says in JSON. */
type Notice =
  | Hello
  | ({ type: "inspection" } & Inspection)
  | ({ type: "seats" } & Seats)
  | ({ type: "overlay" } & Omit<Overlay, "low" | "high" | "values">)
  | { type: "pace"; rate: number; paused: boolean }
  | { type: "source" | "status" | "error"; text: string };

/** Pauses before a new attempt, in ms; the last one again and again. */
const PAUSES = [250, 500, 1000, 2000];

export class SocketSource implements Source {
  private setups: ((setup: Setup) => void)[] = [];
  private ticks: ((tick: Tick) => void)[] = [];
  private statuses: ((status: string) => void)[] = [];
  private sources: ((source: string) => void)[] = [];
  private overlays: ((overlay: Overlay) => void)[] = [];
  private inspections: ((inspection: Inspection) => void)[] = [];
  private paces: ((rate: number, paused: boolean) => void)[] = [];
  private seats: ((seats: Seats) => void)[] = [];
  private socket: WebSocket | null = null;
  private decoder: Decoder | null = null;
  private attempts = 0;
  /** What is asked for again after a connection was lost. */
  private wanted = new Map<Command["type"], Command>();

  constructor(private readonly address: string) {}

  /** Connect; callbacks must be set by then. */
  start(): void {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.attempts = 0;
      this.tell("connected");
      for (const command of this.wanted.values()) socket.send(JSON.stringify(command));
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = () => {
      this.tell("connection lost, trying again …");
      const pause = PAUSES[Math.min(this.attempts++, PAUSES.length - 1)];
      setTimeout(() => this.start(), pause);
    };
    this.socket = socket;
    this.decoder = null;
  }

  onSetup(callback: (setup: Setup) => void): void {
    this.setups.push(callback);
  }

  onTick(callback: (tick: Tick) => void): void {
    this.ticks.push(callback);
  }

  onStatus(callback: (status: string) => void): void {
    this.statuses.push(callback);
  }

  /** The sentence that says where the world comes from, when it changes. */
  onSource(callback: (source: string) => void): void {
    this.sources.push(callback);
  }

  onInspection(callback: (inspection: Inspection) => void): void {
    this.inspections.push(callback);
  }

  onOverlay(callback: (overlay: Overlay) => void): void {
    this.overlays.push(callback);
  }

  /** How fast the world goes [ticks/s; 0: as fast as it can]; whoever watches may change it. */
  onPace(callback: (rate: number, paused: boolean) => void): void {
    this.paces.push(callback);
  }

  /** Who plays agents by hand. */
  onSeats(callback: (seats: Seats) => void): void {
    this.seats.push(callback);
  }

  send(command: Command): void {
    if (command.type === "watch" || command.type === "select" || command.type === "overlay") {
      this.wanted.delete(command.type);
      this.wanted.set(command.type, command);
      if (command.type === "watch") this.wanted.delete("select");
    }
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(command));
  }

  private tell(status: string): void {
    for (const call of this.statuses) call(status);
  }

  private receive(data: string | ArrayBuffer): void {
    try {
      if (typeof data === "string") this.readText(JSON.parse(data));
      else this.readBinary(data);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      this.tell(`connecting anew: ${error.message}`);
      this.socket?.close();
    }
  }

  private readText(message: Notice): void {
    if (message.type === "hello") this.decoder = new Decoder(message);
    else if (message.type === "inspection") for (const call of this.inspections) call(message);
    else if (message.type === "seats") for (const call of this.seats) call(message);
    else if (message.type === "overlay") {
      const shown: Overlay = { ...message, low: 0, high: 0, values: null };
      for (const call of this.overlays) call(shown);
    } else if (message.type === "source") for (const call of this.sources) call(message.text);
    else if (message.type === "pace") {
      for (const call of this.paces) call(message.rate, message.paused);
    } else this.tell(message.text || "connected");
  }

  private readBinary(data: ArrayBuffer): void {
    if (this.decoder === null) throw new PacketError("the server did not say hello");
    const read = this.decoder.read(data);
    if ("setup" in read) for (const call of this.setups) call(read.setup);
    else if ("overlay" in read) for (const call of this.overlays) call(read.overlay);
    else for (const call of this.ticks) call(read.tick);
  }
}
