import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { messageOf, UsageError } from "../../errors.ts";
import { readTextFile } from "../access/text-file.ts";
import type { Source } from "../access/watched.ts";

/** PEM files: the certificate with its chain, and its key. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate and the key that matches it. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** When the certificate expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Both files as a source to watch. */
export function tlsSource(files: TlsFiles): Source<TlsMaterial> {
  return { files: [files.certFile, files.keyFile], load: () => loadTls(files) };
}

/**
 * Reads and checks both files. Throws a usage error that names the file and its problem: missing,
 * not PEM, encrypted, not a pair, or not valid at `now` (milliseconds).
 */
export async function loadTls(
  { certFile, keyFile }: TlsFiles,
  now: number = Date.now(),
): Promise<TlsMaterial> {
  const cert = await readTextFile(certFile, "the certificate");
  const key = await readTextFile(keyFile, "the key");
  const certificate = parseCertificate(cert, certFile);
  if (!certificate.checkPrivateKey(parseKey(key, keyFile))) {
    throw new UsageError(`the key ${keyFile} does not match the certificate ${certFile}`, {
      hint: "use the key that belongs to the certificate; if the certificate file contains a chain, put the server certificate first",
    });
  }
  const [from, to] = [certificate.validFrom, certificate.validTo].map((text) => Date.parse(text));
  if (from !== undefined && from > now) {
    throw invalid(certFile, `is not valid before ${certificate.validFrom}`);
  }
  if (to !== undefined && to <= now) throw invalid(certFile, `expired ${certificate.validTo}`);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new UsageError(`the certificate ${certFile} cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
  return { cert, key, expiresAt: to ?? 0 };
}

function parseCertificate(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new UsageError(`${file} is not a certificate in PEM format`, {
      cause,
      hint: "use a file that begins with -----BEGIN CERTIFICATE-----",
    });
  }
}

function parseKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw text.includes("ENCRYPTED")
      ? new UsageError(`the key ${file} is encrypted`, {
          cause,
          hint: `decrypt it: openssl pkey -in ${file} -out plain.pem`,
        })
      : new UsageError(`${file} is not a private key in PEM format`, {
          cause,
          hint: "use a file that begins with -----BEGIN PRIVATE KEY-----",
        });
  }
}

function invalid(file: string, why: string): UsageError {
  return new UsageError(`the certificate ${file} ${why}`, {
    hint: "renew it, or check this machine's clock",
  });
}
