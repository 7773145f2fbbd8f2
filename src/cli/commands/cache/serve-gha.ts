import { defineCommand } from "../../program/define-command.ts";
import { dataFolder } from "../../program/file-flags.ts";
import { quietable } from "../../program/flag-groups.ts";
import { argument, byDefault, flag, repeated, text } from "../../program/flags.ts";

export const cacheServeGha = defineCommand({
  name: "serve-gha",
  summary: "run a local copy of GitHub's cache service, to try type=gha",
  arguments: [
    argument(
      "[command...]",
      "run this command with the environment of a job, and exit when it ends",
    ),
  ],
  flags: [
    byDefault(
      "127.0.0.1:0",
      text("--listen <host:port>", "address to listen on; port 0 picks a free port"),
    ),
    dataFolder("--root <folder>", "the data folder (default: in the user's cache folder)"),
    byDefault(
      "refs/heads/main",
      text("--ref <ref>", "the job's ref; the job's caches are saved for this ref"),
    ),
    repeated("--base-ref <ref>", "another ref whose caches the job can read"),
    flag("--read-only", "give the job a read-only token, as for a pull request from a fork"),
    flag("--log", "print each request to stderr"),
    ...quietable,
  ],
  example: "layerkeep cache serve-gha -- docker buildx build --cache-to type=gha,mode=max .",
  run: async ({ args: [command], options, io }) => {
    const { serveGithubCache } = await import("../../caches/github/serve-github-cache.ts");
    const { ref, baseRef, readOnly = false } = options;
    const bases = baseRef.filter((base) => base !== ref);
    const scopes = [
      { ref, writes: !readOnly },
      ...bases.map((base) => ({ ref: base, writes: false })),
    ];
    const { listen, root, log = false } = options;
    return serveGithubCache(command, { listen, root, scopes, log }, options, io);
  },
});
