import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { type Exec, execOk } from "../../exec.ts";
import { emptyContent, emptyDescriptor, renderArtifact } from "../../oci/artifact.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Trust } from "../../trust/context.ts";
import { epochOf } from "../../inputs/moving/epoch.ts";
import type { Plan } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";

/** Tag in the cache repository that records an epoch started by `--refresh`. */
const epochTag = "epoch";
const periodAnnotation = "org.layerkeep.epoch";
const valueAnnotation = "org.layerkeep.refresh";
export const epochArtifactType = "application/vnd.layerkeep.epoch.v1+json";
/** The period's name, which a command may have printed, and when it was refreshed. */
const begun = /^(.+)\+(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/s;

export interface EpochOptions {
  readonly client: RegistryClient;
  readonly exec: Exec;
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
  readonly trust: Trust;
  /** `host/path`; undefined: nothing is remembered. */
  readonly cacheRepository: string | undefined;
  /** `--refresh`. */
  readonly refresh: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Epoch {
  /** The refresh argument's value; undefined if there is none, or if it may not be determined. */
  readonly value: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * The refresh argument's value: the period's name, followed by the time of the last `--refresh` in
 * that period, so that later runs do not fall back to an earlier state.
 */
export async function readEpoch(config: Config, options: EpochOptions): Promise<Epoch> {
  const { refresh } = config;
  if (refresh === undefined) {
    if (!options.refresh) return { value: undefined, warnings: [] };
    throw new UsageError("--refresh requires `refresh:` in the config", {
      hint: "add refresh: { arg: REFRESH, every: week } to the config, and ARG REFRESH to the Dockerfile",
    });
  }
  if (refresh.every === "command" && !options.trust.secrets) {
    const warning = `untrusted runs do not run refresh.command, so ${refresh.arg} is unset. Legs that declare it cannot reuse trusted builds`;
    return { value: undefined, warnings: [warning] };
  }
  const period =
    refresh.every === "command"
      ? await runCommand(refresh.command ?? "", config.root, options)
      : epochOf(refresh.every, options.now);
  if (options.refresh) return { value: `${period}+${options.now.toISOString()}`, warnings: [] };
  return { value: (await remembered(period, options)) ?? period, warnings: [] };
}

/**
 * Records an epoch that `--refresh` started, unless a later one was started meanwhile. Called when
 * building, since a plan writes nothing.
 */
export async function rememberEpoch(
  plan: Plan,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<void> {
  const value = plan.epoch?.value ?? "";
  const [, period, moment] = begun.exec(value) ?? [];
  if (period === undefined || moment === undefined) return;
  if (plan.cacheRepository === null || !plan.trust.writesLegs) return;
  const standing = await readRemembered(client, plan.cacheRepository, signal);
  const last = begun.exec(standing?.value ?? "")?.[2];
  if (last !== undefined && last >= moment) return;
  const repository = parseRepository(plan.cacheRepository);
  await client.pushBlob(repository, emptyDescriptor, () => emptyContent, { signal });
  const annotations = { [periodAnnotation]: period, [valueAnnotation]: value };
  const artifact = renderArtifact({ artifactType: epochArtifactType, annotations });
  await client.putManifest(repository, { ...artifact, tag: epochTag }, { signal });
}

async function remembered(period: string, options: EpochOptions): Promise<string | undefined> {
  const { client, cacheRepository, signal } = options;
  if (cacheRepository === undefined) return undefined;
  try {
    const standing = await readRemembered(client, cacheRepository, signal);
    return standing?.period === period ? standing.value : undefined;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    // The look-up of the legs reports a cache repository that cannot be read.
    return undefined;
  }
}

async function readRemembered(
  client: RegistryClient,
  cacheRepository: string,
  signal: AbortSignal | undefined,
): Promise<
  { readonly period: string | undefined; readonly value: string | undefined } | undefined
> {
  const reference = { ...parseRepository(cacheRepository), tag: epochTag };
  const found = await client.getManifest(reference, { signal });
  if (found === undefined) return undefined;
  const annotations = found.manifest.content.annotations ?? {};
  return { period: annotations[periodAnnotation], value: annotations[valueAnnotation] };
}

async function runCommand(
  command: string,
  root: string,
  { exec, env, signal }: EpochOptions,
): Promise<string> {
  const argv = ["/bin/sh", "-c", command];
  const output = await execOk(exec, argv, { cwd: root, env, purpose: "refresh.command", signal });
  const value = output.split("\n", 1)[0]?.trim() ?? "";
  if (value === "") throw new UsageError(`refresh.command printed nothing: ${command}`);
  return value;
}
