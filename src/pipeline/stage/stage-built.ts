import { FormatError, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseReference, type Repository } from "../../oci/reference.ts";
import type { PlannedLeg, StagedNames } from "../../plan/plan.ts";
import type { FetchedManifest, RegistryClient } from "../../registry/client.ts";
import { findStagedLeg, imageSize, type StagedLeg } from "./staged-leg.ts";

export interface StageOptions {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  /** What the staged tag named when a build began that is to replace it. */
  readonly replaces?: Digest | undefined;
}

export interface Staged {
  readonly digest: Digest;
  /** Bytes of the image. */
  readonly bytes: number;
  readonly reason: string;
}

/**
 * Gives a built image its staged tag, unless another run was first: then that run's image is the
 * result. `digest` is what the engine says that it pushed. A build that is to replace what is
 * staged replaces only what was staged when it began. Throws a format error if the image is not
 * in the registry.
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
        reason: "another run staged it first, and its image is used",
      };
    }
    // What came between cannot be used, and may be replaced.
  }
  throw new RegistryError({
    method: "PUT",
    url: names.leg,
    reason: `something else overwrites the tag with what is not ${leg.id}`,
    hint: "see what writes to the cache repository, and run again",
  });
}

const maxLooks = 3;

interface Tagged extends Repository {
  readonly tag: string;
}

/** What the staged tag may be moved from: what cannot be used, or what this build is to replace. */
function replaceable(
  { unpinned }: PlannedLeg,
  found: StagedLeg,
  replaces: Digest | undefined,
): Digest | undefined {
  if (found.state === "missing") return undefined;
  if (found.state === "unusable") return found.digest;
  // Its name does not say all that it was built from, so the last build counts.
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
    `${host}/${path}:${tag}: the engine says that it pushed ${digest ?? "something"}, and the registry does not have it`,
    {
      hint: "see whether something deletes untagged manifests in the cache repository, and run again",
    },
  );
}

function tagged(text: string): Tagged {
  const { host, path, tag = "latest" } = parseReference(text);
  return { host, path, tag };
}
