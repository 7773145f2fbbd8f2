import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mapping } from "../document/values.ts";
import type { ActionCall } from "./stand-in.ts";

const dockerHub = "https://index.docker.io/v1/";

/** docker/login-action v4: writes the login to Docker's config file, and deletes it at the end. */
export function dockerLogin(call: ActionCall): void {
  const { input, env, home } = call;
  if (input("registry-auth") !== "") throw new Error("this stand-in does not know registry-auth");
  const username = input("username");
  const password = input("password");
  if (username === "" || password === "") throw new Error("Username and password required");
  const registry = input("registry") || dockerHub;
  const folder = env["DOCKER_CONFIG"] ?? join(home, ".docker");
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  call.mask(password);
  changeLogins(folder, (auths) => ({ ...auths, [registry]: { auth } }));
  if (input("logout") === "false") return;
  call.atEnd(() => {
    changeLogins(folder, (auths) =>
      Object.fromEntries(Object.entries(auths).filter(([name]) => name !== registry)),
    );
  });
}

type Logins = Readonly<Record<string, unknown>>;

function changeLogins(folder: string, change: (auths: Logins) => Logins): void {
  const path = join(folder, "config.json");
  const config = existsSync(path) ? mapping(JSON.parse(readFileSync(path, "utf8"))) : {};
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, JSON.stringify({ ...config, auths: change(mapping(config["auths"])) }));
}

/** docker/setup-buildx-action: the machine's builder is used as it is. */
export function setupBuildx({ env, input, setOutput }: ActionCall): void {
  setOutput("name", env["BUILDX_BUILDER"] ?? "default");
  setOutput("driver", input("driver") || "docker-container");
}

/** docker/setup-qemu-action: installs nothing. */
export function setupQemu({ input, setOutput }: ActionCall): void {
  setOutput("platforms", input("platforms") || "all");
}
