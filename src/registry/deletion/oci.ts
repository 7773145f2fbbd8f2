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

/** What a DELETE came to: done, nothing there, not offered, or not for this one. */
type Outcome = "done" | "absent" | "unsupported" | { readonly refusal: RegistryError };

/**
 * Deletes by the OCI distribution spec 1.1, "Deleting tags" and "Deleting manifests". Where a
 * registry does not delete tags by themselves (that is optional), the manifest is deleted by its
 * digest, which takes all of its tags along: so only where each of them is to go.
 */
export class OciRemover implements Remover {
  readonly provider = "oci";
  readonly #transport: Transport;
  /** Hosts that were found not to delete a tag alone. */
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
    // The first tells whether tags can be deleted at all.
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
    // Some say 404, or 400 with a code of their own, to all that is no digest: ask whether it exists.
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
      const why = "this registry deletes tags only with their manifest";
      const how = ledger.digests.has(digest) ? "a manifest goes with all of its tags" : why;
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

  /** Of the digests that were asked for those that exist and that no tag names. */
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
      `${formatRepository(repository)}: the registry deletes nothing`,
      "switch deletion on in the registry (REGISTRY_STORAGE_DELETE_ENABLED=true for the CNCF one), or use its own tools",
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
    // The CNCF registry 2.8 says 400 DIGEST_INVALID to a tag; the spec says 400 or 405.
    if (status === 400 || status === 405) return "unsupported";
    return { refusal: refusal({ method: "DELETE", url }, status, body) };
  }
}

/** 409, 412 and 423: locked, immutable, or still held by something. */
function refusedBy(error: RegistryError): Fate {
  const said = quoted(error.errors.map(({ code, message }) => `${code}: ${message}`).join("; "));
  return refused(
    `the registry refuses: ${[String(error.status), said].filter((part) => part !== "").join(" ")}`,
    "see whether it is locked, immutable, or held by something else",
  );
}
