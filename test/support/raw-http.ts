import { connect, type Socket } from "node:net";

export interface RawResponse {
  readonly status: number;
  readonly location: string;
  /** Bytes of the body. */
  readonly bytes: number;
}

/**
 * A client that costs next to nothing, so that servers are measured and not Node's own client:
 * one keep-alive connection, one request at a time, answers with a Content-Length only.
 */
export class RawConnection {
  readonly #socket: Socket;
  #head = Buffer.alloc(0);
  #expected: number | undefined;
  #got = 0;
  #status = 0;
  #location = "";
  #resolve: (response: RawResponse) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", (error) => this.#reject(error));
    socket.on("close", () => this.#reject(closed()));
  }

  static open(url: URL): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: url.hostname,
        port: Number(url.port),
        noDelay: true,
        // One buffer for all that is read: a fresh one for each read is what costs.
        onread: {
          buffer: Buffer.allocUnsafeSlow(256 << 10),
          callback: (bytes, buffer) => {
            connection.receive(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
            return true;
          },
        },
      });
      const connection = new RawConnection(socket);
      socket.once("connect", () => resolve(connection));
      socket.once("error", reject);
    });
  }

  /** Rejects where the connection breaks. */
  request(method: string, url: URL, body?: Buffer, type?: string): Promise<RawResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#socket.destroyed) {
        reject(closed());
        return;
      }
      const path = `${url.pathname}${url.search}`;
      const length = `content-length: ${body?.length ?? 0}\r\n`;
      const kind = type === undefined ? "" : `content-type: ${type}\r\n`;
      const head = `${method} ${path} HTTP/1.1\r\nhost: ${url.host}\r\n${length}${kind}\r\n`;
      this.#socket.write(head);
      if (body !== undefined) this.#socket.write(body);
    });
  }

  receive(chunk: Buffer): void {
    if (this.#expected === undefined) {
      this.#head = Buffer.concat([this.#head, chunk]);
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#head.subarray(0, end).toString("latin1");
      this.#status = Number(head.slice(9, 12));
      this.#expected = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? "0");
      this.#location = /^location: *(\S+)/im.exec(head)?.[1] ?? "";
      this.#got = this.#head.length - end - 4;
      this.#head = Buffer.alloc(0);
    } else {
      this.#got += chunk.length;
    }
    if (this.#got < this.#expected) return;
    const bytes = this.#got;
    this.#expected = undefined;
    this.#resolve({ status: this.#status, location: this.#location, bytes });
  }

  close(): void {
    this.#socket.destroy();
  }
}

function closed(): Error {
  return new Error("the connection closed");
}
