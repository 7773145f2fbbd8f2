import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startDaemon } from "./daemon.ts";
import { needProgram } from "./paths.ts";

/** A running registry of the CNCF's distribution, which we did not write. */
export interface CncfRegistry {
  /** `http://127.0.0.1:PORT`, or https. */
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
  /** Speaks TLS, with a certificate and its key in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * Starts Debian's docker-registry on loopback, with deletion allowed and no authentication.
 * Throws an engine error with the tail of its log where it does not start.
 */
export async function startCncfRegistry(options: CncfRegistryOptions): Promise<CncfRegistry> {
  const { root, port = 0, tls } = options;
  const binary = needProgram("docker-registry");
  const configFile = join(root, "config.json");
  const logFile = join(root, "registry.log");
  await mkdir(join(root, "data"), { recursive: true });
  // YAML is what it reads, and JSON is YAML.
  const http = { addr: `127.0.0.1:${port}`, ...(tls === undefined ? {} : await keep(root, tls)) };
  await writeFile(configFile, JSON.stringify(config(join(root, "data"), http)));
  // An older run's log would name an older run's port.
  await writeFile(logFile, "");
  const scheme = tls === undefined ? "http" : "https";
  let host: string | undefined;
  const daemon = await startDaemon({
    name: "docker-registry",
    argv: [binary, "serve", configFile],
    env: withoutOverrides(process.env),
    logFile,
    ready: async () => {
      host = /listening on (127\.0\.0\.1:\d+)/.exec(readFileSync(logFile, "utf8"))?.[1];
      return host !== undefined && answers(`${scheme}://${host}/v2/`);
    },
  });
  return { url: `${scheme}://${host ?? ""}`, host: host ?? "", logFile, ...daemon };
}

/** Whether it says that it is there; its certificate is nobody's business here. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { agent: false, rejectUnauthorized: false } as const;
    const get = url.startsWith("https:") ? httpsGet : httpGet;
    get(url, options, (answer) => resolve(answer.resume().statusCode === 200)).on("error", () =>
      resolve(false),
    );
  });
}

/** Its certificate, as the files that its config names. */
async function keep(root: string, { cert, key }: { readonly cert: string; readonly key: string }) {
  const tls = { certificate: join(root, "cert.pem"), key: join(root, "key.pem") };
  await writeFile(tls.certificate, cert);
  await writeFile(tls.key, key, { mode: 0o600 });
  return { tls };
}

/** Its config can also come from REGISTRY_… in the environment: not here. */
function withoutOverrides(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("REGISTRY_")));
}

function config(data: string, http: object) {
  return {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: data },
      cache: { blobdescriptor: "inmemory" },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http,
  };
}

/**
 * Has a stopped registry free the blobs that no manifest names. Not with `--delete-untagged`,
 * which takes the children of indexes, too (distribution 2.8).
 */
export async function collectCncfGarbage(root: string): Promise<void> {
  const argv = ["garbage-collect", join(root, "config.json")];
  await promisify(execFile)(needProgram("docker-registry"), argv, {
    env: withoutOverrides(process.env),
    maxBuffer: 16 << 20,
  });
}
