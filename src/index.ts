/**
 * The library: what the command line does, as functions. Nothing happens on import.
 *
 * @packageDocumentation
 */
export * from "./errors.ts";
export { type Exec, exec } from "./exec.ts";
export * from "./oci/digest.ts";
export * from "./oci/manifest.ts";
export * from "./oci/media-types.ts";
export * from "./oci/platform.ts";
export * from "./oci/reference.ts";
export { readContext } from "./ci/read-context.ts";
export type * from "./config/config.ts";
export { findConfig } from "./config/find.ts";
export { loadConfig } from "./config/load.ts";
export { openCheckout } from "./git/checkout.ts";
export { findBuildx } from "./buildkit/buildx.ts";
export { buildLeg, type LegResult } from "./pipeline/build-leg.ts";
export { buildLegs, chooseLegs, type LegEvent } from "./pipeline/build-legs.ts";
export { readLog } from "./pipeline/build-log.ts";
export type { BuildRecord } from "./pipeline/build-record.ts";
export { planLegs } from "./pipeline/plan-legs.ts";
export {
  type PublishedTag,
  type PublishedTarget,
  type PublishEvent,
  type PublishOptions,
  type PublishResult,
  publishVariants,
} from "./pipeline/publish.ts";
export { preflight } from "./pipeline/preflight.ts";
export type { Context, Trust } from "./plan/context.ts";
export { parsePlan } from "./plan/parse-plan.ts";
export type * from "./plan/plan.ts";
export { decideTrust } from "./plan/trust.ts";
export { RegistryClient, type RegistryClientOptions } from "./registry/client.ts";
export { anonymous, type Credential, type CredentialSource } from "./registry/credentials.ts";
export { type RunningRegistry, startRegistry } from "./server/start.ts";
export { version } from "./version.ts";
