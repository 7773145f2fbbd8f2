import { describe, expect, it } from "vitest";
import { FormatError, UsageError } from "../errors.ts";
import {
  algorithmOf,
  type Digest,
  digestOf,
  hasherFor,
  hexOf,
  isDescriptorDigest,
  isDigest,
  parseDigest,
} from "./digest.ts";

/** Of the text "abc": FIPS 180-2, appendix B.1 and C.1. */
const hex256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const hex512 =
  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

describe("digestOf", () => {
  it("is the sha256 of bytes or of UTF-8 text", () => {
    expect(digestOf("abc")).toBe(`sha256:${hex256}`);
    expect(digestOf(Buffer.from("abc"))).toBe(`sha256:${hex256}`);
    expect(digestOf("é")).toBe(digestOf(Buffer.from([0xc3, 0xa9])));
  });
});

describe("isDescriptorDigest", () => {
  it.each([
    [`sha256:${hex256}`, true],
    [`sha512:${hex512}`, true],
    ["sha256+b64:LCa0a2j/xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564=".replace("/", "_"), true],
    ["multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", true],
    ["blake3:abc", true],
    [`sha256:${hex256.slice(1)}`, false],
    [`sha256:${hex256.toUpperCase()}`, false],
    ["sha256+:abc", false],
    ["SHA1:abc", false],
    ["abc", false],
    ["a:", false],
    [":a", false],
    ["a:b/c", false],
    ["../a:b", false],
  ])("of %j is %s", (text, expected) => expect(isDescriptorDigest(text)).toBe(expected));
});

describe("hasherFor", () => {
  it("names the digest if it cannot compute the algorithm", () => {
    const digest: Digest = "sha256+b64:abc=";
    expect(() => hasherFor(digest)).toThrow(
      new FormatError("cannot verify sha256+b64:abc=: only sha256 and sha512 are supported"),
    );
  });
});

describe("parseDigest", () => {
  it("splits sha256 and sha512 digests", () => {
    const [short, long] = [parseDigest(`sha256:${hex256}`), parseDigest(`sha512:${hex512}`)];
    expect([algorithmOf(short), hexOf(short)]).toEqual(["sha256", hex256]);
    expect([algorithmOf(long), hexOf(long)]).toEqual(["sha512", hex512]);
  });

  it.each([
    "",
    hex256,
    `sha256:${hex256.slice(1)}`,
    `sha256:${hex256}0`,
    `sha256:${hex256.toUpperCase()}`,
    `sha512:${hex256}`,
    `sha1:${hex256}`,
    ` sha256:${hex256}`,
    `sha256:${hex256}\n`,
    `sha256:${"g".repeat(64)}`,
  ])("refuses %j", (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(
      new UsageError(`"${text}" is not a digest`, {
        hint: "use sha256: followed by 64 lowercase hexadecimal digits",
      }),
    );
  });
});

describe("hasherFor", () => {
  it.each([`sha256:${hex256}`, `sha512:${hex512}`])("hashes pieces as %s does", (text) => {
    const hasher = hasherFor(parseDigest(text));
    hasher.update(Buffer.from("a"));
    hasher.update(Buffer.from("bc"));
    expect(hasher.digest()).toBe(text);
  });
});
