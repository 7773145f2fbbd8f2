import { FormatError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { parseReference } from "../oci/reference.ts";
import type { PlannedLeg, StagedNames } from "../plan/plan.ts";
import type { FetchedManifest, RegistryClient } from "../registry/client.ts";
import { findStagedLeg, imageSize, type StagedLeg } from "./staged-leg.ts";

export interface StageOptions {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
}

export interface Staged {
  readonly digest: Digest;
  /** Bytes of the image. */
  readonly bytes: number;
  readonly reason: string;
}

/**
 * Gives the built bytes their staged tag, unless somebody was first; what stands under it then
 * is what is given. `digest` is what the engine says that it pushed.
 */
export async function stageBuilt(
  leg: PlannedLeg,
  names: StagedNames,
  digest: Digest | undefined,
  { client, signal }: StageOptions,
): Promise<Staged> {
  const { host, path } = parseReference(names.newest);
  const [built, standing] = await Promise.all([
    digest === undefined
      ? undefined
      : client.getManifest({ host, path, digest }, { signal, fresh: true }),
    leg.bypass === "none" ? findStagedLeg(client, leg, names.leg, signal) : undefined,
  ]);
  if (digest === undefined || built === undefined) {
    throw new FormatError(
      `${names.newest}: the engine says that it pushed ${digest ?? "something"}, and the registry does not have it`,
      {
        hint: "see whether something deletes untagged manifests in the cache repository, and run again",
      },
    );
  }
  if (standing?.state === "whole") return yieldTo(standing, names, client, signal);
  const [bytes, now] = await Promise.all([
    imageSize(client, names.newest, built, signal),
    putStaged(client, names.leg, built, signal).then(() =>
      client.headManifest(parseReference(names.leg), { signal }),
    ),
  ]);
  if (now?.digest !== digest) {
    // Two looked and put at the same moment: what the tag says counts for both.
    const other = await findStagedLeg(client, leg, names.leg, signal);
    if (other.state === "whole") return yieldTo(other, names, client, signal);
  }
  return { digest, bytes, reason: leg.reason };
}

async function yieldTo(
  { manifest }: Extract<StagedLeg, { state: "whole" }>,
  names: StagedNames,
  client: RegistryClient,
  signal: AbortSignal | undefined,
): Promise<Staged> {
  return {
    digest: manifest.descriptor.digest,
    bytes: await imageSize(client, names.leg, manifest, signal),
    reason: "another run staged it first; its bytes stand",
  };
}

/** Puts a manifest under a tag of its own repository. */
export async function putStaged(
  client: RegistryClient,
  tag: string,
  manifest: FetchedManifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reference = parseReference(tag);
  const { bytes, descriptor } = manifest;
  const put = { bytes, mediaType: descriptor.mediaType, tag: reference.tag };
  await client.putManifest(reference, put, { signal });
}
