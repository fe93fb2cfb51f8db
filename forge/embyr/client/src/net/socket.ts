// The server as a source: connects, decodes, and connects again when the connection is lost.

import { Announcer } from "./announcer";
import { Decoder, type Hello, PacketError } from "./decoder";
import type { Command, EpochNews, Inspection, Overlay, Seats, Source } from "./types";

/** What the server says in JSON. */
type Notice =
  | Hello
  | ({ type: "inspection" } & Inspection)
  | ({ type: "seats" } & Seats)
  | ({ type: "epochs" } & EpochNews)
  | ({ type: "overlay" } & Omit<Overlay, "low" | "high" | "values">)
  | { type: "pace"; rate: number; paused: boolean }
  | { type: "source" | "status" | "error"; text: string };

/** What is asked for again after a connection was lost. */
const KEPT = new Set<Command["type"]>(["watch", "select", "overlay", "values"]);
/** Pauses before a new attempt, in ms; the last one again and again. */
const PAUSES = [250, 500, 1000, 2000];

export class SocketSource extends Announcer implements Source {
  readonly recorded = false;
  readonly reading = false;
  private socket: WebSocket | null = null;
  private decoder: Decoder | null = null;
  private attempts = 0;
  /** The last command of each of these kinds. */
  private wanted = new Map<Command["type"], Command>();

  constructor(private readonly address: string) {
    super();
  }

  /** Connect; what the server says is heard by callbacks that are set without waiting. */
  start(): void {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.attempts = 0;
      this.tell("status", "connected");
      this.tell("epochs", { anew: true, epochs: [], lifetimes: [] });
      for (const command of this.wanted.values()) socket.send(JSON.stringify(command));
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = () => {
      this.tell("status", "connection lost, trying again …");
      const pause = PAUSES[Math.min(this.attempts++, PAUSES.length - 1)];
      setTimeout(() => this.start(), pause);
    };
    this.socket = socket;
    this.decoder = null;
  }

  send(command: Command): void {
    if (KEPT.has(command.type)) {
      this.wanted.delete(command.type);
      this.wanted.set(command.type, command);
      if (command.type === "watch") this.wanted.delete("select");
    }
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(command));
  }

  private receive(data: string | ArrayBuffer): void {
    try {
      if (typeof data === "string") this.readText(JSON.parse(data));
      else this.readBinary(data);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      this.tell("status", `connecting anew: ${error.message}`);
      this.socket?.close();
    }
  }

  private readText(message: Notice): void {
    if (message.type === "hello") this.decoder = new Decoder(message);
    else if (message.type === "inspection") this.tell("inspection", message);
    else if (message.type === "seats") this.tell("seats", message);
    else if (message.type === "epochs") this.tell("epochs", message);
    else if (message.type === "overlay") {
      this.tell("overlay", { ...message, low: 0, high: 0, values: null });
    } else if (message.type === "source") this.tell("source", message.text);
    else if (message.type === "pace") this.tell("pace", message.rate, message.paused);
    else if (message.type === "error") this.tell("error", message.text);
    else this.tell("status", message.text || "connected");
  }

  private readBinary(data: ArrayBuffer): void {
    if (this.decoder === null) throw new PacketError("the server did not say hello");
    const read = this.decoder.read(data);
    if ("setup" in read) this.tell("setup", read.setup);
    else if ("overlay" in read) this.tell("overlay", read.overlay);
    else if ("values" in read) this.tell("values", read.values);
    else this.tell("tick", read.tick);
  }
}
