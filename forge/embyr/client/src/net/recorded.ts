// What the page holds itself as a source: the messages of a server, written down beforehand.
import { Announcer } from "./announcer";
import { Decoder, type Hello } from "./decoder";
import type { Command, Source } from "./types";

const SLICE = 30; // time of reading between two pauses, in ms
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

/**
 * Reads what was written down, without holding the page up, as far as one world goes.
 *
 * Where another one follows, on another map, it is read once a step beyond the last tick is asked for.
 */
export class RecordedSource extends Announcer implements Source {
  readonly recorded = true;
  reading = false;
  private messages: Message[] = [];
  private decoder: Decoder | null = null;
  private at = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly content: Promise<Message[]>) {
    super();
  }

  /** Begin to read; callbacks must be set by then. */
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
    if (command.type === "fresh") this.begin();
    else if (command.type === "step" && !this.reading && this.at < this.messages.length)
      this.read();
  }

  /** From the start. */
  private begin(): void {
    this.at = 0;
    this.tell("status", "recording");
    if (this.messages.length > 0) this.read();
  }

  /** Read for a moment, and on after a pause, up to where another world begins. */
  private read(): void {
    clearTimeout(this.timer);
    const until = performance.now() + SLICE;
    do {
      const message = this.messages[this.at++];
      const next = this.messages[this.at];
      this.reading = next !== undefined && !isHello(next);
      this.take(message);
    } while (this.reading && performance.now() < until);
    if (this.reading) this.timer = setTimeout(() => this.read());
  }

  private take(message: Message): void {
    if (message instanceof ArrayBuffer) {
      const read = (this.decoder as Decoder).read(message);
      if ("tick" in read) this.tell("tick", read.tick);
      else if ("setup" in read) this.tell("setup", read.setup);
    } else if (isHello(message)) this.decoder = new Decoder(message);
    else this.tell("source", message.text);
  }
}

function isHello(message: Message): message is Hello {
  return !(message instanceof ArrayBuffer) && message.type === "hello";
}
