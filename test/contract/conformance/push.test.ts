// Follows 02_push of v1.1.1 and, of the rewrite, TestBlobAPIs, TestPush, the bad digests and the
// setting `sparse`. See suite.ts.
import { expect } from "vitest";
import {
  type Answer,
  type Api,
  algorithms,
  type Blob,
  codesOf,
  digest,
  expectBlob,
  expectManifest,
  newRepository,
  octets,
  randomBlob,
  tagQuery,
  withDigest,
} from "./api.ts";
import { allContents, Content, nonce, types } from "./content.ts";
import { conformance } from "./suite.ts";

/** Sends a blob in one of the ways that there are; gives the last answer. */
type Way = (api: Api, repository: string, blob: Blob) => Promise<Answer>;

const ways: Readonly<Record<string, Way>> = {
  "in one PUT": async (api, repository, { digest: name, bytes }) =>
    api.call("PUT", withDigest(await api.begin(repository), name), {
      body: bytes,
      headers: octets,
    }),
  "in the POST itself": (api, repository, { digest: name, bytes }) =>
    api.call("POST", `${repository}/blobs/uploads/?digest=${name}`, {
      body: bytes,
      headers: octets,
    }),
  "in a PATCH of unknown length": async (api, repository, { digest: name, bytes }) => {
    const body = new Blob([new Uint8Array(bytes)]).stream();
    const location = await api.begin(repository);
    const patched = await api.call("PATCH", location, { body, headers: octets });
    expect([patched.status, patched.headers.get("range")]).toEqual([202, upTo(bytes.length)]);
    return api.call("PUT", withDigest(patched.location, name), { headers: octets });
  },
  "in a PATCH with its length": async (api, repository, { digest: name, bytes }) => {
    const location = await api.begin(repository);
    const patched = await api.call("PATCH", location, { body: bytes, headers: octets });
    expect(patched.status).toBe(202);
    return api.call("PUT", withDigest(patched.location, name), { headers: octets });
  },
  "in one chunk": (api, repository, blob) => inChunks(api, repository, blob, 1),
  "in three chunks": (api, repository, blob) => inChunks(api, repository, blob, 3),
  "in three chunks, the last with the PUT": (api, repository, blob) =>
    inChunks(api, repository, blob, 3, { lastWithPut: true }),
  "in chunks, with others out of order": (api, repository, blob) =>
    inChunks(api, repository, blob, 3, { outOfOrder: true }),
  "in chunks, with others out of order and the last with the PUT": (api, repository, blob) =>
    inChunks(api, repository, blob, 3, { outOfOrder: true, lastWithPut: true }),
};

conformance("push", (check, api) => {
  for (const algorithm of algorithms) {
    for (const [name, way] of Object.entries(ways)) {
      check(`takes a blob by ${algorithm} ${name}`, async () => {
        const repository = newRepository();
        const blob = randomBlob(3_067, algorithm);
        const answer = await way(api, repository, blob);
        expect(answer.status).toBe(201);
        expect(answer.headers.get("docker-content-digest")).toBe(blob.digest);
        await expectBlob(api, answer.location, blob);
        await expectBlob(api, `${repository}/blobs/${blob.digest}`, blob);
      });

      check(`refuses a blob by ${algorithm} ${name} that is not what it says`, async () => {
        const repository = newRepository();
        const good = randomBlob(3_067, algorithm);
        const bad = { ...good, bytes: Buffer.concat([good.bytes, Buffer.from("oh no")]) };
        const answer = await way(api, repository, bad);
        expect([answer.status, codesOf(answer)]).toEqual([400, ["DIGEST_INVALID"]]);
        const there = await api.call("HEAD", `${repository}/blobs/${good.digest}`);
        expect(there.status).toBe(404);
      });
    }

    for (const name of ["in one PUT", "in the POST itself", "in a PATCH of unknown length"]) {
      check(`takes an empty blob by ${algorithm} ${name}`, async () => {
        const blob = { bytes: Buffer.alloc(0), digest: digest("", algorithm) };
        const answer = await ways[name]?.(api, newRepository(), blob);
        if (answer === undefined) throw new Error("there is no such way");
        expect(answer.status).toBe(201);
        await expectBlob(api, answer.location, blob);
      });
    }

    check(`mounts a blob by ${algorithm} from another repository`, async () => {
      const [from, to] = [newRepository(), newRepository()];
      const blob = randomBlob(512, algorithm);
      await api.pushBlob(from, blob.digest, blob.bytes);
      const path = `${to}/blobs/uploads/?mount=${blob.digest}&from=${encodeURIComponent(from)}`;
      const answer = await api.call("POST", path);
      expect(answer.status).toBe(201);
      expect(new URL(answer.location).pathname).toBe(`/v2/${to}/blobs/${blob.digest}`);
      await expectBlob(api, answer.location, blob);
    });

    check(`mounts a blob by ${algorithm} without being told from where`, async () => {
      const to = newRepository();
      const blob = randomBlob(512, algorithm);
      await api.pushBlob(newRepository(), blob.digest, blob.bytes);
      const answer = await api.call("POST", `${to}/blobs/uploads/?mount=${blob.digest}`);
      expect(answer.status).toBe(201);
      await expectBlob(api, answer.location, blob);
    });

    for (const from of ["&from=conformance/nowhere", ""]) {
      const how = from === "" ? ", without being told from where" : "";
      check(`begins an upload where a blob by ${algorithm} cannot be mounted${how}`, async () => {
        const repository = newRepository();
        const blob = randomBlob(512, algorithm);
        const path = `${repository}/blobs/uploads/?mount=${blob.digest}${from}`;
        const answer = await api.call("POST", path);
        expect(answer.status).toBe(202);
        const url = withDigest(answer.location, blob.digest);
        const put = await api.call("PUT", url, { body: blob.bytes, headers: octets });
        expect(put.status).toBe(201);
        await expectBlob(api, put.location, blob);
      });
    }

    check(`takes the digest's algorithm ${algorithm} at the start`, async () => {
      const repository = newRepository();
      const blob = randomBlob(512, algorithm);
      const path = `${repository}/blobs/uploads/?digest-algorithm=${algorithm}`;
      const begun = await api.call("POST", path);
      const patched = await api.call("PATCH", begun.location, {
        body: blob.bytes,
        headers: octets,
      });
      const put = await api.call("PUT", withDigest(patched.location, blob.digest));
      expect(put.status).toBe(201);
      expect(put.headers.get("docker-content-digest")).toBe(blob.digest);
    });
  }

  check("refuses a digest's algorithm that it does not know at the start", async () => {
    const path = `${newRepository()}/blobs/uploads/?digest-algorithm=md5`;
    const answer = await api.call("POST", path);
    expect([answer.status, codesOf(answer)]).toEqual([400, ["DIGEST_INVALID"]]);
  });

  check("begins an upload with nothing in it", async () => {
    const begun = await api.call("POST", `${newRepository()}/blobs/uploads/`);
    expect([begun.status, begun.headers.get("range")]).toEqual([202, "0-0"]);
    // Where there is a smallest chunk, the registry says so, and in a number.
    expect(begun.headers.get("oci-chunk-min-length") ?? "0").toMatch(/^\d+$/);
    const status = await api.call("GET", begun.location);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-0"]);
  });

  check("takes chunks of a single byte", async () => {
    const blob = randomBlob(5);
    const answer = await inChunks(api, newRepository(), blob, 5);
    expect(answer.status).toBe(201);
    await expectBlob(api, answer.location, blob);
  });

  check("refuses a first chunk that is not the first", async () => {
    const location = await api.begin(newRepository());
    const headers = { ...octets, "content-range": "100-199" };
    const answer = await api.call("PATCH", location, { body: Buffer.alloc(100), headers });
    expect(answer.status).toBe(416);
  });

  check("refuses a chunk that it has already, and says what it has", async () => {
    const repository = newRepository();
    const blob = randomBlob(200);
    const chunk = (start: number, end: number) => ({
      body: blob.bytes.subarray(start, end),
      headers: { ...octets, "content-range": `${start}-${end - 1}` },
    });
    const first = await api.call("PATCH", await api.begin(repository), chunk(0, 100));
    const again = await api.call("PATCH", first.location, chunk(0, 100));
    expect([again.status, again.headers.get("range")]).toEqual([416, "0-99"]);
    const status = await api.call("GET", first.location);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-99"]);
    const put = await api.call("PUT", withDigest(status.location, blob.digest), chunk(100, 200));
    expect(put.status).toBe(201);
    await expectBlob(api, put.location, blob);
  });

  check("refuses a Content-Range that is none with 416", async () => {
    const location = await api.begin(newRepository());
    const headers = { ...octets, "content-range": "the first" };
    const answer = await api.call("PATCH", location, { body: "abc", headers });
    expect(answer.status).toBe(416);
  });

  check("does not know an upload that was cancelled", async () => {
    const location = await api.begin(newRepository());
    expect((await api.call("DELETE", location)).status).toBe(204);
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const answer = await api.call(method, location);
      expect([answer.status, codesOf(answer)]).toEqual([404, ["BLOB_UPLOAD_UNKNOWN"]]);
    }
  });

  check("takes no upload for whole without a digest", async () => {
    const location = await api.begin(newRepository());
    const answer = await api.call("PUT", location, { body: "abc", headers: octets });
    expect([answer.status, codesOf(answer)]).toEqual([400, ["DIGEST_INVALID"]]);
  });

  for (const content of allContents()) {
    check(`takes ${content.name}`, async () => {
      const repository = newRepository();
      for (const [name, bytes] of content.blobs) await api.pushBlob(repository, name, bytes);
      for (const manifest of content.manifests) {
        const path = content.hasTagParameters
          ? `${manifest.digest}?${tagQuery(manifest)}`
          : manifest.digest;
        const named = content.hasTagParameters ? [] : manifest.tags;
        for (const reference of [path, ...named]) {
          const put = await api.putManifest(repository, manifest, reference);
          expect([
            put.status,
            put.headers.get("docker-content-digest"),
            put.headers.get("oci-subject"),
          ]).toEqual([201, manifest.digest, manifest.subject?.digest ?? null]);
          const pushed = (put.headers.get("oci-tag") ?? "").split(", ").filter((tag) => tag !== "");
          expect(pushed).toEqual(
            reference === path && path !== manifest.digest ? manifest.tags : [],
          );
          await expectManifest(api, put.location, manifest);
        }
      }
    });
  }

  check("takes ten tags at once", async () => {
    const repository = newRepository();
    const content = new Content("tagged", { hasTagParameters: true });
    const tags = Array.from({ length: 10 }, (_, index) => `${"v".repeat(120)}-${index}`);
    content.image({ tags });
    await api.push(repository, content);
    const [manifest] = content.manifests;
    if (manifest === undefined) throw new Error("there is no manifest");
    for (const tag of tags) await expectManifest(api, `${repository}/manifests/${tag}`, manifest);
  });

  check("refuses more tags at once than it takes, or a bad one, and moves none", async () => {
    const repository = newRepository();
    const content = new Content("tagged");
    content.image();
    await api.push(repository, content);
    const [manifest] = content.manifests;
    if (manifest === undefined) throw new Error("there is no manifest");
    const many = Array.from({ length: 101 }, (_, index) => `tag=v${index}`).join("&");
    for (const [query, status] of [
      [many, 414],
      ["tag=good&tag=-bad", 400],
    ] as const) {
      const put = await api.putManifest(repository, manifest, `${manifest.digest}?${query}`);
      expect([put.status, codesOf(put)]).toEqual([status, ["TAG_INVALID"]]);
    }
    const listed = await api.call("GET", `${repository}/tags/list`);
    expect(JSON.parse(listed.body.toString())).toEqual({ name: repository, tags: [] });
  });

  for (const [title, length, status] of [
    ["takes a manifest of 4 MiB", 4 << 20, 201],
    ["refuses a manifest that is larger than 4 MiB with 413", (4 << 20) + 1, 413],
  ] as const)
    check(title, async () => {
      const repository = newRepository();
      const content = new Content("padded");
      const config = content.config();
      for (const [digestOfBlob, bytes] of content.blobs) {
        await api.pushBlob(repository, digestOfBlob, bytes);
      }
      const base = { schemaVersion: 2, mediaType: types.image, config, layers: [] };
      const room = length - JSON.stringify({ ...base, annotations: { a: "" } }).length;
      const text = JSON.stringify({ ...base, annotations: { a: "A".repeat(room) } });
      const answer = await api.call("PUT", `${repository}/manifests/large`, {
        body: text,
        headers: { "content-type": types.image },
      });
      expect(answer.status).toBe(status);
      if (status === 413) expect(codesOf(answer)).toEqual(["SIZE_INVALID"]);
    });

  check("refuses a manifest that is not what its digest says", async () => {
    const repository = newRepository();
    const content = new Content("bad digest");
    content.image();
    await api.push(repository, content);
    const [manifest] = content.manifests;
    if (manifest === undefined) throw new Error("there is no manifest");
    const bad = { ...manifest, text: `${manifest.text}  ` };
    const put = await api.putManifest(repository, bad);
    expect([put.status, codesOf(put)]).toEqual([400, ["DIGEST_INVALID"]]);
  });

  check("refuses a manifest whose digest is malformed", async () => {
    const repository = newRepository();
    const content = new Content("malformed digest");
    content.image();
    await api.push(repository, content);
    const [manifest] = content.manifests;
    if (manifest === undefined) throw new Error("there is no manifest");
    const put = await api.putManifest(repository, manifest, "sha256:baddigeststring");
    expect(put.status).toBe(400);
  });

  check("refuses what is no manifest", async () => {
    const headers = { "content-type": types.image };
    const path = `${newRepository()}/manifests/v1`;
    const answer = await api.call("PUT", path, { body: "{", headers });
    expect([answer.status, codesOf(answer)]).toEqual([400, ["MANIFEST_INVALID"]]);
  });

  for (const kind of ["image", "index"] as const) {
    check(`refuses an ${kind} whose parts are not all there (sparse)`, async () => {
      const repository = newRepository();
      const content = new Content("sparse");
      const missing = { mediaType: types.layer, digest: digest(JSON.stringify(nonce())), size: 9 };
      if (kind === "image") content.image({ layers: [content.layer(), missing] });
      else content.index([content.image(), { ...missing, mediaType: types.image }]);
      for (const [name, bytes] of content.blobs) await api.pushBlob(repository, name, bytes);
      const answers: Answer[] = [];
      for (const manifest of content.manifests) {
        answers.push(await api.putManifest(repository, manifest));
      }
      const last = answers.at(-1);
      if (last === undefined) throw new Error("nothing was pushed");
      expect([400, 404]).toContain(last.status);
      expect(codesOf(last)).toContain("MANIFEST_BLOB_UNKNOWN");
      expect(last.body.toString()).toContain(missing.digest);
    });
  }
});

interface ChunkOptions {
  readonly lastWithPut?: boolean;
  /** Before each chunk sends one that is not due, and finds out how far the upload is. */
  readonly outOfOrder?: boolean;
}

async function inChunks(
  api: Api,
  repository: string,
  { digest: name, bytes }: Blob,
  count: number,
  { lastWithPut = false, outOfOrder = false }: ChunkOptions = {},
): Promise<Answer> {
  const size = Math.ceil(bytes.length / count);
  const send = (location: string, start: number): Promise<Answer> => {
    const end = Math.min(start + size, bytes.length);
    const isLast = lastWithPut && end === bytes.length;
    return api.call(isLast ? "PUT" : "PATCH", isLast ? withDigest(location, name) : location, {
      body: bytes.subarray(start, end),
      headers: { ...octets, "content-range": `${start}-${end - 1}` },
    });
  };
  let location = await api.begin(repository);
  for (let start = 0; start < bytes.length; start += size) {
    if (outOfOrder) {
      const wrong = start + size < bytes.length ? start + size : 0;
      expect((await send(location, wrong)).status).toBe(416);
      const status = await api.call("GET", location);
      expect([status.status, status.headers.get("range")]).toEqual([204, upTo(start)]);
      location = status.location;
    }
    const answer = await send(location, start);
    if (lastWithPut && start + size >= bytes.length) return answer;
    const sent = Math.min(start + size, bytes.length);
    expect([answer.status, answer.headers.get("range")]).toEqual([202, upTo(sent)]);
    location = answer.location;
  }
  return api.call("PUT", withDigest(location, name), { headers: octets });
}

/** The `Range` of an upload that has some bytes; of none it is `0-0` too. */
function upTo(bytes: number): string {
  return `0-${Math.max(bytes - 1, 0)}`;
}
