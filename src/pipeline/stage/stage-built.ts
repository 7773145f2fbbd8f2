import { FormatError, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseReference, type Repository } from "../../oci/reference.ts";
import type { PlannedLeg, StagedNames } from "../../plan/plan.ts";
import type { FetchedManifest, RegistryClient } from "../../registry/client.ts";
import { findStagedLeg, imageSize, type StagedLeg } from "./staged-leg.ts";

export interface StageOptions {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  /** What the staged tag pointed at when the build that is to replace it started. */
  readonly replaces?: Digest | undefined;
}

export interface Staged {
  readonly digest: Digest;
  /** Size of the image in bytes. */
  readonly bytes: number;
  readonly reason: string;
}

/**
 * Sets the staged tag on a built image, unless another run was first: then that run's image is the
 * result. `digest` is what the engine reported pushing. A build that is to replace a staged leg
 * replaces only what was staged when it started. Throws a format error if the image is not in the
 * registry.
 */
export async function stageBuilt(
  leg: PlannedLeg,
  names: StagedNames,
  digest: Digest | undefined,
  { client, signal, replaces }: StageOptions,
): Promise<Staged> {
  const newest = tagged(names.newest);
  const staged = tagged(names.leg);
  const built = await findBuilt(client, newest, digest, signal);
  for (let look = 1; look <= maxLooks; look++) {
    const found = await findStagedLeg(client, leg, staged, signal);
    const claim = {
      bytes: built.bytes,
      mediaType: built.descriptor.mediaType,
      replaces: replaceable(leg, found, replaces),
      twin: newest.tag,
    };
    const [now, bytes] = await Promise.all([
      client.claimTag(staged, claim, { signal }),
      imageSize(client, newest, built, signal),
    ]);
    if (now.digest === built.descriptor.digest) {
      return { digest: now.digest, bytes, reason: leg.reason };
    }
    const other = await findStagedLeg(client, leg, staged, signal);
    if (other.state === "whole") {
      return {
        digest: other.manifest.descriptor.digest,
        bytes: await imageSize(client, staged, other.manifest, signal),
        reason: "another run staged it first, so that run's image is used",
      };
    }
    // What was written meanwhile is unusable or outdated, and may be replaced.
  }
  throw new RegistryError({
    method: "PUT",
    url: names.leg,
    reason: `another writer keeps overwriting the tag of ${leg.id} with different content`,
    hint: "check what else writes to the cache repository, then try again",
  });
}

const maxLooks = 3;

interface Tagged extends Repository {
  readonly tag: string;
}

/**
 * What the staged tag may be moved from: unusable or outdated content, or what this build is to
 * replace.
 */
function replaceable(
  { unpinned }: PlannedLeg,
  found: StagedLeg,
  replaces: Digest | undefined,
): Digest | undefined {
  if (found.state === "missing") return undefined;
  if (found.state === "unusable") return found.digest;
  if (found.state === "outdated") return found.manifest.descriptor.digest;
  // The tag does not identify all of the inputs, so the last build wins.
  return unpinned.length > 0 ? found.manifest.descriptor.digest : replaces;
}

async function findBuilt(
  client: RegistryClient,
  { host, path, tag }: Tagged,
  digest: Digest | undefined,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  const built =
    digest === undefined
      ? undefined
      : await client.getManifest({ host, path, digest }, { signal, fresh: true });
  if (built !== undefined) return built;
  throw new FormatError(
    `${host}/${path}:${tag}: the engine reported pushing ${digest ?? "something"}, but the registry does not contain it`,
    {
      hint: "check whether something deletes untagged manifests in the cache repository, then try again",
    },
  );
}

function tagged(text: string): Tagged {
  const { host, path, tag = "latest" } = parseReference(text);
  return { host, path, tag };
}
