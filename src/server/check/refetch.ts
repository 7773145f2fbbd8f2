import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { UsageError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseRepository, type Repository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { smallBytes } from "../store/incoming.ts";
import type { ContentProblem } from "./check-contents.ts";

/** Verified content from another registry: small content as bytes, large content as a file. */
export type Refetched =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: string; readonly size: number };

/**
 * Fetches lost content; a large blob is written to a file at `path`. Undefined if no repository has
 * it. Throws a registry error if that cannot be determined.
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

/** Fetches from the same repositories in another registry. */
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
 * Maps a repository to its address in the other registry: `acme/app` keeps its name. A name that
 * begins with the host, as mirrored images have it, loses that part: `ghcr.io/acme/app` is
 * `acme/app` on ghcr.io. Throws a usage error if the host is invalid.
 */
function sourcesIn(from: string): (repository: string) => Repository {
  const [host = "", ...prefix] = from.split("/");
  if (parseRepository(`${from}/any/repository`).host !== host) {
    throw new UsageError(`"${host}" is not a registry host`, {
      hint: "use the host from an image reference, such as docker.io or ghcr.io",
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
