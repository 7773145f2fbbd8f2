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
export type { CacheContent, CacheForm, StoredCache } from "./cache/content.ts";
export type * from "./cache/format/cache-config.ts";
export { parseCacheConfig } from "./cache/format/parse-cache-config.ts";
export { writeCacheConfig } from "./cache/format/write-cache-config.ts";
export { type Fault, findFaults, requireSound } from "./cache/graph/faults.ts";
export { localStore, type LocalStoreOptions } from "./cache/store/local-store.ts";
export { registryStore } from "./cache/store/registry-store.ts";
export type {
  BlobOutcome,
  BlobSource,
  CacheStore,
  StoreCallOptions,
  WritableCacheStore,
  WriteOptions,
  Written,
} from "./cache/store/store.ts";
export { type CacheCopy, copyCache, type CopyCacheOptions, writeFrom } from "./cache/use/copy.ts";
export { mergeCaches } from "./cache/graph/merge.ts";
export { trimCache, type Trimmed, type TrimLimits } from "./cache/use/trim.ts";
export { type BlobSum, type CacheDiff, diffCaches, type Parting } from "./cache/use/diff.ts";
export { type CachedStep, inspectCache, type Inspection, renderDot } from "./cache/use/inspect.ts";
export {
  type CacheProblem,
  type Verification,
  verifyCache,
  type VerifyOptions,
} from "./cache/use/verify.ts";
export { readContext } from "./ci/read-context.ts";
export type * from "./config/config.ts";
export { findConfig } from "./config/find.ts";
export type { BakePrinter, BakeRequest } from "./config/import/read-imports.ts";
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
export { type MatrixJob, planShards, type Shard } from "./plan/shards.ts";
export { decideTrust } from "./plan/trust.ts";
export {
  type BlobRange,
  type CallOptions,
  createTransport,
  type FetchedManifest,
  type NewManifest,
  type OpenContent,
  type PushOptions,
  type ReadOptions,
  RegistryClient,
  type RegistryClientOptions,
  type UploadSession,
} from "./registry/client.ts";
export {
  configuredCredentials,
  type CredentialRule,
} from "./registry/auth/configured-credentials.ts";
export {
  type CopiedBlob,
  copyBlob,
  copyManifestTree,
  type CopyOptions,
  GoneError,
} from "./registry/copy.ts";
export {
  anonymous,
  type Credential,
  type CredentialSource,
  dockerCredentials,
} from "./registry/auth/credentials.ts";
export { chooseRemover, providerOf, type RemoverOptions } from "./registry/deletion/choose.ts";
export type { Provider, Removal, Remover, Target } from "./registry/deletion/remover.ts";
export {
  type Finding,
  type ProbeOptions,
  type ProbeReport,
  probeRegistry,
} from "./registry/probe/probe.ts";
export type { CollectionOptions } from "./server/collection/collector.ts";
export type { CollectionPolicy } from "./server/collection/policy.ts";
export { type RegistryOptions, type RunningRegistry, startRegistry } from "./server/start.ts";
export { version } from "./version.ts";
