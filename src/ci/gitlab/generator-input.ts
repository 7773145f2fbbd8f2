import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { quote } from "../quote.ts";
import { type Access, registriesOf, type Registry } from "../registries.ts";
import type { ScriptJob } from "./document.ts";
import { loginScript, ownRegistry } from "./logins.ts";
import { scriptOf } from "./shell.ts";

/** What pipelines are made of. */
export interface GeneratorInput {
  readonly config: Config;
  /** The config's path from the repository's top; undefined if Layerkeep finds it by itself. */
  readonly path: string | undefined;
  /** Values of the config's variables that the pipeline passes on. */
  readonly vars: Readonly<Record<string, string>>;
  /** Layerkeep's version. */
  readonly version: string;
  /** The image of all jobs: the Docker CLI with buildx, on Alpine or with Node. */
  readonly image: string;
  /** The image of the service that runs the engine; undefined: the runner has one. */
  readonly service: string | undefined;
}

/** The files that travel between jobs as artifacts. */
export const planFile = "layerkeep-plan.json";
export const childFile = "layerkeep-child.yml";

/** Throws a usage error if no pipeline can do what the config says. */
export function registriesFor({ config }: Pick<GeneratorInput, "config">): readonly Registry[] {
  if (config.cache.repository === undefined) {
    throw new UsageError("the config has no cache, but jobs need one to share their builds", {
      hint: "add cache: registry.gitlab.com/GROUP/PROJECT/cache",
    });
  }
  if (config.cache.type === "gha") {
    throw new UsageError("the cache has type gha, which GitLab does not support", {
      hint: "remove cache.type to store caches in the cache repository",
    });
  }
  return registriesOf(config, ownRegistry);
}

/** What every job that runs Layerkeep begins with. */
export function environmentOf(
  { image, service }: Pick<GeneratorInput, "image" | "service">,
  registries: readonly Registry[],
  access: Access,
): Pick<ScriptJob, "image" | "services" | "variables" | "before_script"> {
  const engine = service === undefined ? {} : { services: [service] };
  return {
    image,
    ...engine,
    // The service and its clients find the certificates here (docs.gitlab.com, "Use Docker to build").
    ...(service === undefined ? {} : { variables: { DOCKER_TLS_CERTDIR: "/certs" } }),
    before_script: [
      scriptOf(
        "command -v npx >/dev/null || apk add --no-cache git nodejs npm >/dev/null",
        loginScript(registries, access),
      ),
    ],
  };
}

/** The command line of Layerkeep's own release, up to its command. */
export function runLayerkeep({ version }: Pick<GeneratorInput, "version">): string {
  return `npx --yes layerkeep@${version}`;
}

/** The flags that every command of a pipeline has, each with a space before it. */
export function givenFlags({ path, vars }: Pick<GeneratorInput, "path" | "vars">): string {
  const config = path === undefined ? [] : ["--config", path];
  const given = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  return [...config, ...given].map((word) => ` ${quote(word)}`).join("");
}
