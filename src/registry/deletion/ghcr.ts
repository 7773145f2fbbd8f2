import type { Repository } from "../../oci/reference.ts";
import { parseBase, ProviderApi, type ApiContext, saidBy } from "../api/provider-api.ts";
import { removeManifests } from "./family.ts";
import { GhcrPackage, type PackageVersion } from "./ghcr-package.ts";
import { githubDeletionMs, Pace, sleepFor } from "../api/pace.ts";
import {
  absent,
  deleted,
  type Fate,
  Ledger,
  type Removal,
  type RemoveOptions,
  type Remover,
  refused,
  refusedForTags,
  type Target,
} from "./remover.ts";

export interface GhcrOptions {
  /** A classic personal access token with `read:packages` and `delete:packages`, or a workflow's own. */
  readonly token: string;
  /** `https://api.github.com` by default. */
  readonly apiUrl?: string | undefined;
}

/**
 * Deletes versions of container packages through GitHub's REST API: `DELETE` on `/v2/` answers 405
 * there. A version is a manifest with all of its tags, so a tag is deleted only if the other tags
 * of its version are to be deleted as well. GitHub would also delete the child of an index. So the
 * package's tagged indexes are read first, with the registry's own credentials, and their children
 * stay.
 */
export class GhcrRemover implements Remover {
  readonly provider = "ghcr";
  readonly #context: ApiContext;
  readonly #options: GhcrOptions;
  readonly #api: ProviderApi;
  readonly #pace: Pace;

  constructor(context: ApiContext, options: GhcrOptions) {
    this.#context = context;
    this.#options = options;
    this.#api = new ProviderApi("GitHub", context);
    this.#pace = new Pace(githubDeletionMs, context.sleep ?? sleepFor, context.clock ?? Date.now);
  }

  async remove(
    repository: Repository,
    targets: readonly Target[],
    o: RemoveOptions = {},
  ): Promise<readonly Removal[]> {
    const ledger = new Ledger(targets, o);
    if (targets.length === 0) return [];
    const { transport } = this.#context;
    const base = parseBase(this.#options.apiUrl ?? "https://api.github.com", transport);
    const { token } = this.#options;
    const found = new GhcrPackage(this.#api, repository, { base, token, signal: o.signal });
    const versions = await found.versions();
    const doomed = new Map<string, PackageVersion>();
    const kept: PackageVersion[] = [];
    for (const version of versions) {
      const { digest, tags } = version;
      const staying = ledger.staying(tags);
      const wanted = ledger.digests.has(digest) || staying.length < tags.length;
      if (wanted && staying.length === 0) {
        doomed.set(digest, version);
        continue;
      }
      if (tags.length > 0) kept.push(version);
      if (wanted) ledger.settleManifest(digest, tags, takesAlong(version, staying));
    }
    await removeManifests({
      transport,
      repository,
      doomed: [...doomed.values()],
      kept,
      destroy: async ({ digest }) => {
        const version = doomed.get(digest);
        return version === undefined ? absent : this.#destroy(found, version, ledger, o.signal);
      },
      onFate: ({ digest, tags }, fate) => ledger.settleManifest(digest, tags, fate),
      signal: o.signal,
    });
    return ledger.removals();
  }

  async #destroy(
    found: GhcrPackage,
    { id }: PackageVersion,
    ledger: Ledger,
    signal: AbortSignal | undefined,
  ): Promise<Fate> {
    await this.#pace.turn(signal);
    // Minutes may have passed since the listing: a tag added meanwhile would be deleted, too.
    const now = await found.version(id);
    if (now === undefined) return absent;
    const staying = ledger.staying(now.tags);
    if (staying.length > 0) return takesAlong(now, staying);
    const answer = await found.delete(id);
    if (answer.status < 300) return deleted;
    const said = saidBy(answer) ?? `status ${answer.status}`;
    if (answer.status === 400 || answer.status === 422) return refusedBy(said);
    throw found.failed(answer);
  }
}

function takesAlong({ digest }: PackageVersion, staying: readonly string[]): Fate {
  return refusedForTags(digest, staying, "GHCR deletes a version along with all of its tags");
}

function refusedBy(said: string): Fate {
  const hint = /last (?:tagged )?version/i.test(said)
    ? "keep one tag, or delete the entire package in its settings"
    : /downloads/i.test(said)
      ? "contact GitHub Support: only they can delete public versions with more than 5,000 downloads"
      : "check the package settings";
  return refused(`GitHub refused the request: ${said}`, hint);
}
