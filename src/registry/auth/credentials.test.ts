import { describe, expect, it } from "vitest";
import { CommandError, UsageError } from "../../errors.ts";
import type { Exec, ExecResult } from "../../exec.ts";
import { parseReference } from "../../oci/reference.ts";
import { dockerCredentials } from "./credentials.ts";

interface World {
  readonly env?: NodeJS.ProcessEnv;
  /** By path. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** What a helper answers, by program and server. */
  readonly helpers?: Readonly<Record<string, Partial<ExecResult>>>;
}

function sourceIn({ env = {}, files = {}, helpers = {} }: World) {
  const asked: string[] = [];
  const exec: Exec = (argv, options) => {
    const key = `${argv.join(" ")} < ${options.stdin ?? ""}`;
    asked.push(key);
    const answer = helpers[key];
    if (answer === undefined) return Promise.reject(new CommandError({ argv, purpose: "helper" }));
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...answer });
  };
  const readFile = (path: string): Promise<string> => {
    const content = files[path];
    if (content === undefined)
      return Promise.reject(Object.assign(new Error(path), { code: "ENOENT" }));
    return Promise.resolve(typeof content === "string" ? content : JSON.stringify(content));
  };
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const source = dockerCredentials({ env, home: "/home/u", uid: 7, warn, readFile, exec });
  return { asked, warnings, find: (name: string) => source(parseReference(name)) };
}

const file = "/home/u/.docker/config.json";
const auth = (pair: string) => ({ auth: Buffer.from(pair).toString("base64") });
const basic = (username: string, password: string) => ({ kind: "basic", username, password });

describe("dockerCredentials", () => {
  it("finds none without a file", async () => {
    expect(await sourceIn({}).find("ghcr.io/a/b")).toBeUndefined();
  });

  it("reads user and password from auths, the password with its colons", async () => {
    const { find } = sourceIn({ files: { [file]: { auths: { "ghcr.io": auth("u:p:q") } } } });
    expect(await find("ghcr.io/a/b")).toEqual(basic("u", "p:q"));
    expect(await find("quay.io/a/b")).toBeUndefined();
  });

  it("knows Docker Hub by the name that Docker writes", async () => {
    const auths = { "https://index.docker.io/v1/": auth("u:p") };
    const { find } = sourceIn({ files: { [file]: { auths } } });
    expect(await find("alpine")).toEqual(basic("u", "p"));
  });

  it("finds a host that is written as a URL, and one with a port", async () => {
    const auths = { "https://r.example/v2/": auth("u:1"), "r.example:5000": auth("u:2") };
    const { find } = sourceIn({ files: { [file]: { auths } } });
    expect(await find("r.example/a")).toEqual(basic("u", "1"));
    expect(await find("r.example:5000/a")).toEqual(basic("u", "2"));
  });

  it("accepts identity tokens, registry tokens, and a user without auth", async () => {
    const auths = {
      "a.example": { ...auth("u:p"), identitytoken: "refresh" },
      "b.example": { registrytoken: "access" },
      "c.example": { username: "u", password: "p" },
      "d.example": {},
    };
    const { find } = sourceIn({ files: { [file]: { auths } } });
    expect(await find("a.example/x")).toEqual({ kind: "identity", token: "refresh" });
    expect(await find("b.example/x")).toEqual({ kind: "bearer", token: "access" });
    expect(await find("c.example/x")).toEqual(basic("u", "p"));
    expect(await find("d.example/x")).toBeUndefined();
  });

  it("reads the file in DOCKER_CONFIG instead of the home folder's", async () => {
    const { find } = sourceIn({
      env: { DOCKER_CONFIG: "/ci" },
      files: {
        "/ci/config.json": { auths: { "r.example": auth("ci:1") } },
        [file]: { auths: { "r.example": auth("home:2") } },
      },
    });
    expect(await find("r.example/x")).toEqual(basic("ci", "1"));
  });

  it("prefers DOCKER_AUTH_CONFIG, and uses the file for other hosts", async () => {
    const { find } = sourceIn({
      env: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { "a.example": auth("env:1") } }) },
      files: { [file]: { auths: { "a.example": auth("file:2"), "b.example": auth("file:3") } } },
    });
    expect(await find("a.example/x")).toEqual(basic("env", "1"));
    expect(await find("b.example/x")).toEqual(basic("file", "3"));
  });

  it.each(["{", "[]", '{"auths": 1}', '{"auths": {"a.example": {"auth": "!"}}}'])(
    "warns of a DOCKER_AUTH_CONFIG that is %s, and uses the file",
    async (text) => {
      const { find, warnings } = sourceIn({
        env: { DOCKER_AUTH_CONFIG: text },
        files: { [file]: { auths: { "a.example": auth("file:2") } } },
      });
      expect(await find("a.example/x")).toEqual(basic("file", "2"));
      expect(await find("a.example/y")).toEqual(basic("file", "2"));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(
        /^cannot read the credentials in DOCKER_AUTH_CONFIG: .*; using Docker's config file instead$/,
      );
    },
  );

  it("matches a host by a URL with a path, unless the host itself has an entry", async () => {
    const auths = {
      "https://a.example/some/path": auth("first:1"),
      "https://a.example/other": auth("second:2"),
      "http://b.example:5000/x/": auth("port:3"),
      "https://c.example/x": auth("path:4"),
      "c.example": auth("host:5"),
      "d.example/team": auth("team:6"),
      "https://index.docker.io/v2/x": auth("hub:7"),
    };
    const { find } = sourceIn({ files: { [file]: { auths } } });
    expect(await find("a.example/x")).toEqual(basic("first", "1"));
    expect(await find("b.example:5000/x")).toEqual(basic("port", "3"));
    expect(await find("b.example/x")).toBeUndefined();
    expect(await find("c.example/y")).toEqual(basic("host", "5"));
    expect(await find("d.example/x")).toBeUndefined();
    expect(await find("alpine")).toEqual(basic("hub", "7"));
  });

  it("finds the narrowest entry in podman's file", async () => {
    const auths = { "q.example": auth("all:1"), "q.example/team/app": auth("app:2") };
    const { find } = sourceIn({
      env: { XDG_RUNTIME_DIR: "/run/u" },
      files: { "/run/u/containers/auth.json": { auths } },
    });
    expect(await find("q.example/team/app")).toEqual(basic("app", "2"));
    expect(await find("q.example/team/other")).toEqual(basic("all", "1"));
  });

  it.each([
    ["at REGISTRY_AUTH_FILE", { REGISTRY_AUTH_FILE: "/a.json" }, "/a.json"],
    ["in the session's folder", { XDG_RUNTIME_DIR: "/run/u" }, "/run/u/containers/auth.json"],
    ["in the user's folder without a session", {}, "/run/containers/7/auth.json"],
    ["in the config folder", { XDG_CONFIG_HOME: "/c" }, "/c/containers/auth.json"],
    ["in the home folder's config", {}, "/home/u/.config/containers/auth.json"],
  ])("finds podman's file %s", async (_, env, path) => {
    const auths = { "q.example": auth("u:1") };
    expect(await sourceIn({ env, files: { [path]: { auths } } }).find("q.example/a")).toEqual(
      basic("u", "1"),
    );
  });

  it("asks the host's helper once, whatever credsStore names", async () => {
    const { find, asked } = sourceIn({
      files: { [file]: { credsStore: "store", credHelpers: { "e.example": "ecr" } } },
      helpers: {
        "docker-credential-ecr get < e.example": {
          stdout: '{"ServerURL":"e.example","Username":"AWS","Secret":"s"}',
        },
      },
    });
    expect(await find("e.example/a")).toEqual(basic("AWS", "s"));
    expect(await find("e.example/b")).toEqual(basic("AWS", "s"));
    expect(asked).toEqual(["docker-credential-ecr get < e.example"]);
  });

  it("asks credsStore for Docker Hub by its key, and treats its token as an identity token", async () => {
    const { find } = sourceIn({
      files: { [file]: { credsStore: "desktop" } },
      helpers: {
        "docker-credential-desktop get < https://index.docker.io/v1/": {
          stdout: '{"Username":"<token>","Secret":"refresh"}',
        },
      },
    });
    expect(await find("acme/app")).toEqual({ kind: "identity", token: "refresh" });
  });

  it("uses auths if credsStore has none", async () => {
    const { find } = sourceIn({
      files: { [file]: { credsStore: "store", auths: { "r.example": auth("u:p") } } },
      helpers: {
        "docker-credential-store get < r.example": {
          exitCode: 1,
          stdout: "credentials not found in native keychain\n",
        },
      },
    });
    expect(await find("r.example/a")).toEqual(basic("u", "p"));
  });

  it("names the helper that is not installed, and the file that asks for it", async () => {
    const { find } = sourceIn({ files: { [file]: { credsStore: "gone" } } });
    await expect(find("r.example/a")).rejects.toMatchObject({
      code: "command",
      hint: `install docker-credential-gone, or remove it from ${file}`,
    });
  });

  it("does not repeat the output of a failing helper", async () => {
    const { find } = sourceIn({
      files: { [file]: { credsStore: "bad" } },
      helpers: {
        "docker-credential-bad get < r.example": {
          exitCode: 2,
          stdout: "S3CRET",
          stderr: "S3CRET",
        },
      },
    });
    const error: unknown = await find("r.example/a").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CommandError);
    expect(JSON.stringify(error) + String(error)).not.toContain("S3CRET");
  });

  it.each([
    ["not JSON", "{S3CRET", "it is not JSON"],
    ["a list", [], "it is not a JSON object"],
    ["auths that are a list", { auths: ["S3CRET"] }, '"auths" is not an object'],
    [
      "an auth without a colon",
      { auths: { "r.example": auth("S3CRET") } },
      '"auth" for r.example is not user:password in base64',
    ],
  ])("names the file if it contains %s, and quotes no secret", async (_, content, why) => {
    const error: unknown = await sourceIn({ files: { [file]: content } })
      .find("r.example/a")
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(`cannot read the credentials in ${file}: ${why}`);
    expect(String(error)).not.toContain("S3CRET");
  });
});
