import { expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { renderStale } from "./stale-report.ts";

const now = new Date("2026-11-28T12:00:00Z");
const bases = [
  { kind: "image", ref: "alpine:3.20", from: digestOf("a"), to: digestOf("b") },
] as const;
const from = digestOf("a").slice(0, 19);
const to = digestOf("b").slice(0, 19);

it("shows which base moved, how old the leg is and what is built on it", () => {
  const leg = (name: string, builtAt: string) => ({ leg: name, builtAt, commit: "c0ffee", bases });
  const text = renderStale(
    {
      legs: [
        leg("app", "2026-11-21T04:00:00Z"),
        leg("lib", "2026-11-28T09:30:00Z"),
        leg("odd", "yesterday"),
      ],
      rebuilds: ["app", "lib", "odd", "tool"],
      unbuilt: ["new"],
      unknown: [],
      of: 6,
    },
    now,
  );
  expect(text.split("\n")).toEqual([
    `LEG  BUILT        BASE         FROM                 TO`,
    `app  7 days ago   alpine:3.20  ${from}  ${to}`,
    `lib  2 hours ago  alpine:3.20  ${from}  ${to}`,
    `odd  yesterday    alpine:3.20  ${from}  ${to}`,
    "",
    "1 leg without a finished build: new",
    "3 of 5 legs stale. Run `layerkeep up --stale` to rebuild them, and the legs built on them: tool",
  ]);
});

it("is one line if nothing moved", () => {
  const nothing = { legs: [], rebuilds: [], unbuilt: [], unknown: [], of: 2 };
  expect(renderStale(nothing, now)).toBe("0 of 2 legs stale: no changed base images found");
});
