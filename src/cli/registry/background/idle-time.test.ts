import { expect, test } from "vitest";
import { idleText, parseIdle } from "./idle-time.ts";

test.each([
  [{}, 900_000],
  [{ LAYERKEEP_REGISTRY_IDLE: "2h" }, 7_200_000],
  [{ LAYERKEEP_REGISTRY_IDLE: "0" }, 0],
  [{ CI: "true" }, 0],
  [{ CI: "true", LAYERKEEP_REGISTRY_IDLE: "30s" }, 30_000],
])("with %j the server waits %d ms", (env, milliseconds) => {
  expect(parseIdle(idleText(env))).toBe(milliseconds);
});

test("any other text is refused, and how to write it is said", () => {
  expect(() => idleText({ LAYERKEEP_REGISTRY_IDLE: "soon" })).toThrow(
    expect.objectContaining({
      code: "usage",
      message: 'invalid LAYERKEEP_REGISTRY_IDLE "soon"',
      hint: "Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w.",
    }),
  );
});
