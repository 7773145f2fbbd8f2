import { digestOf } from "../../../src/oci/digest.ts";
import type { Random } from "../differential/random.ts";
import { contentOf, imageOf, indexOf, poolContents, repositories } from "./contents.ts";
import { type Attempt, digestIn, type Effects, type Known, type Ledger } from "./ledger.ts";
import type { Answer, Body, Client } from "./requests.ts";

/** A request that the connection broke under. */
export class Unanswered extends Error {}

interface WriterOptions {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly random: Random;
  /** The repository that it alone changes. */
  readonly name: string;
}

const tags = ["v1", "v2", "v3", "v4", "v5", "v6"] as const;
/** A repository that has more is thinned out. */
const mostManifests = 12;
const octets = "application/octet-stream";
let fresh = 0;

/** Changes one repository at random, as clients do, and enters each answer into the ledger. */
export class Writer {
  readonly #client: Client;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #name: string;

  constructor({ client, ledger, random, name }: WriterOptions) {
    this.#client = client;
    this.#ledger = ledger;
    this.#random = random;
    this.#name = name;
  }

  /** Does one thing. Throws if it is answered as it must not be. */
  step(): Promise<void> {
    const manifests = this.#there("manifest");
    if (manifests.length > mostManifests) return this.#deleteManifest(manifests, 4);
    const at = this.#random.next();
    if (at < 0.4) return this.#pushImage();
    if (at < 0.47) return this.#pushIndex(manifests);
    if (at < 0.55) return this.#tagAgain(manifests);
    if (at < 0.7) return this.#pushBlob(this.#random.pick(poolContents));
    if (at < 0.76) return this.#mount();
    if (at < 0.82) return this.#deleteTag();
    if (at < 0.88) return this.#deleteManifest(manifests);
    if (at < 0.96) return this.#deleteBlob();
    return this.#leaveUpload();
  }

  async #pushImage(): Promise<void> {
    const config = this.#freshContent(200);
    const layers = Array.from({ length: 1 + this.#random.below(3) }, () => this.#content());
    await Promise.all([config, ...layers].map((content) => this.#pushBlob(content)));
    await this.#putManifest(imageOf(config, layers));
  }

  async #pushIndex(manifests: readonly string[]): Promise<void> {
    const [first, second] = [this.#pick(manifests), this.#pick(manifests)];
    if (first === undefined || second === undefined) return this.#pushImage();
    const children = [...new Set([first, second])].flatMap((key) => {
      const known = this.#ledger.manifests.get(digestIn(key));
      return known === undefined ? [] : [known];
    });
    await this.#putManifest(indexOf(children, fresh++));
  }

  async #tagAgain(manifests: readonly string[]): Promise<void> {
    const known = this.#ledger.manifests.get(digestIn(this.#pick(manifests) ?? ""));
    if (known !== undefined) await this.#putManifest(known);
  }

  /** Under a tag, under two, or under none. */
  async #putManifest(known: Known): Promise<void> {
    const digest = digestOf(known.bytes);
    this.#ledger.manifests.set(digest, known);
    const [first, second] = [this.#random.pick(tags), this.#random.pick(tags)];
    const [reference, given] = this.#random.pick([
      [first, [first]],
      [first, [first]],
      [`${digest}?tag=${first}&tag=${second}`, [first, second]],
      [digest, []],
    ]);
    const effects = new Map<string, string>([[this.#key("manifest", digest), "there"]]);
    for (const tag of given) effects.set(this.#key("tag", tag), digest);
    const attempt = this.#ledger.begin(effects);
    const parts = known.parts.map((part) =>
      this.#ledger.manifests.has(part) ? this.#key("manifest", part) : this.#key("blob", part),
    );
    const body = { bytes: known.bytes, type: known.mediaType };
    const answer = await this.#send("PUT", `manifests/${reference}`, body);
    if (answer.status === 201) {
      attempt.done(parts);
      return;
    }
    // A collection may have deleted a part of it, and nothing else.
    if (answer.status !== 404 || parts.every((part) => this.#ledger.has(part))) {
      throw unexpected("PUT", reference, answer);
    }
    attempt.refused();
  }

  async #pushBlob(content: Buffer): Promise<void> {
    const digest = digestOf(content);
    const attempt = this.#ledger.begin(new Map([[this.#key("blob", digest), "there"]]));
    const body = { bytes: content, type: octets };
    const form = this.#random.below(3);
    if (form === 0) {
      const answer = await this.#send("POST", `blobs/uploads/?digest=${digest}`, body);
      end(attempt, answer, [201, "POST", digest]);
      return;
    }
    let upload = await this.#begin("");
    if (form === 1) {
      const half = content.length >> 1;
      const answer = await this.#raw("PATCH", upload, {
        ...body,
        bytes: content.subarray(0, half),
      });
      if (answer.status !== 202) throw unexpected("PATCH", digest, answer);
      upload = answer.location;
      body.bytes = content.subarray(half);
    }
    const answer = await this.#raw("PUT", `${upload}?digest=${digest}`, body);
    end(attempt, answer, [201, "PUT", digest]);
  }

  async #mount(): Promise<void> {
    const from = this.#random.pick(repositories);
    const digest = digestIn(this.#pick(this.#ledger.keys("blob", from)) ?? "");
    if (digest === "") return;
    const attempt = this.#ledger.begin(new Map([[this.#key("blob", digest), "there"]]));
    const query = `mount=${digest}&from=${from}`;
    const answer = await this.#send("POST", `blobs/uploads/?${query}`);
    if (answer.status === 201) {
      attempt.done();
      return;
    }
    // The other repository did not have it any more: an upload has begun, and is not wanted.
    if (answer.status !== 202) throw unexpected("POST", query, answer);
    attempt.refused();
    await this.#raw("DELETE", answer.location);
  }

  async #deleteTag(): Promise<void> {
    const key = this.#pick(this.#there("tag"));
    if (key === undefined) return;
    await this.#delete(`manifests/${digestIn(key)}`, new Map([[key, undefined]]));
  }

  /** One of the oldest that no other refers to; its tags go with it. */
  async #deleteManifest(manifests: readonly string[], oldest?: number): Promise<void> {
    const referred = this.#referred();
    const alone = manifests.filter((one) => !referred.has(digestIn(one)));
    const key = this.#pick(alone.slice(0, oldest));
    if (key === undefined) return this.#deleteTag();
    const digest = digestIn(key);
    const effects = new Map<string, undefined>([[key, undefined]]);
    for (const tag of this.#there("tag")) {
      if (this.#ledger.allowed(tag).includes(digest)) effects.set(tag, undefined);
    }
    await this.#delete(`manifests/${digest}`, effects);
  }

  /** One that no manifest refers to. */
  async #deleteBlob(): Promise<void> {
    const referred = this.#referred();
    const key = this.#pick(this.#there("blob").filter((one) => !referred.has(digestIn(one))));
    if (key === undefined) return;
    await this.#delete(`blobs/${digestIn(key)}`, new Map([[key, undefined]]));
  }

  async #delete(path: string, effects: Effects): Promise<void> {
    const [asked = ""] = effects.keys();
    const isSure = this.#ledger.has(asked);
    const attempt = this.#ledger.begin(effects);
    const answer = await this.#send("DELETE", path);
    // What a collection deleted is gone as well.
    const wasCollected = !isSure || (!asked.startsWith("tag ") && attempt.metCollection());
    if (answer.status !== 202 && !(answer.status === 404 && wasCollected))
      throw unexpected("DELETE", path, answer);
    attempt.done();
  }

  /** An upload that nobody ends. */
  async #leaveUpload(): Promise<void> {
    const upload = await this.#begin("");
    const answer = await this.#raw("PATCH", upload, { bytes: this.#content(), type: octets });
    if (answer.status !== 202) throw unexpected("PATCH", upload, answer);
  }

  async #begin(query: string): Promise<string> {
    const answer = await this.#send("POST", `blobs/uploads/${query}`);
    if (answer.status !== 202) throw unexpected("POST", query, answer);
    return answer.location;
  }

  /** A layer: every fifth one is large, and every fourth one has others as well. */
  #content(): Buffer {
    if (this.#random.chance(0.25)) return this.#random.pick(poolContents);
    const isLarge = this.#random.chance(0.2);
    return this.#freshContent(isLarge ? 66_000 + this.#random.below(300_000) : 20_000);
  }

  #freshContent(bytes: number): Buffer {
    return contentOf(`${this.#random.next()} ${fresh++}`, 1 + this.#random.below(bytes));
  }

  /** What the repository may have, the oldest first. */
  #there(kind: "blob" | "manifest" | "tag"): readonly string[] {
    return this.#ledger.keys(kind, this.#name).filter((key) => this.#ledger.mayHave(key));
  }

  /** All that manifests refer to that the repository may have. */
  #referred(): ReadonlySet<string> {
    const manifests = this.#there("manifest").map(digestIn);
    return new Set(manifests.flatMap((digest) => this.#ledger.manifests.get(digest)?.parts ?? []));
  }

  #key(kind: "blob" | "manifest" | "tag", what: string): string {
    return `${kind} ${this.#name} ${what}`;
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.#random.pick(list);
  }

  #send(method: string, path: string, body?: Body): Promise<Answer> {
    return this.#raw(method, `/v2/${this.#name}/${path}`, body);
  }

  async #raw(method: string, path: string, body?: Body): Promise<Answer> {
    try {
      return await this.#client.send(method, path, body);
    } catch (cause) {
      throw new Unanswered(`${method} ${path} was not answered: ${String(cause)}`, { cause });
    }
  }
}

function end(
  attempt: Attempt,
  answer: Answer,
  [status, method, what]: readonly [number, string, string],
): void {
  if (answer.status !== status) throw unexpected(method, what, answer);
  attempt.done();
}

function unexpected(method: string, what: string, { status, body }: Answer): Error {
  return new Error(`${method} ${what} was answered with ${status}: ${body.toString()}`);
}
