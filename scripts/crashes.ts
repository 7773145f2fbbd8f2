/**
 * `npm run crashes`: kills the registry and cuts the power of its disk at random moments, many
 * times, while clients change it; and kills the built `dir save` and `dir restore` at any moment.
 * What was acknowledged must hold.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { missingForPowerCuts } from "../test/support/crashes/disks.ts";
import { checkKills } from "../test/support/crashes/kills.ts";
import { checkPowerCuts } from "../test/support/crashes/power-cuts.ts";
import { hasPrivateMounts, runWithPrivateMounts } from "../test/support/crashes/private-mounts.ts";
import { faults } from "../test/support/crashes/server.ts";
import { checkDirKills } from "../test/support/dir-kills/check.ts";

const usage = `usage: crashes [--kills N] [--power-cuts N] [--dirs N] [--seed S] [--fault ${faults.join("|")}]`;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    "power-cuts": { type: "string", default: "60" },
    dirs: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 0x7fffffff) },
    fault: { type: "string" },
  },
});
const { "power-cuts": powerCuts } = values;
const [kills, cuts, dirs, seed] = [values.kills, powerCuts, values.dirs, values.seed].map(Number);
const fault = faults.find((name) => name === values.fault);
const areCounts = isCount(kills) && isCount(cuts) && isCount(dirs) && isCount(seed);
if (!areCounts || fault !== values.fault) {
  console.error(usage);
  process.exit(2);
}
if (dirs > 0 && !existsSync("dist/cli.js")) {
  console.error("dist/cli.js is missing: run `npm run build` first");
  process.exit(2);
}
const missing = cuts > 0 ? missingForPowerCuts() : [];
if (missing.length > 0) {
  console.error(`the power-cut tests cannot run here (skip them with --power-cuts 0):`);
  for (const line of missing) console.error(`  ${line}`);
  process.exit(2);
}
if (cuts > 0 && !hasPrivateMounts()) process.exit(await runWithPrivateMounts());

const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => stopping.abort());
}

const kinds = [
  ["kills", checkKills, kills],
  ["power cuts", checkPowerCuts, cuts],
  ["directory caches", checkDirKills, dirs],
] as const;
for (const [name, check, rounds] of kinds) {
  if (rounds === 0) continue;
  const began = performance.now();
  const onRound = (round: number, acknowledged: number): void => {
    if (round > 0 && round % 10 === 0) {
      console.error(`${name}: ${round} of ${rounds}, ${acknowledged} operations`);
    }
  };
  try {
    const result = await check({ seed, rounds, fault, signal: stopping.signal, onRound });
    const seconds = Math.round((performance.now() - began) / 1000);
    const { acknowledged, violation } = result;
    const checked = `${acknowledged} acknowledged operations checked`;
    if (violation === undefined) {
      console.log(`${name}: ${rounds} rounds, ${checked}, 0 lost, ${seconds} s, seed ${seed}`);
      continue;
    }
    console.log(`${name}: FAILED in round ${violation.round}, ${checked}, seed ${seed}`);
    for (const line of violation.wrong.slice(0, 50)) console.log(`  ${line}`);
    const kept = violation.kept === undefined ? "" : `; files kept in ${violation.kept}`;
    console.log(`  ${violation.wrong.length} problems in total${kept}`);
    process.exitCode = 1;
    break;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    console.error("stopped");
    process.exitCode = 130;
    break;
  }
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0;
}
