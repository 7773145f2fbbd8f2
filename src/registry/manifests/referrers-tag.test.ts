import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { artifact, scriptedManifests } from "../../../test/support/scripted-manifests.ts";
import type { Script } from "../../../test/support/scripted-server.ts";
import { digestOf } from "../../oci/digest.ts";
import { type Descriptor, parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { referrersTag } from "./referrers.ts";

const subject = digestOf("subject");
const tag = referrersTag(subject);
const signature = artifact({ name: "signature", type: "a/signature", subject });
const report = artifact({ name: "report", subject });

function indexOf(...manifests: Descriptor[]) {
  const content = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return { bytes: Buffer.from(JSON.stringify(content)), mediaType: mediaTypes.ociIndex };
}

async function fallbackRegistry(fault?: Script) {
  const { script, stored } = scriptedManifests(fault);
  const r = await scriptedRegistry(script);
  const listed = () => {
    const { bytes = Buffer.from("{}") } = stored.get(tag) ?? {};
    const manifest = parseManifest(bytes);
    return manifest.kind === "index" ? manifest.content.manifests : [];
  };
  return {
    ...r,
    stored,
    listed,
    repository: { host: r.host, path: "a" },
    /** The requests for the tag, each with its condition if it had one. */
    asked: () =>
      r.server.seen
        .filter(({ url }) => url.endsWith(tag))
        .map(({ method, headers }) =>
          [method, headers["if-match"] ?? headers["if-none-match"]].filter(Boolean).join(" "),
        ),
  };
}

describe("a manifest with a subject", () => {
  it("is left to a registry that lists it", async () => {
    await using r = await fallbackRegistry(({ method }) =>
      method === "PUT" ? { status: 201, headers: { "oci-subject": subject } } : { status: 0 },
    );
    await r.client.putManifest(r.repository, signature.push);
    expect(r.server.lines()).toEqual([`PUT /v2/a/manifests/${signature.descriptor.digest}`]);
  });

  it("is added to the fallback tag elsewhere, with its type and annotations, and read back", async () => {
    await using r = await fallbackRegistry();
    await r.client.putManifest(r.repository, signature.push);
    await r.client.putManifest(r.repository, report.push);
    expect(r.listed()).toEqual([signature.descriptor, report.descriptor]);
    const first = digestOf(indexOf(signature.descriptor).bytes);
    expect(r.asked()).toEqual([
      ...["GET", "PUT *", "GET", "GET"],
      ...["GET", `PUT "${first}"`, "GET", "GET"],
    ]);
    expect(await r.client.listReferrers(r.repository, subject)).toEqual(r.listed());
  });

  it("is listed once, however often it is pushed", async () => {
    await using r = await fallbackRegistry();
    await r.client.putManifest(r.repository, signature.push);
    await r.client.putManifest(r.repository, signature.push);
    expect(r.listed()).toEqual([signature.descriptor]);
    expect(r.asked()).toEqual(["GET", "PUT *", "GET", "GET", "GET"]);
  });

  it("does not overwrite others of the same process that are pushed at the same time", async () => {
    await using r = await fallbackRegistry();
    const many = Array.from({ length: 8 }, (_, n) => artifact({ name: String(n), subject }));
    await Promise.all(many.map(({ push }) => r.client.putManifest(r.repository, push)));
    expect(new Set(r.listed().map(({ digest }) => digest))).toEqual(
      new Set(many.map(({ descriptor }) => descriptor.digest)),
    );
    // The first by itself, the others, which waited for it, together.
    expect(r.asked().filter((line) => line.startsWith("PUT"))).toHaveLength(2);
  });

  it("is added again if another writer overwrote the list before it was read back", async () => {
    let overwritten = 0;
    await using r = await fallbackRegistry(({ method, url }, seen) => {
      const before = seen.at(-2);
      const readBack = method === "GET" && before?.method === "PUT" && before.url.endsWith(tag);
      if (url.endsWith(tag) && readBack && overwritten++ === 0)
        r.stored.set(tag, indexOf(report.descriptor));
      return { status: 0 };
    });
    await r.client.putManifest(r.repository, signature.push);
    expect(r.listed()).toEqual([report.descriptor, signature.descriptor]);
  });

  it("is added again if another writer wrote an earlier version of the list", async () => {
    let late = 0;
    await using r = await fallbackRegistry(({ method, url }, seen) => {
      // Just before it is read back for the second time.
      const [before, earlier] = [seen.at(-2), seen.at(-3)];
      const second = [method, before?.method, earlier?.method].join() === "GET,GET,PUT";
      if (url.endsWith(tag) && second && late++ === 0)
        r.stored.set(tag, indexOf(report.descriptor));
      return { status: 0 };
    });
    await r.client.putManifest(r.repository, signature.push);
    expect(r.listed()).toEqual([report.descriptor, signature.descriptor]);
  });

  it("fails with an error if the list is overwritten each time", async () => {
    await using r = await fallbackRegistry(({ method, url }, seen) => {
      if (method === "GET" && url.endsWith(tag) && seen.at(-2)?.method === "PUT")
        r.stored.set(tag, indexOf(report.descriptor));
      return { status: 0 };
    });
    await expect(r.client.putManifest(r.repository, signature.push)).rejects.toMatchObject({
      code: "registry",
      message: `PUT ${r.host}/a:${tag}: adding ${signature.descriptor.digest} failed: other writers overwrote the list 5 times`,
      hint: "only the list is wrong, not the manifests: push any missing referrers again, and delete any that should not be listed",
    });
  });

  it("reads the list again if the registry reports that it changed", async () => {
    let refused = 0;
    await using r = await fallbackRegistry(({ method, url }) => {
      if (method !== "PUT" || !url.endsWith(tag) || refused++ > 0) return { status: 0 };
      r.stored.set(tag, indexOf(report.descriptor));
      return { status: 412 };
    });
    await r.client.putManifest(r.repository, signature.push);
    expect(r.listed()).toEqual([report.descriptor, signature.descriptor]);
    const other = digestOf(indexOf(report.descriptor).bytes);
    expect(r.asked()).toEqual(["GET", "PUT *", "GET", `PUT "${other}"`, "GET", "GET"]);
  });

  it("drops the condition if the registry rejects its own ETag", async () => {
    await using r = await fallbackRegistry(({ headers }) => ({
      status: headers["if-match"] === undefined ? 0 : 412,
    }));
    r.stored.set(tag, indexOf(report.descriptor));
    await r.client.putManifest(r.repository, signature.push);
    expect(r.listed()).toEqual([report.descriptor, signature.descriptor]);
    expect(r.asked().filter((line) => line.startsWith("PUT"))).toEqual([
      `PUT "${digestOf(indexOf(report.descriptor).bytes)}"`,
      "PUT",
    ]);
  });

  it("removes deleted entries if the registry rejects a list with them", async () => {
    await using r = await fallbackRegistry(({ method, url, body }) => {
      const gone = method === "PUT" && url.endsWith(tag) && body.includes(report.descriptor.digest);
      const errors = [{ code: "MANIFEST_BLOB_UNKNOWN", message: "unknown" }];
      return gone ? { status: 404, body: JSON.stringify({ errors }) } : { status: 0 };
    });
    r.stored.set(tag, indexOf(report.descriptor));
    await r.client.putManifest(r.repository, signature.push);
    expect(r.listed()).toEqual([signature.descriptor]);
  });

  it("keeps whatever else that tag names", async () => {
    await using r = await fallbackRegistry();
    r.stored.set(tag, report.push);
    await expect(r.client.putManifest(r.repository, signature.push)).rejects.toMatchObject({
      code: "format",
      message: `${r.host}/a:${tag} is not an index, so it cannot be a list of referrers`,
    });
    expect(r.stored.get(tag)).toEqual(report.push);
  });

  it("is removed from the list when it is deleted", async () => {
    await using r = await fallbackRegistry();
    await r.client.putManifest(r.repository, signature.push);
    await r.client.putManifest(r.repository, report.push);
    expect(await r.client.deleteManifest(r.repository, signature.descriptor.digest)).toBe(true);
    expect(r.listed()).toEqual([report.descriptor]);
    expect(r.stored.has(signature.descriptor.digest)).toBe(false);
  });
});

describe("a manifest without a subject", () => {
  it("costs no extra requests", async () => {
    await using r = await fallbackRegistry();
    const plain = artifact({ name: "plain" });
    await r.client.putManifest(r.repository, plain.push);
    expect(r.server.seen).toHaveLength(1);
    await r.client.deleteManifest(r.repository, plain.descriptor.digest);
    expect(r.server.lines().slice(1)).toEqual([
      `GET /v2/a/manifests/${plain.descriptor.digest}`,
      `DELETE /v2/a/manifests/${plain.descriptor.digest}`,
    ]);
  });
});
