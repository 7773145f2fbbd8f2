/**
 * `npm run races`: two builders stage one leg at the same time, many times. At the end both must
 * report the digest that the staged tag names.
 */
import { parseArgs } from "node:util";
import { raceStaging } from "../test/support/races.ts";
import { startCncf, startEmbedded } from "../test/support/registries.ts";

const usage = "usage: races [--runs N] [--over embedded|cncf] [--delay MILLISECONDS]";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "500" },
    over: { type: "string" },
    delay: { type: "string", default: "100" },
  },
});
const [runs, delayMs] = [Number(values.runs), Number(values.delay)];
const registries = [
  ["embedded", startEmbedded],
  ["cncf", startCncf],
] as const;
const chosen = registries.filter(([name]) => values.over === undefined || values.over === name);
if (!(runs > 0) || !(delayMs >= 0) || chosen.length === 0) {
  console.error(usage);
  process.exit(2);
}

for (const [name, start] of chosen) {
  await using registry = await start();
  let done = 0;
  const onRun = (): void => {
    if (++done % 100 === 0) console.error(`${name}: ${done} of ${runs}`);
  };
  const { won, wrong } = await raceStaging({
    host: registry.host,
    runs,
    atOnce: 20,
    delayMs,
    onRun,
  });
  for (const race of wrong) console.error(race);
  console.log(`${name}: ${runs - wrong.length} of ${runs} correct, won by ${won.join(" and ")}`);
  if (wrong.length > 0) process.exitCode = 1;
}
