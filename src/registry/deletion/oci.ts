import type { RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { readError, refusal } from "../transport/failure.ts";
import { headManifest } from "../manifests/manifests.ts";
import { deleteScope } from "../auth/auth.ts";
import type { Transport } from "../transport/transport.ts";
import { quoted } from "../api/provider-api.ts";
import { eachAtOnce } from "../transport/pace/at-once.ts";
import { type Named, removeManifests } from "./family.ts";
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
import { surveyTags } from "./survey.ts";

const workers = 8;

/** The result of a DELETE: done, not found, unsupported, or refused for this target. */
type Outcome = "done" | "absent" | "unsupported" | { readonly refusal: RegistryError };

/**
 * Deletes by the OCI distribution spec 1.1, "Deleting tags" and "Deleting manifests". If a registry
 * cannot delete a single tag (that is optional), the manifest is deleted by its digest, with all of
 * its tags. So that is done only if each of them is to be deleted.
 */
export class OciRemover implements Remover {
  readonly provider = "oci";
  readonly #transport: Transport;
  /** Hosts that turned out to be unable to delete a single tag. */
  readonly #byDigestOnly = new Set<string>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async remove(
    repository: Repository,
    targets: readonly Target[],
    o: RemoveOptions = {},
  ): Promise<readonly Removal[]> {
    const ledger = new Ledger(targets, o);
    const removeTag = async (tag: string): Promise<void> => {
      const fate = await this.#removeTag(repository, tag, o.signal);
      if (fate !== undefined) ledger.settle({ tag }, fate);
    };
    // The first one shows whether tags can be deleted at all.
    const [first, ...rest] = ledger.tags;
    if (first !== undefined) await removeTag(first);
    await eachAtOnce(rest, workers, removeTag);
    await this.#removeByDigest(repository, ledger, o.signal);
    return ledger.removals();
  }

  /** Undefined: it exists, and can only be deleted with its manifest. */
  async #removeTag(
    repository: Repository,
    tag: string,
    signal: AbortSignal | undefined,
  ): Promise<Fate | undefined> {
    if (this.#byDigestOnly.has(repository.host)) return undefined;
    const outcome = await this.#delete(repository, tag, signal);
    if (outcome === "done") return deleted;
    if (typeof outcome === "object") return refusedBy(outcome.refusal);
    // Some answer 404, or 400 with their own code, to everything but a digest: check whether it
    // exists.
    const present = await headManifest(this.#transport, { ...repository, tag }, signal);
    if (present === undefined) return absent;
    this.#byDigestOnly.add(repository.host);
    return undefined;
  }

  async #removeByDigest(
    repository: Repository,
    ledger: Ledger,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const open = ledger.targets.some((target) => ledger.fateOf(target) === undefined);
    if (!open) return;
    const standing = await surveyTags(this.#transport, repository, signal);
    const doomed: Named[] = [];
    const kept: Named[] = [];
    for (const manifest of standing.values()) {
      const { digest, tags } = manifest;
      const staying = ledger.staying(tags);
      const wanted = ledger.digests.has(digest) || staying.length < tags.length;
      if (wanted && staying.length === 0) {
        doomed.push(manifest);
        continue;
      }
      kept.push(manifest);
      if (!wanted) continue;
      const why = "this registry deletes a tag only together with its manifest";
      const how = ledger.digests.has(digest)
        ? "a manifest is deleted along with all of its tags"
        : why;
      ledger.settleManifest(digest, tags, refusedForTags(digest, staying, how));
    }
    doomed.push(...(await this.#untagged(repository, ledger, standing, signal)));
    await removeManifests({
      transport: this.#transport,
      repository,
      doomed,
      kept,
      destroy: async ({ digest }) => this.#destroy(repository, digest, signal),
      onFate: ({ digest, tags }, fate) => ledger.settleManifest(digest, tags, fate),
      signal,
    });
  }

  /** The digests to delete that exist and have no tag. */
  async #untagged(
    repository: Repository,
    ledger: Ledger,
    standing: ReadonlyMap<Digest, Named>,
    signal: AbortSignal | undefined,
  ): Promise<readonly Named[]> {
    const found: Named[] = [];
    for (const digest of ledger.digests) {
      if (standing.has(digest)) continue;
      const present = await headManifest(this.#transport, { ...repository, digest }, signal);
      if (present === undefined) ledger.settle({ digest }, absent);
      else found.push({ digest, mediaType: present.mediaType, tags: [] });
    }
    return found;
  }

  async #destroy(
    repository: Repository,
    digest: Digest,
    signal: AbortSignal | undefined,
  ): Promise<Fate> {
    const outcome = await this.#delete(repository, digest, signal);
    if (outcome === "done") return deleted;
    if (outcome === "absent") return absent;
    if (typeof outcome === "object") return refusedBy(outcome.refusal);
    return refused(
      `${formatRepository(repository)}: deletion is disabled in the registry`,
      "enable deletion in the registry (REGISTRY_STORAGE_DELETE_ENABLED=true for the CNCF registry), or use its own tools",
    );
  }

  async #delete(
    repository: Repository,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const answer = await this.#transport.send({
      method: "DELETE",
      repository,
      scopes: [deleteScope(repository)],
      target: `${repository.path}/manifests/${name}`,
      accept: [200, 202, 204, 400, 404, 405, 409, 412, 423],
      signal,
    });
    const body = answer.peeked ?? (await readError(answer.message));
    const { status, url } = answer;
    if (status < 300) return "done";
    if (status === 404) return "absent";
    // The CNCF registry 2.8 answers 400 DIGEST_INVALID for a tag; the spec has 400 or 405.
    if (status === 400 || status === 405) return "unsupported";
    return { refusal: refusal({ method: "DELETE", url }, status, body) };
  }
}

/** 409, 412 and 423: locked, immutable, or still in use. */
function refusedBy(error: RegistryError): Fate {
  const said = quoted(error.errors.map(({ code, message }) => `${code}: ${message}`).join("; "));
  return refused(
    `the registry refused the request: ${[String(error.status), said].filter((part) => part !== "").join(" ")}`,
    "check whether the tag is locked, immutable, or still in use",
  );
}
