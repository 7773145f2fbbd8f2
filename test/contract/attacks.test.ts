import { expect, test } from "vitest";
import { attacks } from "../support/attack/attacks.ts";
import { pushGround } from "../support/attack/requests.ts";
import { runAttack, runLogins } from "../support/attack/run.ts";
import { startTarget } from "../support/attack/target.ts";

// The short form of `npm run attack`. The heap has 512 MB, and so has the whole process.
const short = { size: 0.5, milliseconds: 2_000 };
const borne = { failed: 0, isRunning: true };

test.each(attacks)("goes on serving in bounded memory under $name", async (attack) => {
  await using target = await startTarget();
  const pushed = await pushGround(target.url);
  const outcome = await runAttack(target, attack, { pushed, ...short });
  expect(outcome).toMatchObject(borne);
  expect(outcome.mebibytes).toBeLessThan(512);
});

test("lets users log in, and serves others, while passwords are guessed", async () => {
  await using target = await startTarget({ cost: 10 });
  const outcome = await runLogins(target, { ...short, milliseconds: 4_000 });
  expect(outcome).toMatchObject({ ...borne, firstLogins: [200, 200] });
  expect(outcome.mebibytes).toBeLessThan(512);
});
