import { renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LegResult } from "../../../src/pipeline/build/build-leg.ts";
import { ChangedInputsError } from "../../../src/plan/recheck.ts";
import type { RegistryClient } from "../../../src/registry/client.ts";
import { openGround } from "./ground.ts";

/** What a trial found wrong; nothing if all was right. */
export type Trial = (client: RegistryClient, random: () => number) => Promise<readonly string[]>;

/**
 * Files of two contexts with the same name, path, size, mode and time, built at once and as main
 * and named contexts; then the same files with other contents, and again the same times.
 */
export const equalStats: Trial = async (client, random) => {
  using ground = openGround(
    client,
    `variants:
  a: { context: a/app }
  b: { context: b/app }
  c: { context: c, contexts: { other: a/app } }
  d: { context: c, contexts: { other: b/app } }
`,
  );
  for (const name of ["a", "b"])
    ground.write(`${name}/app/Dockerfile`, "FROM scratch\nCOPY v /v\n");
  ground.write("c/Dockerfile", "FROM scratch\nCOPY --from=other v /v\n");
  const time = Math.floor(random() * 1_000_000_000);
  const wrong: string[] = [];
  for (const round of ["1", "2"]) {
    for (const name of ["a", "b"]) {
      ground.write(`${name}/app/v`, `${ground.id} ${name}${round}`);
      utimesSync(join(ground.root, name, "app/v"), time, time);
    }
    const plan = await ground.plan();
    for (const result of await ground.build(plan)) {
      if (result.outcome === "failed") wrong.push(`${result.leg}: ${result.error.message}`);
    }
    for (const leg of plan.legs) {
      const holds = leg.variant === "a" || leg.variant === "c" ? "a" : "b";
      const text = await ground.stagedText(leg);
      const expected = `${ground.id} ${holds}${round}`;
      if (text !== expected) wrong.push(`${leg.id} holds ${text ?? "nothing"}, not ${expected}`);
    }
  }
  return wrong;
};

/**
 * A folder that takes another's place, whose files have the same names, sizes and times; and a
 * context that is a link, to another folder the second time.
 */
export const movedFolder: Trial = async (client) => {
  using ground = openGround(
    client,
    "variants: { app: { context: app }, linked: { context: current } }\n",
  );
  ground.write("app/Dockerfile", "FROM scratch\nCOPY conf/v /v\n");
  for (const name of ["old", "new"]) {
    ground.write(`${name}/Dockerfile`, "FROM scratch\nCOPY v /v\n");
    ground.write(`${name}/v`, `${ground.id} ${name}`);
  }
  ground.write("app/conf/v", `${ground.id} old`);
  ground.write("app/next/v", `${ground.id} new`);
  // As a clone leaves them that is quick enough: written and set within one tick.
  const written = new Date();
  for (const path of ["app/conf/v", "app/next/v", "old/v", "new/v"]) {
    utimesSync(join(ground.root, path), written, written);
  }
  symlinkSync("old", join(ground.root, "current"));
  const wrong: string[] = [];
  for (const holds of ["old", "new"]) {
    const plan = await ground.plan();
    wrong.push(...unexpected(await ground.build(plan)));
    for (const leg of plan.legs) {
      const text = await ground.stagedText(leg);
      if (text !== `${ground.id} ${holds}`) wrong.push(`${leg.id} holds ${text ?? "nothing"}`);
    }
    if (holds === "new") break;
    renameSync(join(ground.root, "app/conf"), join(ground.root, "app/before"));
    renameSync(join(ground.root, "app/next"), join(ground.root, "app/conf"));
    rmSync(join(ground.root, "current"));
    symlinkSync("new", join(ground.root, "current"));
  }
  return wrong;
};

const contents = ["one", "two", "six"];
/** What a build of this context takes on an idle machine, about twice over. */
const longestMs = 1200;

/**
 * A file that is written while its leg is built, at a moment by chance. Whatever is staged then
 * under the name of some content holds that content.
 */
export const editedFile: Trial = async (client, random) => {
  using ground = openGround(client, "variants: { app: { context: app } }\n");
  ground.write("app/Dockerfile", "FROM scratch\nCOPY large /large\nCOPY v /v\n");
  ground.write("app/large", Buffer.alloc(4 << 20, ground.id));
  const write = (text: string): void => ground.write("app/v", `${ground.id} ${text}`);
  write("one");
  const plan = await ground.plan();
  const building = ground.build(plan);
  await sleep(random() * longestMs);
  write("two");
  if (random() < 0.3) write("six");
  if (random() < 0.3) write("one");
  const wrong = unexpected(await building);
  // And once without haste: else nothing might ever be staged.
  const calm = await ground.plan();
  wrong.push(...unexpected(await ground.build(calm)));
  for (const leg of calm.legs) {
    if ((await ground.stagedText(leg)) === undefined) wrong.push(`${leg.id} is not staged`);
  }
  for (const text of contents) {
    write(text);
    const [leg] = (await ground.plan()).legs;
    const staged = leg === undefined ? undefined : await ground.stagedText(leg);
    if (staged !== undefined && staged !== `${ground.id} ${text}`) {
      wrong.push(`what is staged for ${text} holds ${staged}`);
    }
  }
  return wrong;
};

/** Failures but those that say that a file changed. */
function unexpected(results: readonly LegResult[]): string[] {
  return results.flatMap((result) =>
    result.outcome === "failed" && !(result.error instanceof ChangedInputsError)
      ? [`${result.leg}: ${result.error.message}`]
      : [],
  );
}
