import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeScratchFolder, type ScratchFolder } from "../../../test/support/scratch-repository.ts";
import { resolveGitSource } from "./resolve-git-source.ts";

let scratch: ScratchFolder;
let server: Server;
let url = "";
let first = "";
let second = "";

/** A repository over HTTP, as a static file server has it. */
beforeEach(async () => {
  scratch = makeScratchFolder();
  first = scratch.init("app");
  scratch.git("app", "tag", "-a", "-m", "x", "v1");
  second = scratch.commit("app", "second");
  scratch.git("app", "branch", "both", first);
  scratch.git("app", "tag", "both", second);
  scratch.git("app", "update-server-info");
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*$/, "").replace("/app.git/", "app/.git/");
    readFile(join(scratch.path, path)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  url = `http://127.0.0.1:${port}/app.git`;
});
afterEach(() => {
  server.close();
  scratch[Symbol.dispose]();
});

it("finds the commit of a branch, a tag, or HEAD, and sends no request for a full commit", async () => {
  const git = scratch.options("app");
  expect(await resolveGitSource(`${url}#main`, git)).toEqual({ resolved: second });
  expect(await resolveGitSource(`${url}#main:docs`, git)).toEqual({ resolved: second });
  expect(await resolveGitSource(`${url}#v1`, git)).toEqual({ resolved: first });
  expect(await resolveGitSource(`${url}#refs/tags/v1`, git)).toEqual({ resolved: first });
  expect(await resolveGitSource(url, git)).toEqual({ resolved: second });
  const gone = "https://nowhere.invalid/x.git";
  expect(await resolveGitSource(`${gone}#${first}`, undefined)).toEqual({ resolved: first });
});

it("returns why it cannot", async () => {
  const git = scratch.options("app");
  const end = "the engine uses it as written";
  expect(await resolveGitSource(`${url}#gone`, git)).toEqual({
    resolved: null,
    note: `the repository has no gone; ${end}`,
  });
  expect(await resolveGitSource(`${url}#both`, git)).toEqual({
    resolved: null,
    note: `both is both a branch and a tag, at different commits; ${end}`,
  });
  expect(await resolveGitSource(`${url}?ref=main`, git)).toEqual({
    resolved: null,
    note: `its address has a query; ${end}`,
  });
  expect(await resolveGitSource(url, undefined)).toEqual({
    resolved: null,
    note: `untrusted runs do not resolve it; ${end}`,
  });
  const missing = await resolveGitSource(`${url}x#main`, git);
  expect(missing.resolved).toBeNull();
  expect(missing.note).toMatch(/not found; the engine uses it as written$/);
});
