import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { artifact, scriptedManifests } from "../../../test/support/scripted-manifests.ts";
import type { ScriptedAnswer } from "../../../test/support/scripted-server.ts";
import { digestOf, parseDigest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { referrersTag } from "./referrers.ts";

const subject = digestOf("subject");
const signature = artifact({ name: "signature", type: "a/signature", subject }).descriptor;
const report = artifact({ name: "report", type: "a/report", subject }).descriptor;

function list(manifests: readonly Descriptor[], headers: Record<string, string> = {}) {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  const answer: ScriptedAnswer = {
    status: 200,
    headers: { "content-type": mediaTypes.ociIndex, ...headers },
    body,
  };
  return answer;
}

describe("referrersTag", () => {
  it("is the algorithm and the digest, cut to the length of a tag", () => {
    const hex = "ab".repeat(64);
    expect(referrersTag(subject)).toBe(subject.replace(":", "-"));
    expect(referrersTag(parseDigest(`sha512:${hex}`))).toBe(`sha512-${hex.slice(0, 64)}`);
  });
});

describe("listReferrers", () => {
  it("reads the registry's list, page after page", async () => {
    await using r = await scriptedRegistry(({ url }) =>
      url.includes("next")
        ? list([report])
        : list([signature], { link: `</v2/a/referrers/${subject}?next=1>; rel="next"` }),
    );
    expect(await r.client.listReferrers({ host: r.host, path: "a" }, subject)).toEqual([
      signature,
      report,
    ]);
    expect(r.server.lines()).toEqual([
      `GET /v2/a/referrers/${subject}`,
      `GET /v2/a/referrers/${subject}?next=1`,
    ]);
    expect(r.server.seen[0]?.headers.accept).toBe(mediaTypes.ociIndex);
  });

  it("requests one type, and filters the list itself if the registry did not", async () => {
    await using r = await scriptedRegistry(() => list([signature, report]));
    const found = r.client.listReferrers({ host: r.host, path: "a" }, subject, {
      artifactType: "a/report",
    });
    expect(await found).toEqual([report]);
    expect(r.server.lines()).toEqual([`GET /v2/a/referrers/${subject}?artifactType=a%2Freport`]);
  });

  it("uses the list unchanged if the registry reports that it filtered", async () => {
    const bare = { mediaType: report.mediaType, digest: report.digest, size: report.size };
    const applied = { "oci-filters-applied": "artifactType" };
    await using r = await scriptedRegistry(() => list([bare], applied));
    const o = { artifactType: "a/report" };
    expect(await r.client.listReferrers({ host: r.host, path: "a" }, subject, o)).toEqual([bare]);
  });

  it("ends if a registry returns the same page forever", async () => {
    const link = `</v2/a/referrers/${subject}>; rel="next"`;
    await using r = await scriptedRegistry(() => list([signature], { link }));
    const found = await r.client.listReferrers({ host: r.host, path: "a" }, subject);
    expect(found).toEqual([signature]);
    expect(r.server.seen).toHaveLength(2);
  });

  it.each([
    ["404", { status: 404, body: "404 page not found" }],
    ["405", { status: 405 }],
    ["a page for people", { status: 200, headers: { "content-type": "text/html" }, body: "<p>" }],
  ])("reads the fallback tag if the registry answers %s, and asks once", async (_, no) => {
    await using r = await scriptedRegistry(({ url }) =>
      url.includes("/referrers/") ? no : list([signature, report]),
    );
    const repository = { host: r.host, path: "a" };
    expect(await r.client.listReferrers(repository, subject)).toEqual([signature, report]);
    const o = { artifactType: "a/signature" };
    expect(await r.client.listReferrers({ ...repository, path: "b" }, subject, o)).toEqual([
      signature,
    ]);
    expect(r.server.lines()).toEqual([
      `GET /v2/a/referrers/${subject}`,
      `GET /v2/a/manifests/${referrersTag(subject)}`,
      `GET /v2/b/manifests/${referrersTag(subject)}`,
    ]);
  });

  it("learns nothing about a registry from a missing repository", async () => {
    const errors = [{ code: "NAME_UNKNOWN", message: "no such repository" }];
    await using r = await scriptedRegistry(({ url }) =>
      url.startsWith("/v2/gone/")
        ? { status: 404, body: JSON.stringify({ errors }) }
        : list([signature]),
    );
    expect(await r.client.listReferrers({ host: r.host, path: "gone" }, subject)).toEqual([]);
    expect(await r.client.listReferrers({ host: r.host, path: "a" }, subject)).toEqual([signature]);
    expect(r.server.lines().at(-1)).toBe(`GET /v2/a/referrers/${subject}`);
  });

  it("finds none if neither list nor tag exists, or the tag is something else", async () => {
    const { script, stored } = scriptedManifests();
    await using r = await scriptedRegistry(script);
    const repository = { host: r.host, path: "a" };
    expect(await r.client.listReferrers(repository, subject)).toEqual([]);
    const other = artifact({ name: "other" });
    stored.set(referrersTag(subject), other.push);
    expect(await r.client.listReferrers(repository, subject)).toEqual([]);
  });

  it("fails if the registry refuses, as for any other request", async () => {
    await using r = await scriptedRegistry(() => ({ status: 403 }));
    const found = r.client.listReferrers({ host: r.host, path: "a" }, subject);
    await expect(found).rejects.toMatchObject({ code: "registry", status: 403 });
  });
});
