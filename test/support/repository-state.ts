import type { Repository } from "../../src/oci/reference.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";

/** A client without credentials, for looking at what a test has made. */
export function testClient(): RegistryClient {
  return new RegistryClient({ credentials: anonymous });
}

/** The tags of a repository (`127.0.0.1:5000/acme/app`) and what they name; nothing where there is none. */
export async function tagsOf(repository: string): Promise<Readonly<Record<string, string>>> {
  await using client = testClient();
  const parsed: Repository = parseRepository(repository);
  const tags = await client.listTags(parsed);
  const digests = await Promise.all(
    tags.map(async (tag) => (await client.headManifest({ ...parsed, tag }))?.digest ?? "missing"),
  );
  return Object.fromEntries(
    [...tags].map((tag, index) => [tag, digests[index] ?? ""] as const).sort(),
  );
}

/** The one tag that the pattern fits, and what it names. Throws where it fits none, or several. */
export async function tagLike(
  repository: string,
  pattern: RegExp,
): Promise<{ readonly tag: string; readonly digest: string }> {
  const all = Object.entries(await tagsOf(repository));
  const fitting = all.filter(([tag]) => pattern.test(tag));
  const [first] = fitting;
  if (first !== undefined && fitting.length === 1) return { tag: first[0], digest: first[1] };
  const names = all.map(([tag]) => tag).join(", ");
  throw new Error(`${fitting.length} tags of ${repository} fit ${String(pattern)}: ${names}`);
}
