import { FormatError, UsageError } from "../../errors.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { type ApiAnswer, field, quoted, type ApiContext, textField } from "../api/provider-api.ts";
import { EcrApi, type EcrOptions, type EcrPlace, needPlace } from "./ecr-api.ts";
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

/** The most images for one BatchDeleteImage. */
const batchSize = 100;
/** The most images in one DescribeImages. */
const pageSize = 1000;
const maxPages = 1000;

/** The registry and repository as the API names them. */
type Names = Readonly<Record<"repositoryName", string> & Partial<Record<"registryId", string>>>;

/**
 * Deletes through ECR's API. Deleting a tag keeps the image's other tags; deleting the last one
 * deletes the image. Deleting by digest would delete all of its tags, so that is done only if each
 * of them is to be deleted. ECR itself keeps what an index contains.
 */
export class EcrRemover implements Remover {
  readonly provider = "ecr";
  readonly #api: EcrApi;

  constructor(context: ApiContext, options: EcrOptions) {
    this.#api = new EcrApi(context, options);
  }

  async remove(
    repository: Repository,
    targets: readonly Target[],
    o: RemoveOptions = {},
  ): Promise<readonly Removal[]> {
    const ledger = new Ledger(targets, o);
    if (targets.length === 0) return [];
    const place = needPlace(repository);
    const { signal } = o;
    const call = (action: string, input: object): Promise<ApiAnswer> =>
      this.#api.call(repository, place, action, { ...input }, signal);
    const names = await this.#names(repository, place, call);
    const tagsOf =
      ledger.digests.size === 0 ? undefined : await this.#images(repository, names, call);
    // A tagged image is deleted with its last tag, so that a tag added meanwhile keeps it.
    const untagged = [...ledger.digests].filter((digest) => tagsOf?.get(digest) === undefined);
    const ids: Target[] = [
      ...[...ledger.tags].map((tag) => ({ tag })),
      ...untagged.map((digest) => ({ digest })),
    ];
    await this.#deleteAll(ids, names, call, (id, fate) => ledger.settle(id, fate));
    for (const digest of ledger.digests) {
      const tags = tagsOf?.get(digest) ?? [];
      if (tags.length > 0) ledger.settle({ digest }, fateOfImage(digest, tags, ledger));
    }
    return ledger.removals();
  }

  /** Tries again to delete the children of indexes, as long as indexes are deleted. */
  async #deleteAll(
    ids: readonly Target[],
    names: Names,
    call: Call,
    settle: (id: Target, fate: Fate) => void,
  ): Promise<void> {
    for (let open = ids; open.length > 0; ) {
      const held: { readonly id: Target; readonly fate: Fate }[] = [];
      for (let start = 0; start < open.length; start += batchSize) {
        const batch = open.slice(start, start + batchSize);
        const imageIds = batch.map((id) =>
          "tag" in id ? { imageTag: id.tag } : { imageDigest: id.digest },
        );
        const answer = await call("BatchDeleteImage", { ...names, imageIds });
        for (const id of batch) {
          const { fate, byIndex } = this.#fateOf(id, answer);
          if (byIndex) held.push({ id, fate });
          else settle(id, fate);
        }
      }
      if (held.length === open.length) {
        for (const { id, fate } of held) settle(id, fate);
        return;
      }
      open = held.map(({ id }) => id);
    }
  }

  #fateOf(id: Target, answer: ApiAnswer): { readonly fate: Fate; readonly byIndex: boolean } {
    const isMeant = (value: unknown): boolean =>
      "tag" in id
        ? textField(value, "imageTag") === id.tag
        : textField(value, "imageDigest") === id.digest;
    const failures = field(answer.json, "failures") ?? [];
    const done = field(answer.json, "imageIds") ?? [];
    if (!Array.isArray(failures) || !Array.isArray(done)) {
      throw this.#api.malformed(answer, "the deleted images");
    }
    const failure: unknown = failures.find((one) => isMeant(field(one, "imageId")));
    if (failure === undefined) {
      if (done.some(isMeant)) return { fate: deleted, byIndex: false };
      throw this.#api.malformed(answer, "a result for each image");
    }
    const code = quoted(textField(failure, "failureCode") ?? "a failure without a code");
    if (code === "ImageNotFound") return { fate: absent, byIndex: false };
    const why = textField(failure, "failureReason");
    const reason = `ECR refused the request: ${code}${why === undefined ? "" : `: ${quoted(why)}`}`;
    const byIndex = code === "ImageReferencedByManifestList";
    const hint = byIndex
      ? "an index contains the image: delete the index as well, or keep both"
      : "check the message from ECR and the repository settings";
    return { fate: refused(reason, hint), byIndex };
  }

  /** The images that have tags. */
  async #images(
    repository: Repository,
    names: Names,
    call: Call,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>();
    let nextToken: string | undefined;
    for (let page = 1; page <= maxPages; page++) {
      const from = nextToken === undefined ? {} : { nextToken };
      const answer = await call("DescribeImages", { ...names, maxResults: pageSize, ...from });
      const details = field(answer.json, "imageDetails");
      if (!Array.isArray(details)) throw this.#api.malformed(answer, "a page of images");
      for (const detail of details) {
        const digest = textField(detail, "imageDigest");
        const tags = field(detail, "imageTags") ?? [];
        if (digest === undefined || !isDigest(digest) || !isTexts(tags)) {
          throw this.#api.malformed(answer, "images with their tags");
        }
        if (tags.length > 0) found.set(digest, [...(found.get(digest) ?? []), ...tags]);
      }
      nextToken = textField(answer.json, "nextToken");
      if (nextToken === undefined || nextToken === "") return found;
    }
    throw new FormatError(`${formatRepository(repository)} has too many images to list`, {
      hint: `delete by tag instead of by digest: the limit is ${maxPages} pages`,
    });
  }

  /**
   * A public repository is `public.ecr.aws/ALIAS/NAME`, but the API takes NAME in the account of
   * the credentials. So check that the alias belongs to that account, or another repository would
   * be deleted.
   */
  async #names(repository: Repository, place: EcrPlace, call: Call): Promise<Names> {
    if (place.registryId !== undefined) {
      return { registryId: place.registryId, repositoryName: repository.path };
    }
    const slash = repository.path.indexOf("/");
    const alias = repository.path.slice(0, Math.max(0, slash));
    const answer = await call("DescribeRegistries", {});
    const registries = field(answer.json, "registries");
    if (!Array.isArray(registries)) throw this.#api.malformed(answer, "the account's registries");
    const own: unknown = registries.find((registry) => {
      const aliases = field(registry, "aliases");
      return Array.isArray(aliases) && aliases.some((one) => textField(one, "name") === alias);
    });
    const registryId = textField(own, "registryId");
    if (slash < 0 || registryId === undefined) {
      throw new UsageError(
        `${formatRepository(repository)} is not a public repository in the account of these credentials`,
        { hint: "check the alias and the credentials" },
      );
    }
    return { registryId, repositoryName: repository.path.slice(slash + 1) };
  }
}

/** The fate of an image, from those of its tags. */
function fateOfImage(digest: Digest, tags: readonly string[], ledger: Ledger): Fate {
  const staying = ledger.staying(tags);
  if (staying.length > 0) {
    return refusedForTags(digest, staying, "ECR deletes an image along with all of its tags");
  }
  const fates = tags.map((tag) => ledger.fateOf({ tag }));
  return fates.find((fate) => fate?.outcome === "refused") ?? deleted;
}

type Call = (action: string, input: object) => Promise<ApiAnswer>;

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
