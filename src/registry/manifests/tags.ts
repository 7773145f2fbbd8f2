import { FormatError, RegistryError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatRepository, type Repository, tagPattern } from "../../oci/reference.ts";
import { readError, refusal, unreachable } from "../transport/failure.ts";
import { createLimit } from "../transport/pace/limit.ts";
import { headManifest } from "./manifests.ts";
import { Step } from "../transport/pace/limits.ts";
import { readBounded } from "../transport/read-bounded.ts";
import { redactUrl } from "../transport/address.ts";
import { pullScope } from "../auth/auth.ts";
import type { Transport } from "../transport/transport.ts";

/** ECR rejects n > 1000. */
const pageSize = 1000;
const maxPages = 1000;
const maxPageBytes = 8 << 20;
/**
 * The most for all pages together: about a million tags of usual length, and what fits in memory.
 * Bytes.
 */
const maxListBytes = 64 << 20;

/**
 * From this many tags on, a page of the listing is cheaper than a request for each. At the CNCF
 * registry, a page of a thousand tags takes as long as two to four HEADs; others list more slowly.
 */
const headsPerPage = 16;
/** Concurrent requests when tags are looked up one by one. */
const looksAtOnce = 64;

/** All tags of a repository, in the registry's order; none if it does not exist. */
export async function listTags(
  transport: Transport,
  repository: Repository,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const page of pagesOfTags(transport, repository, { signal })) {
    // Not spread: if a registry ignores `n`, a page may exceed the limit for arguments of a call.
    for (const tag of page) tags.push(tag);
  }
  return tags;
}

/**
 * The tags of a repository page by page, each tag once; none if it does not exist. Throws a format
 * error if the answer is not a tag list, or is longer than a thousand pages or 64 MiB.
 */
export async function* pagesOfTags(
  transport: Transport,
  repository: Repository,
  o: { readonly last?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  const step = stepFor(transport, repository);
  let target: string | URL | undefined = firstPage(repository, o.last);
  for (let page = 1; page <= maxPages; page++) {
    const found: Page | "missing" = await readPage(transport, repository, target, o.signal);
    if (found === "missing") return;
    step.count(found.bytes);
    const fresh = [...new Set(found.tags)].filter((tag) => !seen.has(tag));
    for (const tag of fresh) seen.add(tag);
    if (fresh.length > 0) yield fresh;
    // A registry that returns the same page again would be asked forever.
    if (found.next === undefined || fresh.length === 0) return;
    target = found.next;
  }
  throw new FormatError(`${formatRepository(repository)} has too many tags to list`, {
    hint: `delete unneeded tags: the limit is ${maxPages} pages of ${pageSize} tags`,
  });
}

/**
 * Those of many tags that may exist. If a page of a listing is cheaper than a request for each, the
 * tags are listed, for at most as many pages as that holds. Tags beyond the pages read are kept,
 * and all of them if the registry does not list tags.
 */
export async function findTags(
  transport: Transport,
  repository: Repository,
  tags: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const wanted = new Set(tags);
  const pages = Math.floor(wanted.size / headsPerPage);
  const present = new Set<string>();
  const step = stepFor(transport, repository);
  let target: string | URL = firstPage(repository, undefined);
  try {
    for (let page = 1; page <= pages; page++) {
      const found = await readPage(transport, repository, target, signal);
      // An unknown repository may also mean that there is no listing.
      if (found === "missing") return wanted;
      step.count(found.bytes);
      for (const tag of found.tags) if (wanted.has(tag)) present.add(tag);
      if (found.next === undefined || present.size === wanted.size) return present;
      target = found.next;
    }
  } catch (error) {
    transport.throwIfStopped(signal);
    if (!(error instanceof RegistryError || error instanceof FormatError)) throw error;
  }
  return wanted;
}

/** What each of the tags names; missing tags are left out. */
export async function resolveTags(
  transport: Transport,
  repository: Repository,
  tags: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Descriptor>> {
  const { host, path } = repository;
  const present = await findTags(transport, repository, tags, signal);
  const limit = createLimit(looksAtOnce);
  const found = await Promise.all(
    [...new Set(tags)].map((tag) =>
      limit(async () => {
        if (!present.has(tag)) return [];
        const descriptor = await headManifest(transport, { host, path, tag }, signal);
        return descriptor === undefined ? [] : [[tag, descriptor] as const];
      }),
    ),
  );
  return new Map(found.flat());
}

interface Page {
  readonly tags: readonly string[];
  readonly next: URL | undefined;
  /** The length of the page. */
  readonly bytes: number;
}

function stepFor(transport: Transport, repository: Repository): Step {
  const what = `the tag list of ${formatRepository(repository)}`;
  return new Step(what, transport.limits, maxListBytes);
}

function firstPage({ path }: Repository, last: string | undefined): string {
  const query = new URLSearchParams({
    n: String(pageSize),
    ...(last === undefined ? {} : { last }),
  });
  return `${path}/tags/list?${query.toString()}`;
}

/**
 * `missing`: the registry may have no such listing, so this does not prove that the repository does
 * not exist.
 */
async function readPage(
  transport: Transport,
  repository: Repository,
  target: string | URL,
  signal: AbortSignal | undefined,
): Promise<Page | "missing"> {
  const answer = await transport.send({
    method: "GET",
    repository,
    scopes: [pullScope(repository)],
    target,
    accept: [200, 404],
    signal,
  });
  if (answer.status === 404) {
    const said = await readError(answer.message);
    const { errors } = refusal({ method: "GET", url: answer.url }, answer.status, said);
    const unknown = errors.some(({ code }) => code === "NAME_UNKNOWN");
    return unknown ? { tags: [], next: undefined, bytes: 0 } : "missing";
  }
  const body = await readBounded(answer.message, maxPageBytes).catch((cause: unknown) => {
    transport.throwIfStopped(signal);
    throw unreachable({ method: "GET", url: answer.url }, cause);
  });
  const next = nextPage(answer.header("link"), answer.url);
  return { tags: parseTags(body, repository), next, bytes: body.length };
}

function parseTags(body: Buffer, repository: Repository): string[] {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && "tags" in value) {
    // A repository whose last tag was deleted has `null`.
    if (value.tags === null) return [];
    // An invalid tag must not be requested: it would become part of another path.
    const isTag = (tag: unknown): tag is string => typeof tag === "string" && tagPattern.test(tag);
    if (Array.isArray(value.tags)) return value.tags.filter(isTag);
  }
  throw new FormatError(
    `the response for the tags of ${formatRepository(repository)} is not a tag list`,
    {
      hint: "check the registry address",
    },
  );
}

/** RFC 8288, as the OCI distribution spec 1.1 uses it: `<url>; rel="next"`, on the same host. */
export function nextPage(link: string | undefined, from: URL): URL | undefined {
  const found = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? "")?.[1];
  if (found === undefined || !URL.canParse(found, from.href)) return undefined;
  const url = new URL(found, from);
  if (url.host === from.host)
    return new URL(`${from.protocol}//${url.host}${url.pathname}${url.search}`);
  throw new RegistryError({
    method: "GET",
    url: redactUrl(from),
    reason: `the link to the next page points to another host, ${url.host}`,
    hint: "check the registry and any proxy in between: credentials are not sent to another host",
  });
}
