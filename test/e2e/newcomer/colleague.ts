import { chmodSync, chownSync, cpSync, lchownSync, mkdirSync, readdirSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { testEngine } from "../../support/engine.ts";

/** A user of the same machine who is not root. */
export interface Colleague extends AsyncDisposable {
  /** What comes before a command, to run it as this user. */
  readonly prefix: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Any user but root that a Debian system may have or not: no program asks for its name. */
const id = 1000;

/** Adds one, with a home in `colleague`, who may use Docker and has Docker's files in the home. */
export async function addColleague(
  root: string,
  env: Readonly<Record<string, string>>,
): Promise<Colleague> {
  const home = join(root, "colleague");
  mkdirSync(home);
  cpSync(env["DOCKER_CONFIG"] ?? "", join(home, ".docker"), { recursive: true });
  chmodSync(root, 0o711);
  const socket = join(root, "docker.sock");
  const relay = await startRelay(socket);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) giveAll(home);
  return {
    prefix: isRoot ? ["setpriv", `--reuid=${id}`, `--regid=${id}`, "--clear-groups"] : [],
    env: { ...withoutFolders(env), HOME: home, DOCKER_HOST: `unix://${socket}` },
    [Symbol.asyncDispose]: async () => {
      chmodSync(home, 0o755);
      await new Promise((done) => relay.close(done));
    },
  };
}

function giveAll(folder: string): void {
  chownSync(folder, id, id);
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    lchownSync(join(folder, path), id, id);
  }
}

/** The engine's socket is root's: as a member of the group `docker`, the colleague may use this one. */
async function startRelay(path: string): Promise<Server> {
  const engine = testEngine().dockerHost.replace("unix://", "");
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ path: engine, allowHalfOpen: true });
    client.pipe(server).pipe(client);
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
  });
  await new Promise<void>((done) => relay.listen(path, done));
  chmodSync(path, 0o666);
  return relay;
}

/** What the newcomer's variables name is the newcomer's own. */
function withoutFolders(env: Readonly<Record<string, string>>): Record<string, string> {
  const own = ["DOCKER_CONFIG", "BUILDX_CONFIG", "XDG_CACHE_HOME", "TMPDIR", "GIT_CONFIG_GLOBAL"];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.includes(name)));
}
