/**
 * The differential test at length, on the engine that scripts/engine.ts brought up: builds
 * generated cases, changes one file of each, builds again, and holds the input digest against what
 * the engine did. `--case N` runs one case of the seed, and prints it whole.
 */
import { parseArgs } from "node:util";
import { RegistryClient } from "../src/registry/client.ts";
import { pushBaseImages } from "../test/support/differential/base-images.ts";
import { generateCases } from "../test/support/differential/generate.ts";
import {
  describeOutcome,
  type Outcome,
  precision,
  runCases,
  unsound,
} from "../test/support/differential/run-cases.ts";
import { testEngine } from "../test/support/engine.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    case: { type: "string" },
  },
});
const [count, seed] = [Number(values.cases), Number(values.seed)];
const one = values.case === undefined ? undefined : Number(values.case);

const engine = testEngine();
await using client = new RegistryClient({ credentials: () => Promise.resolve(undefined) });
const bases = await pushBaseImages(engine, engine.registries[0], engine.baseImage.reference);
const cases = generateCases(seed, one === undefined ? count : one + 1, bases);
const outcomes: Outcome[] = [];
const chunk = 200;
for (let at = one ?? 0; at < cases.length; at += chunk) {
  outcomes.push(...(await runCases(cases.slice(at, at + chunk), engine, client)));
  const rate = (precision(outcomes) * 100).toFixed(1);
  console.log(`${outcomes.length} cases, ${unsound(outcomes).length} unsound, precision ${rate} %`);
}
const kinds = new Map<string, number>();
for (const { engine: kind, changed, fallback } of outcomes) {
  const name = `${kind}, digest ${changed ? "changed" : "unchanged"}${fallback ? ", fallback" : ""}`;
  kinds.set(name, (kinds.get(name) ?? 0) + 1);
}
console.log(Object.fromEntries(kinds));
const shown = one === undefined ? unsound(outcomes) : outcomes;
for (const outcome of shown) console.log(`\n${describeOutcome(outcome)}`);
process.exitCode = unsound(outcomes).length > 0 ? 1 : 0;
