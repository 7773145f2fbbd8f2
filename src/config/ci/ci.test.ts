import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../test/support/parse-config.ts";
import { UsageError } from "../../errors.ts";
import type { CiConfig } from "./ci-config.ts";

function parse(text: string): CiConfig {
  return parseConfig(`${text}\nvariants: {app: }`, "layerkeep.yml", {}).ci;
}

function problems(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
  return "";
}

describe("ci", () => {
  it("reads every key", () => {
    const ci = parse(`
vars: {TEST: "false"}
refresh: {arg: REFRESH}
cache: {repository: ghcr.io/acme/cache, retention: {unused: 30d}}
ci:
  logins:
    quay.io: {username: QUAY_USERNAME, password: QUAY_PASSWORD, read: {username: QUAY_READER, password: QUAY_READER_PASSWORD}}
    index.docker.io: {username: HUB_USER, password: HUB_TOKEN}
  schedule: {refresh: "7  2 * * MON", stale: false, prune: "0 5 */2 1-6 0,6"}
  free-disk: 40GB
  cache-budget: 20GB
  dispatch: {TEST: {description: Run the tests, default: true}}
`);
    expect(ci).toEqual({
      logins: {
        "quay.io": {
          username: "QUAY_USERNAME",
          password: "QUAY_PASSWORD",
          read: { username: "QUAY_READER", password: "QUAY_READER_PASSWORD" },
        },
        "docker.io": { username: "HUB_USER", password: "HUB_TOKEN", read: undefined },
      },
      schedule: { refresh: "7 2 * * MON", stale: undefined, prune: "0 5 */2 1-6 0,6" },
      freeDisk: "40GB",
      cacheBudget: 20e9,
      dispatch: { TEST: { description: "Run the tests", default: "true" } },
    });
  });

  it.each([
    ["", { stale: "41 4 * * *" }],
    ["refresh: {arg: R}", { refresh: "17 3 * * 1", stale: "41 4 * * *" }],
    ["refresh: {arg: R, every: day}", { refresh: "17 3 * * *", stale: "41 4 * * *" }],
    ["refresh: {arg: R, every: hour}", { stale: "41 4 * * *" }],
    ["refresh: {arg: R}\npins: {hold: epoch}", { refresh: "17 3 * * 1" }],
    ["cache: {retention: {legs: 3}}", { stale: "41 4 * * *", prune: "29 5 * * 0" }],
    ["cache: {retention: {dirs: {older-than: 30d}}}", { stale: "41 4 * * *", prune: "29 5 * * 0" }],
    ["cache: {retention: {grace: 3d}}", { stale: "41 4 * * *" }],
  ])("has the schedules that %j has a use for", (text, schedule) => {
    expect(parse(text).schedule).toEqual({
      refresh: undefined,
      stale: undefined,
      prune: undefined,
      ...schedule,
    });
  });

  it.each([
    ["{free-disc: 40GB}", 'did you mean "free-disk"?'],
    ["{free-disk: 40 cars}", "use true, false, or a size such as 40GB"],
    ["{cache-budget: lots}", "Use a number with MB, GB, TB, MiB, GiB or TiB"],
    ["{logins: {https://quay.io: {username: A, password: B}}}", "write quay.io"],
    ["{logins: {quay.io: {username: A}}}", "logins.quay.io has no password"],
    [
      "{logins: {quay.io: {username: s3cret!, password: B}}}",
      "username is not a valid secret name",
    ],
    [
      "{logins: {quay.io: {username: A, password: GITHUB_TOKEN}}}",
      "password is not a valid secret name",
    ],
    [
      "{logins: {docker.io: {username: A, password: B}, index.docker.io: {username: A, password: B}}}",
      "ci.logins lists docker.io twice",
    ],
    ['{schedule: {stale: "41 4 * *"}}', "it has 4 fields"],
    ['{schedule: {stale: "60 4 * * *"}}', '"60" is not a valid minute'],
    ['{schedule: {stale: "0 4 * * 7"}}', '"7" is not a valid day of the week'],
    ['{schedule: {stale: "*/0 4 * * *"}}', '"*/0" is not a valid minute'],
    ['{schedule: {stale: "0 9-5 * * *"}}', '"9-5" is not a valid hour'],
    ['{schedule: {refresh: "0 4 * * *"}}', "ci.schedule.refresh has no effect without refresh"],
    ['{schedule: {prune: "0 4 * * *"}}', "ci.schedule.prune has no effect without cache.retention"],
    ["{dispatch: {TEST: }}", "declare it: vars: {TEST: …}"],
  ])("refuses %s", (ci, why) => {
    expect(problems(`ci: ${ci}`)).toContain(why);
  });

  it("never shows what is given for a secret's name", () => {
    const ci = "{logins: {quay.io: {username: A, password: hunter-2}}}";
    expect(problems(`ci: ${ci}`)).not.toContain("hunter-2");
  });

  it("suggests the variable that was meant", () => {
    const text = "vars: {TEST: a, OTHER: b}\nci: {dispatch: {TSET: {default: a}}}";
    expect(problems(text)).toContain('did you mean "TEST"?');
  });

  it("refuses two schedules that begin at the same time", () => {
    const ci = '{schedule: {refresh: "1 4 * * *", stale: "1 4 * * *"}}';
    expect(problems(`refresh: {arg: R}\nci: ${ci}`)).toContain(
      'ci.schedule.stale and ci.schedule.refresh are both "1 4 * * *"',
    );
  });
});
