import type { Log } from "sarif";
import { expect, it } from "vitest";
import { outcomeOf, wordRule, workflowOf } from "../../../test/support/lint.ts";
import type { Rule } from "../../lint/rule.ts";
import { lintSarif } from "./sarif.ts";

const latest = wordRule("latest", { replacement: "1" });
const unsure: Rule = {
  ...wordRule("unsure"),
  check: ({ file }, { cannotTell }) => cannotTell({ file, start: 0, end: 2 }, "a job decides it"),
};

const logOf = (texts: Readonly<Record<string, string>>): Log =>
  lintSarif(outcomeOf(texts, [latest, unsure]));

it("has the rules, the places, the fixes and what could not be checked", () => {
  const [run] = logOf({ "a b.yml": workflowOf("latest") }).runs;
  expect(run?.tool.driver.rules).toMatchObject([
    {
      id: "no-latest",
      shortDescription: { text: "latest is used" },
      helpUri: "https://github.com/layerkeep/layerkeep/blob/main/docs/lint/no-latest.md",
      defaultConfiguration: { level: "error" },
    },
    { id: "no-unsure" },
  ]);
  const artifactLocation = { uri: "a%20b.yml", uriBaseId: "%SRCROOT%" };
  const region = { startLine: 6, startColumn: 14, endLine: 6, endColumn: 20 };
  expect(run?.results).toEqual([
    {
      ruleId: "no-latest",
      ruleIndex: 0,
      level: "error",
      message: { text: "the command uses latest" },
      locations: [{ physicalLocation: { artifactLocation, region } }],
      partialFingerprints: {
        "layerkeepFinding/v1": expect.stringMatching(/^[\da-f]{32}$/) as string,
      },
      fixes: [
        {
          description: { text: "use 1" },
          artifactChanges: [
            {
              artifactLocation,
              replacements: [{ deletedRegion: region, insertedContent: { text: "1" } }],
            },
          ],
        },
      ],
      properties: { confidence: "high", safeFix: true },
    },
  ]);
  expect(run?.invocations).toMatchObject([
    {
      executionSuccessful: true,
      toolExecutionNotifications: [
        {
          level: "note",
          message: { text: "not checked: a job decides it" },
          associatedRule: { id: "no-unsure", index: 1 },
        },
      ],
    },
  ]);
});

it("says that a run with a broken file was not successful", () => {
  const [run] = logOf({ "a.yml": "on: [" }).runs;
  expect(run?.invocations).toMatchObject([
    {
      executionSuccessful: false,
      toolExecutionNotifications: [
        { level: "error", locations: [{ physicalLocation: { region: { startLine: 1 } } }] },
      ],
    },
  ]);
});

it("names a finding the same if lines are added before it, and each by another name", () => {
  const namesOf = (text: string): readonly unknown[] =>
    (logOf({ "a.yml": text }).runs[0]?.results ?? []).map(
      ({ partialFingerprints }) => partialFingerprints?.["layerkeepFinding/v1"],
    );
  const before = namesOf(workflowOf("latest", "latest", "echo latest"));
  expect(new Set(before).size).toBe(3);
  expect(namesOf(`# a comment\n${workflowOf("x", "latest", "latest", "echo  latest")}`)).toEqual(
    before,
  );
});
