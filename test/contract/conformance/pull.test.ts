// Follows 01_pull of v1.1.1 and, of the rewrite, TestPing, TestHead, TestPull, the range requests
// of TestBlobAPIs, and TestManifestErrors. See suite.ts.
import { expect } from "vitest";
import {
  accept,
  algorithms,
  codesOf,
  digest,
  expectBlob,
  expectManifest,
  newRepository,
  octets,
  randomBlob,
} from "./api.ts";
import { allContents, Content, types } from "./content.ts";
import { conformance } from "./suite.ts";

conformance("pull", (check, api) => {
  check("says that it speaks version 2", async () => {
    const answer = await api.call("GET", "");
    expect([answer.status, answer.headers.get("docker-distribution-api-version")]).toEqual([
      200,
      "registry/2.0",
    ]);
    expect((await api.call("HEAD", "")).status).toBe(200);
  });

  for (const content of allContents()) {
    check(`pulls ${content.name}`, async () => {
      const repository = newRepository();
      await api.push(repository, content);
      for (const [name, bytes] of content.blobs) {
        await expectBlob(api, `${repository}/blobs/${name}`, { digest: name, bytes });
      }
      for (const manifest of content.manifests) {
        for (const reference of [manifest.digest, ...manifest.tags]) {
          await expectManifest(api, `${repository}/manifests/${reference}`, manifest);
        }
      }
    });
  }

  for (const method of ["HEAD", "GET"]) {
    check(`answers ${method} of a blob that is not there with 404`, async () => {
      const answer = await api.call(method, `${newRepository()}/blobs/${digest("nothing")}`);
      expect(answer.status).toBe(404);
      if (method === "GET") expect(codesOf(answer)).toEqual(["BLOB_UNKNOWN"]);
    });

    for (const reference of ["missing", digest("nothing")]) {
      const kind = reference === "missing" ? "tag" : "digest";
      check(`answers ${method} of a ${kind} that is not there with 404`, async () => {
        const path = `${newRepository()}/manifests/${reference}`;
        const answer = await api.call(method, path, { headers: accept });
        expect(answer.status).toBe(404);
        if (method === "GET") expect(codesOf(answer)).toEqual(["MANIFEST_UNKNOWN"]);
      });
    }
  }

  check("keeps a blob to the repositories that have it", async () => {
    const blob = randomBlob(100);
    await api.pushBlob(newRepository(), blob.digest, blob.bytes);
    const elsewhere = await api.call("GET", `${newRepository()}/blobs/${blob.digest}`);
    expect([elsewhere.status, codesOf(elsewhere)]).toEqual([404, ["BLOB_UNKNOWN"]]);
  });

  check("does not know a digest that is malformed", async () => {
    const path = `${newRepository()}/manifests/sha256:baddigeststring`;
    expect([400, 404]).toContain((await api.call("GET", path, { headers: accept })).status);
  });

  check("says what is wrong in the form of the spec", async () => {
    const path = `${newRepository()}/manifests/sha256:totallywrong`;
    const headers = { "content-type": types.image };
    const answer = await api.call("PUT", path, { body: "blablabla", headers });
    expect(answer.status).toBe(400);
    // That it is no manifest is as true.
    expect(["DIGEST_INVALID", "MANIFEST_INVALID"]).toEqual(expect.arrayContaining(codesOf(answer)));
  });

  check("says that a client has a manifest already", async () => {
    const repository = newRepository();
    const content = new Content("cached");
    const { digest: name } = content.image({ tags: ["v1"] });
    await api.push(repository, content);
    const headers = { ...accept, "if-none-match": `"${name}"` };
    const again = await api.call("GET", `${repository}/manifests/v1`, { headers });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  for (const algorithm of algorithms) {
    for (const [range, start, end] of [
      ["500-1499", 500, 1_500],
      ["500-", 500, 2_048],
      ["-500", 1_548, 2_048],
      ["2000-5000", 2_000, 2_048],
      ["0-0", 0, 1],
    ] as const) {
      check(`sends the range ${range} of a blob by ${algorithm}`, async () => {
        const repository = newRepository();
        const blob = randomBlob(2_048, algorithm);
        await api.pushBlob(repository, blob.digest, blob.bytes);
        const headers = { range: `bytes=${range}` };
        const answer = await api.call("GET", `${repository}/blobs/${blob.digest}`, { headers });
        expect([
          answer.status,
          answer.headers.get("content-length"),
          answer.headers.get("content-range"),
        ]).toEqual([206, String(end - start), `bytes ${start}-${end - 1}/2048`]);
        expect(answer.body.equals(blob.bytes.subarray(start, end))).toBe(true);
      });
    }

    for (const range of ["500-0", "5000-10000", "2048-"]) {
      check(`answers the range ${range} of a blob by ${algorithm} with 416`, async () => {
        const repository = newRepository();
        const blob = randomBlob(2_048, algorithm);
        await api.pushBlob(repository, blob.digest, blob.bytes);
        const options = { headers: { range: `bytes=${range}` }, isHeadOnly: true };
        const answer = await api.call("GET", `${repository}/blobs/${blob.digest}`, options);
        expect(answer.status).toBe(416);
      });
    }

    for (const [name, text] of [
      ["an empty blob", ""],
      ["an empty JSON object", "{}"],
    ] as const) {
      check(`takes and gives ${name} by ${algorithm}`, async () => {
        const repository = newRepository();
        const blob = { digest: digest(text, algorithm), bytes: Buffer.from(text) };
        const put = await api.pushBlob(repository, blob.digest, blob.bytes);
        await expectBlob(api, put.location, blob);
      });
    }
  }

  check("gives types and lengths of what it sends", async () => {
    const repository = newRepository();
    const blob = randomBlob(10);
    await api.pushBlob(repository, blob.digest, blob.bytes);
    const answer = await api.call("GET", `${repository}/blobs/${blob.digest}`);
    expect(answer.headers.get("content-type")).toBe(octets["content-type"]);
  });
});
