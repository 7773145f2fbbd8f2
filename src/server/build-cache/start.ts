import { randomBytes } from "node:crypto";
import { serveEntries } from "../github-cache/start.ts";
import { listen } from "../http/address.ts";
import { closeServer } from "../http/close-server.ts";
import { createHttpServer } from "../http/create-server.ts";
import { type BuildCacheCounts, createBuildCache } from "./handler.ts";
import { entriesRef, ObjectEntries } from "./object-entries.ts";
import { Objects, type ObjectsOptions } from "./objects.ts";

export interface BuildCacheOptions extends ObjectsOptions {
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
  /** The same cache as GitHub's cache service. */
  readonly github: { readonly url: string; readonly token: string };
  readonly objects: Objects;
  readonly counts: () => BuildCacheCounts;
  /** Ends when running requests are answered. */
  close(): Promise<void>;
}

const idleMs = 60_000;
const graceMs = 5_000;

/**
 * Serves objects to ccache, sccache, Bazel and Gradle, and entries as GitHub's cache service does,
 * on this machine only. Throws a usage error if the port is not available.
 */
export async function startBuildCache(options: BuildCacheOptions): Promise<RunningBuildCache> {
  const { readOnly, port, onFailure } = options;
  const objects = new Objects(options);
  const token = randomBytes(24).toString("hex");
  const { handle, counts } = createBuildCache({ objects, token, readOnly, onFailure });
  const server = createHttpServer({ handle, idleMs });
  const host = await listen(server, { hostname: "127.0.0.1", port }, "the build cache");
  const onCall = (what: keyof BuildCacheCounts): void => void (counts[what] += 1);
  const entries = new ObjectEntries(objects);
  const github = await serveEntries(entries, { onCall, onFailure });
  let closed: Promise<unknown> | undefined;
  const close = async (): Promise<void> => {
    closed ??= Promise.all([closeServer(server, graceMs), github[Symbol.asyncDispose]()]);
    await closed;
  };
  return {
    url: `http://${host}`,
    token,
    github: {
      url: github.url,
      token: github.token([{ ref: entriesRef, writes: !readOnly }]),
    },
    objects,
    counts: () => ({ ...counts }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
