import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { clientOf } from "./client-address.ts";

/** The limits on simultaneous connections and requests. */
export interface ConnectionLimits {
  /** Connections in total. */
  readonly most?: number;
  /** Connections from one address. */
  readonly mostOfOne?: number;
  /** Requests that wait on one connection for earlier ones. */
  readonly mostAhead?: number;
  /** The same over all connections. */
  readonly mostAheadOfAll?: number;
}

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly work: () => Promise<void>;
}

interface Connection {
  /** The TCP connection; with TLS, requests come from a different socket. */
  readonly socket: Socket;
  readonly key: string;
  readonly client: Client;
  readonly waiting: Turn[];
  current: Turn | undefined;
  /** What to do after all requests are answered. */
  last: (() => void) | undefined;
}

interface Client {
  readonly address: string;
  /** Its connections, the oldest first. */
  readonly all: Set<Connection>;
  readonly idle: Set<Connection>;
}

/**
 * The connections of a server. Each handles one request at a time: pipelined ones (RFC 9112, 9.3.2)
 * wait, since otherwise all of their answers would be buffered until the client reads the first.
 * The number of connections is limited, in total and per address. If there is no room for a new
 * one, the longest idle connection is closed; if none is idle, the oldest of the address that has
 * the most. A connection is idle until a request's header is complete, so slow headers are closed
 * first.
 */
export class Connections {
  readonly #limits: Required<ConnectionLimits>;
  readonly #byKey = new Map<string, Connection>();
  readonly #bySocket = new WeakMap<Socket, Connection>();
  readonly #clients = new Map<string, Client>();
  /** The longest idle connection comes first. */
  readonly #idle = new Set<Connection>();
  #ahead = 0;

  constructor({
    most = 1_024,
    mostOfOne = 512,
    mostAhead = 2_048,
    mostAheadOfAll = 8_192,
  }: ConnectionLimits = {}) {
    this.#limits = { most, mostOfOne, mostAhead, mostAheadOfAll };
  }

  /** Accepts a new TCP connection; closes it or an idle one if there are too many. */
  add(socket: Socket): void {
    const address = clientOf(socket.remoteAddress);
    const client = this.#clients.get(address) ?? { address, all: new Set(), idle: new Set() };
    const { most, mostOfOne } = this.#limits;
    const hasRoom =
      (client.all.size < mostOfOne || this.#closeOldest(client.idle)) &&
      (this.#byKey.size < most ||
        this.#closeOldest(this.#idleOfLarger(client)) ||
        this.#closeOldest(client.idle) ||
        this.#closeOldest(this.#largerThan(client)));
    if (!hasRoom) {
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const connection: Connection = {
      socket,
      key,
      client,
      waiting: [],
      current: undefined,
      last: undefined,
    };
    client.all.add(connection);
    this.#clients.set(address, client);
    this.#byKey.set(key, connection);
    this.#bySocket.set(socket, connection);
    this.#setIdle(connection);
    socket.once("close", () => this.#remove(connection));
  }

  /** Runs the work of a request after the earlier ones on its connection are answered. */
  take(request: IncomingMessage, response: ServerResponse, work: () => Promise<void>): void {
    const connection = this.#of(request.socket);
    if (connection === undefined) {
      request.socket.destroy();
      return;
    }
    const turn = { request, response, work };
    if (connection.current === undefined) {
      connection.current = turn;
      connection.client.idle.delete(connection);
      this.#idle.delete(connection);
      void this.#run(connection, turn);
      return;
    }
    const { mostAhead, mostAheadOfAll } = this.#limits;
    if (connection.waiting.length >= mostAhead || this.#ahead >= mostAheadOfAll) {
      request.socket.destroy();
      this.#remove(connection);
      return;
    }
    this.#ahead += 1;
    connection.waiting.push(turn);
    request.socket.pause();
  }

  /**
   * Runs what ends a connection: after the complete requests, or at once if there are none or the
   * current one is what failed.
   */
  end(socket: Socket, last: () => void): void {
    const connection = this.#of(socket);
    if (connection?.current?.request.complete !== true) last();
    else connection.last = last;
  }

  async #run(connection: Connection, first: Turn): Promise<void> {
    for (let turn: Turn | undefined = first; turn !== undefined; turn = this.#next(connection)) {
      const { request, response, work } = turn;
      if (request.socket.destroyed) break;
      // Node emits it after the last byte is handed to the system, and if the connection breaks.
      const closed = new Promise<void>((resolve) => response.once("close", resolve));
      await work();
      await closed;
      if (connection.waiting.length > 0) request.socket.pause();
      else if (request.socket.isPaused()) request.socket.resume();
    }
    connection.current = undefined;
    connection.last?.();
    this.#setIdle(connection);
  }

  #next(connection: Connection): Turn | undefined {
    const turn = connection.waiting.shift();
    if (turn !== undefined) this.#ahead -= 1;
    connection.current = turn;
    return turn;
  }

  /**
   * The longest idle connection of an address that has more connections than this one. Otherwise a
   * flood would close those that others have just opened.
   */
  #idleOfLarger({ all }: Client): ReadonlySet<Connection> {
    for (const connection of this.#idle) {
      if (connection.client.all.size > all.size) return new Set([connection]);
    }
    return new Set();
  }

  /** The connections of the address that has the most, if it has more than this one would. */
  #largerThan({ all }: Client): ReadonlySet<Connection> {
    let largest = all;
    for (const client of this.#clients.values()) {
      if (client.all.size > largest.size) largest = client.all;
    }
    return largest.size > all.size + 1 ? largest : new Set();
  }

  #closeOldest(connections: ReadonlySet<Connection>): boolean {
    const [oldest] = connections;
    if (oldest === undefined) return false;
    this.#remove(oldest);
    oldest.socket.destroy();
    return true;
  }

  #of(socket: Socket): Connection | undefined {
    const known = this.#bySocket.get(socket) ?? this.#byKey.get(keyOf(socket));
    if (known !== undefined) this.#bySocket.set(socket, known);
    return known;
  }

  #setIdle(connection: Connection): void {
    if (this.#byKey.get(connection.key) !== connection) return;
    connection.client.idle.add(connection);
    this.#idle.add(connection);
  }

  readonly #remove = (connection: Connection): void => {
    if (this.#byKey.get(connection.key) !== connection) return;
    this.#byKey.delete(connection.key);
    const { client } = connection;
    client.all.delete(connection);
    if (client.all.size === 0) this.#clients.delete(client.address);
    client.idle.delete(connection);
    this.#idle.delete(connection);
    this.#ahead -= connection.waiting.length;
    connection.waiting.length = 0;
  };
}

/** Identifies a connection and the TLS session on it. */
function keyOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
