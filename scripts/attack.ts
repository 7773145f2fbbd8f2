/**
 * `npm run attack`: does to the built registry, with a heap of 512 MB, what clients can do to it
 * without any right, and prints how it bore it.
 */
import { parseArgs } from "node:util";
import { attacks } from "../test/support/attack/attacks.ts";
import { pushGround } from "../test/support/attack/requests.ts";
import { type Outcome, runAttack, runLogins } from "../test/support/attack/run.ts";
import { startTarget } from "../test/support/attack/target.ts";

const usage = "usage: attack [--seconds N] [--size 0.1..1]";
/** What docs/embedded-registry.md promises. */
const mostMebibytes = 512;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    size: { type: "string", default: "1" },
  },
});
const [milliseconds, size] = [Number(values.seconds) * 1_000, Number(values.size)];
if (!(milliseconds > 0) || !(size > 0 && size <= 1)) {
  console.error(usage);
  process.exit(2);
}

for (const attack of attacks) {
  await using target = await startTarget();
  const pushed = await pushGround(target.url);
  report(await runAttack(target, attack, { pushed, size, milliseconds }));
}
await using asking = await startTarget({ cost: 10 });
const logins = await runLogins(asking, { size, milliseconds });
report(logins);
if (logins.firstLogins.some((status) => status !== 200)) {
  console.log(`  valid logins got status ${logins.firstLogins.join(", ")}`);
  process.exitCode = 1;
}

function report({ name, mebibytes, slowest, asked, failed, isRunning }: Outcome): void {
  const isFine = isRunning && failed === 0 && mebibytes <= mostMebibytes;
  const bore = isRunning ? `${mebibytes} MiB, slowest response ${slowest} ms` : "killed";
  console.log(
    `${isFine ? "ok  " : "FAIL"} ${name}: ${bore}, ${failed} of ${asked} requests got no response`,
  );
  if (!isFine) process.exitCode = 1;
}
