import { UsageError } from "../../errors.ts";
import { isLoopback } from "../../oci/reference.ts";
import { header, type RegistryRequest } from "../http/request.ts";
import { createGate, type Gate } from "./gate.ts";
import { refuseWebPages } from "./local-names.ts";
import { type BasicAuth, openPasswords } from "./passwords/passwords.ts";
import { type AccessRules, rightsOf } from "./rights/rights.ts";
import { Tokens } from "./tokens/tokens.ts";
import { type Source, watch } from "./watched.ts";

export interface AccessOptions {
  /** One user. Without it and `htpasswd`, everyone who reaches the address may do everything. */
  readonly auth?: BasicAuth | undefined;
  /**
   * A password file of bcrypt hashes, as written by `htpasswd -B`. It is read again when it
   * changes.
   */
  readonly htpasswd?: string | undefined;
  /** Who may do what in which repository. Without it, logged-in users may do everything. */
  readonly access?: Source<AccessRules> | undefined;
  /** Whether clients log in with each request (`basic`, the default) or get a token first. */
  readonly login?: "basic" | "token" | undefined;
  /** `https://registry.example.com`: the registry's URL behind a proxy. */
  readonly publicUrl?: string | undefined;
  /** Allows passwords and tokens in the clear beyond this machine. */
  readonly insecurePlainHttp?: boolean | undefined;
}

interface Place {
  /** The address it listens on, with brackets around IPv6. */
  readonly hostname: string;
  readonly hasTls: boolean;
  readonly onWarning: (message: string) => void;
}

export interface OpenAccess {
  /** Undefined: everyone may do everything. */
  readonly gate: Gate | undefined;
  /** Refuses what no client of this registry sends. */
  readonly refuse?: (request: RegistryRequest) => void;
  /** Reads the files again, even if they did not change. */
  refresh(): Promise<void>;
  close(): void;
}

const service = "layerkeep-registry";

/**
 * Checks the access options and returns the gate that they ask for; no gate if everyone may do
 * everything, which is accepted only on loopback and not from web pages. Throws a usage error if an
 * option or file cannot be used, or if credentials would be sent in the clear.
 */
export async function openAccess(options: AccessOptions, place: Place): Promise<OpenAccess> {
  const publicUrl = options.publicUrl === undefined ? undefined : parsePublicUrl(options.publicUrl);
  const hasUsers = options.auth !== undefined || options.htpasswd !== undefined;
  if (!hasUsers) {
    refuseWithoutUsers(options, place);
    return openToAll(publicUrl, place);
  }
  if (
    !isLoopback(place.hostname) &&
    !place.hasTls &&
    !(publicUrl?.startsWith("https:") ?? false) &&
    options.insecurePlainHttp !== true
  ) {
    throw new UsageError(
      `the registry on ${place.hostname} would receive passwords over plain HTTP`,
      {
        hint: "add a certificate with --tls-cert and --tls-key; behind a TLS proxy, set --public-url; or accept the risk with --insecure-plain-http",
      },
    );
  }
  const { onWarning } = place;
  const passwords = await openPasswords({
    single: options.auth,
    htpasswd: options.htpasswd,
    onWarning,
  });
  try {
    const source = options.access;
    const rights = await watch(
      {
        files: source?.files ?? [],
        load: async () => rightsOf(await source?.load()),
      },
      { onWarning },
    );
    for (const user of rights.current().users) {
      if (passwords.fingerprint(user) !== undefined) continue;
      onWarning(`user "${user}" has access rights, but no password`);
    }
    const gate = createGate({
      passwords,
      rights: rights.current,
      tokens: options.login === "token" ? new Tokens(service) : undefined,
      urlOf: (request) => publicUrl ?? ownUrl(request, place.hasTls),
      service,
    });
    return {
      gate,
      refresh: async () => {
        await Promise.all([passwords.refresh(), rights.refresh()]);
      },
      close: () => {
        passwords.close();
        rights.close();
      },
    };
  } catch (error) {
    passwords.close();
    throw error;
  }
}

function openToAll(publicUrl: string | undefined, { hasTls }: Place): OpenAccess {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  return {
    gate: undefined,
    refuse: (request) => refuseWebPages(request, { publicHost, hasTls }),
    refresh: () => Promise.resolve(),
    close: () => undefined,
  };
}

function refuseWithoutUsers({ access, login }: AccessOptions, { hostname }: Place): void {
  const useless = access !== undefined ? "rights" : login === "token" ? "tokens" : undefined;
  if (useless !== undefined) {
    throw new UsageError(`${useless} need at least one user with a password`, {
      hint: "add a password file with --htpasswd, or one user with --user",
    });
  }
  if (isLoopback(hostname)) return;
  throw new UsageError(`a registry on ${hostname} needs a password`, {
    hint: "set a password, or listen on 127.0.0.1: without a password, anyone on the network can write to it",
  });
}

/** Parses an origin without a path: a registry's paths begin at its host. */
function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url !== undefined &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    [`${url.origin}/`, url.origin].includes(url.href);
  if (isOrigin) return url.origin;
  throw new UsageError("the public URL of a registry must be only a scheme and a host", {
    hint: "use the form https://registry.example.com",
  });
}

/**
 * The registry's URL as the client wrote it. A client that sends another `Host` misleads only
 * itself, but the value goes into a header, so it must be a valid host.
 */
function ownUrl(request: RegistryRequest, hasTls: boolean): string {
  const given = header(request, "host") ?? "";
  const host = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/.test(given) ? given : "";
  return `${hasTls ? "https" : "http"}://${host === "" ? "localhost" : host}`;
}
