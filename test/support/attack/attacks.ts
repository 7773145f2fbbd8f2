import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { get, type Pushed, put } from "./requests.ts";

/** Something that clients can do to a server, without any right beyond the usual. */
export interface Attack {
  readonly name: string;
  /** Opens connections and does its worst until the signal. `size` is 1 in the long form. */
  readonly run: (ground: Ground) => Promise<void>;
}

interface Ground {
  readonly url: URL;
  readonly pushed: Pushed;
  /** From 0 to 1. */
  readonly size: number;
  readonly signal: AbortSignal;
}

/** Each attacker has an address of its own on loopback: `127.0.0.2` and so on. */
const attackers = 3;

/** Pipelining, slow, huge, malformed, many. Logins are in `logins.ts`. */
export const attacks: readonly Attack[] = [
  {
    name: "pipelined requests for a large manifest, and nobody reads",
    run: (ground) =>
      opened(ground, 60, (socket) => {
        socket.write(get(ground.url, ground.pushed.manifest).repeat(1_500));
        socket.pause();
      }),
  },
  {
    name: "pipelined requests for long lists, and nobody reads",
    run: (ground) =>
      opened(ground, 60, (socket) => {
        const paths = [ground.pushed.tags, ground.pushed.referrers];
        socket.write(
          paths
            .map((path) => get(ground.url, path))
            .join("")
            .repeat(500),
        );
        socket.pause();
      }),
  },
  {
    name: "a large manifest for each of very many slow readers",
    run: (ground) =>
      opened(ground, 1_200, (socket) => {
        socket.write(get(ground.url, ground.pushed.manifest));
        socket.pause();
      }),
  },
  {
    name: "pipelined requests without end",
    run: (ground) =>
      opened(ground, 60, (socket) => {
        const more = get(ground.url, "/v2/").repeat(1_000);
        const go = (): void => {
          while (!socket.destroyed && socket.write(more));
        };
        socket.on("drain", go);
        socket.pause();
        go();
      }),
  },
  {
    name: "heads that come a byte at a time",
    run: (ground) => opened(ground, 1_500, (socket) => dribble(socket, "GET /v2/ HTTP/1.1\r\nx: ")),
  },
  {
    name: "bodies that come a byte at a time",
    run: (ground) =>
      opened(ground, 1_500, (socket) =>
        dribble(socket, put(ground.url, "/v2/app/manifests/slow", 4 << 20)),
      ),
  },
  {
    name: "large manifests that come all at once",
    run: (ground) =>
      opened(ground, 300, (socket) => {
        socket.write(put(ground.url, "/v2/app/manifests/large", ground.pushed.large.length));
        socket.write(ground.pushed.large);
      }),
  },
  {
    name: "what is no HTTP, and what is no manifest",
    run: (ground) =>
      opened(ground, 300, (socket, n) => {
        socket.write(malformed(ground.url, n));
      }),
  },
  {
    name: "many connections that say nothing",
    run: (ground) => opened(ground, 3_000, () => undefined),
  },
];

/** Keeps so many connections open, each used in that way, until the signal. */
async function opened(
  { url, size, signal }: Ground,
  most: number,
  use: (socket: Socket, n: number) => void,
): Promise<void> {
  const sockets = new Set<Socket>();
  const count = Math.ceil(most * size);
  for (let n = 0; !signal.aborted; n++) {
    if (sockets.size >= count) {
      await sleep(5);
      continue;
    }
    const localAddress = `127.0.0.${2 + (n % attackers)}`;
    const socket = connect({ host: url.hostname, port: Number(url.port), localAddress });
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.once("connect", () => use(socket, n));
    if (n % 20 === 19) await sleep(1);
  }
  for (const socket of sockets) socket.destroy();
}

function dribble(socket: Socket, beginning: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write("a"), 500);
  socket.once("close", () => clearInterval(timer));
}

function malformed(url: URL, n: number): string | Buffer {
  const bodies = [
    `{"schemaVersion":2,"layers":${"[".repeat(2 << 20)}`,
    `{"schemaVersion":2,"annotations":{${'"a":"",'.repeat(400_000)}"b":""}}`,
    `\ufeff{"schemaVersion":2}`,
    `{"schemaVersion":2,"layers":[${"{},".repeat(1_000_000)}{}]}`,
  ];
  const body = bodies[n % (bodies.length + 1)];
  if (body === undefined) return Buffer.alloc(64 << 10, `\u0000\u00ff${n}`);
  return put(url, "/v2/app/manifests/bad", Buffer.byteLength(body)) + body;
}
