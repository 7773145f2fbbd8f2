import { Agent as HttpAgent, type ClientRequestArgs, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import { connect, type ConnectOpts, type OnReadOpts, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** Receives the rest of an answer. The chunk is valid until it is released. */
export type Sink = (chunk: Uint8Array, release: () => void) => void;

/** Buffers for one answer: one is being read into, while the others are sent on. */
const buffers = 4;
const bufferBytes = 256 << 10;
/** The most memory that a poured blob uses. Bytes. */
export const ringBytes = buffers * bufferBytes;

/**
 * Unused buffers: allocating new ones for each answer would leave them to the garbage collector.
 */
const shelf: Buffer[] = [];
const maxShelf = 64;

function takeBuffer(): Buffer {
  return shelf.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
}

function giveBack(buffer: Buffer): void {
  if (shelf.length < maxShelf) shelf.push(buffer);
}
/** TLS delivers 16 KiB at a time: fewer, larger chunks cost less. Bytes. */
const enoughBytes = 64 << 10;

/**
 * A connection for `node:http` that can be taken over once the head of an answer was read. The rest
 * is passed to a sink through a few reused buffers. Node's own way costs one allocation for each
 * read, and its garbage collection.
 *
 * All special cases (redirects, errors, chunked answers) stay in `node:http`.
 */
export class RingSocket extends Duplex {
  readonly #socket: Socket;
  readonly #free: Buffer[] = [];
  #current = takeBuffer();
  #filled = 0;
  #closed = false;
  #pouring: Pouring | undefined;
  #idleMs = 0;

  /** `open` is `net.connect` or `tls.connect` with the address to connect to. */
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
      // Only now is nothing read into them any more. Those being sent are returned by themselves.
      for (const buffer of [this.#current, ...this.#free.splice(0)]) giveBack(buffer);
      this.destroy();
    });
    this.#socket = socket;
  }

  /**
   * Passes the next `bytes` of an answer's body to the sink and ends the connection. Rejects with
   * the sink's error, or if the connection ends early. The answer must not have been read before.
   */
  async pour(answer: IncomingMessage, bytes: number, sink: Sink): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        const early = this.#take(answer);
        this.#pouring = { left: bytes, sink, resolve, reject, paused: true };
        if (this.destroyed) reject(this.errored ?? broken());
        // What arrived with the head is in its own buffer.
        else this.#pass(early, () => undefined);
        this.#goOn();
      });
    } finally {
      this.destroy();
    }
  }

  /** Bytes received. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** Whether reading is paused because all buffers are waiting to be sent on. */
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

  /** From now on `node:http` receives nothing more. Returns what it has of the body. */
  #take(answer: IncomingMessage): Buffer {
    this.removeAllListeners("data");
    // From the point of view of `node:http`, the connection ends in the middle of the answer.
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
    // From now on, silence is our own doing.
    this.#socket.setTimeout(0);
    pouring.paused = true;
    return false;
  }

  #passCurrent(): void {
    const full = this.#current;
    const chunk = full.subarray(0, this.#filled);
    // Node requests the next buffer even after a pause, so one is always kept for that.
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
    // The bytes in a partly filled buffer are complete and useful.
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

/** Keeps and reuses ring sockets, as Node's own agent does with its connections. */
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
    // `tls.connect` passes options on to `net.connect` that its own types do not include.
    const over = (onread: OnReadOpts): ConnectionOptions & ConnectOpts => ({ ...to, onread });
    return new RingSocket((onread) => connectTls(over(onread)));
  }
}

function readOf(stream: IncomingMessage | Duplex): Buffer | undefined {
  const part: unknown = stream.read();
  return part instanceof Buffer ? part : undefined;
}

function broken(): Error {
  return Object.assign(new Error("the response ended early"), { code: "ECONNRESET" });
}
