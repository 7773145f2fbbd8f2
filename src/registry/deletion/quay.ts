import { UsageError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { headManifest } from "../manifests/manifests.ts";
import type { Transport } from "../transport/transport.ts";
import {
  type ApiAnswer,
  field,
  parseBase,
  ProviderApi,
  type ApiContext,
  saidBy,
  textField,
} from "../api/provider-api.ts";
import { eachAtOnce } from "../transport/pace/at-once.ts";
import {
  absent,
  checkTag,
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

export interface QuayOptions {
  /**
   * An OAuth access token of an application with the scope `repo:write`; not a robot's password.
   */
  readonly token: string;
  /** `https://<the registry's host>` by default. */
  readonly apiUrl?: string | undefined;
}

/** Quay's maximum, whatever is requested. */
const pageSize = 100;
const maxPages = 1000;
const workers = 4;

/**
 * Deletes tags through Quay's REST API (its api.json: `deleteFullTag`, `changeTag`,
 * `listRepoTags`). Quay deletes a manifest once neither a tag nor an index names it, so deleting a
 * tag deletes nothing else. Expiry is also set through the API, never with the label
 * `quay.expires-after`: an index inherits its children's labels and would expire with them.
 */
export class QuayRemover implements Remover {
  readonly provider = "quay";
  readonly #transport: Transport;
  readonly #api: ProviderApi;
  readonly #options: QuayOptions;
  readonly #clock: () => number;

  constructor(context: ApiContext, options: QuayOptions) {
    this.#transport = context.transport;
    this.#api = new ProviderApi("Quay", context);
    this.#options = options;
    this.#clock = context.clock ?? Date.now;
  }

  async remove(
    repository: Repository,
    targets: readonly Target[],
    o: RemoveOptions = {},
  ): Promise<readonly Removal[]> {
    const ledger = new Ledger(targets, o);
    // Look up a digest's tags before some of them are deleted.
    const tagsOf =
      ledger.digests.size > 0 ? await this.#tagsByDigest(repository, o.signal) : undefined;
    await eachAtOnce(ledger.tags, workers, async (tag) => {
      ledger.settle({ tag }, await this.#removeTag(repository, tag, o.signal));
    });
    for (const digest of ledger.digests) {
      const tags = tagsOf?.get(digest) ?? [];
      const fate = await this.#fateOf(repository, digest, tags, ledger, o.signal);
      ledger.settle({ digest }, fate);
    }
    return ledger.removals();
  }

  async expireTag(
    repository: Repository,
    tag: string,
    at: Date | undefined,
    o: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<boolean> {
    checkTag(tag);
    const expiration = at === undefined ? null : Math.floor(at.getTime() / 1000);
    if (expiration !== null && !(expiration * 1000 > this.#clock())) {
      throw new UsageError(`the tag ${tag} cannot expire in the past`, {
        hint: "choose a time in the future, or delete the tag",
      });
    }
    const body = JSON.stringify({ expiration });
    const answer = await this.#ask(repository, "PUT", `tag/${tag}`, o.signal, body);
    if (answer.status === 404) return false;
    if (answer.status >= 300) throw this.#failed(repository, answer);
    return true;
  }

  async #removeTag(
    repository: Repository,
    tag: string,
    signal: AbortSignal | undefined,
  ): Promise<Fate> {
    const answer = await this.#ask(repository, "DELETE", `tag/${tag}`, signal);
    if (answer.status < 300) return deleted;
    if (answer.status === 404) return absent;
    if (answer.status === 401 || answer.status === 403) throw this.#failed(repository, answer);
    return refused(
      `Quay refused the request: ${answer.status} ${saidBy(answer) ?? ""}`.trimEnd(),
      "check whether the repository is read-only or a mirror, or whether the tag is immutable",
    );
  }

  /**
   * The manifest itself is not deleted here: it disappears with its last tag, or stays because
   * something names it.
   */
  async #fateOf(
    repository: Repository,
    digest: Digest,
    tags: readonly string[],
    ledger: Ledger,
    signal: AbortSignal | undefined,
  ): Promise<Fate> {
    const staying = ledger.staying(tags);
    if (staying.length > 0) {
      return refusedForTags(digest, staying, "Quay keeps a manifest as long as it has a tag");
    }
    if (tags.length > 0) {
      const fates = tags.map((tag) => ledger.fateOf({ tag }));
      return fates.find((fate) => fate?.outcome === "refused") ?? deleted;
    }
    const present = await headManifest(this.#transport, { ...repository, digest }, signal);
    if (present === undefined) return absent;
    return refused(
      `no tag points to ${digest}, and Quay deletes only by tag`,
      "if an index contains the manifest, delete the tags of that index; otherwise, Quay deletes the manifest automatically",
    );
  }

  async #tagsByDigest(
    repository: Repository,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, string[]>();
    for (let page = 1; page <= maxPages; page++) {
      const path = `tag/?onlyActiveTags=true&limit=${pageSize}&page=${page}`;
      const answer = await this.#ask(repository, "GET", path, signal);
      if (answer.status === 404) return found;
      if (answer.status >= 300) throw this.#failed(repository, answer);
      const tags = field(answer.json, "tags");
      const more = field(answer.json, "has_additional");
      if (!Array.isArray(tags) || typeof more !== "boolean") {
        throw this.#api.malformed(answer, "a page of tags");
      }
      for (const tag of tags) {
        const name = textField(tag, "name");
        const digest = textField(tag, "manifest_digest");
        if (name === undefined || digest === undefined) {
          throw this.#api.malformed(answer, "tags with their digests");
        }
        found.set(digest, [...(found.get(digest) ?? []), name]);
      }
      if (!more) return found;
    }
    throw new UsageError(`${formatRepository(repository)} has too many tags to list`, {
      hint: `delete by tag instead of by digest: the limit is ${maxPages * pageSize} tags`,
    });
  }

  async #ask(
    repository: Repository,
    method: "GET" | "PUT" | "DELETE",
    path: string,
    signal: AbortSignal | undefined,
    body?: string,
  ): Promise<ApiAnswer> {
    const base = parseBase(this.#options.apiUrl ?? `https://${repository.host}`, this.#transport);
    return this.#api.ask(repository, {
      method,
      url: new URL(`api/v1/repository/${repository.path}/${path}`, base),
      headers: {
        authorization: `Bearer ${this.#options.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body,
      signal,
    });
  }

  #failed(repository: Repository, answer: ApiAnswer): Error {
    const name = formatRepository(repository);
    if (answer.status === 401) {
      return this.#api.error(
        answer,
        "use an OAuth access token from an application in a Quay organization, not the password of a robot account",
        "Quay rejected the API token",
      );
    }
    if (answer.status === 403) {
      const hint = `give the token the scope repo:write, and give its user write or admin access to ${name}`;
      return this.#api.error(answer, hint, "the API token lacks permission for this");
    }
    return this.#api.error(answer, `check ${name}, and Quay's message`);
  }
}
