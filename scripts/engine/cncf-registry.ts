import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDaemon } from "./daemon.ts";
import { needProgram } from "./paths.ts";

/** A running registry of the CNCF's distribution, which we did not write. */
export interface CncfRegistry {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `127.0.0.1:PORT`, as references have it. */
  readonly host: string;
  readonly pid: number;
  readonly logFile: string;
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. */
  kill(): void;
}

interface CncfRegistryOptions {
  /** Where it keeps its data (below `data`), its config and its log. */
  readonly root: string;
  /** One that is free where none is given. */
  readonly port?: number;
}

/**
 * Starts Debian's docker-registry on loopback, with deletion allowed and no authentication.
 * Throws an engine error with the tail of its log where it does not start.
 */
export async function startCncfRegistry(options: CncfRegistryOptions): Promise<CncfRegistry> {
  const { root, port = 0 } = options;
  const binary = needProgram("docker-registry");
  const configFile = join(root, "config.json");
  const logFile = join(root, "registry.log");
  await mkdir(join(root, "data"), { recursive: true });
  // YAML is what it reads, and JSON is YAML.
  await writeFile(configFile, JSON.stringify(config(join(root, "data"), port)));
  // An older run's log would name an older run's port.
  await writeFile(logFile, "");
  let host: string | undefined;
  const daemon = await startDaemon({
    name: "docker-registry",
    argv: [binary, "serve", configFile],
    env: withoutOverrides(process.env),
    logFile,
    ready: async () => {
      host = /listening on (127\.0\.0\.1:\d+)/.exec(readFileSync(logFile, "utf8"))?.[1];
      return (
        host !== undefined &&
        (await fetch(`http://${host}/v2/`).catch(() => undefined))?.ok === true
      );
    },
  });
  return { url: `http://${host ?? ""}`, host: host ?? "", logFile, ...daemon };
}

/** Its config can also come from REGISTRY_… in the environment: not here. */
function withoutOverrides(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("REGISTRY_")));
}

function config(data: string, port: number) {
  return {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: data },
      cache: { blobdescriptor: "inmemory" },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}` },
  };
}
