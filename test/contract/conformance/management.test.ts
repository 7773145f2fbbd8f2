// Follows 04_management of v1.1.1 and, of the rewrite, TestDelete with all that is to be gone at
// once (`atomic`). See suite.ts.
import { expect } from "vitest";
import { accept, codesOf, digest, expectBlob, newRepository, randomBlob } from "./api.ts";
import { allContents, Content } from "./content.ts";
import { conformance } from "./suite.ts";

conformance("management", (check, api) => {
  for (const content of allContents()) {
    check(`deletes manifests and blobs of ${content.name}, at once`, async () => {
      const repository = newRepository();
      await api.push(repository, content);
      for (const manifest of content.manifests.toReversed()) {
        const path = `${repository}/manifests/${manifest.digest}`;
        expect((await api.call("DELETE", path)).status).toBe(202);
        for (const reference of [manifest.digest, ...manifest.tags]) {
          const gone = `${repository}/manifests/${reference}`;
          expect((await api.call("HEAD", gone, { headers: accept })).status).toBe(404);
          const answer = await api.call("GET", gone, { headers: accept });
          expect([answer.status, codesOf(answer)]).toEqual([404, ["MANIFEST_UNKNOWN"]]);
        }
      }
      for (const name of content.blobs.keys()) {
        const path = `${repository}/blobs/${name}`;
        expect((await api.call("DELETE", path)).status).toBe(202);
        expect((await api.call("HEAD", path)).status).toBe(404);
        const answer = await api.call("GET", path);
        expect([answer.status, codesOf(answer)]).toEqual([404, ["BLOB_UNKNOWN"]]);
      }
    });
  }

  check("deletes tags, at once, and leaves what they named", async () => {
    for (const content of allContents()) {
      const repository = newRepository();
      await api.push(repository, content);
      for (const manifest of content.manifests) {
        for (const tag of manifest.tags) {
          const path = `${repository}/manifests/${tag}`;
          expect((await api.call("DELETE", path)).status).toBe(202);
          expect((await api.call("HEAD", path, { headers: accept })).status).toBe(404);
          expect((await api.call("DELETE", path)).status).toBe(404);
        }
        const path = `${repository}/manifests/${manifest.digest}`;
        expect((await api.call("HEAD", path, { headers: accept })).status).toBe(200);
      }
      const listed = await api.call("GET", `${repository}/tags/list`);
      expect(JSON.parse(listed.body.toString())).toEqual({ name: repository, tags: [] });
    }
  });

  check("takes the tags of a deleted manifest off the list, and no others", async () => {
    const repository = newRepository();
    const content = new Content("tagged");
    const gone = content.image({ tags: ["a", "b"] });
    content.image({ tags: ["c"] });
    await api.push(repository, content);
    await api.call("DELETE", `${repository}/manifests/${gone.digest}`);
    const listed = await api.call("GET", `${repository}/tags/list`);
    expect(JSON.parse(listed.body.toString())).toEqual({ name: repository, tags: ["c"] });
  });

  for (const [what, path, code] of [
    ["manifest", `manifests/${digest("nothing")}`, "MANIFEST_UNKNOWN"],
    ["blob", `blobs/${digest("nothing")}`, "BLOB_UNKNOWN"],
  ] as const) {
    check(`answers the deletion of a ${what} that is not there with 404`, async () => {
      const repository = newRepository();
      const blob = randomBlob(10);
      await api.pushBlob(repository, blob.digest, blob.bytes);
      const answer = await api.call("DELETE", `${repository}/${path}`);
      expect([answer.status, codesOf(answer)]).toEqual([404, [code]]);
    });
  }

  check("deletes a blob from one repository and leaves it in another", async () => {
    const [one, other] = [newRepository(), newRepository()];
    const blob = randomBlob(100);
    for (const name of [one, other]) await api.pushBlob(name, blob.digest, blob.bytes);
    expect((await api.call("DELETE", `${one}/blobs/${blob.digest}`)).status).toBe(202);
    expect((await api.call("HEAD", `${one}/blobs/${blob.digest}`)).status).toBe(404);
    await expectBlob(api, `${other}/blobs/${blob.digest}`, blob);
  });

  check("takes again what was deleted", async () => {
    const repository = newRepository();
    const blob = randomBlob(100);
    const path = `${repository}/blobs/${blob.digest}`;
    for (let round = 0; round < 2; round++) {
      await api.pushBlob(repository, blob.digest, blob.bytes);
      await expectBlob(api, path, blob);
      expect((await api.call("DELETE", path)).status).toBe(202);
      expect((await api.call("HEAD", path)).status).toBe(404);
    }
  });
});
