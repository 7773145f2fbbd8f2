import { expect, it } from "vitest";
import { known } from "../expressions/value.ts";
import { parseSettings } from "../operations/settings.ts";
import { sourceFile } from "../yaml/node.ts";
import { cacheIdentity } from "./cache-identity.ts";

/** What names a cache, as text. */
function nameOf(text: string): string | undefined {
  const span = { file: sourceFile("a.yml", text), start: 0, end: text.length };
  return cacheIdentity(parseSettings({ value: known(text), span }))?.text;
}

it.each([
  ["type=s3,bucket=b,name=buildkit", "type=s3,bucket=b"],
  ["type=azblob,account_url=u,container=buildkit-cache,name=buildkit", "type=azblob,account_url=u"],
  ["type=gha,scope=buildkit", "type=gha"],
  ["type=registry,ref=docker.io/acme/app:latest", "acme/app"],
  ["type=registry,ref=docker.io/library/app", "type=registry,ref=library/app"],
  ["type=registry,ref=docker.io/library/app", "type=registry,ref=app"],
])("%s is %s", (one, other) => {
  expect(nameOf(one)).toBe(nameOf(other));
});

it.each([
  ["type=s3,bucket=b,name=c", "type=s3,bucket=b"],
  ["type=azblob,account_name=a", "type=azblob,account_name=b"],
])("%s is not %s", (one, other) => {
  expect(nameOf(one)).not.toBe(nameOf(other));
});
