import { expect, it } from "vitest";
import { isAbsence, isCacheExport, skippedImport } from "./cache-traffic.ts";

it.each([
  ["exporting cache to registry", true],
  ["exporting cache to client directory", true],
  ["exporting to GitHub Actions Cache", true],
  ["exporting cache to Amazon S3", true],
  ["exporting cache to Azure Blob Storage", true],
  ["exporting inline cache", true],
  ["exporting content cache", true],
  ["exporting to image", false],
  ["exporting to client directory", false],
  ["exporting to oci image format", false],
  ["importing cache manifest from a:b", false],
])("%s writes a cache: %s", (name, expected) => {
  expect(isCacheExport(name)).toBe(expected);
});

const registry = "importing cache manifest from h/r:t: failed to configure registry cache importer";
const gha = "importing cache manifest from gha:6049441277577183288";
const s3 = "importing cache manifest from s3:15691218753452941735";
const local = "local cache import at /c";

it.each([
  [`${registry}: h/r:t: not found`, true],
  [`${registry}: unexpected status from HEAD request: 404 Not Found NAME_UNKNOWN`, true],
  [
    `${registry}: pull access denied, repository does not exist or may require authorization`,
    false,
  ],
  [`${registry}: failed to do request: dial tcp: lookup h: no such host`, false],
  [`${registry}: failed to authorize: 403 Forbidden`, false],
  [`${local} not found due to err: open /c/index.json: no such file or directory`, true],
  [`${local} not found due to err: open /c/index.json: permission denied`, false],
  [`${local} skipped: no digest found for tag main`, true],
  [
    `${s3}: InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.`,
    false,
  ],
  [`${s3}: SignatureDoesNotMatch: The request signature we calculated does not match`, false],
  [`${s3}: NoSuchBucket: The specified bucket does not exist`, false],
  [`${s3}: AccessDenied: Access Denied`, false],
  [
    "importing cache manifest from azblob:1: failed to configure azblob cache importer: failed to create container client: container not found",
    false,
  ],
  [`${gha}: permission_denied`, false],
  [`${gha}: not_found: repository not found`, false],
])("%s means that the cache has not been written yet: %s", (error, expected) => {
  expect(isAbsence(error)).toBe(expected);
});

it("finds buildx's line about a local cache that it skips", () => {
  const said = "local cache import at /c skipped: no digest found for tag main";
  expect(skippedImport(`WARNING: ${said}`)).toBe(said);
  expect(skippedImport("WARNING: No output specified")).toBeUndefined();
});
