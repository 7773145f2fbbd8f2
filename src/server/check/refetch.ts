import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { UsageError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseRepository, type Repository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { smallBytes } from "../store/incoming.ts";
import type { ContentProblem } from "./check-contents.ts";

/** What another registry had: bytes that are small, or a file of them. Compared with the digest. */
export type Refetched =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: string; readonly size: number };

/**
 * Fetches what is lost; a large blob into a file at `path`. Undefined if no repository has it.
 * Throws a registry error if that cannot be found out.
 */
export type Refetch = (
  digest: Digest,
  problems: readonly ContentProblem[],
  path: string,
) => Promise<Refetched | undefined>;

export interface RefetchOptions {
  readonly client: RegistryClient;
  /** A registry's host, such as `ghcr.io`, or a host and the beginning of a path. */
  readonly from: string;
  readonly signal?: AbortSignal | undefined;
}

/** Fetches from the repositories of the same names in another registry. */
export function refetchFrom({ client, from, signal }: RefetchOptions): Refetch {
  const sourceOf = sourcesIn(from);
  return async (digest, problems, path) => {
    for (const { repository, kind } of problems) {
      const source = sourceOf(repository);
      if (kind === "manifest") {
        const found = await client.getManifest({ ...source, digest }, { signal });
        if (found !== undefined) return { kind: "bytes", bytes: found.bytes };
      } else {
        const found = await fetchBlob(client, source, digest, { path, signal });
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
}

/**
 * Gives the repository of the other registry: `acme/app`, or for `ghcr.io/acme/app`, the name by
 * which a local registry keeps it, the same in ghcr.io. Throws a usage error for no host.
 */
function sourcesIn(from: string): (repository: string) => Repository {
  const [host = "", ...prefix] = from.split("/");
  if (parseRepository(`${from}/any/repository`).host !== host) {
    throw new UsageError(`"${host}" is not the host of a registry`, {
      hint: "write it as references begin, such as docker.io or ghcr.io",
    });
  }
  return (repository) => {
    const own = `${host}/`;
    const name = repository.startsWith(own) ? repository.slice(own.length) : repository;
    return { host, path: [...prefix, name].join("/") };
  };
}

const blobType = "application/octet-stream";

async function fetchBlob(
  client: RegistryClient,
  source: Repository,
  digest: Digest,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal | undefined },
): Promise<Refetched | undefined> {
  const head = await client.headBlob(source, digest, { signal });
  if (head === undefined) return undefined;
  const descriptor = { mediaType: blobType, digest, size: head.size };
  if (head.size <= smallBytes) {
    return {
      kind: "bytes",
      bytes: await client.readBlob(source, descriptor, smallBytes, { signal }),
    };
  }
  try {
    const stream = await client.openBlob(source, descriptor, { signal });
    await pipeline(stream, createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { kind: "file", path, size: head.size };
}
