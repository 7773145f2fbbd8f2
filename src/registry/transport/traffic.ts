import type { ClientRequest } from "node:http";

/** A host that keeps a request waiting. */
export interface WaitingHost {
  readonly host: string;
  /** Since anything was sent to it. */
  readonly milliseconds: number;
}

interface Exchange {
  readonly host: string;
  readonly outgoing: ClientRequest;
  /** What the connection had sent for earlier requests. */
  readonly before: number;
  sent: number;
  movedAt: number;
}

/**
 * What a client's requests do, for a display that asks several times a minute: how much was sent,
 * and which hosts do not answer.
 */
export class Traffic {
  readonly #running = new Set<Exchange>();
  readonly #clock: () => number;
  #ended = 0;

  /** `clock` returns milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Follows a request until its answer begins. */
  watch(outgoing: ClientRequest, host: string): void {
    const add = (before: number): void => {
      const exchange = { host, outgoing, before, sent: 0, movedAt: this.#clock() };
      this.#running.add(exchange);
      const end = (): void => {
        if (!this.#running.delete(exchange)) return;
        this.#ended += sentBy(exchange);
      };
      outgoing.once("response", end).once("close", end);
    };
    // Until it has a connection, it waits for another request to end.
    outgoing.once("socket", (socket) => add(socket.bytesWritten));
  }

  /** Bytes sent by all requests, headers included. */
  get sentBytes(): number {
    return [...this.#running].reduce((sum, exchange) => sum + sentBy(exchange), this.#ended);
  }

  /** The hosts that have waiting requests, each with the time of the one that waits longest. */
  waiting(): readonly WaitingHost[] {
    const now = this.#clock();
    const hosts = new Map<string, number>();
    for (const exchange of this.#running) {
      const sent = sentBy(exchange);
      if (sent !== exchange.sent || !isTheirTurn(exchange.outgoing)) exchange.movedAt = now;
      exchange.sent = sent;
      const { host } = exchange;
      hosts.set(host, Math.max(hosts.get(host) ?? 0, now - exchange.movedAt));
    }
    return [...hosts].map(([host, milliseconds]) => ({ host, milliseconds }));
  }
}

function sentBy({ outgoing: { socket }, before }: Exchange): number {
  if (socket === null) return 0;
  return Math.max(0, socket.bytesWritten - socket.writableLength - before);
}

/** With nothing left to send, the source of our content is slow. */
function isTheirTurn(outgoing: ClientRequest): boolean {
  return (
    outgoing.writableFinished || outgoing.writableLength > 0 || outgoing.socket?.connecting === true
  );
}
