import { parseArgs } from "node:util";
import { checkFaults, operations } from "../test/support/faults/check.ts";

const usage =
  "usage: faults [--runs N] [--seed S] [--only copy|publish|dir] [--over embedded|cncf] [--path PATH]";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 0x7fffffff) },
    only: { type: "string" },
    over: { type: "string", default: "embedded" },
    path: { type: "string" },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
const chosen = operations.filter((name) => values.only === undefined || name === values.only);
const ground = (["embedded", "cncf"] as const).find((name) => name === values.over);
if (!(runs > 0) || !Number.isInteger(seed) || chosen.length === 0 || ground === undefined) {
  console.error(usage);
  process.exit(2);
}

process.on("unhandledRejection", (error) => {
  console.error("unhandled error:", error);
  process.exit(1);
});

for (const operation of chosen) {
  const began = performance.now();
  let done = 0;
  const rate = (): string => (done / ((performance.now() - began) / 1000)).toFixed(1);
  const found = await checkFaults({
    ...{ operation, ground, seed, runs },
    path: values.path,
    onRun: () => {
      if (++done % 500 === 0) console.error(`${operation}: ${done} of ${runs}, ${rate()} a second`);
    },
  });
  if (found !== undefined) {
    console.error(`${found.message}\n\n${operation} failed after ${done} runs; replay it:`);
    console.error(found.replay);
    process.exit(1);
  }
  console.log(`${operation}: ${done} runs passed, seed ${seed}, ${rate()} a second`);
}
