import { rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Engine } from "./docker.ts";
import { run } from "./run.ts";

/** dockerd's BuildKit as a unix socket that speaks plain gRPC. */
export interface Bridge {
  readonly socket: string;
  stop(): Promise<void>;
}

const head = "POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
const headEnd = "\r\n\r\n";

/**
 * Makes a socket of the engine's `POST /grpc`, which upgrades to BuildKit's own protocol, so
 * that buildx's `remote` driver can be tried without a second BuildKit. It works while this
 * process lives and its event loop is free.
 */
export async function startBridge(engine: Engine): Promise<Bridge> {
  const socket = join(engine.dir, "buildkit.sock");
  const open = new Set<Socket>();
  await rm(socket, { force: true });
  const server = createServer((client) => {
    const upstream = connect(engine.dockerHost.replace("unix://", ""));
    for (const end of [client, upstream]) {
      open.add(end);
      end.once("close", () => open.delete(end));
      // One end's trouble ends the other; both say it to those who use them.
      end.on("error", () => [client, upstream].forEach((other) => other.destroy()));
    }
    upgrade(client, upstream);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(socket, resolve);
  });
  return {
    socket,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const end of open) end.destroy();
      }),
  };
}

/** Makes a builder with the `remote` driver on the bridge. Returns its name. */
export async function createRemoteBuilder(
  engine: Engine,
  bridge: Bridge,
  name = "remote",
): Promise<string> {
  const env = { ...process.env, ...engine.env };
  const purpose = `creating the builder ${name}`;
  await run([engine.buildx, "rm", "--force", name], { purpose, env }).catch(() => undefined);
  const create = ["create", "--driver", "remote", "--name", name, `unix://${bridge.socket}`];
  await run([engine.buildx, ...create], { purpose, env });
  return name;
}

/** Asks for the upgrade, takes the answer's head off, and then passes on both ways. */
function upgrade(client: Socket, upstream: Socket): void {
  upstream.write(head);
  let answer = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf(headEnd);
    if (end < 0) return;
    upstream.off("data", read);
    if (!answer.subarray(0, end).toString("latin1").startsWith("HTTP/1.1 101")) {
      client.destroy();
      upstream.destroy();
      return;
    }
    client.write(answer.subarray(end + headEnd.length));
    client.pipe(upstream).pipe(client);
  };
  upstream.on("data", read);
}
