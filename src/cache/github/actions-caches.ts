import { FormatError } from "../../errors.ts";
import {
  type ApiAnswer,
  field,
  parseBase,
  ProviderApi,
  type ApiContext,
  textField,
} from "../../registry/api/provider-api.ts";
import { githubDeletionMs, Pace, sleepFor } from "../../registry/api/pace.ts";

/** An entry in a repository's GitHub Actions caches. */
export interface ActionsCache {
  readonly id: number;
  /** `refs/heads/main`, `refs/pull/7/merge` */
  readonly ref: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly lastAccessedAt: string;
}

/** How much a repository's caches use, and how much they may use. Bytes. */
export interface ActionsCacheUsage {
  readonly bytes: number;
  readonly count: number;
  /** GitHub's default, 10 GB, if the token may not read it. */
  readonly allowance: number;
}

export interface ActionsCachesOptions extends ApiContext {
  /** `owner/name` */
  readonly repository: string;
  /** A workflow's token with `actions: write`, or a user's token with the scope `repo`. */
  readonly token: string;
  /** `https://api.github.com` by default. */
  readonly apiUrl?: string | undefined;
}

const pageSize = 100;
const maxPages = 1000;
const defaultAllowance = 10e9;

/**
 * A repository's caches through GitHub's REST API (docs.github.com/rest/actions/cache): entries of
 * actions/cache and of BuildKit's `type=gha` alike. Every call throws a registry error if GitHub
 * refuses or fails.
 */
export class ActionsCaches {
  readonly #api: ProviderApi;
  readonly #base: URL;
  readonly #repository: string;
  readonly #token: string;
  readonly #pace: Pace;
  readonly #signal: AbortSignal | undefined;
  #branchesSeen: Promise<void> | undefined;

  /** Throws a usage error if a token may not be sent to the API's address. */
  constructor(options: ActionsCachesOptions, signal?: AbortSignal) {
    const { transport, sleep = sleepFor, clock = Date.now } = options;
    this.#api = new ProviderApi("GitHub", options);
    this.#base = parseBase(options.apiUrl ?? "https://api.github.com", transport);
    this.#repository = options.repository;
    this.#token = options.token;
    this.#pace = new Pace(githubDeletionMs, sleep, clock);
    this.#signal = signal;
  }

  /**
   * All entries. One that is added or deleted during the listing may be missing or listed twice.
   */
  async list(): Promise<readonly ActionsCache[]> {
    const found = new Map<number, ActionsCache>();
    for (let page = 1; page <= maxPages; page++) {
      const path = `actions/caches?per_page=${pageSize}&page=${page}&sort=created_at&direction=asc`;
      const answer = await this.#get(path);
      const list = field(answer.json, "actions_caches");
      if (!Array.isArray(list)) throw this.#api.malformed(answer, "a list of caches");
      for (const value of list) {
        const cache = parseCache(value);
        if (cache === undefined) throw this.#api.malformed(answer, "caches");
        found.set(cache.id, cache);
      }
      if (list.length < pageSize) return [...found.values()];
    }
    throw new FormatError(`${this.#repository} has too many caches to list`, {
      hint: `delete some caches first: the limit is ${maxPages * pageSize}`,
    });
  }

  async usage(): Promise<ActionsCacheUsage> {
    const [answer, limit] = await Promise.all([
      this.#get("actions/cache/usage"),
      this.#ask("GET", "actions/cache/storage-limit"),
    ]);
    const bytes = field(answer.json, "active_caches_size_in_bytes");
    const count = field(answer.json, "active_caches_count");
    if (typeof bytes !== "number" || typeof count !== "number") {
      throw this.#api.malformed(answer, "the usage of caches");
    }
    const gigabytes = limit.status === 200 ? field(limit.json, "max_cache_size_gb") : undefined;
    const allowance = typeof gigabytes === "number" ? gigabytes * 1e9 : defaultAllowance;
    return { bytes, count, allowance };
  }

  /**
   * Whether a branch or tag exists, or a pull request is open. Any other ref counts as live. Throws
   * a registry error if the token cannot see that: GitHub then answers 404, as it does for a
   * deleted branch.
   */
  async isLive(ref: string): Promise<boolean> {
    const pull = /^refs\/pull\/(\d+)\//.exec(ref)?.[1];
    if (pull !== undefined) {
      // Pull requests are closed, never deleted.
      return textField((await this.#get(`pulls/${pull}`)).json, "state") === "open";
    }
    const name = /^refs\/((?:heads|tags)\/.+)$/.exec(ref)?.[1];
    if (name === undefined) return true;
    await (this.#branchesSeen ??= this.#requireBranches());
    return (await this.#get(refPath(name), [404])).status === 200;
  }

  /** False if it was already gone. */
  async delete(id: number): Promise<boolean> {
    await this.#pace.turn(this.#signal);
    const answer = await this.#ask("DELETE", `actions/caches/${id}`);
    if (answer.status === 404) return false;
    if (answer.status >= 300) throw this.#failed(answer);
    return true;
  }

  /** The default branch always exists, so a token that cannot see it cannot see any branch. */
  async #requireBranches(): Promise<void> {
    const repository = await this.#get("");
    const name = textField(repository.json, "default_branch");
    if (name === undefined) throw this.#api.malformed(repository, "a default branch");
    await this.#get(refPath(`heads/${name}`));
  }

  async #get(path: string, accept: readonly number[] = []): Promise<ApiAnswer> {
    const answer = await this.#ask("GET", path);
    if (answer.status === 200 || accept.includes(answer.status)) return answer;
    throw this.#failed(answer);
  }

  #ask(method: "GET" | "DELETE", path: string): Promise<ApiAnswer> {
    const place = `repos/${this.#repository}${path === "" ? "" : `/${path}`}`;
    const url = new URL(place, this.#base);
    return this.#api.ask(
      { host: url.host, path: this.#repository },
      {
        method,
        url,
        headers: {
          authorization: `Bearer ${this.#token}`,
          accept: "application/vnd.github+json",
          "x-github-api-version": "2022-11-28",
        },
        signal: this.#signal,
      },
    );
  }

  #failed(answer: ApiAnswer): Error {
    const hint =
      answer.status === 404
        ? `check the repository name ${this.#repository}, and that the token can read its branches and pull requests (contents: read, pull-requests: read)`
        : "use GITHUB_TOKEN from a job with `permissions: { actions: write, contents: read, pull-requests: read }`";
    return this.#api.error(answer, hint);
  }
}

function refPath(name: string): string {
  return `git/ref/${name.split("/").map(encodeURIComponent).join("/")}`;
}

function parseCache(value: unknown): ActionsCache | undefined {
  const [id, size] = [field(value, "id"), field(value, "size_in_bytes")];
  const [ref, key] = [textField(value, "ref"), textField(value, "key")];
  if (typeof id !== "number" || typeof size !== "number") return undefined;
  if (ref === undefined || key === undefined) return undefined;
  const createdAt = textField(value, "created_at") ?? "";
  return {
    id,
    ref,
    key,
    size,
    createdAt,
    lastAccessedAt: textField(value, "last_accessed_at") ?? createdAt,
  };
}
