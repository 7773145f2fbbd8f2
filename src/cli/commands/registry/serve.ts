import { resolve } from "node:path";
import { parseDuration } from "../../../duration.ts";
import { parseSize } from "../../../config/size.ts";
import { UsageError } from "../../../errors.ts";
import { defineCommand } from "../../program/define-command.ts";
import { inputFile } from "../../program/file-flags.ts";
import { quietable, rooted } from "../../program/flag-groups.ts";
import { byDefault, choice, flag, type OptionsOf, parsed, text } from "../../program/flags.ts";

const flags = [
  byDefault(
    "127.0.0.1:5000",
    text("--listen <host:port>", "address to listen on; port 0 picks a free port"),
  ),
  ...rooted,
  text("--user <name>", "require this user name and the password in LAYERKEEP_REGISTRY_PASSWORD"),
  inputFile(
    "--htpasswd <file>",
    "require a user and password from this file, created with `htpasswd -B`",
  ),
  inputFile(
    "--access <file>",
    "a file with the rights of each user: pull, push, delete (default: all users can do everything)",
  ),
  byDefault(
    "basic",
    choice(
      "--auth <kind>",
      "how clients log in: with a password in each request (basic), or with a token",
      ["basic", "token"],
    ),
  ),
  inputFile("--tls-cert <file>", "serve TLS with this certificate"),
  inputFile("--tls-key <file>", "the certificate's key"),
  text("--public-url <url>", "the registry's URL behind a proxy"),
  flag(
    "--insecure-plain-http",
    "allow clients to send passwords over plain HTTP from other machines",
  ),
  flag("--read-only", "refuse pushes, and write nothing to the data folder"),
  text(
    "--mirror <host>",
    "serve images from this registry, keep copies of them, and refuse pushes",
  ),
  parsed(
    "--mirror-size <size>",
    "maximum total size of the copies in a mirror (default: 20GB)",
    parseSize,
  ),
  byDefault(
    "none",
    choice("--collect <policy>", "delete untagged data automatically", [
      "none",
      "untagged",
      "per-repository",
    ]),
  ),
  parsed(
    "--grace <duration>",
    "how long to keep untagged data after its last use (default: 24h; 1h per-repository)",
    parseDuration,
  ),
  parsed(
    "--lease <duration>",
    "how long to keep data, and everything it refers to, after each use (default: 1h)",
    parseDuration,
  ),
  parsed(
    "--scrub-every <duration>",
    "how often to read all data and look for damage; 0 for never (default: 30d)",
    parseDuration,
  ),
  text("--metrics-listen <host:port>", "address to serve /metrics on, without a login"),
  choice(
    "--log <format>",
    "log requests to stderr in this format (default: log only the registry's errors)",
    ["json", "text", "none"],
  ),
  ...quietable,
] as const;
type ServeOptions = OptionsOf<typeof flags>;

export const registryServe = defineCommand({
  name: "serve",
  summary: "serve a registry from a folder",
  flags,
  example: "layerkeep registry serve --listen 127.0.0.1:5000 --root ./registry",
  run: async ({ options, io }) => {
    const { cwd, env } = io;
    const { serveRegistry } = await import("../../registry/serve-registry.ts");
    const settings = {
      root: options.root,
      listen: options.listen,
      readOnly: options.readOnly,
      tls: tlsOf(options, cwd),
      mirror: mirrorOf(options),
      scrubEveryMs: options.scrubEvery,
      collect: collectionOf(options),
      auth: passwordOf(options.user, env["LAYERKEEP_REGISTRY_PASSWORD"] ?? ""),
      htpasswd: options.htpasswd === undefined ? undefined : resolve(cwd, options.htpasswd),
      accessFile: options.access,
      login: options.auth,
      publicUrl: options.publicUrl,
      insecurePlainHttp: options.insecurePlainHttp,
      metricsListen: options.metricsListen,
      log: options.log,
    };
    await serveRegistry(settings, options, io);
    return 0;
  },
});

function tlsOf(
  { tlsCert, tlsKey }: ServeOptions,
  cwd: string,
): { readonly certFile: string; readonly keyFile: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const missing = tlsCert === undefined ? "--tls-cert" : "--tls-key";
    throw new UsageError("TLS needs both --tls-cert and --tls-key", { hint: `add ${missing}` });
  }
  return { certFile: resolve(cwd, tlsCert), keyFile: resolve(cwd, tlsKey) };
}

function mirrorOf({
  mirror: host,
  mirrorSize: maxBytes,
}: ServeOptions): { readonly host: string; readonly maxBytes: number | undefined } | undefined {
  if (host !== undefined) return { host, maxBytes };
  if (maxBytes === undefined) return undefined;
  throw new UsageError("--mirror-size needs --mirror", { hint: "add --mirror HOST" });
}

function collectionOf({ collect: policy, grace, lease, readOnly }: ServeOptions) {
  if (policy === "none" && (grace !== undefined || lease !== undefined)) {
    const flag = grace === undefined ? "--lease" : "--grace";
    throw new UsageError(`${flag} needs --collect`, {
      hint: "add --collect untagged or --collect per-repository",
    });
  }
  if (policy !== "none" && readOnly === true) {
    throw new UsageError("a read-only registry cannot delete untagged data", {
      hint: "remove --read-only or --collect",
    });
  }
  return { policy, graceMs: grace, leaseMs: lease };
}

function passwordOf(
  user: string | undefined,
  password: string,
): { readonly user: string; readonly password: string } | undefined {
  if (user === undefined && password === "") return undefined;
  if (user === undefined || password === "") {
    throw new UsageError(
      "a password login needs both --user and the environment variable LAYERKEEP_REGISTRY_PASSWORD",
    );
  }
  if (user === "" || user.includes(":")) {
    throw new UsageError(`"${user}" is not a valid user name`, {
      hint: "use a non-empty name without colons",
    });
  }
  return { user, password };
}
