import { FormatError, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { formatReference, type Reference, type Repository } from "../../oci/reference.ts";
import { createLimit } from "../transport/pace/limit.ts";
import { getTaggedManifest, headManifest, maxManifestBytes, putManifest } from "./manifests.ts";
import { referrersTag } from "./referrers.ts";
import { maxTries } from "../transport/pace/retry.ts";
import type { Transport } from "../transport/transport.ts";

const looksAtOnce = 16;

/**
 * Maintains the tags that list referrers if a registry does not: OCI distribution spec 1.1,
 * "Referrers Tag Schema". A tag is read, changed, and written on condition that it did not change
 * in between, if the registry supports that. Then it is read back twice, the second time a moment
 * later, since another writer that had read the list before may write it after us. Within a
 * process, changes of one tag wait for each other, and those that wait are made together.
 */
export class ReferrersTags {
  readonly #transport: Transport;
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Batch>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Adds a referrer to the list of its subject. Throws a registry error if others overwrote the
   * list each time, and a format error if the tag names something else.
   */
  add(
    repository: Repository,
    subject: Digest,
    referrer: Descriptor,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#change(repository, subject, signal, {
      name: `adding ${referrer.digest}`,
      isDone: (listed) => listed.some(({ digest }) => digest === referrer.digest),
      apply: (listed) => [...listed, referrer],
    });
  }

  /** Removes a referrer from the list of its subject, if it is listed. Throws like `add`. */
  remove(
    repository: Repository,
    subject: Digest,
    referrer: Digest,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#change(repository, subject, signal, {
      name: `removing ${referrer}`,
      isDone: (listed) => listed.every(({ digest }) => digest !== referrer),
      apply: (listed) => listed.filter(({ digest }) => digest !== referrer),
    });
  }

  async #change(
    { host, path }: Repository,
    subject: Digest,
    signal: AbortSignal | undefined,
    change: Change,
  ): Promise<void> {
    const reference = { host, path, tag: referrersTag(subject) };
    const key = formatReference(reference);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined && waiting.signal === signal) {
      waiting.changes.push(change);
      return waiting.done;
    }
    const changes = [change];
    const before = this.#running.get(key) ?? Promise.resolve();
    const done = before
      .catch(() => undefined)
      .then(() => {
        if (this.#waiting.get(key)?.changes === changes) this.#waiting.delete(key);
        return this.#write(reference, changes, signal);
      });
    this.#waiting.set(key, { changes, signal, done });
    this.#running.set(key, done);
    await done.finally(() => {
      if (this.#running.get(key) === done) this.#running.delete(key);
    });
  }

  async #write(
    reference: Reference & { readonly tag: string },
    changes: readonly Change[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let cause: unknown;
    let refused: string | undefined;
    let unsure = false;
    const undone = async (): Promise<readonly Change[]> => {
      const { listed } = await this.#read(reference, signal);
      return changes.filter(({ isDone }) => !isDone(listed));
    };
    let left: readonly Change[] = changes;
    for (let tries = 1; tries <= maxTries; tries++) {
      if (tries > 1) await this.#transport.pause(tries, signal);
      const found = await this.#read(reference, signal);
      left = changes.filter(({ isDone }) => !isDone(found.listed));
      if (left.length === 0) return;
      const kept = unsure ? await this.#standing(reference, found.listed, signal) : found.listed;
      const bytes = indexOf(
        reference,
        left.reduce((listed, { apply }) => apply(listed), kept),
      );
      // A registry that rejects the state that it just sent does not mean a conflict by 412.
      const conditions = refused !== undefined && refused === found.etag ? {} : conditionOf(found);
      try {
        const put = { bytes, mediaType: mediaTypes.ociIndex, tag: reference.tag };
        await putManifest(this.#transport, reference, put, { signal, conditions });
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        if (error.status === 412) refused = found.etag;
        else if (lacksPart(error) && !unsure) unsure = true;
        else throw error;
        cause = error;
        continue;
      }
      cause = undefined;
      left = await undone();
      if (left.length > 0) continue;
      await this.#transport.pause(1, signal);
      left = await undone();
      if (left.length === 0) return;
    }
    throw new RegistryError({
      method: "PUT",
      url: formatReference(reference),
      reason: `${left.map(({ name }) => name).join(", ")} failed: other writers overwrote the list ${maxTries} times`,
      retryable: true,
      hint: "only the list is wrong, not the manifests: push any missing referrers again, and delete any that should not be listed",
      cause,
    });
  }

  async #read(reference: Reference, signal: AbortSignal | undefined): Promise<List> {
    const found = await getTaggedManifest(this.#transport, reference, signal);
    if (found === undefined) return { listed: [], etag: undefined, exists: false };
    const { manifest } = found.fetched;
    if (manifest.kind === "index") {
      return { listed: manifest.content.manifests, etag: found.etag, exists: true };
    }
    throw new FormatError(
      `${formatReference(reference)} is not an index, so it cannot be a list of referrers`,
      {
        hint: "delete or rename that tag to use referrers (the tag was left unchanged)",
      },
    );
  }

  /** Some registries reject an index with a deleted child, and then the list could never change. */
  async #standing(
    { host, path }: Reference,
    listed: readonly Descriptor[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Descriptor[]> {
    const limit = createLimit(looksAtOnce);
    const heads = await Promise.all(
      listed.map(({ digest }) =>
        limit(() => headManifest(this.#transport, { host, path, digest }, signal)),
      ),
    );
    return listed.filter((_, index) => heads[index] !== undefined);
  }
}

interface Change {
  readonly name: string;
  readonly isDone: (listed: readonly Descriptor[]) => boolean;
  readonly apply: (listed: readonly Descriptor[]) => readonly Descriptor[];
}

/** Changes that wait for the one in progress. */
interface Batch {
  readonly changes: Change[];
  readonly signal: AbortSignal | undefined;
  readonly done: Promise<void>;
}

interface List {
  readonly listed: readonly Descriptor[];
  readonly etag: string | undefined;
  readonly exists: boolean;
}

/** RFC 9110, 13.1. Registries without support for conditions ignore them. */
function conditionOf({ etag, exists }: List): Readonly<Record<string, string>> {
  if (!exists) return { "if-none-match": "*" };
  return etag === undefined ? {} : { "if-match": etag };
}

function indexOf(reference: Reference, manifests: readonly Descriptor[]): Buffer {
  const content = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const bytes = Buffer.from(JSON.stringify(content));
  if (bytes.length <= maxManifestBytes) return bytes;
  throw new FormatError(
    `${formatReference(reference)} would exceed 4 MiB with all referrers listed`,
    {
      hint: "delete unneeded referrers",
    },
  );
}

function lacksPart({ errors }: RegistryError): boolean {
  return errors.some(({ code }) =>
    ["MANIFEST_UNKNOWN", "MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"].includes(code),
  );
}
