import { FormatError, RegistryError } from "../errors.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import { unreachable } from "./failure.ts";
import { readBounded } from "./read-bounded.ts";
import { redactUrl } from "./redact.ts";
import { pullScope } from "./scopes.ts";
import type { Transport } from "./transport.ts";

/** ECR rejects n > 1000. */
const pageSize = 1000;
const maxPages = 1000;
const maxPageBytes = 8 << 20;

/** All tags of a repository, in the registry's order; none where it has no such repository. */
export async function listTags(
  transport: Transport,
  repository: Repository,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const tags = new Set<string>();
  let target: string | URL = `${repository.path}/tags/list?n=${pageSize}`;
  for (let page = 1; page <= maxPages; page++) {
    const answer = await transport.send({
      method: "GET",
      repository,
      scopes: [pullScope(repository)],
      target,
      accept: [200, 404],
      signal,
    });
    if (answer.status === 404) {
      answer.message.resume();
      return [...tags];
    }
    const body = await readBounded(answer.message, maxPageBytes).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unreachable({ method: "GET", url: answer.url }, cause);
    });
    const known = tags.size;
    for (const tag of parseTags(body, repository)) tags.add(tag);
    const next = nextPage(answer.header("link"), answer.url);
    // A registry that gives the same page again would be asked for ever.
    if (next === undefined || tags.size === known) return [...tags];
    target = next;
  }
  throw new FormatError(`${formatRepository(repository)} has more tags than are read`, {
    hint: `at most ${maxPages} pages of ${pageSize} tags are read: delete what is not needed any more`,
  });
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
    if (Array.isArray(value.tags)) return value.tags.filter((tag) => typeof tag === "string");
  }
  throw new FormatError(`the tag list of ${formatRepository(repository)} is no tag list`, {
    hint: "check that the address is that of a registry",
  });
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
    reason: `the next page is said to be on another host, ${url.host}`,
    hint: "nothing is asked there: the credentials belong to this registry",
  });
}
