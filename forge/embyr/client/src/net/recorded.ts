// What the page holds itself as a source: the messages of a server, written down beforehand.
import { Announcer } from "./announcer";
import { Decoder, type Hello } from "./decoder";
import type { Command, Source } from "./types";

const RATE = 8; // ticks a second, until another pace is chosen
const FASTEST = 60; // where "as fast as it goes" is asked for
const TEXT = 0;

type Message = Hello | { type: "source"; text: string } | ArrayBuffer;

/** Read what forge/embyr/page.py writes: base64, deflated. */
export async function unpack(text: string): Promise<Message[]> {
  const deflated = Uint8Array.from(atob(text.trim()), letter => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  return split(await new Response(stream).arrayBuffer());
}

/** Each message follows a byte that says whether it is text, and its length. */
export function split(data: ArrayBuffer): Message[] {
  const view = new DataView(data);
  const messages: Message[] = [];
  for (let at = 0; at < data.byteLength; ) {
    const end = at + 5 + view.getUint32(at + 1, true);
    const content = data.slice(at + 5, end);
    const isText = view.getUint8(at) === TEXT;
    messages.push(isText ? JSON.parse(new TextDecoder().decode(content)) : content);
    at = end;
  }
  return messages;
}

/** Plays what was written down, at a pace of its own; at the end it waits. */
export class RecordedSource extends Announcer implements Source {
  private messages: Message[] = [];
  private decoder: Decoder | null = null;
  private at = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private rate = RATE;

  constructor(private readonly content: Promise<Message[]>) {
    super();
  }

  /** Begin to play; callbacks must be set by then. */
  start(): void {
    this.content.then(
      messages => {
        this.messages = messages;
        this.begin();
      },
      () => this.tell("status", "the recording in this page is damaged"),
    );
  }

  send(command: Command): void {
    if (command.type === "pause") this.halt();
    else if (command.type === "play") this.play();
    else if (command.type === "step") this.next();
    else if (command.type === "fresh") this.begin();
    else if (command.type === "speed") {
      this.rate = command.rate || FASTEST;
      if (this.timer !== undefined) this.play();
    }
  }

  /** From the start. */
  private begin(): void {
    this.at = 0;
    this.tell("status", "recording");
    this.next();
    this.play();
  }

  private play(): void {
    this.halt();
    if (this.at < this.messages.length) {
      this.timer = setInterval(() => this.next(), 1000 / this.rate);
    }
  }

  private halt(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Read on up to the next tick. */
  private next(): void {
    for (let ticked = false; !ticked && this.at < this.messages.length; ) {
      ticked = this.read(this.messages[this.at++]);
    }
    while (this.at < this.messages.length && !(this.messages[this.at] instanceof ArrayBuffer)) {
      this.read(this.messages[this.at++]);
    }
    if (this.at < this.messages.length) return;
    this.halt();
    this.tell("status", "end of the recording");
  }

  /** Read a message; say whether it was a tick. */
  private read(message: Message): boolean {
    if (message instanceof ArrayBuffer) {
      const read = (this.decoder as Decoder).read(message);
      if ("tick" in read) this.tell("tick", read.tick);
      else if ("setup" in read) this.tell("setup", read.setup);
      return "tick" in read;
    }
    if (message.type === "hello") this.decoder = new Decoder(message);
    else this.tell("source", message.text);
    return false;
  }
}
