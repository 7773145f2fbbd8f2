/**
 * Trials on the engine of what a leg is built from: files of equal times in contexts of one name,
 * and files that are edited while they are built. `npm run soundness -- --runs 500`.
 */
import { parseArgs } from "node:util";
import { RegistryClient } from "../src/registry/client.ts";
import { anonymous } from "../src/registry/auth/credentials.ts";
import { Random } from "../test/support/differential/random.ts";
import {
  editedFile,
  equalStats,
  movedFolder,
  type Trial,
} from "../test/support/soundness/trials.ts";
import { withTestBed } from "./engine/with-test-bed.ts";

const trials: Readonly<Record<string, Trial>> = {
  "equal-stats": equalStats,
  moved: movedFolder,
  edited: editedFile,
};
const usage = `usage: soundness [--runs N] [--seed S] [--only ${Object.keys(trials).join("|")}]`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 0x7fffffff) },
    only: { type: "string" },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
const chosen = Object.entries(trials).filter(([name]) => (values.only ?? name) === name);
if (!(runs > 0) || !Number.isInteger(seed) || chosen.length === 0) {
  console.error(usage);
  process.exit(2);
}

await withTestBed(async () => {
  await using client = new RegistryClient({ credentials: anonymous });
  for (const [name, trial] of chosen) {
    const random = new Random(seed);
    let right = 0;
    for (let run = 1; run <= runs; run++) {
      const wrong = await trial(client, () => random.next());
      if (wrong.length === 0) right++;
      for (const text of wrong) console.log(`${name} ${run}: ${text}`);
      if (run % 50 === 0) console.log(`${name}: ${right} of ${run} correct`);
    }
    console.log(`${name}: ${right} of ${runs} correct, seed ${seed}`);
    if (right < runs) process.exitCode = 1;
  }
});
