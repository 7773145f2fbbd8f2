import * as v from "valibot";
import { emptyContent, emptyDescriptor, renderArtifact } from "../../oci/artifact.ts";
import { digestOf, isDigest } from "../../oci/digest.ts";
import { parseReference, parseRepository } from "../../oci/reference.ts";
import { type Pin, pinKey, type ResolvePin } from "../../inputs/moving/pins.ts";
import type { Plan } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";

/** Tag in the cache repository that records the image pins of an epoch. */
const pinsTag = "pins";
export const pinsArtifactType = "application/vnd.layerkeep.pins.v1+json";
const mostBytes = 4 << 20;

const recordSchema = v.object({
  schema: v.literal("layerkeep.pins.v1"),
  epoch: v.string(),
  /** Digests, by the pin's kind and name: `image:ubuntu:24.04`. */
  pins: v.record(v.string(), v.pipe(v.string(), v.check(isDigest))),
});

type Held = ReadonlyMap<string, string>;

/**
 * The image pins that were recorded in this epoch, by `pinKey`. None if they cannot be read: the
 * look-up of the legs reports a cache repository that is not available.
 */
export async function readHeldPins(
  client: RegistryClient,
  cacheRepository: string,
  epoch: string,
  signal?: AbortSignal,
): Promise<Held> {
  try {
    const record = await readRecord(client, cacheRepository, signal);
    return new Map(record?.epoch === epoch ? Object.entries(record.pins) : []);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return new Map();
  }
}

/**
 * Resolves images to what was recorded, as long as their registry has it; everything else, and
 * images that were not recorded, as `resolve` does.
 */
export function holdingResolver(
  resolve: ResolvePin,
  held: Held,
  client: RegistryClient,
  signal?: AbortSignal,
): ResolvePin {
  return async (kind, ref) => {
    const digest = isImage(kind) ? held.get(pinKey({ kind, ref })) : undefined;
    if (digest === undefined || !isDigest(digest)) return resolve(kind, ref);
    try {
      const { host, path } = parseReference(ref);
      const found = await client.headManifest({ host, path, digest }, { signal });
      if (found !== undefined) return { resolved: digest };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      // The other resolver says why.
    }
    return resolve(kind, ref);
  };
}

/**
 * Records a plan's image pins for the rest of its epoch, beside those that are recorded: what was
 * recorded first stays. Called when building, since a plan writes nothing.
 */
export async function rememberPins(
  plan: Plan,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<void> {
  const { epoch, cacheRepository, trust } = plan;
  if (!plan.holdsPins || epoch === null || cacheRepository === null || !trust.writesLegs) return;
  const known = await readRecord(client, cacheRepository, signal);
  const before = known?.epoch === epoch.value ? known.pins : {};
  const own = plan.pins.flatMap((pin) => {
    const { kind, ref, resolved } = pin;
    const isMoving = isImage(kind) && !ref.includes("@");
    return isMoving && resolved !== null ? [[pinKey(pin), resolved] as const] : [];
  });
  const fresh = own.filter(([key]) => !Object.hasOwn(before, key));
  if (fresh.length === 0) return;
  const pins = { ...Object.fromEntries(fresh), ...before };
  await writeRecord(client, cacheRepository, { epoch: epoch.value, pins }, signal);
}

async function readRecord(
  client: RegistryClient,
  cacheRepository: string,
  signal: AbortSignal | undefined,
): Promise<v.InferOutput<typeof recordSchema> | undefined> {
  const repository = parseRepository(cacheRepository);
  const found = await client.getManifest({ ...repository, tag: pinsTag }, { signal });
  if (found?.manifest.kind !== "manifest") return undefined;
  const { artifactType, layers } = found.manifest.content;
  const [layer] = layers;
  if (artifactType !== pinsArtifactType || layer === undefined) return undefined;
  const bytes = await client.readBlob(repository, layer, mostBytes, { signal });
  const parsed = v.safeParse(recordSchema, parseJson(bytes));
  return parsed.success ? parsed.output : undefined;
}

async function writeRecord(
  client: RegistryClient,
  cacheRepository: string,
  record: { readonly epoch: string; readonly pins: Readonly<Record<string, string>> },
  signal: AbortSignal | undefined,
): Promise<void> {
  const repository = parseRepository(cacheRepository);
  const text = Buffer.from(JSON.stringify({ schema: "layerkeep.pins.v1", ...record }));
  const layer = { mediaType: pinsArtifactType, digest: digestOf(text), size: text.length };
  await client.pushBlob(repository, emptyDescriptor, () => emptyContent, { signal });
  await client.pushBlob(repository, layer, () => text, { signal });
  const artifact = renderArtifact({ artifactType: pinsArtifactType, layers: [layer] });
  await client.putManifest(repository, { ...artifact, tag: pinsTag }, { signal });
}

function isImage(kind: Pin["kind"]): boolean {
  return kind === "image" || kind === "syntax";
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
