import { Agent, request } from "node:http";

/** A registry's answer, read whole. */
export interface Answer {
  readonly status: number;
  /** The `Location`, "" if there is none. */
  readonly location: string;
  readonly body: Buffer;
}

/** A body to send. */
export interface Body {
  readonly bytes: Buffer;
  readonly type: string;
}

/** A client with connections of its own, that tries nothing twice. */
export class Client {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Sends a request. Rejects if the connection breaks before all of the answer arrived. */
  send(method: string, path: string, body?: Body): Promise<Answer> {
    const length = { "content-length": body?.bytes.length ?? 0 };
    const headers = body === undefined ? length : { ...length, "content-type": body.type };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.#url), { method, headers, agent: this.#agent });
      sent.on("error", reject);
      sent.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode = 0, headers: answered } = response;
          const location = answered.location ?? "";
          resolve({ status: statusCode, location, body: Buffer.concat(chunks) });
        });
      });
      sent.end(body?.bytes);
    });
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }
}
