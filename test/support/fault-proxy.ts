import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** What goes wrong with a request. */
export type Fault =
  /** The connection breaks before the registry hears of it. */
  | { readonly type: "reset" }
  /** The connection breaks after so many bytes of the request's body have gone on. */
  | { readonly type: "cut"; readonly bytes: number }
  | { readonly type: "delay"; readonly milliseconds: number }
  /** The proxy answers itself. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The answer ends after so many bytes of its body. */
  | { readonly type: "truncate"; readonly bytes: number }
  /** The registry acts, and nobody hears its answer. */
  | { readonly type: "drop-answer" }
  /** One byte of a body is another, at so much of its length: 0 is the first. */
  | { readonly type: "corrupt"; readonly body: "request" | "answer"; readonly place: number };

/** A request that came through. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
}

/** Says what goes wrong with a request; undefined: nothing. */
export type Decide = (request: SeenRequest) => Fault | undefined;

export interface FaultProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`, instead of the registry's own. */
  readonly host: string;
  /** All that came, in order. */
  readonly seen: readonly SeenRequest[];
  /** The requests that something went wrong with. */
  readonly faulted: readonly SeenRequest[];
  decide: Decide;
  /** Awaited before a request goes on: where others act between any two of them. */
  between: (request: SeenRequest) => Promise<void>;
}

/** An HTTP proxy in front of one registry (`127.0.0.1:5000`) that breaks what it is told to. */
export async function startFaultProxy(upstream: string, decide: Decide): Promise<FaultProxy> {
  const seen: SeenRequest[] = [];
  const faulted: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const asked = { method: incoming.method ?? "", url: incoming.url ?? "" };
    seen.push(asked);
    const fault = proxy.decide(asked);
    if (fault !== undefined) faulted.push(asked);
    // Either side may go away at any time: that is what this is for.
    for (const stream of [incoming, outgoing]) stream.on("error", () => undefined);
    void proxy.between(asked).then(() => serve(upstream, incoming, outgoing, fault));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FaultProxy = {
    host: `127.0.0.1:${port}`,
    seen,
    faulted,
    decide,
    between: () => Promise.resolve(),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

export interface Rule {
  readonly method?: string;
  readonly url?: RegExp;
  /** How often; always where it is not given. */
  readonly times?: number;
  readonly fault: Fault;
}

/** The first rule that fits a request and is not used up decides. */
export function scripted(...rules: readonly Rule[]): Decide {
  const left = rules.map((rule) => rule.times ?? Infinity);
  return ({ method, url }) => {
    const index = rules.findIndex(
      (rule, at) =>
        (left[at] ?? 0) > 0 && (rule.method ?? method) === method && (rule.url?.test(url) ?? true),
    );
    if (index < 0) return undefined;
    left[index] = (left[index] ?? 0) - 1;
    return rules[index]?.fault;
  };
}

/** A share of all requests goes wrong, the same ones for the same seed and order. */
export function seeded(seed: number, share: number, faults: readonly Fault[]): Decide {
  const random = mulberry32(seed);
  return () => (random() < share ? faults[Math.floor(random() * faults.length)] : undefined);
}

/** A small generator of numbers from 0 to 1 that a seed determines. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function serve(
  upstream: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  // Who asked may have gone away meanwhile.
  if (incoming.socket.destroyed) return;
  if (fault?.type === "reset") {
    incoming.socket.destroy();
    return;
  }
  if (fault?.type === "status") {
    incoming.resume();
    outgoing.writeHead(fault.status, fault.headers ?? {}).end(fault.body ?? "");
    return;
  }
  if (fault?.type === "delay") await sleep(fault.milliseconds);
  const [hostname, port] = upstream.split(":");
  const { method, url, headers } = incoming;
  // The client's own Host, so that the registry's Location leads here again.
  const forward = request(
    { hostname, port, method, path: url, headers, agent: false },
    (answer) => {
      if (fault?.type === "drop-answer") {
        answer.resume().on("end", () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault?.type === "corrupt" && fault.body === "answer") {
        answer.pipe(corrupting(fault.place, answer)).pipe(outgoing);
      } else if (fault?.type !== "truncate") answer.pipe(outgoing);
      else breakAfter(answer, outgoing, fault.bytes, () => incoming.socket.destroy());
      answer.on("error", () => incoming.socket.destroy());
    },
  );
  forward.on("error", () => incoming.socket.destroy());
  incoming.on("aborted", () => forward.destroy());
  if (fault?.type === "corrupt" && fault.body === "request") {
    incoming.pipe(corrupting(fault.place, incoming)).pipe(forward);
  } else if (fault?.type !== "cut") incoming.pipe(forward);
  else {
    breakAfter(incoming, forward, fault.bytes, () => {
      forward.destroy();
      incoming.socket.destroy();
    });
  }
}

function corrupting(place: number, { headers }: IncomingMessage): Transform {
  let left = Math.floor(place * Number(headers["content-length"] ?? 0));
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const passed = Buffer.from(chunk);
      if (left >= 0 && left < passed.length) passed.writeUInt8(passed.readUInt8(left) ^ 1, left);
      left -= passed.length;
      done(null, passed);
    },
  });
}

/** Passes so many bytes on and breaks; a body that is shorter breaks at its end. */
function breakAfter(
  from: IncomingMessage,
  to: { write(chunk: Buffer, done: () => void): unknown },
  bytes: number,
  breakIt: () => void,
): void {
  let left = bytes;
  from.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (left > 0) to.write(part, () => undefined);
    else to.write(part, breakIt);
  });
  // Also where nothing came at all: a body of no bytes cannot be cut by its bytes.
  from.on("end", () => {
    if (left > 0 || bytes === 0) breakIt();
  });
}
