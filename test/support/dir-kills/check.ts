import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../../src/dir/restore/remove-tree.ts";
import { restoreDirectory } from "../../../src/dir/restore/restore.ts";
import { localCrew } from "../../../src/dir/threads/local-crew.ts";
import { anonymous } from "../../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../../src/registry/client.ts";
import { type CrashResult, type CrashRun, CrashViolation, mustBeRight } from "../crashes/rounds.ts";
import { Random } from "../differential/random.ts";
import { describeFolder } from "../directories.ts";
import { type Ended, type KillBed, openKillBed } from "./bed.ts";

const key = "k";
/** One command of so many is not killed: what it acknowledges must hold in the next rounds. */
const roundsPerWhole = 3;
/** What a killed command leaves in the memory of folders is bounded. */
const mostRemembered = 8;

/**
 * Kills `dir save` and `dir restore` at any moment, many times, in the same folders. The key must
 * name the last cache that was acknowledged, or the one that was being saved. The folder must be
 * the old one or the new one, or be put back by the next restore, which must leave nothing else.
 */
export async function checkDirKills(run: CrashRun): Promise<CrashResult> {
  const random = new Random(run.seed);
  await using bed = await openKillBed();
  const state = new State(bed, random);
  let round = 0;
  try {
    await state.begin();
    for (; round < run.rounds; round++) {
      run.signal?.throwIfAborted();
      await (random.chance(0.4) ? state.killSave() : state.killRestore());
      if (random.below(roundsPerWhole) === 0) await state.beWhole();
      run.onRound?.(round, state.acknowledged);
    }
    await state.beWhole();
    return { rounds: run.rounds, acknowledged: state.acknowledged };
  } catch (error) {
    if (!(error instanceof CrashViolation)) throw error;
    const violation = { round, wrong: error.wrong };
    return { rounds: round, acknowledged: state.acknowledged, violation };
  }
}

type Described = string;

class State {
  acknowledged = 0;
  readonly #bed: KillBed;
  readonly #random: Random;
  /** What the key names. */
  #cached: Described = "";
  /** What the target was before the restores that were killed since. */
  #old: Described = "";

  constructor(bed: KillBed, random: Random) {
    this.#bed = bed;
    this.#random = random;
  }

  async begin(): Promise<void> {
    for (let number = 0; number < 60; number++) this.#write("source", number, 20_000);
    this.#write("source", 100, 6_000_000);
    symlinkSync("1", join(this.#bed.root, "source", "link"));
    await this.#save();
    await this.beWhole();
  }

  async killSave(): Promise<void> {
    this.#changeSource();
    const now = this.#describe("source");
    const ended = await this.#bed.runKilled(["save", key, "source"], this.#random);
    const isDone = this.#isDone(ended);
    await this.#mustBeCached(isDone ? [now] : [this.#cached, now]);
  }

  async killRestore(): Promise<void> {
    const { root } = this.#bed;
    // What somebody has in the folder, as long as no restore was killed.
    if (this.#describe("target") === this.#old && this.#leftovers().length === 0) {
      this.#write("target", this.#random.below(5), 100);
      this.#old = this.#describe("target");
    }
    const ended = await this.#bed.runKilled(["restore", key, "target"], this.#random);
    if (this.#isDone(ended)) {
      this.#mustBeRestored();
      return;
    }
    const allowed = [this.#old, this.#cached];
    if (existsSync(join(root, "target"))) {
      const target = this.#describe("target");
      mustBeIn(target, allowed, "the restored folder");
      this.#old = target;
      return;
    }
    const kept = this.#leftovers().map((name) => join(name, "old"));
    const found = kept.filter((name) => existsSync(join(root, name)));
    mustBeRight(found.length === 1 ? [] : [`target is gone, and is in ${String(kept)}`]);
    mustBeIn(this.#describe(found[0] ?? ""), allowed, "what is put back");
  }

  /** What is not killed works, and leaves nothing of what was killed. */
  async beWhole(): Promise<void> {
    this.#changeSource();
    await this.#save();
    await this.#mustBeCached([this.#cached]);
    const ended = await this.#bed.run(["restore", key, "target"]);
    if (!this.#isDone(ended)) throw new CrashViolation([`a restore failed: ${ended.stderr}`]);
    this.#mustBeRestored();
  }

  async #save(): Promise<void> {
    this.#cached = this.#describe("source");
    const ended = await this.#bed.run(["save", key, "source"]);
    if (!this.#isDone(ended)) throw new CrashViolation([`a save failed: ${ended.stderr}`]);
  }

  /** False if it was killed. Anything else that it may end with is wrong. */
  #isDone({ code, stderr }: Ended): boolean {
    if (code === null) return false;
    mustBeRight(code === 0 ? [] : [`a command exited with ${code}: ${stderr}`]);
    this.acknowledged += 1;
    return true;
  }

  async #mustBeCached(allowed: readonly Described[]): Promise<void> {
    const { root, host } = this.#bed;
    await using client = new RegistryClient({ credentials: anonymous });
    await restoreDirectory({
      storage: { client, repository: { host, path: "kills/dirs" } },
      crew: localCrew(),
      key,
      prefixes: [],
      paths: [join(root, "elsewhere")],
      place: { cwd: "/nowhere", home: "/nowhere" },
      memory: join(root, "elsewhere-memory"),
      now: () => new Date(),
    });
    const found = this.#describe("elsewhere");
    removeTree(join(root, "elsewhere"));
    mustBeIn(found, allowed, "the cache");
    this.#cached = found;
  }

  #mustBeRestored(): void {
    const target = this.#describe("target");
    mustBeIn(target, [this.#cached], "the restored folder");
    this.#old = target;
    const left = this.#leftovers();
    mustBeRight(left.map((name) => `${name} was left behind`));
    const remembered = readdirSync(join(this.#bed.root, "home/cache/layerkeep/dirs"));
    const isMuch = remembered.length > mostRemembered;
    mustBeRight(isMuch ? [`${remembered.length} files are remembered`] : []);
  }

  /** What is beside the target for a restore. */
  #leftovers(): readonly string[] {
    return readdirSync(this.#bed.root).filter((name) => name.includes(".layerkeep"));
  }

  #changeSource(): void {
    const random = this.#random;
    for (let left = random.below(4); left > 0; left--)
      this.#write("source", random.below(80), 9_000);
    if (random.chance(0.2)) rmSync(join(this.#bed.root, "source", "7"), { force: true });
  }

  #write(folder: string, number: number, bytes: number): void {
    mkdirSync(join(this.#bed.root, folder, "sub"), { recursive: true });
    const name = number % 2 === 0 ? String(number) : `sub/${number}`;
    writeFileSync(join(this.#bed.root, folder, name), randomBytes(bytes));
  }

  #describe(folder: string): Described {
    return describeFolder(join(this.#bed.root, folder)).join("\n");
  }
}

function mustBeIn(found: Described, allowed: readonly Described[], what: string): void {
  if (allowed.includes(found)) return;
  throw new CrashViolation([`${what} is`, found, "and may be", ...allowed]);
}
