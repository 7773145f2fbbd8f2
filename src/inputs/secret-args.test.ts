import { expect, it } from "vitest";
import { secretArgWarnings } from "./secret-args.ts";

it("warns of arguments that are named like secrets and have a value, once for a variant", () => {
  const variant = (
    name: string,
    args: Record<string, string>,
    other: Record<string, string> = {},
  ) => ({
    name,
    args,
    platformArgs: { "linux/arm64": other },
  });
  expect(
    secretArgWarnings([
      variant("core", { NPM_TOKEN: "x", VERSION: "1", API_KEY: "" }),
      variant("gpu", {}, { NPM_TOKEN: "y", PUBLIC_KEY: "z" }),
    ]),
  ).toEqual(
    ["core", "gpu"].map(
      (name) =>
        `${name}: the argument NPM_TOKEN looks like a secret, but anyone can read it in the plan, the image's history and its provenance. Pass it under secrets: instead`,
    ),
  );
});
