import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { closeServer } from "../http/close-server.ts";
import { createHttpServer } from "../http/create-server.ts";
import { listen } from "../http/address.ts";
import { type BuildCacheCounts, createBuildCache } from "./handler.ts";
import { Objects } from "./objects.ts";

export interface BuildCacheOptions {
  /** The folder with the objects, of which this process is the only user; exists. */
  readonly folder: string;
  /** For what is still arriving, on the same disk; created if it does not exist. */
  readonly incoming: string;
  /** For all objects. Those that were not used for the longest time are deleted. */
  readonly mostBytes: number;
  readonly readOnly: boolean;
  /** On 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Called with what failed on our side. */
  readonly onFailure: (error: unknown) => void;
}

/** A build cache that is served until it is closed. */
export interface RunningBuildCache extends AsyncDisposable {
  /** `http://127.0.0.1:1234` */
  readonly url: string;
  /** Only who knows it can use the cache: as the first part of the path, as bearer or password. */
  readonly token: string;
  readonly objects: Objects;
  readonly counts: () => BuildCacheCounts;
  /** Ends when running requests are answered. */
  close(): Promise<void>;
}

const idleMs = 60_000;
const graceMs = 5_000;

/**
 * Serves a folder of objects to ccache, sccache, Bazel and Gradle, on this machine only. Throws a
 * usage error if the port is not available.
 */
export async function startBuildCache(options: BuildCacheOptions): Promise<RunningBuildCache> {
  const { folder, incoming, mostBytes, readOnly, port, onFailure } = options;
  mkdirSync(incoming, { recursive: true, mode: 0o700 });
  const objects = new Objects({ folder, incoming, mostBytes });
  const token = randomBytes(24).toString("hex");
  const { handle, counts } = createBuildCache({ objects, token, readOnly, onFailure });
  const server = createHttpServer({ handle, idleMs });
  const host = await listen(server, { hostname: "127.0.0.1", port }, "the build cache");
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeServer(server, graceMs));
  const url = `http://${host}`;
  return { url, token, objects, counts, close, [Symbol.asyncDispose]: close };
}
