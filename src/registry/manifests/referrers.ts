import { FormatError, LayerkeepError } from "../../errors.ts";
import { algorithmOf, type Digest, hexOf } from "../../oci/digest.ts";
import {
  type Annotations,
  type Descriptor,
  type Manifest,
  parseManifest,
} from "../../oci/manifest.ts";
import { isIndexType, mediaTypes } from "../../oci/media-types.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { readError, refusal, unreachable } from "../transport/failure.ts";
import { Step } from "../transport/pace/limits.ts";
import type { Learned } from "../transport/learned.ts";
import { getManifest } from "./manifests.ts";
import { readBounded } from "../transport/read-bounded.ts";
import { pullScope } from "../auth/auth.ts";
import { nextPage } from "./tags.ts";
import type { Answer, Transport } from "../transport/transport.ts";

export interface ReferrersOptions {
  /** Only referrers of this type. */
  readonly artifactType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const maxPages = 100;
/** A page is an index of at most 4 MiB; some registries exceed that. */
const maxPageBytes = 8 << 20;
const maxListBytes = 32 << 20;
/** Answers to an unknown path: the spec requires 404, but others occur. */
const unsupported = [400, 404, 405, 406, 501];

/**
 * The manifests whose subject is `digest`: OCI distribution spec 1.1, "Listing Referrers". If a
 * registry has no such list, it is read from the spec's fallback tag; which of the two a host has
 * is determined once. Empty if there are none. Throws a format error for an invalid list, or one
 * longer than 100 pages.
 */
export async function listReferrers(
  transport: Transport,
  learned: Learned,
  repository: Repository,
  digest: Digest,
  o: ReferrersOptions = {},
): Promise<readonly Descriptor[]> {
  if (learned.referrers.get(repository.host) !== "tag") {
    const found = await askForReferrers(transport, learned, repository, digest, o);
    if (found !== undefined) return found;
  }
  const reference = { ...nameOnly(repository), tag: referrersTag(digest) };
  const found = await getManifest(transport, reference, o.signal);
  // Anything else with that name is not a list of referrers.
  if (found?.manifest.kind !== "index") return [];
  return found.manifest.content.manifests.filter(isOfType(o.artifactType));
}

/** The tag that lists a manifest's referrers: OCI distribution spec 1.1, "Referrers Tag Schema". */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}`;
}

/** A referrer's entry in a list, and what it refers to; undefined if it refers to nothing. */
export function referrerOf(
  manifest: Manifest,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): { readonly subject: Digest; readonly descriptor: Descriptor } | undefined {
  const { subject, annotations, artifactType } = manifest.content;
  if (subject === undefined) return undefined;
  const type =
    artifactType ?? (manifest.kind === "manifest" ? manifest.content.config.mediaType : undefined);
  const more: { artifactType?: string; annotations?: Annotations } = {
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return {
    subject: subject.digest,
    descriptor: { mediaType: manifest.mediaType, digest, size, ...more },
  };
}

/** Like `referrerOf`, but for arbitrary bytes. */
export function referrerIn(
  bytes: Uint8Array,
  descriptor: Descriptor,
): ReturnType<typeof referrerOf> {
  // Most manifests have no subject, and need not be parsed again.
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"subject"'))
    return undefined;
  try {
    return referrerOf(parseManifest(bytes, descriptor.mediaType), descriptor);
  } catch (error) {
    if (error instanceof LayerkeepError) return undefined;
    throw error;
  }
}

/** Undefined if the registry has no such list. */
async function askForReferrers(
  transport: Transport,
  learned: Learned,
  repository: Repository,
  digest: Digest,
  { artifactType, signal }: ReferrersOptions,
): Promise<readonly Descriptor[] | undefined> {
  const query =
    artifactType === undefined ? "" : `?${new URLSearchParams({ artifactType }).toString()}`;
  const found = new Map<Digest, Descriptor>();
  const seen = new Set<Digest>();
  const what = `the list of referrers of ${digest} in ${formatRepository(repository)}`;
  const step = new Step(what, transport.limits, maxListBytes);
  let target: string | URL = `${repository.path}/referrers/${digest}${query}`;
  for (let page = 1; page <= maxPages; page++) {
    const answer: Answer = await transport.send({
      method: "GET",
      repository,
      scopes: [pullScope(repository)],
      target,
      headers: { accept: mediaTypes.ociIndex },
      accept: page === 1 ? [200, ...unsupported] : [200],
      signal,
    });
    const type = answer.header("content-type")?.split(";", 1)[0]?.trim() ?? "";
    if (answer.status !== 200 || !isIndexType(type)) {
      await takeNo(learned, repository, answer);
      return undefined;
    }
    learned.referrers.set(repository.host, "api");
    const body = await readBounded(answer.message, maxPageBytes).catch((cause: unknown) => {
      transport.throwIfStopped(signal);
      throw unreachable({ method: "GET", url: answer.url }, cause);
    });
    step.count(body.length);
    const before = seen.size;
    const listed = manifestsIn(body, type, repository);
    const filtered = /\bartifactType\b/.test(answer.header("oci-filters-applied") ?? "");
    const wanted = filtered ? listed : listed.filter(isOfType(artifactType));
    for (const descriptor of wanted) found.set(descriptor.digest, descriptor);
    for (const descriptor of listed) seen.add(descriptor.digest);
    const next = nextPage(answer.header("link"), answer.url);
    if (next === undefined || seen.size === before) return [...found.values()];
    target = next;
  }
  throw new FormatError(
    `${digest} in ${formatRepository(repository)} has too many referrers to list`,
    { hint: `request a single type, or delete unneeded referrers: the limit is ${maxPages} pages` },
  );
}

/** A missing repository shows nothing about its registry. */
async function takeNo(learned: Learned, repository: Repository, answer: Answer): Promise<void> {
  const { host } = repository;
  if (answer.status === 200) {
    answer.message.destroy();
    learned.referrers.set(host, "tag");
    return;
  }
  const said = refusal(
    { method: "GET", url: answer.url },
    answer.status,
    await readError(answer.message),
  );
  const unknownName = said.errors.some(({ code }) => code === "NAME_UNKNOWN");
  if (!unknownName && learned.referrers.get(host) !== "api") learned.referrers.set(host, "tag");
}

function manifestsIn(body: Buffer, type: string, repository: Repository): readonly Descriptor[] {
  const manifest = parseManifest(body, type);
  if (manifest.kind === "index") return manifest.content.manifests;
  throw new FormatError(`the list of referrers from ${repository.host} is not an index`, {
    hint: "check the registry address",
  });
}

function isOfType(artifactType: string | undefined): (descriptor: Descriptor) => boolean {
  return (descriptor) => artifactType === undefined || descriptor.artifactType === artifactType;
}

function nameOnly({ host, path }: Repository): Repository {
  return { host, path };
}
