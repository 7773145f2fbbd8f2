import { FormatError, UsageError } from "../../errors.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { type ApiAnswer, field, type ProviderApi, textField } from "../api/provider-api.ts";

/** One version of a container package: a manifest, and all tags that name it. */
export interface PackageVersion {
  readonly id: number;
  readonly digest: Digest;
  readonly tags: readonly string[];
}

/** GitHub's maximum. */
const pageSize = 100;
const maxPages = 1000;

/** The packages API for one container package: docs.github.com/rest/packages/packages. */
export class GhcrPackage {
  readonly #api: ProviderApi;
  readonly #repository: Repository;
  readonly #base: URL;
  readonly #token: string;
  readonly #signal: AbortSignal | undefined;
  #place: string | undefined;

  constructor(
    api: ProviderApi,
    repository: Repository,
    options: {
      readonly base: URL;
      readonly token: string;
      readonly signal: AbortSignal | undefined;
    },
  ) {
    this.#api = api;
    this.#repository = repository;
    this.#base = options.base;
    this.#token = options.token;
    this.#signal = options.signal;
  }

  /** All versions. Only an empty page ends them: a deletion elsewhere makes a page shorter. */
  async versions(): Promise<readonly PackageVersion[]> {
    const found = new Map<number, PackageVersion>();
    for (let page = 1; page <= maxPages; page++) {
      const answer = await this.#ask("GET", `versions?per_page=${pageSize}&page=${page}`);
      if (answer.status !== 200) throw this.failed(answer);
      if (!Array.isArray(answer.json)) throw this.#api.malformed(answer, "a list of versions");
      if (answer.json.length === 0) return [...found.values()];
      for (const value of answer.json) {
        const version = parseVersion(value);
        if (version === undefined) throw this.#api.malformed(answer, "container versions");
        found.set(version.id, version);
      }
    }
    throw new FormatError(`${formatRepository(this.#repository)} has too many versions to list`, {
      hint: `delete some versions manually first: the limit is ${maxPages * pageSize} versions`,
    });
  }

  /** The current state of a version; undefined if it is gone. */
  async version(id: number): Promise<PackageVersion | undefined> {
    const answer = await this.#ask("GET", `versions/${id}`);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.failed(answer);
    const version = parseVersion(answer.json);
    if (version === undefined) throw this.#api.malformed(answer, "a container version");
    return version;
  }

  async delete(id: number): Promise<ApiAnswer> {
    return this.#ask("DELETE", `versions/${id}`);
  }

  failed(answer: ApiAnswer): Error {
    const name = formatRepository(this.#repository);
    if (answer.status === 401) {
      const hint =
        "use a classic personal access token, or GITHUB_TOKEN in a job with packages: write";
      return this.#api.error(answer, hint, "GitHub rejected the token");
    }
    const hint = `check the name, the token scopes (read:packages and delete:packages), and that the token owner has the admin role in ${name}: GitHub returns 404 if any of these is wrong`;
    return this.#api.error(
      answer,
      hint,
      "the package does not exist, or the token lacks permission",
    );
  }

  async #ask(method: "GET" | "DELETE", path: string): Promise<ApiAnswer> {
    const { name } = split(this.#repository);
    this.#place ??= await this.#findPlace();
    // The slashes in the name are not part of the API's path.
    const target = `${this.#place}/packages/container/${encodeURIComponent(name)}/${path}`;
    return this.#send(method, target);
  }

  /** Packages of organizations and users have different paths; the user's own may be private. */
  async #findPlace(): Promise<string> {
    const { owner } = split(this.#repository);
    const answer = await this.#send("GET", `users/${owner}`);
    if (answer.status !== 200) throw this.failed(answer);
    const type = textField(answer.json, "type");
    if (type === "Organization") return `orgs/${owner}`;
    if (type !== "User") throw this.#api.malformed(answer, "the type of the owner");
    const self = await this.#send("GET", "user");
    // A workflow's token has no user: 403.
    const login = self.status === 200 ? textField(self.json, "login") : undefined;
    return login?.toLowerCase() === owner.toLowerCase() ? "user" : `users/${owner}`;
  }

  #send(method: "GET" | "DELETE", path: string): Promise<ApiAnswer> {
    return this.#api.ask(this.#repository, {
      method,
      url: new URL(path, this.#base),
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${this.#token}`,
        "x-github-api-version": "2022-11-28",
      },
      signal: this.#signal,
    });
  }
}

/** `ghcr.io/acme/app/cpu` is the package `app/cpu` of `acme`. */
function split(repository: Repository): { readonly owner: string; readonly name: string } {
  const slash = repository.path.indexOf("/");
  if (slash < 0) {
    throw new UsageError(`${formatRepository(repository)} is not a package name`, {
      hint: `write ${repository.host}/OWNER/NAME`,
    });
  }
  return { owner: repository.path.slice(0, slash), name: repository.path.slice(slash + 1) };
}

function parseVersion(value: unknown): PackageVersion | undefined {
  const id = field(value, "id");
  const digest = textField(value, "name");
  const tags = field(field(field(value, "metadata"), "container"), "tags");
  if (typeof id !== "number" || !Number.isSafeInteger(id)) return undefined;
  if (digest === undefined || !isDigest(digest) || !Array.isArray(tags)) return undefined;
  const names = tags.filter((tag) => typeof tag === "string");
  return names.length === tags.length ? { id, digest, tags: names } : undefined;
}
