import { expect, it } from "vitest";
import { readYaml } from "./read-yaml.ts";

it("reads the same without the fast path for plain files", async () => {
  const text = "variants:\n  app: {platforms: [linux/amd64], args: {A: 1.10}}\n";
  const [fast, whole] = await Promise.all([readYaml(text), readYaml(text, false)]);
  expect(whole.value).toEqual({
    variants: { app: { platforms: ["linux/amd64"], args: { A: "1.10" } } },
  });
  expect(fast.value).toEqual(whole.value);
  const path = ["variants", "app", "args", "A"];
  expect(fast.place(path, "value")).toEqual(whole.place(path, "value"));
});
