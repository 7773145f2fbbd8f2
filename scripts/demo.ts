/**
 * `npm run demo`: the main job on real input, with each claim checked. It needs no account and
 * no network but npm's and Debian's packages; what it starts is its own and ends with it.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodeOf, LayerkeepError, messageOf } from "../src/errors.ts";
import { formatSeconds } from "../src/report/table.ts";
import { type Claims, openClaims } from "./demo/claims.ts";
import { startDemoEngine } from "./demo/engine.ts";
import { needBuiltCli, serveRegistry } from "./demo/layerkeep.ts";
import { copyExamples } from "./demo/project.ts";
import { type Stage, tellStory } from "./demo/story.ts";

type End = () => Promise<unknown>;

/** Sets the stage; what has to be ended goes on `ends` as soon as it has begun. */
async function setStage(ends: End[], signal: AbortSignal): Promise<Stage> {
  needBuiltCli();
  const dir = await mkdtemp(join(tmpdir(), "layerkeep-"));
  ends.push(() => rm(dir, { recursive: true, force: true }));
  const home = join(dir, "home");
  await mkdir(home);
  // All that the command line and git get to see of this machine: no CI, no user's own files.
  const bare = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    XDG_CACHE_HOME: join(home, ".cache"),
    TERM: process.env["TERM"] ?? "dumb",
  };
  const hosts: string[] = [];
  for (const name of ["first", "second"]) {
    const registry = await serveRegistry(join(dir, name), join(dir, `${name}.log`), bare);
    ends.push(() => registry.stop());
    hosts.push(registry.host);
  }
  const [first = "", second = ""] = hosts;
  signal.throwIfAborted();
  const engine = await startDemoEngine({ dir, registry: first, signal });
  ends.push(() => engine.stop());
  signal.throwIfAborted();
  const env = { ...bare, ...engine.env };
  const project = await copyExamples(join(dir, "project"), env);
  console.log(`engine      ${engine.words}`);
  console.log(`registries  ${first} and ${second}, each a \`layerkeep registry serve\``);
  console.log(`project     ${project.dir}, a copy of examples/ in its own git repository`);
  return {
    engine,
    project,
    env,
    vars: { BASE: engine.base, FIRST: first, SECOND: second },
    registries: { hosts, env, logFile: join(dir, "embedded.log") },
    scratch: join(dir, "scratch"),
    signal,
  };
}

async function demo(signal: AbortSignal): Promise<Claims> {
  const claims = openClaims(console.log);
  const ends: End[] = [];
  console.log(
    "Four images for two architectures, published to two registries. Two of the images share a third as their base.",
  );
  try {
    await tellStory(await setStage(ends, signal), claims);
    return claims;
  } finally {
    // The last to begin ends first; one that cannot end does not keep the others.
    for (const end of ends.reverse()) {
      await end().catch((error: unknown) => console.error(messageOf(error)));
    }
  }
}

/** Aborts at the first signal; the reason has the exit code that the signal means. */
function onSignals(): AbortSignal {
  const abort = new AbortController();
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(name, () => {
      process.exitCode = code;
      if (!abort.signal.aborted)
        console.error(`${name}: stopping everything that the demo started`);
      abort.abort(new Error(`stopped by ${name}`));
    });
  }
  return abort.signal;
}

const begun = performance.now();
const signal = onSignals();
try {
  const { checked, failed } = (await demo(signal)).counts();
  const verdict = failed === 0 ? "all true" : `${failed} false`;
  const seconds = (performance.now() - begun) / 1000;
  console.log(`\n${checked} claims checked, ${verdict} (${formatSeconds(seconds)})`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  const hint = error instanceof LayerkeepError ? error.hint : undefined;
  console.error(`error: ${messageOf(error)}`);
  if (hint !== undefined) console.error(`hint: ${hint}`);
  process.exitCode = signal.aborted ? process.exitCode : exitCodeOf(error);
}
