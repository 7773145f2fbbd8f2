import { describe, expect, it } from "vitest";
import { isRemoteContext, parseGitQuery, remoteKind } from "./remote-source.ts";

describe("remoteKind", () => {
  it.each([
    ["https://example.com/repo.git", "git"],
    ["https://example.com/repo.git?ref=main#:sub", "git"],
    ["HTTP://example.com/repo.git", "git"],
    ["https://example.com/repo%2Egit", "git"],
    ["git://example.com/x", "git"],
    ["SSH://git@example.com/x", "git"],
    ["git@example.com:acme/app", "git"],
    ["user@host:/srv/x.git", "git"],
    ["user@host:", "git"],
    ["https://raw.git", "http"],
    ["https://raw.git?x=/a.git", "http"],
    ["https://example.com/repo.git/", "http"],
    ["http://example.com/data.tar.gz", "http"],
    ["HTTP://example.com/data.tar.gz", undefined],
    ["ftp://example.com/x", undefined],
    ["./user@host:x", undefined],
    ["a/user@host:x", undefined],
    ["github.com/acme/app", undefined],
    ["src", undefined],
    ["", undefined],
  ])("of %j is %s", (source, kind) => expect(remoteKind(source)).toBe(kind));
});

describe("isRemoteContext", () => {
  it.each([
    ["user@host:/srv/x.git", true],
    ["github.com/acme/app", true],
    ["docker-image://alpine", true],
    ["oci-layout://folder", true],
    ["target:other", true],
    ["-", true],
    ["/abs", false],
    ["ftp://example.com/x", false],
  ])("of %j is %s", (context, expected) => expect(isRemoteContext(context)).toBe(expected));
});

describe("parseGitQuery", () => {
  it("reads the parameters that BuildKit knows", () => {
    const query = "ref=main&subdir=a&commit=abc&keep-git-dir&submodules=false&mtime=commit";
    expect([...parseGitQuery(`https://x/a.git?${query}`)]).toEqual([
      ["ref", "main"],
      ["subdir", "a"],
      ["commit", "abc"],
      ["keep-git-dir", ""],
      ["submodules", "false"],
      ["mtime", "commit"],
    ]);
    expect([...parseGitQuery("git@x:a.git?tag=v1#refs/tags/v1:a/b")]).toEqual([["tag", "v1"]]);
  });

  it.each([
    ["bogus=1", "unknown parameter bogus"],
    ["ref=", "ref has no value"],
    ["ref=a&ref=b", "ref is set twice"],
    ["submodules=maybe", "submodules must be true or false"],
    ["mtime=now", "mtime must be checkout or commit"],
    ["ref=a#b", "it specifies multiple refs: b and a"],
    ["tag=a&branch=a", "it specifies multiple refs: refs/tags/a and refs/heads/a"],
    ["subdir=a#:b", "it specifies two different folders"],
  ])("refuses %s", (query, why) => {
    expect(() => parseGitQuery(`https://x/a.git?${query}`)).toThrow(
      `invalid git address https://x/a.git?${query}: ${why}`,
    );
  });
});
