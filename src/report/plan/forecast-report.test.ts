import { expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { renderForecast } from "./forecast-report.ts";

const [old, fresh] = [digestOf("old"), digestOf("new")];
const about = { variant: "app", repository: "r.io/app", reason: "why" };

it("prints what each tag points to now and afterwards, and counts", () => {
  const text = renderForecast(
    [
      { ...about, tag: "a", before: null, after: null, moves: true },
      { ...about, tag: "b", before: old, after: fresh, moves: true },
      { ...about, tag: "c", before: old, after: fresh, moves: false },
    ],
    "nothing was published",
  );
  expect(text.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["IMAGE", "NOW", "THEN", "WHY"],
    ["r.io/app:a", "-", "the new build", "why"],
    ["r.io/app:b", old.slice(0, 19), fresh.slice(0, 19), "why"],
    ["r.io/app:c", old.slice(0, 19), "stays", "why"],
    [""],
    ["nothing was published: 1 tag would be created, 1 moved, 1 left as it is"],
  ]);
});

it("says that there is no tag", () => {
  expect(renderForecast([], "nothing was built")).toBe(
    "nothing was built: no tag would be published",
  );
});
