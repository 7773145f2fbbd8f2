import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../test/support/scripted-client.ts";
import { FormatError } from "../errors.ts";

describe("listTags", () => {
  it("follows the pages, by relative links and by whole ones", async () => {
    await using r = await scriptedRegistry(({ headers }, seen) => {
      const page = seen.length - 1;
      const next =
        page === 0
          ? "/v2/a/tags/list?n=2&last=b"
          : `http://${headers.host ?? ""}/v2/a/tags/list?n=2&last=d`;
      const body = JSON.stringify({ tags: [["a", "b"], ["c", "d"], ["e"]][page] });
      return {
        status: 200,
        body,
        headers: page < 2 ? { link: `<${next}>; rel="next"` } : {},
      };
    });
    expect(await r.client.listTags({ host: r.host, path: "a" })).toEqual(["a", "b", "c", "d", "e"]);
    expect(r.server.lines()).toEqual([
      "GET /v2/a/tags/list?n=1000",
      "GET /v2/a/tags/list?n=2&last=b",
      "GET /v2/a/tags/list?n=2&last=d",
    ]);
  });

  it("asks nothing of another host, whatever the link says", async () => {
    const link = '<https://elsewhere.example/v2/a/tags/list>; rel="next"';
    await using r = await scriptedRegistry(() => ({
      status: 200,
      body: '{"tags":["a"]}',
      headers: { link },
    }));
    const list = r.client.listTags({ host: r.host, path: "a" });
    await expect(list).rejects.toThrow("on another host, elsewhere.example");
  });

  it("ends where a registry gives the same page for ever", async () => {
    const link = '</v2/a/tags/list?last=a>; rel="next"';
    await using r = await scriptedRegistry(() => ({
      status: 200,
      body: '{"tags":["a"]}',
      headers: { link },
    }));
    expect(await r.client.listTags({ host: r.host, path: "a" })).toEqual(["a"]);
    expect(r.server.seen).toHaveLength(2);
  });

  it("has none where the repository is unknown or lost its last tag", async () => {
    for (const answer of [{ status: 404 }, { status: 200, body: '{"name":"a","tags":null}' }]) {
      await using r = await scriptedRegistry(() => answer);
      expect(await r.client.listTags({ host: r.host, path: "a" })).toEqual([]);
    }
  });

  it("tells what is no tag list", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, body: "<html>" }));
    await expect(r.client.listTags({ host: r.host, path: "a" })).rejects.toBeInstanceOf(
      FormatError,
    );
  });
});
