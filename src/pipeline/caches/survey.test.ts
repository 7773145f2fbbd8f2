import { describe, expect, test } from "vitest";
import { type Script, startScript } from "../../../test/support/scripted-server.ts";
import { digestOf } from "../../oci/digest.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { RegistryClient } from "../../registry/client.ts";
import { type SurveyedTag, surveyRepository } from "./survey.ts";

const mediaType = "application/vnd.oci.image.index.v1+json";
const index = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] });
const served = { status: 200, headers: { "content-type": mediaType }, body: index };

/** A repository whose tag `bad` answers as scripted. */
async function survey(tags: readonly string[], bad: Script): Promise<readonly SurveyedTag[]> {
  await using server = await startScript((request, seen) => {
    if (request.url.includes("/tags/list")) return { status: 200, body: JSON.stringify({ tags }) };
    return /\/manifests\/bad/.test(request.url) ? bad(request, seen) : served;
  });
  const sleep = (): Promise<void> => Promise.resolve();
  await using client = new RegistryClient({ credentials: anonymous, sleep });
  return await surveyRepository(client, { host: server.host, path: "a" });
}

describe("a repository with an unreadable manifest", () => {
  test.each<[string, Script, RegExp]>([
    ["is not served", () => ({ status: 500 }), /: 500$/],
    ["breaks off", () => "hang up", /the connection was lost/],
    ["is not a manifest", () => ({ ...served, body: "{" }), /./],
    [
      "does not match the registry's digest",
      () => ({
        ...served,
        headers: { ...served.headers, "docker-content-digest": digestOf("other") },
      }),
      /expected/,
    ],
  ])("that %s is listed, with that manifest named", async (_, bad, problem) => {
    const found = await survey(["a", "bad", "c"], bad);
    expect(found.map(({ tag, kind }) => [tag, kind])).toEqual([
      ["a", "other"],
      ["bad", "unreadable"],
      ["c", "other"],
    ]);
    expect(found[1]?.problem).toMatch(problem);
  });

  test("is not listed if the registry serves no manifest at all", async () => {
    const tags = Array.from({ length: 100 }, (_, n) => `bad${n}`);
    await expect(survey(tags, () => ({ status: 500 }))).rejects.toMatchObject({ status: 500 });
  });

  test.each([401, 403])("is not listed if the registry refuses with %i", async (status) => {
    await expect(survey(["a", "bad"], () => ({ status }))).rejects.toMatchObject({ status });
  });
});
