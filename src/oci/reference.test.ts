import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import {
  formatReference,
  formatRepository,
  isLoopback,
  isRepositoryPath,
  parseReference,
  parseRepository,
  sameRepository,
} from "./reference.ts";

const sha256 = `sha256:${"a".repeat(64)}`;
const sha512 = `sha512:${"b".repeat(128)}`;

function problemOf(run: () => unknown): { message: string; hint: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return { message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseReference", () => {
  it.each([
    ["alpine", { host: "docker.io", path: "library/alpine" }],
    ["alpine:3.20", { host: "docker.io", path: "library/alpine", tag: "3.20" }],
    ["acme/app", { host: "docker.io", path: "acme/app" }],
    ["docker.io/alpine", { host: "docker.io", path: "library/alpine" }],
    ["docker.io/acme/app:1", { host: "docker.io", path: "acme/app", tag: "1" }],
    ["index.docker.io/alpine", { host: "docker.io", path: "library/alpine" }],
    ["index.docker.io/acme/app", { host: "docker.io", path: "acme/app" }],
    ["docker.io", { host: "docker.io", path: "library/docker.io" }],
    ["localhost", { host: "docker.io", path: "library/localhost" }],
    ["localhost/app", { host: "localhost", path: "app" }],
    ["localhost:5000/app:tag", { host: "localhost:5000", path: "app", tag: "tag" }],
    ["127.0.0.1:5000/a/b/c", { host: "127.0.0.1:5000", path: "a/b/c" }],
    ["[::1]:5000/app", { host: "[::1]:5000", path: "app" }],
    ["[fe80::1]/app:x", { host: "[fe80::1]", path: "app", tag: "x" }],
    ["ghcr.io/acme/app", { host: "ghcr.io", path: "acme/app" }],
    ["registry:5000/app", { host: "registry:5000", path: "app" }],
    // Docker treats a first part in upper case as a host, since no repository name may have any.
    ["Registry/app", { host: "Registry", path: "app" }],
    ["acme/a__b.c---d", { host: "docker.io", path: "acme/a__b.c---d" }],
    [`alpine@${sha256}`, { host: "docker.io", path: "library/alpine", digest: sha256 }],
    [`q.io/a/b:t@${sha512}`, { host: "q.io", path: "a/b", tag: "t", digest: sha512 }],
    [`a:${"x".repeat(128)}`, { host: "docker.io", path: "library/a", tag: "x".repeat(128) }],
  ])("reads %s", (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ["", '"library/" is not a repository name'],
    [":tag", '"library/:tag" is not a repository name'],
    ["a:", '"" is not a tag'],
    ["a:.hidden", '".hidden" is not a tag'],
    ["a:-x", '"-x" is not a tag'],
    [`a:${"x".repeat(129)}`, `"${"x".repeat(129)}" is not a tag`],
    ["a:b:c", '"library/a:b" is not a repository name'],
    ["ghcr.io/", '"" is not a repository name'],
    ["ghcr.io//app", '"/app" is not a repository name'],
    ["ghcr.io/acme/", '"acme/" is not a repository name'],
    ["/app", '"/app" is not a repository name'],
    ["a/../b", '"a/../b" is not a repository name'],
    ["acme/a___b", '"acme/a___b" is not a repository name'],
    ["acme/-a", '"acme/-a" is not a repository name'],
    ["acme/a b", '"acme/a b" is not a repository name'],
    ["acme/app\n", '"acme/app\n" is not a repository name'],
    ["https://ghcr.io/acme/app", '"https:" is not a host'],
    ["-x.io/app", '"-x.io" is not a host'],
    ["a..b/app", '"a..b" is not a host'],
    ["ghcr.io:port/app", '"ghcr.io:port" is not a host'],
    ["[::1/app", '"[::1" is not a host'],
    ["::1/app", '"::1" is not a host'],
    ["a@sha256:abc", '"sha256:abc" is not a digest'],
    [`a@${sha256.toUpperCase()}`, `"${sha256.toUpperCase()}" is not a digest`],
    [`a@${sha256}@${sha256}`, `"${sha256}@${sha256}" is not a digest`],
    [`a@md5:${"a".repeat(32)}`, `"md5:${"a".repeat(32)}" is not a digest`],
  ])("rejects %j, and names the invalid part", (text, why) => {
    expect(problemOf(() => parseReference(text)).message).toBe(
      `"${text}" is not an image reference: ${why}`,
    );
  });

  it("suggests the lowercase name", () => {
    expect(problemOf(() => parseReference("ghcr.io/Acme/App"))).toEqual({
      message: '"ghcr.io/Acme/App" is not an image reference: "Acme/App" is not a repository name',
      hint: "use lowercase: acme/app",
    });
  });

  it("rejects a name that is longer than Docker allows", () => {
    const name = "a".repeat(255 - "ghcr.io/".length);
    expect(parseReference(`ghcr.io/${name}`).path).toBe(name);
    expect(problemOf(() => parseReference(`ghcr.io/${name}a`)).message).toContain(
      "is not a repository name",
    );
  });

  it("parses what it formats", () => {
    const host = fc.constantFrom("docker.io", "ghcr.io", "localhost:5000", "[::1]:5000", "Up");
    const path = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8}){0,2}\/[a-z0-9]{1,8}$/);
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
    const digest = fc.constantFrom(sha256, sha512);
    const parts = fc.record({ host, path, tag, digest }, { requiredKeys: ["host", "path"] });
    fc.assert(
      fc.property(parts, ({ host, path, tag, digest }) => {
        const text = `${host}/${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
        expect(formatReference(parseReference(text))).toBe(text);
      }),
    );
  });
});

describe("parseRepository", () => {
  it("accepts a bare name", () => {
    expect(parseRepository("ghcr.io/acme/app")).toEqual({ host: "ghcr.io", path: "acme/app" });
    expect(formatRepository(parseRepository("app"))).toBe("docker.io/library/app");
  });

  it.each(["ghcr.io/acme/app:1", `ghcr.io/acme/app@${sha256}`])("refuses %s", (text) => {
    expect(problemOf(() => parseRepository(text))).toEqual({
      message: `"${text}" is not an image reference: a repository name cannot include a tag or digest`,
      hint: "use ghcr.io/acme/app",
    });
  });
});

describe("isLoopback", () => {
  it.each([
    "localhost",
    "LOCALHOST:5000",
    "registry.localhost:80",
    "127.0.0.1",
    "127.1.2.3:5000",
    "[::1]",
    "[::1]:5000",
  ])("is true of %s", (host) => expect(isLoopback(host)).toBe(true));

  it.each([
    "ghcr.io",
    "localhost.example.com",
    "notlocalhost",
    "127.0.0.1.example.com",
    "128.0.0.1",
    "10.127.0.0:5000",
    "[::2]",
    "0.0.0.0",
  ])("is false of %s", (host) => expect(isLoopback(host)).toBe(false));
});

describe("isRepositoryPath", () => {
  it.each([
    ["acme/app", true],
    ["app", true],
    ["Acme/app", false],
    ["acme//app", false],
    ["", false],
    ["a".repeat(256), false],
  ])("of %s is %s", (text, expected) => expect(isRepositoryPath(text)).toBe(expected));
});

describe("sameRepository", () => {
  it("compares only host and path", () => {
    const app = parseReference("ghcr.io/acme/app:1");
    expect(sameRepository(app, parseReference("ghcr.io/acme/app:2"))).toBe(true);
    expect(sameRepository(app, parseReference("quay.io/acme/app:1"))).toBe(false);
    expect(sameRepository(app, parseReference("ghcr.io/acme/other:1"))).toBe(false);
  });
});
