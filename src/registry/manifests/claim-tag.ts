import { RegistryError } from "../../errors.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatReference, type Repository } from "../../oci/reference.ts";
import type { Learned } from "../transport/learned.ts";
import { maxTries } from "../transport/pace/retry.ts";
import type { Transport } from "../transport/transport.ts";
import { headManifest, putManifest } from "./manifests.ts";

/** A manifest that gets a tag unless somebody else was first. */
export interface TagClaim {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** What the tag may be moved from. A tag that names anything else is left unchanged. */
  readonly replaces?: Digest | undefined;
  /**
   * A tag of the same repository that was just put on the same manifest. It is written again, to
   * find out once for each host whether the registry honours conditions.
   */
  readonly twin: string;
}

export interface ClaimOptions {
  readonly learned: Learned;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Without conditions, how long a tag is left alone before its value counts. It must be longer than
 * any writer needs from its look at the tag until its PUT has taken effect. Milliseconds.
 */
const settleMs = 1_000;

/**
 * Puts a tag on a manifest, and returns what the tag finally names: this manifest, or that of
 * somebody who was first. All concurrent claims of a tag get the same answer.
 *
 * A registry that honours `If-None-Match: *` (RFC 9110, 13.1.2) decides by itself. Elsewhere a
 * claim is Fischer's algorithm: look, write, leave the tag alone for longer than anybody needs
 * between those two, look again. Every writer has looked before the first write took effect, so all
 * writes are over when that time has passed, and everybody reads the same. Throws a registry error
 * if the registry rejects the manifest and the tag names nothing else.
 */
export async function claimTag(
  transport: Transport,
  reference: Repository & { readonly tag: string },
  claim: TagClaim,
  o: ClaimOptions,
): Promise<Descriptor> {
  const { signal } = o;
  const own = descriptorOf(claim);
  const decides = await honoursConditions(transport, reference, claim, o);
  const look = () => headManifest(transport, reference, signal);
  let cause: RegistryError | undefined;
  for (let tries = 1; tries <= maxTries; tries++) {
    if (tries > 1) await transport.pause(tries, signal);
    const began = o.clock();
    const before = await look();
    const taken = before !== undefined && before.digest !== claim.replaces;
    if (before?.digest === own.digest || taken) {
      if (decides) return before;
    } else {
      // A registry that always answers 412 compares something other than digests.
      const last = tries === maxTries;
      const conditions = last ? {} : asItWas(before);
      const sent = await put(transport, reference, claim, { decides, conditions, signal });
      if (decides && sent === undefined && !last) return own;
      cause = sent;
      if (sent?.status === 412 || (decides && sent?.retryable === true)) continue;
      // Some registries never allow a tag to be moved: then somebody was first.
      const refused = sent !== undefined && !sent.retryable;
      if (refused && (await look())?.digest === before?.digest) throw sent;
    }
    await transport.wait(Math.max(settleMs, 4 * (o.clock() - began)), signal);
    const after = await look();
    const moved = after !== undefined && after.digest !== claim.replaces;
    if (moved || after?.digest === own.digest) return after;
  }
  throw new RegistryError({
    method: "PUT",
    url: formatReference(reference),
    reason: `the tag kept changing: gave up after ${maxTries} attempts`,
    retryable: true,
    hint: "check whether something deletes tags in that repository, then try again",
    cause,
  });
}

/**
 * Undefined: it was written. A registry that ignores conditions gets a single try, so that a look
 * comes before each PUT.
 */
async function put(
  transport: Transport,
  repository: Repository & { readonly tag: string },
  { bytes, mediaType }: TagClaim,
  { decides, conditions, signal }: PutOptions,
): Promise<RegistryError | undefined> {
  const { tag } = repository;
  const tries = decides ? {} : { tries: 1 };
  try {
    await putManifest(
      transport,
      repository,
      { bytes, mediaType, tag },
      { conditions, signal, ...tries },
    );
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RegistryError) return error;
    throw error;
  }
}

interface PutOptions {
  readonly decides: boolean;
  readonly conditions: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** Whether a registry answers 412 to a PUT with `If-None-Match: *` for a tag that exists. */
function honoursConditions(
  transport: Transport,
  { host, path }: Repository,
  claim: TagClaim,
  { learned, signal }: ClaimOptions,
): Promise<boolean> {
  const known = learned.conditions.get(host);
  if (known !== undefined) return known;
  const repository = { host, path, tag: claim.twin };
  const asked = put(transport, repository, claim, {
    decides: true,
    conditions: asItWas(undefined),
    signal,
  }).then((error) => error?.status === 412);
  learned.conditions.set(host, asked);
  asked.catch(() => learned.conditions.delete(host));
  return asked;
}

/** RFC 9110, 13.1: only if the tag has not changed since we saw it. */
function asItWas(before: Descriptor | undefined): Readonly<Record<string, string>> {
  return before === undefined ? { "if-none-match": "*" } : { "if-match": `"${before.digest}"` };
}

function descriptorOf({ bytes, mediaType }: TagClaim): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
