import { FormatError, RegistryError, UsageError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, isAttestation } from "../../oci/manifest.ts";
import { type Platform, parsePlatform, samePlatform } from "../../oci/platform.ts";
import { formatRepository, parseReference, type Repository } from "../../oci/reference.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { FetchedManifest, RegistryClient } from "../../registry/client.ts";
import { findStagedLeg } from "./staged-leg.ts";
import { notStaged, notWhole, StagedLegError } from "./staged-leg-error.ts";

/** A staged leg as it is now, and the parts for the published image. */
export interface ResolvedLeg {
  readonly id: string;
  readonly source: Repository;
  /** What the staged tag points at. */
  readonly digest: Digest;
  /** The image, with its platform, and its attestations. */
  readonly children: readonly Descriptor[];
}

const maxConfigBytes = 8 << 20;

/**
 * Resolves a leg's staged tag. Throws a staged-leg error if it is missing or unusable, by the same
 * test as before a leg is reused. Throws a format error if it is of another platform.
 */
export async function resolveLeg(
  client: RegistryClient,
  leg: PlannedLeg,
  signal?: AbortSignal,
): Promise<ResolvedLeg> {
  if (leg.staged === null) {
    throw new UsageError(`leg ${leg.id} is not staged, so it cannot be published`, {
      hint: "set cache.repository, then plan and build again",
    });
  }
  return resolveAt(client, leg, leg.staged.leg, signal);
}

/**
 * Resolves what is staged of a leg. If the leg has a preview, that is what the run staged for it, or
 * what a trusted run staged; where the plan expects it is looked at first. Throws what `resolveLeg`
 * throws.
 */
export async function resolveStaged(
  client: RegistryClient,
  leg: PlannedLeg,
  signal?: AbortSignal,
): Promise<ResolvedLeg> {
  const { preview, staged, action } = leg;
  if (preview === null || staged === null) {
    return preview === null
      ? resolveLeg(client, leg, signal)
      : resolveAt(client, leg, preview, signal);
  }
  const [first, second] = action === "reuse" ? [staged.leg, preview] : [preview, staged.leg];
  try {
    return await resolveAt(client, leg, first, signal);
  } catch (error) {
    if (!(error instanceof StagedLegError)) throw error;
    return await resolveAt(client, leg, second, signal).catch((other: unknown) => {
      throw other instanceof StagedLegError ? error : other;
    });
  }
}

async function resolveAt(
  client: RegistryClient,
  leg: PlannedLeg,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ResolvedLeg> {
  const staged = parseReference(name);
  const source = { host: staged.host, path: staged.path };
  const found = await findStagedLeg(client, leg, staged, signal);
  if (found.state === "missing") throw notStaged(leg.id, name);
  if (found.state === "unusable") throw notWhole([leg.id], found.why);
  const children = await childrenOf(client, source, found.manifest, signal).catch(
    (error: unknown) => {
      if (!(error instanceof RegistryError) || error.status !== 404) throw error;
      throw notWhole([leg.id], `its config is missing from ${formatRepository(source)}`, error);
    },
  );
  checkPlatform(leg, name, children);
  return { id: leg.id, source, digest: found.manifest.descriptor.digest, children };
}

async function childrenOf(
  client: RegistryClient,
  source: Repository,
  staged: FetchedManifest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const { manifest, descriptor } = staged;
  if (manifest.kind === "index") return manifest.content.manifests;
  const { config } = manifest.content;
  const bytes = await client.readBlob(source, config, maxConfigBytes, { signal });
  return [{ ...descriptor, platform: parseConfigPlatform(bytes, config.digest) }];
}

/** OCI image spec 1.1, config.md: `os`, `architecture`, `variant`, `os.version`. */
function parseConfigPlatform(bytes: Buffer, digest: Digest): Platform {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    value = undefined;
  }
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  const text = (name: string): string | undefined => {
    const field = fields.get(name);
    return typeof field === "string" && field !== "" ? field : undefined;
  };
  const [os, architecture, variant, version] = [
    text("os"),
    text("architecture"),
    text("variant"),
    text("os.version"),
  ];
  if (os === undefined || architecture === undefined) {
    throw new FormatError(`the image config ${digest} has no platform`);
  }
  return {
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { "os.version": version }),
  };
}

function checkPlatform(leg: PlannedLeg, name: string, children: readonly Descriptor[]): void {
  const images = children.filter((child) => !isAttestation(child));
  const wanted = parsePlatform(leg.platform);
  const [image] = images;
  const found = images.map(({ platform }) =>
    platform === undefined ? "no platform" : `${platform.os}/${platform.architecture}`,
  );
  if (images.length === 1 && image?.platform && samePlatform(image.platform, wanted)) return;
  throw new FormatError(
    `leg ${leg.id}: ${name} contains ${found.join(", ") || "no image"}, but only ${leg.platform} was planned`,
    { hint: `build it again: layerkeep build --force ${leg.id}` },
  );
}
