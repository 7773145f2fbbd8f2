import { describe, expect, it } from "vitest";
import { type JobResult, judgeJobs, parseNeeds } from "./judge-jobs.ts";

describe("a job", () => {
  it.each<[JobResult, boolean | undefined, string | undefined]>([
    ["success", true, undefined],
    ["success", false, undefined],
    ["success", undefined, undefined],
    ["skipped", true, "was skipped, although it had work to do"],
    ["skipped", false, undefined],
    ["skipped", undefined, "was skipped, although it had work to do"],
    ["failure", true, "failed"],
    ["failure", false, "failed"],
    ["failure", undefined, "failed"],
    ["cancelled", true, "was cancelled"],
    ["cancelled", false, "was cancelled"],
    ["cancelled", undefined, "was cancelled"],
  ])("%s, with work for it: %s", (result, expected, problem) => {
    const known = new Map(expected === undefined ? [] : [["build", expected]]);
    expect(judgeJobs(new Map([["build", result]]), known)).toEqual([
      { job: "build", result, problem },
    ]);
  });

  it("that is expected and not needed is refused", () => {
    const judge = () => judgeJobs(new Map([["plan", "success"]]), new Map([["build", true]]));
    expect(judge).toThrow("the gate job does not list build under needs");
  });
});

describe("needs", () => {
  it("are read from GitHub's JSON", () => {
    const text = '{"plan":{"result":"success","outputs":{}},"build":{"result":"skipped"}}';
    expect([...parseNeeds(text)]).toEqual([
      ["plan", "success"],
      ["build", "skipped"],
    ]);
  });

  it.each([
    ["", "is not JSON"],
    ["[]", "is not a map of jobs"],
    ["{}", "is empty"],
    ['{"plan":"success"}', "has no result for the job plan"],
    ['{"plan":{"result":"done"}}', "has no result for the job plan"],
  ])("%s is refused", (text, why) => {
    expect(() => parseNeeds(text)).toThrow(why);
  });
});
