import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import { command, type Done, example, duration, size } from "./options.ts";

/** `layerkeep registry …`: the embedded registry. */
export function addRegistryCommands(program: Command, io: Io, done: Done): void {
  const registry = command(program, "registry", "the embedded registry");
  command(registry, "serve", "serve a registry from a folder")
    .option("--listen <host:port>", "where to listen; port 0 takes a free one", "127.0.0.1:5000")
    .option("--root <folder>", "where its data lives (default: the user's cache folder)")
    .option("--user <name>", "ask for a password; it is read from LAYERKEEP_REGISTRY_PASSWORD")
    .option("--htpasswd <file>", "ask for a password of this file, which htpasswd -B wrote")
    .option("--access <file>", "who may pull, push and delete where (default: who logs in, all)")
    .addOption(
      new Option("--auth <kind>", "how to log in: with each request, or for tokens")
        .choices(["basic", "token"])
        .default("basic"),
    )
    .option("--tls-cert <file>", "speak TLS with this certificate")
    .option("--tls-key <file>", "the certificate's key")
    .option("--public-url <url>", "the registry's URL behind a proxy")
    .option("--insecure-plain-http", "let passwords travel in the clear beyond this machine")
    .option("--read-only", "refuse writes, and write nothing to the folder")
    .option("--mirror <host>", "serve what this registry has, and keep it; takes no writes")
    .option("--mirror-size <size>", "what a mirror keeps at most (default: 20GB)", size)
    .addOption(
      new Option(
        "--collect <policy>",
        "delete by itself what no tag leads to (default: none)",
      ).choices(["none", "untagged", "per-repository"]),
    )
    .option(
      "--grace <duration>",
      "how long what is not tagged stays after its last use (default: 24h; 1h per repository)",
      duration,
    )
    .option(
      "--lease <duration>",
      "how long what was used stays, with all that it refers to (default: 1h)",
      duration,
    )
    .option(
      "--scrub-every <duration>",
      "how often to read all that is stored and look for damage; 0 for never (default: 30d)",
      duration,
    )
    .option("--metrics-listen <host:port>", "where to serve /metrics, without a login")
    .addOption(
      new Option(
        "--log <format>",
        "a line on stderr for each request (default: only what fails here)",
      ).choices(["json", "text", "none"]),
    )
    .addHelpText(
      "after",
      example("layerkeep registry serve --listen 127.0.0.1:5000 --root ./registry"),
    )
    .action(async (_, self: Command) => {
      const { runRegistryServe } = await import("../commands/registry/registry-serve.ts");
      done(await runRegistryServe(self.optsWithGlobals(), io));
    });
  command(registry, "collect", "delete what no tag leads to from a registry that is not running")
    .option("--root <folder>", "where its data lives (default: the user's cache folder)")
    .addOption(
      new Option("--policy <policy>", "whether a tag counts in all repositories, or in its own")
        .choices(["untagged", "per-repository"])
        .default("untagged"),
    )
    .option(
      "--grace <duration>",
      "how long what is not tagged stays after it was first put (default: 24h; 1h per repository)",
      duration,
    )
    .option("--yes", "take it; without, only say what would go")
    .addHelpText("after", collectHelp + example("layerkeep registry collect --yes"))
    .action(async (_, self: Command) => {
      const { runRegistryCollect } = await import("../commands/registry/registry-collect.ts");
      done(await runRegistryCollect(self.optsWithGlobals(), io));
    });
  command(registry, "check", "find what is damaged or missing in a registry that is not running")
    .option("--root <folder>", "where its data lives (default: the user's cache folder)")
    .option("--repair", "save what can be saved; without, nothing is changed")
    .option("--from <host>", "with --repair, fetch what is lost from this registry")
    .addHelpText(
      "after",
      checkHelp + example("layerkeep registry check --repair --from ghcr.io --root ./registry"),
    )
    .action(async (_, self: Command) => {
      const { runRegistryCheck } = await import("../commands/registry/registry-check.ts");
      done(await runRegistryCheck(self.optsWithGlobals(), io));
    });
}

const checkHelp = `
Reads everything once and compares it with its digest. The exit code is 1 if something is damaged
or missing; after --repair, if something is lost. A repair corrects single wrong bits, saves what
can be read of a damaged journal, and removes from their repositories the blobs and manifests that
are lost, so that they can be pushed again. What it replaces is kept in the folder set-aside.
--from takes a host, or a host and the beginning of a path, and asks there for repositories of the
same names.
`;

const collectHelp = `
A tag keeps all that it leads to: the images of an index, their blobs, and their referrers.
Durations are a number and s, m, h or d, or 0. Without --yes nothing is taken. The grace counts
from when a thing was first put, since when it was last used is not kept; there is no lease, since
nothing is under way. A registry that runs collects by itself, and knows both: layerkeep registry
serve --collect untagged.
`;
