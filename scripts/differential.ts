/**
 * The differential test at length: builds generated cases on the engine, changes one file of each,
 * builds again, and compares the input digest with what the engine did. Every Nth case is also
 * built as a leg is built, and its content compared with that of a plain build.
 * `npm run differential -- --cases 2000`; `--case N` runs one case of the seed, and prints it whole.
 */
import { parseArgs } from "node:util";
import { RegistryClient } from "../src/registry/client.ts";
import { anonymous } from "../src/registry/auth/credentials.ts";
import { pushBaseImages } from "../test/support/differential/base-images.ts";
import type { DifferentialCase } from "../test/support/differential/case.ts";
import { differences } from "../test/support/differential/compare-content.ts";
import { generateCases } from "../test/support/differential/generate.ts";
import { handPickedCases } from "../test/support/differential/hand-picked.ts";
import {
  describeOutcome,
  type Outcome,
  precision,
  runCases,
  unsound,
} from "../test/support/differential/run-cases.ts";
import { testEngine } from "../test/support/engine.ts";
import { withTestBed } from "./engine/with-test-bed.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    case: { type: "string" },
    "content-every": { type: "string", default: "4" },
  },
});
const [count, seed, every] = [values.cases, values.seed, values["content-every"]].map(Number);
const one = values.case === undefined ? undefined : Number(values.case);
if (
  !(count !== undefined && count > 0) ||
  seed === undefined ||
  !(every !== undefined && every > 0)
) {
  console.error("usage: differential [--cases N] [--seed S] [--case N] [--content-every N]");
  process.exit(2);
}

await withTestBed(async () => {
  const engine = testEngine();
  await using client = new RegistryClient({ credentials: anonymous });
  const bases = await pushBaseImages(engine, engine.registries[0], engine.baseImage.reference);
  const cases = generateCases(seed, one === undefined ? count : one + 1, bases).slice(one ?? 0);
  const picked = one === undefined ? handPickedCases(bases.named, bases.busybox) : [];
  const outcomes = await compareDigests(cases, client);
  const compared = [...picked, ...cases].filter((_, at) => at % every === 0);
  const differing = await compareContents(compared, client);
  const shown = one === undefined ? unsound(outcomes) : outcomes;
  for (const outcome of shown) console.log(`\n${describeOutcome(outcome)}`);
  process.exitCode = unsound(outcomes).length > 0 || differing > 0 ? 1 : 0;
});

async function compareDigests(
  cases: readonly DifferentialCase[],
  client: RegistryClient,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const chunk = 200;
  for (let at = 0; at < cases.length; at += chunk) {
    outcomes.push(...(await runCases(cases.slice(at, at + chunk), testEngine(), client)));
    const rate = (precision(outcomes) * 100).toFixed(1);
    console.log(
      `${outcomes.length} cases, ${unsound(outcomes).length} unsound, precision ${rate} %`,
    );
  }
  const kinds = new Map<string, number>();
  for (const { engine: kind, changed, fallback } of outcomes) {
    const name = `${kind}, digest ${changed ? "changed" : "unchanged"}${fallback ? ", fallback" : ""}`;
    kinds.set(name, (kinds.get(name) ?? 0) + 1);
  }
  console.log(Object.fromEntries(kinds));
  return outcomes;
}

/** Gives how many cases differ. */
async function compareContents(
  cases: readonly DifferentialCase[],
  client: RegistryClient,
): Promise<number> {
  let [compared, differing] = [0, 0];
  for (const given of cases) {
    const lines = await differences(given, testEngine(), client);
    if (lines === undefined) continue;
    compared += 1;
    if (lines.length === 0) continue;
    differing += 1;
    console.log(`${given.name}:\n${given.dockerfile}\n${lines.join("\n")}`);
  }
  console.log(`${compared} images compared with plain builds, ${differing} differ`);
  return differing;
}
