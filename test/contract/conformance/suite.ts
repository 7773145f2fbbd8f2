import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registryKinds, type TestRegistry } from "../../support/registries.ts";
import { Api } from "./api.ts";

/**
 * The official conformance suite (opencontainers/distribution-spec, `conformance/`), rewritten
 * over plain HTTP. It follows both of its forms: the one that was released with v1.1.0 and v1.1.1,
 * and the rewrite on the main branch as of spring 2026 with all of its settings on (`1.1+dev`):
 * upload cancel, mounting without `from`, digest headers, tag parameters, sha512.
 *
 * One of its settings is off here: `sparse` pushes manifests whose parts are missing. Neither
 * registry takes them, on purpose, and the push tests say so.
 */
export type Category = "pull" | "push" | "discovery" | "management";

type Check = (title: string, body: () => Promise<void>) => void;

const cncf = "the CNCF registry";

/** What Debian's docker-registry (2.8) does not do. Each of these is tried, and has to fail. */
const unsupported: Readonly<Record<Category, readonly string[]>> = {
  pull: [
    "pulls layers that may not be distributed",
    "pulls an index by sha512",
    "pulls tags given with the digest, by sha256",
    "pulls tags given with the digest, by sha512",
    "does not know a digest that is malformed",
    "takes and gives an empty blob by sha512",
    "takes and gives an empty JSON object by sha512",
  ],
  push: [
    "takes a blob by sha256 in the POST itself",
    "refuses a blob by sha256 in the POST itself that is not what it says",
    "takes a blob by sha256 in chunks, with others out of order",
    "refuses a blob by sha256 in chunks, with others out of order that is not what it says",
    "takes a blob by sha256 in chunks, with others out of order and the last with the PUT",
    "refuses a blob by sha256 in chunks, with others out of order and the last with the PUT that is not what it says",
    "takes an empty blob by sha256 in the POST itself",
    "takes an empty blob by sha512 in one PUT",
    "takes an empty blob by sha512 in the POST itself",
    "takes an empty blob by sha512 in a PATCH of unknown length",
    "mounts a blob by sha256 without being told from where",
    "takes a blob by sha512 in one PUT",
    "takes a blob by sha512 in the POST itself",
    "refuses a blob by sha512 in the POST itself that is not what it says",
    "takes a blob by sha512 in a PATCH of unknown length",
    "takes a blob by sha512 in a PATCH with its length",
    "takes a blob by sha512 in one chunk",
    "takes a blob by sha512 in three chunks",
    "takes a blob by sha512 in three chunks, the last with the PUT",
    "takes a blob by sha512 in chunks, with others out of order",
    "refuses a blob by sha512 in chunks, with others out of order that is not what it says",
    "takes a blob by sha512 in chunks, with others out of order and the last with the PUT",
    "refuses a blob by sha512 in chunks, with others out of order and the last with the PUT that is not what it says",
    "mounts a blob by sha512 from another repository",
    "mounts a blob by sha512 without being told from where",
    "begins an upload where a blob by sha512 cannot be mounted",
    "begins an upload where a blob by sha512 cannot be mounted, without being told from where",
    "takes the digest's algorithm sha512 at the start",
    "refuses a digest's algorithm that it does not know at the start",
    "refuses a first chunk that is not the first",
    "refuses a chunk that it has already, and says what it has",
    "refuses a Content-Range that is none with 416",
    "takes artifacts with a subject",
    "takes an index with a subject",
    "takes an artifact whose subject is missing",
    "takes layers that may not be distributed",
    "takes an index by sha512",
    "takes tags given with the digest, by sha256",
    "takes tags given with the digest, by sha512",
    "takes ten tags at once",
    "refuses more tags at once than it takes, or a bad one, and moves none",
    "refuses a manifest that is larger than 4 MiB with 413",
    "refuses a manifest whose digest is malformed",
  ],
  discovery: [
    "lists the tags of layers that may not be distributed",
    "lists the tags of tags given with the digest, by sha256",
    "lists the tags of tags given with the digest, by sha512",
    "lists tags in order, and as JSON",
    "lists as many tags as asked for, and links to the others",
    "lists the tags after one, as many as asked for",
    "lists no tag where none is asked for",
    "refuses a number of tags that is none",
    "gives an empty index for a subject by sha256 that nothing refers to",
    "gives an empty index for a subject by sha512 that nothing refers to",
    "refuses a subject that is no digest",
    "lists what refers to the subject of artifacts with a subject",
    "lists what refers to the subject of artifacts with a subject, by type",
    "lists what refers to the subject of an index with a subject",
    "lists what refers to the subject of an index with a subject, by type",
    "lists what refers to the subject of an artifact whose subject is missing",
    "lists what refers to the subject of an artifact whose subject is missing, by type",
    "lists what was pushed before its subject, and not what was deleted",
    "keeps each answer about referrers to what a client reads of a manifest",
  ],
  management: [
    "deletes manifests and blobs of layers that may not be distributed, at once",
    "deletes manifests and blobs of an index by sha512, at once",
    "deletes manifests and blobs of tags given with the digest, by sha512, at once",
    "deletes tags, at once, and leaves what they named",
  ],
};

/** Runs the checks over both registries. */
export function conformance(category: Category, define: (check: Check, api: Api) => void): void {
  describe.each(registryKinds)(`${category}: $name`, ({ name, start }) => {
    let registry: TestRegistry | undefined;
    beforeAll(async () => {
      registry = await start();
    });
    afterAll(async () => {
      await registry?.[Symbol.asyncDispose]();
    });
    const expected = name === cncf ? unsupported[category] : [];
    const titles: string[] = [];
    const check: Check = (title, body) => {
      titles.push(title);
      if (!expected.includes(title)) {
        test(title, body);
        return;
      }
      test(`does not support: ${title}`, async () => {
        // Only what an expectation says counts: a broken test must not pass for a missing feature.
        await expect(body()).rejects.toMatchObject({ name: "AssertionError" });
      });
    };
    define(check, new Api(() => registry?.host ?? "not-started.invalid"));
    test("lists as unsupported only what there is a test for", () => {
      expect(expected.filter((title) => !titles.includes(title))).toEqual([]);
    });
  });
}
