import { FormatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { readError } from "../transport/failure.ts";
import { deleteScope } from "../auth/auth.ts";
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
  deleted,
  type Fate,
  Ledger,
  type Removal,
  type RemoveOptions,
  type Remover,
  refused,
  refusedForIndex,
  refusedForTags,
  type Target,
} from "./remover.ts";

export interface DockerHubOptions {
  /** A user, or the organization that the token belongs to. */
  readonly username: string;
  /**
   * A personal or organization access token with permission to read, write and delete; or a
   * password.
   */
  readonly token: string;
  /** `https://hub.docker.com` by default. */
  readonly apiUrl?: string | undefined;
}

/** Docker Hub's own limit. */
const pageSize = 100;
const maxPages = 1000;
const workers = 4;

/** A tag, and the digests of the images in the index that it names. */
interface HubTag {
  readonly name: string;
  readonly digest: string | undefined;
  readonly images: readonly string[];
}

/**
 * Deletes tags through Docker Hub's API, as Docker's own hub-tool does, and manifests through its
 * registry, which deletes none that a tag or index still names
 * (docs.docker.com/reference/api/registry).
 */
export class DockerHubRemover implements Remover {
  readonly provider = "docker-hub";
  readonly #context: ApiContext;
  readonly #options: DockerHubOptions;
  readonly #api: ProviderApi;
  #login: Promise<string> | undefined;

  constructor(context: ApiContext, options: DockerHubOptions) {
    this.#context = context;
    this.#options = options;
    this.#api = new ProviderApi("Docker Hub", context);
  }

  async remove(
    repository: Repository,
    targets: readonly Target[],
    o: RemoveOptions = {},
  ): Promise<readonly Removal[]> {
    const ledger = new Ledger(targets, o);
    await eachAtOnce(ledger.tags, workers, async (tag) => {
      ledger.settle({ tag }, await this.#removeTag(repository, tag, o.signal));
    });
    if (ledger.digests.size === 0) return ledger.removals();
    // The tags that are left: a tag that should have been deleted but still exists keeps its
    // manifest, too.
    const left = await this.#tags(repository, o.signal);
    // The children of an index can be deleted once the index is gone.
    for (let open = [...ledger.digests]; open.length > 0; ) {
      const held: Digest[] = [];
      for (const digest of open) {
        const fate = await this.#removeManifest(repository, digest, left, o.signal);
        if (fate === "held") held.push(digest);
        else ledger.settle({ digest }, fate);
      }
      if (held.length === open.length) {
        for (const digest of held) ledger.settle({ digest }, stillHeld(digest));
        break;
      }
      open = held;
    }
    return ledger.removals();
  }

  async #removeTag(
    repository: Repository,
    tag: string,
    signal: AbortSignal | undefined,
  ): Promise<Fate> {
    const path = `v2/repositories/${repository.path}/tags/${tag}/`;
    const answer = await this.#ask(repository, "DELETE", path, signal);
    if (answer.status < 300) return deleted;
    if (answer.status === 404) return absent;
    if (answer.status === 401 || answer.status === 403) throw this.#failed(repository, answer);
    return refused(
      `Docker Hub refused the request: ${answer.status} ${saidBy(answer) ?? ""}`.trimEnd(),
      "check whether the repository's settings make the tag immutable",
    );
  }

  async #removeManifest(
    repository: Repository,
    digest: Digest,
    left: readonly HubTag[],
    signal: AbortSignal | undefined,
  ): Promise<Fate | "held"> {
    const naming = left.filter((tag) => tag.digest === digest).map(({ name }) => name);
    if (naming.length > 0) {
      return refusedForTags(digest, naming, "Docker Hub keeps a manifest as long as it has a tag");
    }
    const holding = left.filter(({ images }) => images.includes(digest)).map(({ name }) => name);
    if (holding.length > 0) return refusedForIndex(digest, holding);
    const answer = await this.#context.transport.send({
      method: "DELETE",
      repository,
      scopes: [deleteScope(repository)],
      target: `${repository.path}/manifests/${digest}`,
      accept: [200, 202, 204, 403, 404],
      signal,
    });
    await readError(answer.message);
    if (answer.status < 300) return deleted;
    return answer.status === 404 ? absent : "held";
  }

  async #tags(repository: Repository, signal: AbortSignal | undefined): Promise<readonly HubTag[]> {
    const [namespace = "", ...rest] = repository.path.split("/");
    const path = `v2/namespaces/${namespace}/repositories/${rest.join("/")}/tags`;
    const found: HubTag[] = [];
    for (let page = 1; page <= maxPages; page++) {
      const query = `?page_size=${pageSize}&page=${page}`;
      const answer = await this.#ask(repository, "GET", path + query, signal);
      if (answer.status === 404) return found;
      if (answer.status !== 200) throw this.#failed(repository, answer);
      const results = field(answer.json, "results");
      const next = field(answer.json, "next");
      if (!Array.isArray(results)) throw this.#api.malformed(answer, "a page of tags");
      for (const result of results) {
        const tag = parseTag(result);
        if (tag === undefined) throw this.#api.malformed(answer, "tags with their digests");
        found.push(tag);
      }
      if (typeof next !== "string" || next === "") return found;
    }
    throw new FormatError(`${formatRepository(repository)} has too many tags to list`, {
      hint: `delete by tag instead of by digest: the limit is ${maxPages * pageSize} tags`,
    });
  }

  /** Sends a request with a short-lived token, and logs in once more if the token is rejected. */
  async #ask(
    repository: Repository,
    method: "GET" | "DELETE",
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<ApiAnswer> {
    for (let again = false; ; again = true) {
      const login = (this.#login ??= this.#logIn(repository, signal));
      const token = await login.catch((error: unknown) => {
        if (this.#login === login) this.#login = undefined;
        throw error;
      });
      const headers = { authorization: `Bearer ${token}` };
      const url = new URL(path, this.#base());
      const answer = await this.#api.ask(repository, { method, url, headers, signal });
      if (answer.status !== 401 || again) return answer;
      if (this.#login === login) this.#login = undefined;
    }
  }

  async #logIn(repository: Repository, signal: AbortSignal | undefined): Promise<string> {
    const { username, token } = this.#options;
    const answer = await this.#api.ask(repository, {
      method: "POST",
      url: new URL("v2/auth/token", this.#base()),
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ identifier: username, secret: token }),
      signal,
    });
    if (answer.status !== 200) throw this.#failed(repository, answer);
    const access = textField(answer.json, "access_token");
    if (access === undefined || access === "") throw this.#api.malformed(answer, "a token");
    return access;
  }

  #base(): URL {
    return parseBase(this.#options.apiUrl ?? "https://hub.docker.com", this.#context.transport);
  }

  #failed(repository: Repository, answer: ApiAnswer): Error {
    const name = formatRepository(repository);
    const [reason, hint] =
      answer.status === 401
        ? [
            "Docker Hub rejected the user name and token",
            "check both: they must work with `docker login`",
          ]
        : answer.status === 403
          ? [
              "the token lacks permission for this",
              `give the token delete permission, and give its user write access to ${name}`,
            ]
          : [undefined, `check ${name}, and Docker Hub's message`];
    return this.#api.error(answer, hint, reason);
  }
}

/** The registry's 403 has either of these causes. */
function stillHeld(digest: Digest): Fate {
  return refused(
    `Docker Hub refused to delete ${digest}: an index still contains it, or the token lacks delete permission`,
    "first delete any index that contains the manifest, and check that the token has delete permission",
  );
}

function parseTag(value: unknown): HubTag | undefined {
  const name = textField(value, "name");
  const images = field(value, "images");
  if (name === undefined || !Array.isArray(images)) return undefined;
  const digests = images.map((image) => textField(image, "digest"));
  return {
    name,
    // Older tags do not record it: then use their images.
    digest: textField(value, "digest"),
    images: digests.filter((digest) => digest !== undefined),
  };
}
