/**
 * The engine that the tests use, for a developer's own hands: `install` installs its packages;
 * `up` starts it with two registries and a base image, and keeps them until Ctrl-C.
 */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitCodeOf, LayerkeepError, UsageError } from "../src/errors.ts";
import { installPackages } from "./engine/packages.ts";
import { startTestBed, type TestBed } from "./engine/test-bed.ts";

const usage = `npx tsx scripts/engine.ts install
npx tsx scripts/engine.ts up [--ports A,B] [--exports FILE]

  --ports A,B     ports of the two registries (default: free ports)
  --exports FILE  also write the exports to FILE when everything is ready`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ports: { type: "string" },
      exports: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command] = positionals;
  if (values.help === true) {
    console.log(usage);
  } else if (command === "install") {
    await installPackages();
  } else if (command === "up") {
    await up(values.ports, values.exports);
  } else {
    throw new UsageError(`unknown command: ${command ?? "(none)"}`, { hint: usage });
  }
}

async function up(ports: string | undefined, file: string | undefined): Promise<void> {
  const asked = nextSignal();
  const pair = ports === undefined ? undefined : parsePorts(ports);
  const dir = await mkdtemp(join(tmpdir(), "layerkeep-"));
  const bed = await startTestBed({ dir, ports: pair });
  try {
    const exports = renderExports(bed);
    console.log(exports);
    console.log(`# processes: ${[process.pid, ...bed.pids].join(" ")}; Ctrl-C stops them`);
    if (file !== undefined) {
      await writeFile(`${file}.new`, `${exports}\n`);
      await rename(`${file}.new`, file);
    }
    await asked;
  } finally {
    if (file !== undefined) await rm(file, { force: true });
    await bed.stop();
  }
}

/** What the tests read, and what docker and buildx themselves read. */
function renderExports(bed: TestBed): string {
  return Object.entries({ ...bed.engine.env, ...bed.variables })
    .filter(([name]) => name !== "PATH")
    .map(([name, value]) => `export ${name}='${value}'`)
    .join("\n");
}

function parsePorts(text: string): readonly [number, number] {
  const [a, b, ...more] = text.split(",").map(Number);
  const valid = [a, b].every((port) => Number.isInteger(port) && Number(port) > 0);
  if (a === undefined || b === undefined || more.length > 0 || !valid) {
    throw new UsageError(`--ports ${text}: expected two ports`, {
      hint: "pass two ports, such as --ports 5001,5002",
    });
  }
  return [a, b];
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => resolve());
  });
}

main().catch((error: unknown) => {
  const known = error instanceof LayerkeepError;
  console.error(known ? error.message : error);
  if (known && error.hint !== undefined) console.error(error.hint);
  process.exitCode = exitCodeOf(error);
});
