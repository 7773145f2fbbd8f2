import { describe, expect, it } from "vitest";
import { parseCacheAttributes } from "./cache-attributes.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("parseCacheAttributes", () => {
  it.each([
    ["ghcr.io/acme/app:cache", "registry", { ref: "ghcr.io/acme/app:cache" }],
    ["type=registry,ref=127.0.0.1:5000/c:x", "registry", { ref: "127.0.0.1:5000/c:x" }],
    ['"type=local","src=/a,b"', "local", { src: "/a,b" }],
    [`type=local,src=c,digest=${digest}`, "local", { src: "c", digest }],
    ["TYPE=gha,Scope=x", "gha", { scope: "x" }],
    ["type=s3,bucket=b,region=eu,name=n", "s3", { bucket: "b", region: "eu", name: "n" }],
    [
      "type=s3,bucket=b,region=eu,retry_mode=standard",
      "s3",
      { bucket: "b", region: "eu", retry_mode: "standard" },
    ],
    ["type=azblob,account_url=https://x", "azblob", { account_url: "https://x" }],
  ])("reads %s", (text, type, attributes) => {
    expect(parseCacheAttributes(text)).toEqual({ type, attributes });
  });

  it.each([
    ["type=registry", '"type=registry" is not a valid cache source: type=registry needs ref'],
    ["ref=x", '"ref=x" is not a valid cache source: it has no type'],
    [
      "type=oci,ref=x",
      '"type=oci,ref=x" is not a valid cache source: "oci" is not a valid cache type',
    ],
    [
      "type=registry,ref=x,mode=max",
      '"type=registry,ref=x,mode=max" is not a valid cache source: type=registry does not support the "mode" import option',
    ],
    [
      "type=local,src=c,digest=sha256:0",
      '"type=local,src=c,digest=sha256:0" is not a valid cache source: "sha256:0" is not a digest',
    ],
    [
      "type=gha,token=s3cret",
      '"type=gha,token=…" is not a valid cache source: the secret token is not allowed here',
    ],
    [
      "Acme/App",
      '"Acme/App" is not a valid cache source: "Acme/App" is not an image reference: "App" is not a repository name',
    ],
  ])("refuses %s", (text, message) => {
    expect(() => parseCacheAttributes(text)).toThrow(message);
  });
});
