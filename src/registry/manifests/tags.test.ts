import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { FormatError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";

describe("listTags", () => {
  it("follows pages by relative and absolute links", async () => {
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

  it("sends no request to another host, whatever the link", async () => {
    const link = '<https://elsewhere.example/v2/a/tags/list>; rel="next"';
    await using r = await scriptedRegistry(() => ({
      status: 200,
      body: '{"tags":["a"]}',
      headers: { link },
    }));
    const list = r.client.listTags({ host: r.host, path: "a" });
    await expect(list).rejects.toThrow("points to another host, elsewhere.example");
  });

  it("ends if a registry returns the same page forever", async () => {
    const link = '</v2/a/tags/list?last=a>; rel="next"';
    await using r = await scriptedRegistry(() => ({
      status: 200,
      body: '{"tags":["a"]}',
      headers: { link },
    }));
    expect(await r.client.listTags({ host: r.host, path: "a" })).toEqual(["a"]);
    expect(r.server.seen).toHaveLength(2);
  });

  it("finds none if the repository is unknown or has lost its last tag", async () => {
    for (const answer of [{ status: 404 }, { status: 200, body: '{"name":"a","tags":null}' }]) {
      await using r = await scriptedRegistry(() => answer);
      expect(await r.client.listTags({ host: r.host, path: "a" })).toEqual([]);
    }
  });

  it("rejects an answer that is not a tag list", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, body: "<html>" }));
    await expect(r.client.listTags({ host: r.host, path: "a" })).rejects.toBeInstanceOf(
      FormatError,
    );
  });
});

describe("pagesOfTags", () => {
  it("yields pages as they arrive, those after a tag, and requests no more than needed", async () => {
    const link = '</v2/a/tags/list?n=1000&last=d>; rel="next"';
    await using r = await scriptedRegistry(() => ({
      status: 200,
      body: '{"tags":["c","d","d"]}',
      headers: { link },
    }));
    for await (const page of r.client.pagesOfTags({ host: r.host, path: "a" }, { last: "b" })) {
      expect(page).toEqual(["c", "d"]);
      break;
    }
    expect(r.server.lines()).toEqual(["GET /v2/a/tags/list?n=1000&last=b"]);
  });
});

describe("resolveTags", () => {
  const wanted = Array.from({ length: 40 }, (_, n) => `v${n}`);
  const digest = digestOf("manifest");
  const descriptor = { mediaType: mediaTypes.ociIndex, digest, size: 100 };
  const headers = {
    "content-type": mediaTypes.ociIndex,
    "docker-content-digest": digest,
    "content-length": "100",
  };
  /** Has the tags v3 and v30, and lists the given pages, the last without a next one. */
  const registry = (...pages: (readonly string[])[]) =>
    scriptedRegistry(({ method, url }, seen) => {
      if (method === "HEAD")
        return /\/v30?$/.test(url) ? { status: 200, headers } : { status: 404 };
      const page = seen.length - 1;
      const link = `</v2/a/tags/list?last=${page}>; rel="next"`;
      return {
        status: 200,
        body: JSON.stringify({ tags: pages[page] }),
        headers: page + 1 < pages.length ? { link } : {},
      };
    });
  const resolved = new Map([
    ["v3", descriptor],
    ["v30", descriptor],
  ]);

  it("lists many tags once, and requests only the existing ones", async () => {
    await using r = await registry(["other", "v3", "v30"]);
    expect(await r.client.resolveTags({ host: r.host, path: "a" }, wanted)).toEqual(resolved);
    expect(r.server.lines().sort()).toEqual([
      "GET /v2/a/tags/list?n=1000",
      "HEAD /v2/a/manifests/v3",
      "HEAD /v2/a/manifests/v30",
    ]);
  });

  it("requests each of a few tags, without a listing", async () => {
    await using r = await registry();
    const few = ["v3", "v4", "v3"];
    expect(await r.client.resolveTags({ host: r.host, path: "a" }, few)).toEqual(
      new Map([["v3", descriptor]]),
    );
    expect(r.server.lines().sort()).toEqual(["HEAD /v2/a/manifests/v3", "HEAD /v2/a/manifests/v4"]);
  });

  it("requests each once the listing has too many pages", async () => {
    await using r = await registry(["v3"], ["x"], ["y"], ["v30"]);
    expect(await r.client.resolveTags({ host: r.host, path: "a" }, wanted)).toEqual(resolved);
    expect(r.server.lines().filter((line) => line.startsWith("GET"))).toHaveLength(2);
    expect(r.server.lines().filter((line) => line.startsWith("HEAD"))).toHaveLength(40);
  });

  it("requests nothing more from a missing repository", async () => {
    const errors = [{ code: "NAME_UNKNOWN", message: "no such repository" }];
    const body = JSON.stringify({ errors });
    await using r = await scriptedRegistry(() => ({ status: 404, body }));
    expect(await r.client.resolveTags({ host: r.host, path: "a" }, wanted)).toEqual(new Map());
    expect(r.server.seen).toHaveLength(1);
  });

  it("fails if the registry refuses a tag", async () => {
    await using r = await scriptedRegistry(() => ({ status: 403 }));
    const resolve = r.client.resolveTags({ host: r.host, path: "a" }, wanted);
    await expect(resolve).rejects.toMatchObject({ code: "registry", status: 403 });
  });
});

describe("an endless tag list", () => {
  it("is abandoned after 64 MiB", async () => {
    const padding = "x".repeat(110);
    let page = 0;
    await using r = await scriptedRegistry(() => {
      page++;
      const tags = Array.from({ length: 20_000 }, (_, n) => `t${page}-${n}-${padding}`);
      const headers = { link: `</v2/a/tags/list?last=${page}>; rel="next"` };
      return { status: 200, headers, body: JSON.stringify({ tags }) };
    });
    await expect(r.client.listTags({ host: r.host, path: "a" })).rejects.toMatchObject({
      code: "format",
      message: `the tag list of ${r.host}/a is larger than 64 MiB`,
    });
    expect(page).toBeLessThan(30);
  });

  it("may have any number of tags on one page", async () => {
    const many = Array.from({ length: 300_000 }, (_, n) => `t${n}`);
    const body = JSON.stringify({ tags: [...many, "../../other/manifests/x", "", "a b", 5] });
    await using r = await scriptedRegistry(() => ({ status: 200, body }));
    expect(await r.client.listTags({ host: r.host, path: "a" })).toHaveLength(300_000);
  });
});
