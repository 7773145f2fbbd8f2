import { expect, it } from "vitest";
import { cacheOf, configOf, variantOf } from "../../test/support/configs.ts";
import { readUntrusted, secretVariablesOf } from "./secret-variables.ts";

it("secrets are in the variables that credentials, variants and the cache name", () => {
  const secrets = ["id=npm,env=NPM_TOKEN", "id=PLAIN", "id=key,src=key.pem"];
  const variables = { kind: "basic", username: "LAYERKEEP_USER", password: "SECRET" } as const;
  const config = configOf({
    credentials: [{ repository: "quay.io", variables }],
    variants: [variantOf("app", { secrets })],
    cache: cacheOf({ type: "s3" }),
  });
  const found = secretVariablesOf(config);
  expect(found).toEqual({
    registries: ["LAYERKEEP_USER", "SECRET"],
    builds: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "NPM_TOKEN", "PLAIN"],
  });
  expect(readUntrusted(found.registries)).toEqual(["LAYERKEEP_USER"]);
});
