import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { artifact, scriptedManifests } from "../../../test/support/scripted-manifests.ts";
import type { Script, SeenRequest } from "../../../test/support/scripted-server.ts";

const ours = artifact({ name: "ours" });
const theirs = artifact({ name: "theirs" });

/** A registry that has our manifest under `twin`, and the outcome of a claim of `tag`. */
async function claiming(
  fault: (request: SeenRequest, tags: Tags) => ReturnType<Script>,
  { before, replaces }: { before?: typeof ours; replaces?: typeof ours } = {},
) {
  const { script, stored } = scriptedManifests((request) => fault(request, { put }));
  const put = (tag: string, what: typeof ours | undefined): void => {
    if (what === undefined) stored.delete(tag);
    else for (const key of [tag, what.descriptor.digest]) stored.set(key, what.push);
  };
  put("twin", ours);
  if (before !== undefined) put("tag", before);
  const r = await scriptedRegistry(script);
  const claim = { ...ours.push, twin: "twin", replaces: replaces?.descriptor.digest };
  const claimed = r.client.claimTag({ host: r.host, path: "a", tag: "tag" }, claim);
  const [result] = await Promise.allSettled([claimed]);
  const lines = r.server.lines();
  await r[Symbol.asyncDispose]();
  return {
    result: result.status === "fulfilled" ? result.value.digest : (result.reason as Error),
    lines,
  };
}

interface Tags {
  readonly put: (tag: string, what: typeof ours | undefined) => void;
}

const serve = { status: 0 };
/** Answers like a registry that honours conditions. */
const honouring =
  (exists: (tag: string) => boolean): ((request: SeenRequest) => { status: number }) =>
  ({ method, url, headers }) =>
    method === "PUT" && headers["if-none-match"] === "*" && exists(url.split("/").at(-1) ?? "")
      ? { status: 412 }
      : serve;

describe("a claim of a tag", () => {
  it("is one conditional PUT if the registry honours conditions", async () => {
    const { result, lines } = await claiming(honouring((tag) => tag === "twin"));
    expect(result).toBe(ours.descriptor.digest);
    expect(lines).toEqual([
      "PUT /v2/a/manifests/twin",
      "HEAD /v2/a/manifests/tag",
      "PUT /v2/a/manifests/tag",
    ]);
  });

  it("gives way to a claim between its look and its PUT", async () => {
    const { result } = await claiming(({ method, url, headers }, { put }) => {
      if (method !== "PUT" || headers["if-none-match"] !== "*") return serve;
      if (url.endsWith("/tag")) put("tag", theirs);
      return { status: 412 };
    });
    expect(result).toBe(theirs.descriptor.digest);
  });

  it("looks again after a while if the registry ignores conditions", async () => {
    let written = false;
    const { result, lines } = await claiming(({ method, url }, { put }) => {
      if (written && method === "HEAD") put("tag", theirs);
      written ||= method === "PUT" && url.endsWith("/tag");
      return serve;
    });
    expect(result).toBe(theirs.descriptor.digest);
    expect(lines.slice(1)).toEqual([
      "HEAD /v2/a/manifests/tag",
      "PUT /v2/a/manifests/tag",
      "HEAD /v2/a/manifests/tag",
    ]);
  });

  it("replaces only what it was told to replace", async () => {
    const replaced = await claiming(() => serve, { before: theirs, replaces: theirs });
    expect(replaced.result).toBe(ours.descriptor.digest);
    const other = artifact({ name: "other" });
    const kept = await claiming(() => serve, { before: other, replaces: theirs });
    expect(kept.result).toBe(other.descriptor.digest);
    expect(kept.lines).not.toContain("PUT /v2/a/manifests/tag");
  });

  it("ends if an image would replace itself", async () => {
    const { result } = await claiming(() => serve, { before: ours, replaces: ours });
    expect(result).toBe(ours.descriptor.digest);
  });

  it("is sent once for each look if the registry fails", async () => {
    let failures = 0;
    const { result, lines } = await claiming(({ method, url }) =>
      method === "PUT" && url.endsWith("/tag") && failures++ < 2 ? { status: 503 } : serve,
    );
    expect(result).toBe(ours.descriptor.digest);
    const named = lines.map((line) => line.replace(" /v2/a/manifests/", " "));
    const puts = named.flatMap((line, at) => (line === "PUT tag" ? [named[at - 1]] : []));
    expect(puts).toEqual(["HEAD tag", "HEAD tag", "HEAD tag"]);
  });

  it("treats a refusal as lost to somebody else, if the tag exists and cannot be moved", async () => {
    const { result } = await claiming(({ method, url }, { put }) => {
      if (method !== "PUT" || !url.endsWith("/tag")) return serve;
      put("tag", theirs);
      return { status: 400, body: '{"errors":[{"code":"TAG_INVALID","message":"immutable"}]}' };
    });
    expect(result).toBe(theirs.descriptor.digest);
  });

  it("fails with the refusal if the tag does not exist", async () => {
    const { result } = await claiming(({ method, url }) =>
      method === "PUT" && url.endsWith("/tag") ? { status: 403 } : serve,
    );
    expect(result).toMatchObject({ code: "registry", status: 403 });
  });

  it("fails if the tag never settles", async () => {
    const { result } = await claiming(({ method, url }, { put }) => {
      if (method === "HEAD" && url.endsWith("/tag")) put("tag", undefined);
      return serve;
    });
    expect(result).toMatchObject({
      code: "registry",
      message: expect.stringMatching(/the tag kept changing: gave up after 5 attempts$/) as string,
    });
  });
});
