import type { IncomingMessage } from "node:http";
import { readBounded } from "../../registry/transport/read-bounded.ts";
import { signText } from "../access/tokens/jwt.ts";
import type { Entries } from "./entries.ts";
import { readToken } from "./token.ts";

/** A key and a version have less than 1 KiB. */
const largestCall = 64 << 10;

/** Versions are hashes. */
const longestVersion = 256;

/** What a call came to. */
export type CacheEvent = "hits" | "misses" | "written" | "refused";

/** Status and JSON body. */
export type Answer = readonly [status: number, body: object];

/** The service's methods, Twirp with JSON, for holders of one of our tokens. */
export class Call {
  readonly #entries: Entries;
  readonly #secret: string;
  readonly #url: string;
  readonly #count: (what: CacheEvent) => void;

  constructor(
    entries: Entries,
    { secret, url, count }: { secret: string; url: string; count: (what: CacheEvent) => void },
  ) {
    this.#entries = entries;
    this.#secret = secret;
    this.#url = url;
    this.#count = count;
  }

  async answer(method: string, request: IncomingMessage): Promise<Answer> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const scopes = readToken(this.#secret, token, Date.now());
    if (scopes === undefined)
      return refusal(401, "unauthenticated", "the token was not issued by this service");
    const fields = fieldsOf((await readBounded(request, largestCall)).toString());
    if (fields === undefined) return refusal(400, "malformed", "the body is not a JSON object");
    const text = (name: string): string => {
      const value = fields[name];
      return typeof value === "string" || typeof value === "number" ? `${value}` : "";
    };
    const [key, version] = [text("key"), text("version")];
    if (key === "" || key.length > 512 || key.includes(",") || version === "") {
      return refusal(
        400,
        "invalid_argument",
        "a key must be 1 to 512 characters long and cannot contain commas",
      );
    }
    if (version.length > longestVersion) {
      const said = `a version can have up to ${longestVersion} characters`;
      return refusal(400, "invalid_argument", said);
    }
    if (method === "GetCacheEntryDownloadURL") {
      const given: unknown = fields["restore_keys"];
      const prefixes = Array.isArray(given) ? given.filter((it) => typeof it === "string") : [];
      const found = this.#entries.find(scopes, version, key, prefixes);
      this.#count(found === undefined ? "misses" : "hits");
      if (found === undefined) return [200, { ok: false }];
      const signed_download_url = this.#signed(found.id, "r");
      return [200, { ok: true, signed_download_url, matched_key: found.key }];
    }
    const ref = scopes.findLast(({ writes }) => writes)?.ref;
    if (ref === undefined) {
      this.#count("refused");
      return refusal(403, "permission_denied", "the token is read-only");
    }
    if (method === "CreateCacheEntry") {
      const id = this.#entries.reserve({ ref, key, version });
      if (id === undefined) {
        const said = "cache entry with the same key, version, and scope already exists";
        return refusal(409, "already_exists", said);
      }
      return [200, { ok: true, signed_upload_url: this.#signed(id, "w") }];
    }
    if (method === "FinalizeCacheEntryUpload") {
      const entry = await this.#entries.finish({ ref, key, version }, Number(text("size_bytes")));
      if (entry === undefined) return [200, { ok: false }];
      this.#count("written");
      return [200, { ok: true, entry_id: `${entry.number}` }];
    }
    return refusal(404, "bad_route", `unknown method ${method}`);
  }

  #signed(id: string, right: "r" | "w"): string {
    return `${this.#url}blobs/${id}?sp=${right}&sig=${signText(`${id} ${right}`, this.#secret)}`;
  }
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function refusal(status: number, code: string, msg: string): Answer {
  return [status, { code, msg }];
}
