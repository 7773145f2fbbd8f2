import { createHash, createHmac } from "node:crypto";
import { isDigest } from "../../../src/oci/digest.ts";
import { at } from "../json.ts";
import {
  type ScriptedAnswer,
  type ScriptedServer,
  type SeenRequest,
  startScript,
} from "../scripted-server.ts";
import { json, Shelf } from "./shelf.ts";

export interface FakeEcr extends ScriptedServer {
  readonly shelf: Shelf;
  /** Given in this order before the API answers for itself. */
  readonly instead: ScriptedAnswer[];
}

export const ecrKey = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret/key+example" };
export const ecrReader = { accessKeyId: "AKIAREADER", secretAccessKey: "reader-secret" };
const account = "123456789012";

/**
 * ECR's API (docs.aws.amazon.com/AmazonECR/latest/APIReference: BatchDeleteImage, DescribeImages;
 * AmazonECRPublic's DescribeRegistries), JSON 1.1, each request held to its Signature Version 4.
 * At most 100 ids; the last tag takes the image along, a digest all tags; what an index holds is
 * refused with ImageReferencedByManifestList; throttling is a 400.
 */
export async function startFakeEcr(
  name: string,
  options: { readonly service: "ecr" | "ecr-public"; readonly clock: () => number },
): Promise<FakeEcr> {
  const shelf = new Shelf(name);
  const instead: ScriptedAnswer[] = [];
  const server = await startScript((request) => {
    return instead.shift() ?? answer(shelf, options, request);
  });
  return { ...server, shelf, instead };
}

function answer(
  shelf: Shelf,
  options: { readonly service: "ecr" | "ecr-public"; readonly clock: () => number },
  request: SeenRequest,
): ScriptedAnswer {
  const key = [ecrKey, ecrReader].find(({ accessKeyId }) =>
    (request.headers.authorization ?? "").includes(`Credential=${accessKeyId}/`),
  );
  if (key === undefined) {
    return failure(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const region = options.service === "ecr" ? "eu-west-1" : "us-east-1";
  if (!isSigned(request, key, region, options)) {
    return failure(
      "InvalidSignatureException",
      "The request signature we calculated does not match",
    );
  }
  const target = String(request.headers["x-amz-target"]);
  const prefix =
    options.service === "ecr" ? "AmazonEC2ContainerRegistry_V20150921." : "SpencerFrontendService.";
  const action = target.startsWith(prefix) ? target.slice(prefix.length) : "";
  const body = request.body.toString("utf8");
  if (action === "DescribeRegistries" && options.service === "ecr-public") {
    return json(200, { registries: [{ registryId: account, aliases: [{ name: "acme" }] }] });
  }
  if (action !== "DescribeImages" && action !== "BatchDeleteImage") {
    return failure("UnknownOperationException", "");
  }
  if (at(body, "registryId") !== account || at(body, "repositoryName") !== shelf.path) {
    return failure("RepositoryNotFoundException", "The repository does not exist in the registry");
  }
  if (action === "DescribeImages") return list(shelf, body);
  if (key === ecrReader) return failure("AccessDeniedException", "User is not authorized");
  const ids = at(body, "imageIds");
  if (!Array.isArray(ids) || ids.length < 1 || ids.length > 100) {
    return failure("InvalidParameterException", "imageIds must have length 1 to 100");
  }
  const results = ids.map((id: object) => remove(shelf, id));
  return json(200, {
    imageIds: results.flatMap((one) => ("failureCode" in one ? [] : [one])),
    failures: results.filter((one) => "failureCode" in one),
  });
}

function list(shelf: Shelf, body: string): ScriptedAnswer {
  const size = Number(at(body, "maxResults") ?? 100);
  if (size > 1000) return failure("InvalidParameterException", "maxResults must be at most 1000");
  const start = Number(at(body, "nextToken") ?? 0);
  const shown = shelf.digests.slice(start, start + size);
  const imageDetails = shown.map((imageDigest) => {
    const imageTags = shelf.tagsOf(imageDigest);
    return { imageDigest, ...(imageTags.length === 0 ? {} : { imageTags }) };
  });
  const more = start + size < shelf.digests.length;
  return json(200, { imageDetails, ...(more ? { nextToken: String(start + size) } : {}) });
}

function remove(shelf: Shelf, id: object): object {
  const tag = at(id, "imageTag");
  const named = at(id, "imageDigest");
  const digest = typeof tag === "string" ? shelf.tags.get(tag) : named;
  const failed = (failureCode: string, failureReason: string): object => {
    return { imageId: id, failureCode, failureReason };
  };
  if (typeof digest !== "string" || !isDigest(digest) || !shelf.has(digest)) {
    return failed("ImageNotFound", "Requested image not found");
  }
  const last = typeof tag !== "string" || shelf.tagsOf(digest).length === 1;
  if (last && shelf.holders(digest).length > 0) {
    return failed("ImageReferencedByManifestList", "Requested image referenced by manifest list");
  }
  if (typeof tag === "string") shelf.tags.delete(tag);
  if (last) shelf.remove(digest);
  return { imageDigest: digest, ...(typeof tag === "string" ? { imageTag: tag } : {}) };
}

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned(
  { method, url, headers, body }: SeenRequest,
  key: typeof ecrKey,
  region: string,
  { service, clock }: { readonly service: string; readonly clock: () => number },
): boolean {
  const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
  const hmac = (secret: string | Buffer, text: string): Buffer =>
    createHmac("sha256", secret).update(text).digest();
  const [, names = "", signature] =
    /SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? "") ?? [];
  const signed = names.split(";");
  if (!["host", "x-amz-date", "x-amz-target"].every((name) => signed.includes(name))) return false;
  const time = String(headers["x-amz-date"]);
  const iso = time.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
  if (Math.abs(Date.parse(iso) - clock()) > 5 * 60_000) return false;
  const lines = signed.map((name) => `${name}:${String(headers[name])}\n`).join("");
  const canonical = [method, url, "", lines, names, sha256(body)].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const secret = [time.slice(0, 8), region, service, "aws4_request"].reduce(
    (made: string | Buffer, part) => hmac(made, part),
    `AWS4${key.secretAccessKey}`,
  );
  return createHmac("sha256", secret).update(text).digest("hex") === signature;
}

function failure(type: string, message: string): ScriptedAnswer {
  return json(400, { __type: type, message });
}
