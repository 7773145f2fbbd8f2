import type { Rule } from "../rule.ts";
import { actionNotPinned } from "./action-not-pinned.ts";
import { artifactNamePrefix } from "./artifact-name-prefix.ts";
import { cacheFromUntrusted } from "./cache-from-untrusted.ts";
import { cacheModeMin } from "./cache-mode-min.ts";
import { cacheNotRead } from "./cache-not-read.ts";
import { cacheSharedByPlatforms } from "./cache-shared-by-platforms.ts";
import { cacheWithoutLogin } from "./cache-without-login.ts";
import { cacheWriteFromPullRequest } from "./cache-write-from-pull-request.ts";
import { concurrencyLosesPushes } from "./concurrency-loses-pushes.ts";
import { expressionInShell } from "./expression-in-shell.ts";
import { ghaCacheOnTags } from "./gha-cache-on-tags.ts";
import { ghaCacheOverAllowance } from "./gha-cache-over-allowance.ts";
import { ghaCacheWithoutPermission } from "./gha-cache-without-permission.ts";
import { ghaCacheWithoutScope } from "./gha-cache-without-scope.ts";
import { inlineCacheExpectedMax } from "./inline-cache-expected-max.ts";
import { isoWeekYear } from "./iso-week-year.ts";
import { matrixTooLarge } from "./matrix-too-large.ts";
import { matrixWithoutGate } from "./matrix-without-gate.ts";
import { mergeAfterSkippedBuilds } from "./merge-after-skipped-builds.ts";
import { mergeFromOtherRepository } from "./merge-from-other-repository.ts";
import { missingTarget } from "./missing-target.ts";
import { needlessEmulation } from "./needless-emulation.ts";
import { noIgnoreError } from "./no-ignore-error.ts";
import { pathFilterMissesInput } from "./path-filter-misses-input.ts";
import { pathFilterWithoutFiles } from "./path-filter-without-files.ts";
import { provenanceOff } from "./provenance-off.ts";
import { pullRequestTargetCache } from "./pull-request-target-cache.ts";
import { secretInBuildArg } from "./secret-in-build-arg.ts";
import { sharedCache } from "./shared-cache.ts";
import { staleDependencies } from "./stale-dependencies.ts";
import { twoOutputsWithProvenance } from "./two-outputs-with-provenance.ts";
import { unknownRunner } from "./unknown-runner.ts";
import { untaggedDigest } from "./untagged-digest.ts";

/** Every rule, in the order of its id. */
export const allRules: readonly Rule[] = [
  actionNotPinned,
  artifactNamePrefix,
  cacheFromUntrusted,
  cacheModeMin,
  cacheNotRead,
  cacheSharedByPlatforms,
  cacheWithoutLogin,
  cacheWriteFromPullRequest,
  concurrencyLosesPushes,
  expressionInShell,
  ghaCacheOnTags,
  ghaCacheOverAllowance,
  ghaCacheWithoutPermission,
  ghaCacheWithoutScope,
  inlineCacheExpectedMax,
  isoWeekYear,
  matrixTooLarge,
  matrixWithoutGate,
  mergeAfterSkippedBuilds,
  mergeFromOtherRepository,
  missingTarget,
  needlessEmulation,
  noIgnoreError,
  pathFilterMissesInput,
  pathFilterWithoutFiles,
  provenanceOff,
  pullRequestTargetCache,
  secretInBuildArg,
  sharedCache,
  staleDependencies,
  twoOutputsWithProvenance,
  unknownRunner,
  untaggedDigest,
];
