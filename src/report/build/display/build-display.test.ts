import { beforeEach, describe, expect, it } from "vitest";
import { builtLeg, failedLeg, reusedLeg } from "../../../../test/support/results.ts";
import { EngineError, LayerkeepError } from "../../../errors.ts";
import type { LegEvent } from "../../../pipeline/build/build-legs.ts";
import type { ProgressMode } from "../../progress/progress-mode.ts";
import { createBuildDisplay } from "./build-display.ts";
import type { BuildDisplay, DisplayOptions } from "./display.ts";

const leg = "app/linux/amd64";
const arm = "app/linux/arm64";

function progress(event: Partial<Extract<LegEvent, { type: "progress" }>>): LegEvent {
  const steps = { all: 5, done: 3, cached: 2 };
  return { type: "progress", leg, step: "", begun: [], steps, lines: [], ...event };
}

const began = (name: string, cached = false): LegEvent => progress({ begun: [{ name, cached }] });
const printed = (step: string, line: string): LegEvent => progress({ lines: [{ step, line }] });

const failed = failedLeg({ step: null, error: new EngineError("no engine", { hint: "start it" }) });
const gone: LegEvent = {
  type: "builder-gone",
  builder: "b",
  why: "EOF",
  legs: [leg, "lib/linux/amd64"],
  others: ["a", "c"],
};
const leftOut =
  'warning: builder "b" is unavailable (EOF). Rebuilding on "a" or "c": app/linux/amd64, lib/linux/amd64\n';
const failure = "app/linux/arm64 failed: no engine\nhint: start it\n";
const built = `${leg} | built in 1 m 02 s, 2 of 3 steps cached\n`;

let written = "";
let clock = 0;
const stop = new AbortController();

beforeEach(() => {
  written = "";
  clock = 0;
});

function display(mode: ProgressMode, changes: Partial<DisplayOptions> = {}): BuildDisplay {
  const write = (text: string): void => void (written += text);
  return createBuildDisplay({
    mode,
    write,
    draw: write,
    terminal: undefined,
    now: () => clock,
    legs: [leg, arm].map((id) => ({ id, action: "build" })),
    expected: () => ({ seconds: new Map(), jobs: 2 }),
    signal: stop.signal,
    ...changes,
  });
}

describe("plain", () => {
  it("writes a line when a leg starts, a step starts, and the leg ends", () => {
    const { onEvent } = display("plain");
    onEvent({ type: "started", leg });
    onEvent(began("[1/2] RUN make"));
    onEvent(began("[2/2] RUN test", true));
    onEvent({ type: "ended", result: builtLeg() });
    expect(written).toBe(
      `${leg} | checking for a staged build\n${leg} | [1/2] RUN make\n${leg} | [2/2] RUN test (cached)\n${built}`,
    );
  });

  it("prints what steps print", () => {
    display("plain").onEvent(printed("[1/1] RUN make", "cc -o app"));
    expect(written).toBe(`${leg} |   cc -o app\n`);
  });

  it("clips a long step", () => {
    display("plain").onEvent(began(`[1/1] RUN ${"x".repeat(200)}`));
    expect(written).toBe(`${leg} | [1/1] RUN ${"x".repeat(89)}…\n`);
  });

  it("prints which builder went away, and where a leg was built", () => {
    const { onEvent } = display("plain");
    onEvent(gone);
    onEvent({ type: "ended", result: builtLeg({ builder: "a" }) });
    expect(written).toBe(`${leftOut}${built.replace("built in", "built on a in")}`);
  });

  it("prints why a leg is reused, and a failure in full", () => {
    const { onEvent, close } = display("plain");
    onEvent({ type: "ended", result: reusedLeg() });
    onEvent({ type: "ended", result: failed });
    close();
    expect(written).toBe(
      `${leg} | reused (staged with the same inputs)\napp/linux/arm64 | failed after 2.0 s\n${failure}`,
    );
  });

  it("counts many reused legs instead of listing them", () => {
    const ids = Array.from({ length: 290 }, (_, at) => `v${at}/linux/amd64`);
    const legs = [
      ...ids.map((id) => ({ id, action: "reuse" as const })),
      { id: leg, action: "build" as const },
    ];
    const { onEvent, close } = display("plain", { legs });
    for (const id of ids) {
      onEvent({ type: "started", leg: id });
      onEvent({ type: "ended", result: reusedLeg({ leg: id }) });
    }
    onEvent({ type: "ended", result: builtLeg() });
    close();
    expect(written).toBe(`${built}290 legs reused\n`);
  });

  it("says of a leg that was not built which one failed, and no time", () => {
    const error = new (class extends LayerkeepError {
      readonly code = "parent";
    })("not built because base/linux/arm64 failed");
    display("plain").onEvent({
      type: "ended",
      result: failedLeg({ step: null, error, seconds: 0 }),
    });
    const said = "not built because base/linux/arm64 failed\n";
    expect(written).toBe(`app/linux/arm64 | ${said}app/linux/arm64 failed: ${said}`);
  });
});

it("quiet writes only what went wrong", () => {
  const { onEvent, close } = display("quiet");
  onEvent({ type: "started", leg });
  onEvent(began("[1/2] RUN make"));
  onEvent(gone);
  onEvent({ type: "ended", result: builtLeg() });
  onEvent({ type: "ended", result: failed });
  close();
  expect(written).toBe(`${leftOut}${failure}`);
});

describe("in a CI's log", () => {
  const run = (mode: "github" | "gitlab"): void => {
    const { onEvent, close } = display(mode);
    clock = 1_000_000;
    onEvent({ type: "started", leg });
    onEvent({ type: "started", leg: arm });
    onEvent(began("[1/2] RUN a"));
    onEvent(progress({ leg: arm, begun: [{ name: "[1/1] RUN other", cached: true }] }));
    onEvent(began("[2/2] RUN b"));
    onEvent(printed("[1/2] RUN a", "one"));
    onEvent(printed("[1/2] RUN a", "two"));
    clock = 1_062_000;
    onEvent({ type: "ended", result: builtLeg() });
    onEvent({ type: "ended", result: failed });
    close();
  };
  const steps = "[1/2] RUN a\n[2/2] RUN b\n[1/2] RUN a\n  one\n  two\n";

  it("GitHub's groups hold a whole leg each, and a failure is outside of them", () => {
    run("github");
    expect(written).toBe(
      `${leg} | started\n${arm} | started\n${leg} | [1/2] RUN a\n${leg} | [2/2] RUN b\n::group::${built}${steps}::endgroup::\n` +
        `::group::${arm} | failed after 2.0 s\n[1/1] RUN other (cached)\n::endgroup::\n${failure}`,
    );
  });

  it("GitLab's sections have the leg's time", () => {
    run("gitlab");
    const mark = (text: string): string => `\u001b[0Ksection_${text}\r\u001b[0K`;
    const name = "app_linux_amd64-1000000";
    expect(written).toContain(
      `${mark(`start:1000:${name}[collapsed=true]`)}${built}${steps}${mark(`end:1062:${name}`)}\n`,
    );
  });

  it("a single leg's group is open while it runs", () => {
    const { onEvent } = display("github", { legs: [{ id: leg, action: "build" }] });
    onEvent({ type: "started", leg });
    onEvent(began("[1/2] RUN a"));
    onEvent(printed("[1/2] RUN a", "one"));
    expect(written).toBe(`::group::${leg}\n[1/2] RUN a\n  one\n`);
    written = "";
    onEvent({ type: "ended", result: builtLeg() });
    expect(written).toBe(`::endgroup::\n${built}`);
  });

  it("what a leg printed is not lost if the run is stopped", () => {
    const { onEvent, close } = display("github");
    onEvent({ type: "started", leg });
    onEvent(began("[1/1] RUN x"));
    onEvent(printed("[1/1] RUN x", "one"));
    written = "";
    close();
    expect(written).toBe(`::group::${leg} | stopped\n[1/1] RUN x\n  one\n::endgroup::\n`);
  });

  it("a group's title cannot be another command", () => {
    const { onEvent } = display("github");
    onEvent({ type: "started", leg });
    onEvent(began("[1/1] RUN x"));
    onEvent({ type: "ended", result: builtLeg({ builder: "a%0A\n::error::x" }) });
    expect(written).toContain(
      `::group::${leg} | built on a%250A%0A: :error::x in 1 m 02 s, 2 of 3 steps cached\n`,
    );
  });

  it("the middle of a very long log is left out", () => {
    const { onEvent } = display("github");
    onEvent({ type: "started", leg });
    for (let line = 0; line < 30_000; line++) onEvent(printed("[1/1] RUN x", String(line)));
    onEvent({ type: "ended", result: builtLeg() });
    expect(written).toMatch(/\n {2}998\n… \d+ lines omitted\n/);
    expect(written).toContain("\n  29999\n::endgroup::\n");
    expect(written.split("\n").length).toBeLessThan(20_000);
  });
});

it("rawjson writes an object a line", () => {
  const { onEvent } = display("rawjson");
  onEvent({ type: "started", leg });
  onEvent(began("[1/1] RUN x"));
  onEvent(printed("[1/1] RUN x", "\u001b[31mred"));
  onEvent(gone);
  onEvent({ type: "ended", result: failed });
  const events = written.trimEnd().split("\n");
  const time = "1970-01-01T00:00:00.000Z";
  expect(written).not.toContain("\u001b");
  expect(events.map((line): unknown => JSON.parse(line))).toEqual([
    { type: "leg-started", time, leg },
    { type: "step-started", time, leg, step: "[1/1] RUN x", cached: false },
    { type: "output", time, leg, step: "[1/1] RUN x", line: "\u001b[31mred" },
    { ...gone, time },
    {
      type: "leg-ended",
      time,
      leg: arm,
      outcome: "failed",
      seconds: 2,
      error: "no engine",
      step: null,
      warnings: [],
    },
  ]);
});
