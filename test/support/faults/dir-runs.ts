import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import type { LayerkeepError } from "../../../src/errors.ts";
import { removeTree } from "../../../src/dir/restore/remove-tree.ts";
import { type DirBed, openDirBed } from "../dir-caches.ts";
import { anyFolder, describeFolder, type MadeEntry, makeFolder } from "../directories.ts";
import { type Change, changeFolder, changes } from "./change-folder.ts";
import type { Ground } from "./ground.ts";
import { Observer } from "./observer.ts";
import {
  calm,
  freshName,
  impatientClient,
  must,
  mustSucceed,
  trial,
  type Weather,
  weathers,
} from "./trial.ts";

export interface DirRun {
  readonly weather: Weather;
  readonly folder: readonly MadeEntry[];
  readonly changes: readonly Change[];
  readonly added: readonly MadeEntry[];
  /** Owners, setuid and setgid bits as well. */
  readonly owners: boolean;
}

export const dirRuns: fc.Arbitrary<DirRun> = fc.record({
  weather: weathers,
  folder: anyFolder,
  changes,
  added: anyFolder,
  owners: fc.boolean(),
});

const key = "k";
const [saved, restored] = ["saved", "restored"];

/**
 * A folder is saved and restored in bad weather, changed, and both again. Whatever fails, the key
 * names the last cache that was acknowledged or the one that was being saved, and the folder to
 * restore to is the old one or the new one, whole. When the weather is over, all comes back exactly.
 */
export async function dirRun(ground: Ground, run: DirRun): Promise<void> {
  const path = `${freshName()}/dirs`;
  const observer = new Observer(ground.hosts[0], path, new Map(), ground.looks);
  await using bed = openDirBed(ground.proxies[0].host, path);
  const [source, target] = [join(bed.root, saved), join(bed.root, restored)];
  makeFolder(source, run.folder, run.owners);
  mkdirSync(target);
  writeFileSync(join(target, "mine"), "mine");
  const round: Round = { ground, run, bed, observer, before: undefined };
  await saveAndRestore(round);
  const before = describeFolder(source);
  changeFolder(source, run.changes);
  makeFolder(source, run.added, run.owners);
  await saveAndRestore({ ...round, before });
}

interface Round {
  readonly ground: Ground;
  readonly run: DirRun;
  readonly bed: DirBed;
  readonly observer: Observer;
  /** What the key names; undefined: nothing. */
  readonly before: Described | undefined;
}

type Described = readonly string[];

async function saveAndRestore(round: Round): Promise<void> {
  const { ground, run, bed, observer, before } = round;
  const { weather, owners } = run;
  const observers = [observer];
  const isHindered = weather.share > 0 || (ground.isOurs && !weather.lease);
  await using client = impatientClient();
  const save = () => bed.save(saved, key, { client, allowEmpty: true });
  const restore = () => bed.restore(restored, key, { client, owners });
  const now = describeFolder(join(bed.root, saved));

  const failure = await trial(ground, { weather, observers }, save);
  if (!isHindered) mustSucceed(failure, "a save that nothing was in the way of");
  const named = await whatIsSaved(bed, owners);
  mustBeOneOf(named, failure === undefined ? [now] : [before, now], "the cache");
  const beside = { weather: calm(weather), observers };
  mustSucceed(await trial(ground, beside, save), "a save after the faults");
  mustBeOneOf(await whatIsSaved(bed, owners), [now], "the cache");

  const old = describeFolder(join(bed.root, restored));
  const failed = await trial(ground, { weather, observers }, restore);
  if (weather.share === 0) mustSucceed(failed, "a restore that nothing was in the way of");
  mustBeRestored(bed, failed, { old, now });
  mustSucceed(await trial(ground, beside, restore), "a restore after the faults");
  mustBeRestored(bed, undefined, { old, now });
}

/** What the key names, as another machine gets it; undefined if it names nothing. */
async function whatIsSaved(bed: DirBed, owners: boolean): Promise<Described | undefined> {
  const folder = join(bed.root, "elsewhere");
  const memory = "elsewhere-memory";
  const found = await bed.restore("elsewhere", key, { owners, memory });
  must(existsSync(folder) === (found !== undefined), "a folder was restored without a cache");
  if (found === undefined) return undefined;
  const described = describeFolder(folder);
  removeTree(folder);
  return described;
}

function mustBeRestored(
  { root }: DirBed,
  failure: LayerkeepError | undefined,
  { old, now }: { readonly old: Described; readonly now: Described },
): void {
  const described = describeFolder(join(root, restored));
  mustBeOneOf(described, failure === undefined ? [now] : [old], "the restored folder");
  const left = readdirSync(root).filter((name) => name.includes(".layerkeep"));
  must(left.length === 0, `${left.join(", ")} was left behind`);
}

function mustBeOneOf(
  found: Described | undefined,
  allowed: readonly (Described | undefined)[],
  what: string,
): void {
  const texts = allowed.map((lines) => lines?.join("\n"));
  const text = found?.join("\n");
  if (texts.includes(text)) return;
  must(false, `${what} is\n${text}\n, and may be\n${texts.join("\n, or\n")}`);
}
