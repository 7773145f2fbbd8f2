import { contentLength, header, type RegistryRequest } from "../../http/request.ts";
import { jsonReply, type Reply } from "../../http/reply.ts";
import { methodNotAllowed, Refusal } from "../../http/refusal.ts";
import { basicChallenge } from "./challenge.ts";
import { shownBy } from "../credentials.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { Rights } from "../rights/rights.ts";
import { formatScopes, grantedOf, parseScopes, type Scope } from "./scope.ts";
import type { Tokens } from "./tokens.ts";

interface TokenEndpointOptions {
  readonly passwords: Passwords;
  readonly rights: () => Rights;
  readonly tokens: Tokens;
}

/** In bytes. A form with a refresh token and twenty scopes has about 8 KiB. */
const largestForm = 32 << 10;

/**
 * `/token`: the distribution project's specifications for tokens (GET, with or without a password)
 * and for OAuth2 (POST, with a password or a refresh token). Scopes that are not granted are
 * dropped, as the specification requires; the registry then refuses the request itself.
 */
export async function tokenEndpoint(
  request: RegistryRequest,
  options: TokenEndpointOptions,
): Promise<Reply> {
  switch (request.method) {
    case "GET":
      return byPassword(request, options);
    case "POST":
      return byForm(request, options);
    default:
      throw methodNotAllowed(request.method, ["GET", "POST"]);
  }
}

/**
 * Never returns a refresh token, even if `offline_token` asks for one: Docker would store it in
 * place of the password, and it becomes useless when this process ends.
 */
async function byPassword(request: RegistryRequest, options: TokenEndpointOptions): Promise<Reply> {
  const shown = shownBy(request);
  const scopes = parseScopes(request.query.getAll("scope"));
  if (shown.kind === "nothing") {
    if (!options.rights().openToAnonymous) throw wrongLogin();
    return tokenReply(request, undefined, scopes, options);
  }
  if (
    shown.kind !== "basic" ||
    !(await options.passwords.check(shown.user, shown.password, request.client))
  ) {
    throw wrongLogin();
  }
  return tokenReply(request, shown.user, scopes, options);
}

async function byForm(request: RegistryRequest, options: TokenEndpointOptions): Promise<Reply> {
  const { passwords, tokens } = options;
  const form = await readForm(request);
  const field = (name: string): string => form.get(name) ?? "";
  const scopes = parseScopes(form.getAll("scope"));
  switch (field("grant_type")) {
    case "password": {
      const user = field("username");
      if (!(await passwords.check(user, field("password"), request.client))) throw wrongLogin();
      const fingerprint = passwords.fingerprint(user);
      if (field("access_type") !== "offline" || fingerprint === undefined) {
        return tokenReply(request, user, scopes, options);
      }
      const refresh = tokens.issueRefresh(user, fingerprint);
      return tokenReply(request, user, scopes, options, refresh);
    }
    case "refresh_token": {
      const given = field("refresh_token");
      const user = tokens.readRefresh(given, passwords.fingerprint);
      if (user === undefined) throw wrongLogin();
      return tokenReply(request, user, scopes, options, given);
    }
    default:
      throw new Refusal(400, "UNSUPPORTED", "grant_type must be password or refresh_token");
  }
}

function tokenReply(
  request: RegistryRequest,
  user: string | undefined,
  asked: readonly Scope[],
  { rights, tokens }: TokenEndpointOptions,
  refresh?: string,
): Reply {
  if (request.note !== undefined) request.note.user = user;
  const scopes = grantedOf(asked, user, rights());
  const { token, expiresIn, issuedAt } = tokens.issue({ user, scopes });
  return jsonReply(
    {
      token,
      access_token: token,
      token_type: "Bearer",
      scope: formatScopes(scopes),
      expires_in: expiresIn,
      issued_at: issuedAt,
      ...(refresh === undefined ? {} : { refresh_token: refresh }),
    },
    { "cache-control": "no-store" },
  );
}

function wrongLogin(): Refusal {
  return new Refusal(401, "UNAUTHORIZED", "wrong user name or password", {
    headers: { "www-authenticate": basicChallenge },
  });
}

async function readForm(request: RegistryRequest): Promise<URLSearchParams> {
  const type = header(request, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new Refusal(
      415,
      "UNSUPPORTED",
      "the body must be a form (application/x-www-form-urlencoded)",
    );
  }
  const tooLarge = new Refusal(413, "SIZE_INVALID", "the form is too large");
  if ((contentLength(request) ?? 0) > largestForm) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > largestForm) throw tooLarge;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}
