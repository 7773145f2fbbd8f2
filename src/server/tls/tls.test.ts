import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { RegistryClient } from "../../registry/client.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { startRegistry } from "../start.ts";
import { loadTls } from "./tls.ts";

let folder = "";
const at = (name: string): string => join(folder, name);

/** Creates a pair for 127.0.0.1 that is valid for thirty days. */
function makePair(name: string): void {
  const openssl = (...args: readonly string[]): unknown =>
    execFileSync("openssl", args, { stdio: "pipe", cwd: folder });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
  openssl("req", "-x509", ...curve, ...names, ...files, "-days", "30");
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-tls-"));
  for (const name of ["one", "two"]) makePair(name);
  const encrypt = ["pkey", "-in", "one.key", "-aes256", "-passout", "pass:x", "-out", "locked.key"];
  execFileSync("openssl", encrypt, { stdio: "pipe", cwd: folder });
  await writeFile(at("words"), "hello\n");
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const day = 24 * 3_600_000;

test("loads a certificate and its key, and knows when it expires", async () => {
  const material = await loadTls({ certFile: at("one.crt"), keyFile: at("one.key") });
  expect(material).toEqual({
    cert: await readFile(at("one.crt"), "utf8"),
    key: await readFile(at("one.key"), "utf8"),
    expiresAt: expect.any(Number) as unknown,
  });
  expect(Math.round((material.expiresAt - Date.now()) / day)).toBe(30);
});

test.each([
  ["nil", "one.key", "the certificate nil cannot be read: no such file"],
  ["one.crt", "nil", "the key nil cannot be read: no such file"],
  [".", "one.key", "the certificate . cannot be read: it is a folder"],
  ["words", "one.key", "words is not a certificate in PEM format"],
  ["one.crt", "words", "words is not a private key in PEM format"],
  ["one.key", "one.crt", "one.key is not a certificate in PEM format"],
  ["one.crt", "two.key", "the key two.key does not match the certificate one.crt"],
  ["one.crt", "locked.key", "the key locked.key is encrypted"],
])("refuses %s with %s", async (cert, key, message) => {
  const found = loadTls({ certFile: at(cert), keyFile: at(key) });
  const error: unknown = await found.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const said = error instanceof Error ? error.message.replaceAll(`${folder}/`, "") : "";
  expect(said.replaceAll(folder, ".")).toBe(message);
});

test("refuses a certificate that has expired or is not valid yet", async () => {
  const files = { certFile: at("one.crt"), keyFile: at("one.key") };
  await expect(loadTls(files, Date.now() + 31 * day)).rejects.toThrow(
    /^the certificate \S+ expired [A-Z][a-z]{2} .* GMT$/,
  );
  await expect(loadTls(files, Date.now() - day)).rejects.toThrow(
    /^the certificate \S+ is not valid before [A-Z][a-z]{2} .* GMT$/,
  );
});

test("a registry serves TLS, and loads a new certificate without dropping connections", async () => {
  const files = { certFile: at("live.crt"), keyFile: at("live.key") };
  const use = async (name: string): Promise<void> => {
    await copyFile(at(`${name}.crt`), files.certFile);
    await copyFile(at(`${name}.key`), files.keyFile);
  };
  await use("one");
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  const options = { root: at("root"), tls: files, onWarning, idleMs: 1_000 };
  await using registry = await startRegistry(options);
  expect(registry.url).toBe(`https://${registry.host}`);
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await get(registry.url, kept)).toEqual({ status: 200, name: "one", reused: false });
  await use("two");
  await registry.refresh();
  expect([await get(registry.url, kept), await get(registry.url, new Agent())]).toEqual([
    { status: 200, name: "one", reused: true },
    { status: 200, name: "two", reused: false },
  ]);
  await copyFile(at("one.key"), files.keyFile);
  await registry.refresh();
  expect((await get(registry.url, new Agent())).name).toBe("two");
  expect(warnings).toEqual([
    `the key ${files.keyFile} does not match the certificate ${files.certFile}; the previous version remains in use`,
  ]);
  kept.destroy();
});

test("a plain HTTP client is told to use TLS; any other client is disconnected", async () => {
  const files = { certFile: at("one.crt"), keyFile: at("one.key") };
  await using registry = await startRegistry({ root: at("plain"), tls: files });
  const say = async (text: string): Promise<string> => {
    const socket = connect(Number(new URL(registry.url).port), "127.0.0.1");
    let said = "";
    socket.on("data", (chunk) => (said += chunk.toString()));
    socket.on("error", () => undefined);
    socket.write(text);
    await once(socket, "close");
    return said;
  };
  const answer = await say("GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n");
  expect([answer.slice(0, 12), JSON.parse(answer.slice(answer.indexOf("{")))]).toEqual([
    "HTTP/1.1 400",
    {
      errors: [{ code: "UNSUPPORTED", message: "Client sent an HTTP request to an HTTPS server." }],
    },
  ]);
  expect(await say("EHLO registry\r\n")).not.toContain("HTTP");
  expect((await get(registry.url, new Agent())).status).toBe(200);
});

test("our client detects TLS by itself, and sends large blobs over it", async () => {
  const files = { certFile: at("one.crt"), keyFile: at("one.key") };
  await using registry = await startRegistry({ root: at("large"), tls: files });
  const insecure = [registry.host];
  await using client = new RegistryClient({ credentials: anonymous, insecure });
  const bytes = randomBytes(5 << 20);
  const digest = digestOf(bytes);
  const blob = { mediaType: "application/octet-stream", digest, size: bytes.length };
  const repository = { host: registry.host, path: "app" };
  await client.pushBlob(repository, blob, () => Readable.from([bytes]));
  expect(digestOf(await client.readBlob(repository, blob, 8 << 20))).toBe(digest);
});

interface Got {
  readonly status: number | undefined;
  readonly name: string;
  readonly reused: boolean;
}

function get(url: string, agent: Agent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/v2/`, { agent, rejectUnauthorized: false }, (answer) => {
      const { socket } = answer;
      const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined;
      answer.resume().once("end", () => {
        const name = String(subject?.CN);
        resolve({ status: answer.statusCode, name, reused: outgoing.reusedSocket });
      });
    });
    outgoing.once("error", reject).end();
  });
}
