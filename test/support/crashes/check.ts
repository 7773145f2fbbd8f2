import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../../src/oci/digest.ts";
import { at } from "../json.ts";
import type { RegistryProcess } from "../registry-process.ts";
import { repositories } from "./contents.ts";
import { digestIn, type Ledger, type Value } from "./ledger.ts";
import { Client } from "./requests.ts";

const atOnce = 12;
/** The one warning that a crash may cause: the lock's holder cannot be looked up any more. */
const takingOver = "is locked by another registry";

/**
 * Asks a registry that was just started for all that the ledger knows, before anybody writes to
 * it, and lets the ledger go on from there. Gives what is wrong, in words; nothing if all is well.
 */
export async function checkRegistry(
  server: RegistryProcess,
  root: string,
  ledger: Ledger,
): Promise<readonly string[]> {
  const client = new Client(server.url);
  try {
    const wrong: string[] = [];
    const actual = await readKeys(client, ledger.all(), wrong);
    wrong.push(...brokenManifests(actual, ledger), ...(await strangeTags(client, actual)));
    for (const { key, allowed, actual: found } of ledger.settle(actual)) {
      wrong.push(`${key}: it may be ${allowed.join(" or ")}, and is ${found}`);
    }
    const said = server.said().split("\n");
    wrong.push(...said.filter((line) => line !== "" && !line.includes(takingOver)));
    const uploads = await readdir(join(root, "uploads"));
    if (uploads.length > 0) wrong.push(`uploads/ has ${uploads.join(", ")}`);
    if ((await readdir(root)).includes("set-aside")) wrong.push("files were set aside");
    return wrong;
  } finally {
    client.close();
  }
}

async function readKeys(
  client: Client,
  keys: readonly string[],
  wrong: string[],
): Promise<ReadonlyMap<string, Value>> {
  const actual = new Map<string, Value>(keys.map((key) => [key, undefined]));
  const left = [...keys];
  const work = async (): Promise<void> => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      const [kind = "", repository = "", what = ""] = key.split(" ");
      const path = `/v2/${repository}/${kind === "blob" ? "blobs" : "manifests"}/${what}`;
      const { status, body } = await client.send("GET", path);
      if (status === 404) continue;
      const digest = digestOf(body);
      if (status !== 200) wrong.push(`${key}: GET was answered with ${status}`);
      else if (kind !== "tag" && digest !== what) wrong.push(`${key}: its bytes are ${digest}`);
      actual.set(key, kind === "tag" ? digest : "there");
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return actual;
}

/** Tags whose manifest is not there by its digest, and manifests that lack a part. */
function brokenManifests(actual: ReadonlyMap<string, Value>, ledger: Ledger): readonly string[] {
  const wrong: string[] = [];
  for (const [key, value] of actual) {
    const [kind = "", repository = ""] = key.split(" ");
    if (value === undefined || kind === "blob") continue;
    const digest = kind === "tag" ? value : digestIn(key);
    const isThere = (other: string): boolean =>
      actual.get(`manifest ${repository} ${other}`) !== undefined ||
      actual.get(`blob ${repository} ${other}`) !== undefined;
    if (!isThere(digest)) wrong.push(`${key}: its manifest ${digest} is not there`);
    for (const part of ledger.manifests.get(digest)?.parts ?? []) {
      if (!isThere(part)) wrong.push(`${key}: its part ${part} is not there`);
    }
  }
  return wrong;
}

/** What lists of tags say and the tags themselves do not, and the other way round. */
async function strangeTags(
  client: Client,
  actual: ReadonlyMap<string, Value>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const repository of repositories) {
    const { status, body } = await client.send("GET", `/v2/${repository}/tags/list`);
    const listed: unknown = status === 200 ? at(body.toString(), "tags") : [];
    const there = [...actual].flatMap(([key, value]) =>
      key.startsWith(`tag ${repository} `) && value !== undefined ? [digestIn(key)] : [],
    );
    const [said, found] = [JSON.stringify(listed), JSON.stringify(there.sort())];
    if (said !== found) wrong.push(`${repository}: the list of tags is ${said}, not ${found}`);
  }
  return wrong;
}
