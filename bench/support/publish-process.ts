/** Publishes the plan in the file that is its argument, as `layerkeep publish --plan` does. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { publishVariants } from "../../src/pipeline/publish/publish-variants.ts";
import { parsePlan } from "../../src/plan/parse-plan.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { dockerCredentials } from "../../src/registry/auth/credentials.ts";

const file = process.argv[2] ?? "plan.json";
const plan = parsePlan(readFileSync(file, "utf8"), file);
const credentials = dockerCredentials({ env: process.env, home: homedir() });
await using client = new RegistryClient({ credentials, insecure: plan.insecure });
const results = await publishVariants(plan, {
  client,
  ancestry: () => Promise.resolve("unknown"),
  onEvent: () => undefined,
});
const failed = results.filter(({ error }) => error !== undefined);
for (const { variant, error } of failed) console.error(`${variant}: ${error?.message ?? ""}`);
if (failed.length > 0) process.exitCode = 1;
