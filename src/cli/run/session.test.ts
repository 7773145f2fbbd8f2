import { afterEach, describe, expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { createProject } from "../../../test/support/project.ts";
import { type ScriptedServer, startScript } from "../../../test/support/scripted-server.ts";
import { systemEnv } from "../../../test/support/system-env.ts";
import { startProbes } from "./probes.ts";
import { openSession } from "./session.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** A registry that asks for a password, and accepts any. */
async function passwordRegistry(): Promise<ScriptedServer> {
  const server = await startScript(({ headers }) =>
    headers.authorization === undefined
      ? { status: 401, headers: { "www-authenticate": "Basic" } }
      : { status: 200, body: '{"tags":["v1"]}' },
  );
  open.push(server);
  return server;
}

/** What was sent to the registry when a session of a config with credentials lists tags there. */
async function sentWith(
  env: NodeJS.ProcessEnv,
  names: { readonly user: string; readonly password: string },
  write = false,
  named = false,
) {
  const server = await passwordRegistry();
  using project = createProject(() => ({
    Dockerfile: "FROM scratch\n",
    "layerkeep.yml": `credentials:
  - {repository: "${server.host}/acme/*", username-env: ${names.user}, password-env: ${names.password}}
variants: {app: }
`,
  }));
  const hosts = named ? { LAYERKEEP_CREDENTIAL_HOSTS: `quay.io, ${server.host}` } : {};
  const { io, err } = testIo({
    env: { ...systemEnv, HOME: project.outside, DOCKER_CONFIG: project.outside, ...hosts, ...env },
    cwd: project.dir,
  });
  const options = { var: {}, json: false, quiet: true, color: false, write };
  await using session = await openSession(startProbes(options, io), options, io);
  const listed = await session.client.listTags({ host: server.host, path: "acme/app" }).then(
    () => "listed",
    (error: unknown) => String(error),
  );
  return { listed, said: err(), sent: server.seen.map(({ headers }) => headers.authorization) };
}

const plain = { user: "QUAY_USER", password: "QUAY_PASSWORD" };
const marked = { user: "LAYERKEEP_USER", password: "LAYERKEEP_PASSWORD" };
const untrusted = { CI: "true" };

describe("a session", () => {
  it("logs in with what the config's variables hold", async () => {
    const { sent } = await sentWith({ QUAY_USER: "u", QUAY_PASSWORD: "p" }, plain);
    expect(sent).toEqual([undefined, "Basic dTpw"]);
  });

  it("names the variable that is not set", async () => {
    const { listed } = await sentWith({ QUAY_USER: "u" }, plain);
    expect(listed).toMatch(/^UsageError: QUAY_PASSWORD is unset or empty/);
  });

  it("reads only marked variables if it is untrusted, and is anonymous without them", async () => {
    const values = { QUAY_USER: "u", QUAY_PASSWORD: "p", ...untrusted };
    expect((await sentWith(values, plain)).sent).toEqual([undefined]);
    const others = { LAYERKEEP_USER: "u", LAYERKEEP_PASSWORD: "p", ...untrusted };
    expect((await sentWith(others, marked, false, true)).sent).toEqual([undefined, "Basic dTpw"]);
    expect((await sentWith(untrusted, marked)).listed).toMatch(/401/);
  });

  it("sends them to no host that only the config names, and warns", async () => {
    const values = { LAYERKEEP_USER: "u", LAYERKEEP_PASSWORD: "p", ...untrusted };
    const { sent, said } = await sentWith(values, marked);
    expect(sent).toEqual([undefined]);
    expect(said).toMatch(/^warning: not sending the configured credentials to 127\.0\.0\.1:\d+: /);
  });

  it("is as trusted as --write makes it", async () => {
    const values = { QUAY_USER: "u", QUAY_PASSWORD: "p", ...untrusted };
    expect((await sentWith(values, plain, true)).sent).toEqual([undefined, "Basic dTpw"]);
  });
});
