import { sccacheCommand } from "../../scripts/engine/sccache.ts";

/** What a build of C files did with a compiler cache. */
export interface CompilerStats {
  readonly hits: number;
  readonly misses: number;
  readonly errors: number;
}

/** A project of so many C files, and the scripts that build it. */
export function compilerProject(number: number): Readonly<Record<string, string>> {
  const sources = Array.from({ length: number }, (_, at) => {
    const text = `#include <stdio.h>\nint f${at}(void) { return printf("${at}"); }\n`;
    return [`c/${at}.c`, text] as const;
  });
  return { ...Object.fromEntries(sources), "ccache.mjs": ccache, "sccache.mjs": sccache };
}

/** The arguments after `dir serve KEY`, for a build by one of the compiler caches. */
export function buildBy(tool: "ccache" | "sccache"): readonly string[] {
  const command = tool === "sccache" ? sccacheCommand() : [];
  return ["--", process.execPath, `${tool}.mjs`, ...command];
}

const compileAll = `
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
const run = (command, ...args) => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error([command, ...args].join(" ") + " failed: " + stderr);
  return stdout;
};
const compile = (...compiler) => {
  for (const name of readdirSync("c").filter((one) => one.endsWith(".c"))) {
    run(...compiler, "gcc", "-c", "c/" + name, "-o", "c/" + name + ".o");
  }
};
`;

/** Its own folder has to be new: what it has there, it does not ask for. */
const ccache = `${compileAll}
compile("ccache");
const lines = run("ccache", "--print-stats").split("\\n").map((line) => line.split("\\t"));
const stats = Object.fromEntries(lines);
console.log(JSON.stringify({
  hits: Number(stats.remote_storage_hit),
  misses: Number(stats.cache_miss),
  errors: Number(stats.remote_storage_error) + Number(stats.remote_storage_timeout),
}));
`;

/** The loader that starts it is not the program, so the server cannot start itself. */
const sccache = `${compileAll}
const program = process.argv.slice(2);
const socket = process.cwd() + "/sccache.sock";
// An earlier server left it.
rmSync(socket, { force: true });
process.env.SCCACHE_SERVER_UDS = socket;
const env = { ...process.env, SCCACHE_START_SERVER: "1", SCCACHE_NO_DAEMON: "1" };
const server = spawn(program[0], program.slice(1), { env, stdio: ["ignore", "ignore", "inherit"] });
const ended = new Promise((resolve) => server.once("exit", resolve));
const until = Date.now() + 20_000;
while (!existsSync(socket)) {
  if (server.exitCode !== null || Date.now() > until) throw new Error("sccache did not start");
  await new Promise((resolve) => setTimeout(resolve, 20));
}
try {
  compile(...program);
  const { stats } = JSON.parse(run(...program, "--show-stats", "--stats-format=json"));
  const sum = ({ counts }) => Object.values(counts).reduce((all, one) => all + one, 0);
  console.log(JSON.stringify({
    hits: sum(stats.cache_hits),
    misses: sum(stats.cache_misses),
    errors: sum(stats.cache_errors) + stats.cache_write_errors + stats.cache_read_errors,
  }));
} finally {
  run(...program, "--stop-server");
  await ended;
}
`;
