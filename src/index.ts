/**
 * The library: what the command line does, as functions. Importing it has no side effects.
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
export {
  type ActionsCache,
  ActionsCaches,
  type ActionsCachesOptions,
  type ActionsCacheUsage,
} from "./cache/github/actions-caches.ts";
export { CacheService, type CacheServiceOptions } from "./cache/github/cache-service.ts";
export {
  type EntryState,
  type JudgedEntry,
  judgeEntries,
  type RefUsage,
  usageByRef,
} from "./cache/github/judge-entries.ts";
export {
  parseRuntimeToken,
  type RuntimeToken,
  type TokenScope,
} from "./cache/github/runtime-token.ts";
export { githubStore } from "./cache/store/github-store.ts";
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
export { keepUsed, trimCache, type Trimmed, type TrimLimits } from "./cache/use/trim.ts";
export { type BlobSum, type CacheDiff, diffCaches, type Parting } from "./cache/use/diff.ts";
export { renderDot, renderTree } from "./cache/use/draw.ts";
export { type CachedStep, inspectCache, type Inspection } from "./cache/use/inspect.ts";
export {
  type CacheProblem,
  type Verification,
  verifyCache,
  type VerifyOptions,
} from "./cache/use/verify.ts";
export {
  findCache as findDirectoryCache,
  type FoundCache as FoundDirectoryCache,
  listCaches as listDirectoryCaches,
  type Storage as DirectoryStorage,
} from "./dir/stored/find-cache.ts";
export type { CacheEntry as DirectoryCacheEntry } from "./dir/stored/documents.ts";
export type { RenderedKey as DirectoryKey } from "./dir/keys/key-template.ts";
export {
  type Restored as RestoredDirectory,
  type RestoreOptions as RestoreDirectoryOptions,
  restoreDirectory,
} from "./dir/restore/restore.ts";
export type { FetchProgress } from "./dir/restore/fetch-files.ts";
export type { Place } from "./dir/restore/targets.ts";
export {
  saveDirectory,
  type SavedPath,
  type SaveOptions as SaveDirectoryOptions,
} from "./dir/save/save.ts";
export type { Saved as SavedDirectory, SaveProgress } from "./dir/save/save-tree.ts";
export type { LeftOut } from "./dir/tree/walk.ts";
export { type Crew, threadCrew } from "./dir/threads/crew.ts";
export { type DirectoryVerification, verifyDirectory } from "./dir/verify.ts";
export { judgeRun, type Judgement, type OutsideSources } from "./trust/judge-run.ts";
export { readContext } from "./trust/environment/read-context.ts";
export { type Claims, claimsOf, readClaims } from "./config/claims.ts";
export type * from "./config/config.ts";
export { findConfig } from "./config/load/find.ts";
export type { BakePrinter, BakeRequest } from "./config/import/read-imports.ts";
export { loadConfig } from "./config/load/load.ts";
export { openCheckout } from "./git/checkout.ts";
export { findBuildx } from "./buildkit/builder/buildx.ts";
export {
  type CacheUse,
  diskUsage,
  pruneBuilder,
  type PruneOptions,
} from "./buildkit/engine/disk-usage.ts";
export {
  type DiskBudget,
  renderBuildkitToml,
  renderDaemonJson,
} from "./buildkit/engine/gc-policy.ts";
export { buildLeg, type LegResult } from "./pipeline/build/build-leg.ts";
export { buildLegs, chooseLegs, type LegEvent } from "./pipeline/build/build-legs.ts";
export { readLog } from "./pipeline/records/build-log.ts";
export type { MountOutcome } from "./pipeline/mounts/mount-outcome.ts";
export type { BuildRecord } from "./pipeline/records/build-record.ts";
export type { DockerfileWarning } from "./pipeline/build/dockerfile-warning.ts";
export {
  type ChosenTag,
  chooseRemovals,
  type Removals,
} from "./pipeline/caches/choose-removals.ts";
export {
  type JudgedTag,
  type JudgeOptions,
  judgeTags,
  type TagState,
} from "./pipeline/caches/judge-tags.ts";
export { type LegTags, legTags } from "./pipeline/caches/leg-tags.ts";
export {
  type RemovedTags,
  removeTags,
  type RemoveTagsOptions,
} from "./pipeline/caches/remove-tags.ts";
export {
  type SurveyedTag,
  type SurveyOptions,
  surveyRepository,
  type TagKind,
} from "./pipeline/caches/survey.ts";
export { type LegUsage, type Usage, usageOf } from "./pipeline/caches/usage.ts";
export { planLegs } from "./pipeline/plan-legs.ts";
export {
  type PublishedTag,
  type PublishedTarget,
  type PublishEvent,
  type PublishOptions,
  type PublishResult,
  publishVariants,
} from "./pipeline/publish/publish-variants.ts";
export { StagedLegError } from "./pipeline/stage/staged-leg-error.ts";
export { preflight } from "./pipeline/build/preflight.ts";
export type { Context, Trust } from "./trust/context.ts";
export { parsePlan } from "./plan/parse-plan.ts";
export type * from "./plan/plan.ts";
export { type MatrixJob, planShards, type Shard } from "./plan/matrix/shards.ts";
export { decideTrust } from "./trust/trust.ts";
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
export { type CopiedBlob, type CopyOptions, GoneError } from "./registry/copier.ts";
export { copyBlob, copyManifestTree } from "./registry/copy.ts";
export { type Credential } from "./registry/auth/docker-config.ts";
export {
  anonymous,
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
export {
  type GithubCacheOptions,
  type RunningGithubCache,
  startGithubCache,
} from "./server/github-cache/start.ts";
export type { CollectionOptions } from "./server/collection/collector.ts";
export type { CollectionPolicy } from "./server/collection/policy.ts";
export { type RegistryOptions, type RunningRegistry, startRegistry } from "./server/start.ts";
export { version } from "./version.ts";
