import { Agent as HttpAgent, type ClientRequestArgs, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import { connect, type ConnectOpts, type OnReadOpts, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** What the rest of an answer is handed to. The chunk is good until it is released. */
export type Sink = (chunk: Uint8Array, release: () => void) => void;

/** Under way at once for one answer: one that is read into, the others being sent on. */
const buffers = 4;
const bufferBytes = 256 << 10;
/** What a blob that is poured takes of memory at most. Bytes. */
export const ringBytes = buffers * bufferBytes;

/** Buffers between two uses: a new one for each answer would wait for the garbage collector. */
const shelf: Buffer[] = [];
const maxShelf = 64;

function takeBuffer(): Buffer {
  return shelf.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
}

function giveBack(buffer: Buffer): void {
  if (shelf.length < maxShelf) shelf.push(buffer);
}
/** TLS gives 16 KiB at a time: fewer, larger chunks cost less. Bytes. */
const enoughBytes = 64 << 10;

/**
 * A connection for `node:http` that can be taken from it once the head of an answer was read: the
 * rest goes to a sink, through a few buffers that are used again and again. What Node's own way
 * costs is one allocation for each read, and its collection.
 *
 * All that is odd (redirects, errors, chunked answers) never leaves `node:http`.
 */
export class RingSocket extends Duplex {
  readonly #socket: Socket;
  readonly #free: Buffer[] = [];
  #current = takeBuffer();
  #filled = 0;
  #closed = false;
  #pouring: Pouring | undefined;
  #idleMs = 0;

  /** `open` is `net.connect` or `tls.connect` with what it should connect to. */
  constructor(open: (onread: OnReadOpts) => Socket) {
    super({ allowHalfOpen: false });
    const socket = open({
      buffer: () => this.#current.subarray(this.#filled),
      callback: (bytes) => this.#received(bytes),
    });
    for (const event of ["connect", "timeout"]) socket.on(event, () => this.emit(event));
    socket.on("end", () => this.#ended());
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => {
      this.#closed = true;
      // Only now is nothing read into them any more. Those being sent come back by themselves.
      for (const buffer of [this.#current, ...this.#free.splice(0)]) giveBack(buffer);
      this.destroy();
    });
    this.#socket = socket;
  }

  /**
   * Hands the next `bytes` of an answer's body to the sink and ends the connection. Rejects with
   * what the sink throws, and where the connection ends before. Nobody else may have read from
   * the answer.
   */
  async pour(answer: IncomingMessage, bytes: number, sink: Sink): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        const early = this.#take(answer);
        this.#pouring = { left: bytes, sink, resolve, reject, paused: true };
        if (this.destroyed) reject(this.errored ?? broken());
        // What came along with the head is in a buffer of its own.
        else this.#pass(early, () => undefined);
        this.#goOn();
      });
    } finally {
      this.destroy();
    }
  }

  /** Bytes that came. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** Whether nothing is read because all buffers wait to be sent on. */
  get isHeldBack(): boolean {
    return this.#pouring?.paused === true;
  }

  get connecting(): boolean {
    return this.#socket.connecting;
  }

  setTimeout(milliseconds: number): this {
    this.#idleMs = milliseconds;
    this.#socket.setTimeout(milliseconds);
    return this;
  }

  setNoDelay(on?: boolean): this {
    this.#socket.setNoDelay(on);
    return this;
  }

  setKeepAlive(on?: boolean, milliseconds?: number): this {
    this.#socket.setKeepAlive(on, milliseconds);
    return this;
  }

  ref(): this {
    this.#socket.ref();
    return this;
  }

  unref(): this {
    this.#socket.unref();
    return this;
  }

  override _read(): void {
    if (this.#pouring === undefined) this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    this.#pouring?.reject(error ?? broken());
    done(error);
  }

  /** From now on `node:http` gets nothing more. Gives what it has of the body. */
  #take(answer: IncomingMessage): Buffer {
    this.removeAllListeners("data");
    // The connection is ended in the middle of what it takes for the answer.
    answer.on("error", () => undefined);
    const parts: Buffer[] = [];
    for (const stream of [answer, this]) {
      for (let part = readOf(stream); part !== undefined; part = readOf(stream)) parts.push(part);
    }
    for (let count = 1; count < buffers; count++) {
      this.#free.push(takeBuffer());
    }
    return Buffer.concat(parts);
  }

  #received(bytes: number): boolean {
    const pouring = this.#pouring;
    if (pouring === undefined) return this.push(Buffer.from(this.#current.subarray(0, bytes)));
    this.#filled += bytes;
    if (this.#filled < Math.min(enoughBytes, pouring.left)) return true;
    this.#passCurrent();
    if (this.#free.length > 0) return true;
    // That nothing comes is our own doing then.
    this.#socket.setTimeout(0);
    pouring.paused = true;
    return false;
  }

  #passCurrent(): void {
    const full = this.#current;
    const chunk = full.subarray(0, this.#filled);
    // Node asks for the next buffer even where it is told to stop: one is always kept for that.
    this.#current = this.#free.pop() ?? takeBuffer();
    this.#filled = 0;
    this.#pass(chunk, () => {
      if (this.#closed) giveBack(full);
      else this.#free.push(full);
      this.#goOn();
    });
  }

  #pass(chunk: Buffer, release: () => void): void {
    const pouring = this.#pouring;
    if (pouring === undefined) return;
    const wanted = chunk.subarray(0, pouring.left);
    pouring.left -= wanted.length;
    try {
      if (wanted.length > 0) pouring.sink(wanted, release);
    } catch (error) {
      this.destroy(error instanceof Error ? error : broken());
      return;
    }
    if (pouring.left <= 0) pouring.resolve();
  }

  #goOn(): void {
    const pouring = this.#pouring;
    if (pouring?.paused !== true || this.destroyed || this.#free.length === 0) return;
    pouring.paused = false;
    this.#socket.setTimeout(this.#idleMs);
    this.#socket.resume();
  }

  #ended(): void {
    if (this.#pouring === undefined) {
      this.push(null);
      return;
    }
    // What is filled in part is whole bytes of the answer, and worth having.
    this.#passCurrent();
    this.#pouring.reject(broken());
    this.destroy();
  }
}

interface Pouring {
  left: number;
  readonly sink: Sink;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Whether reading waits for a buffer. */
  paused: boolean;
}

/** Keeps and hands out ring sockets as Node's own agent does its connections. */
export class RingHttpAgent extends HttpAgent {
  override createConnection({ host, port }: ClientRequestArgs): Duplex {
    const to = { host: host ?? "localhost", port: Number(port ?? 80), noDelay: true };
    return new RingSocket((onread) => connect({ ...to, onread }));
  }
}

/** The same over TLS. */
export class RingHttpsAgent extends HttpsAgent {
  override createConnection(options: RequestOptions & { servername?: string }): Duplex {
    const { host, port, servername, ca, rejectUnauthorized = true } = options;
    const to = {
      host: host ?? "localhost",
      port: Number(port ?? 443),
      ...(servername === undefined ? {} : { servername }),
      ...(ca === undefined ? {} : { ca }),
      rejectUnauthorized,
      ALPNProtocols: ["http/1.1"],
      noDelay: true,
    };
    // `tls.connect` hands on to `net.connect` what its own types do not name.
    const over = (onread: OnReadOpts): ConnectionOptions & ConnectOpts => ({ ...to, onread });
    return new RingSocket((onread) => connectTls(over(onread)));
  }
}

function readOf(stream: IncomingMessage | Duplex): Buffer | undefined {
  const part: unknown = stream.read();
  return part instanceof Buffer ? part : undefined;
}

function broken(): Error {
  return Object.assign(new Error("the answer ended early"), { code: "ECONNRESET" });
}
