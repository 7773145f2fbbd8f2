import { expect, it } from "vitest";
import { nameVariants } from "./name-variants.ts";

it.each([
  [["Dockerfile"], ["shop"]],
  [["docker/Dockerfile"], ["shop"]],
  [
    ["services/api/Dockerfile", "services/web/Dockerfile"],
    ["api", "web"],
  ],
  [["services/api/docker/Dockerfile"], ["api"]],
  [["services/api/Dockerfile.dev"], ["api-dev"]],
  [
    ["Dockerfile.gpu", "Containerfile.cpu"],
    ["gpu", "cpu"],
  ],
  [["images/api.Dockerfile"], ["api"]],
  [["api/api.Dockerfile"], ["api"]],
  [
    ["services/api/Dockerfile", "tools/api/Dockerfile"],
    ["services-api", "tools-api"],
  ],
  [
    ["a/x/api/Dockerfile", "b/x/api/Dockerfile", "x/api/Dockerfile"],
    ["a-x-api", "b-x-api", "x-api"],
  ],
  [
    ["Dockerfile", "shop/Dockerfile"],
    ["shop", "shop-2"],
  ],
  [
    ["My App/Dockerfile", "…/Dockerfile", "1/Dockerfile"],
    ["my-app", "app", "1"],
  ],
])("%j: %j", (paths, names) => {
  expect(nameVariants(paths, "shop")).toEqual(names);
});

it("gives no name that is taken", () => {
  expect(nameVariants(["api/Dockerfile", "web/Dockerfile"], "shop", ["api", "api-2"])).toEqual([
    "api-3",
    "web",
  ]);
});

it("gives a name once, whatever is taken", () => {
  expect(nameVariants(["api/Dockerfile", "api-2/Dockerfile"], "shop", ["api"])).toEqual([
    "api-3",
    "api-2",
  ]);
});
