/** What a 401 requires: RFC 9110, 11.6.1, and the distribution project's token specification. */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service: string | undefined };

const parameter = /^[\s,]*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/;
const schemeName = /^[\s,]*([A-Za-z][A-Za-z0-9_-]*)(?=\s|,|$)(?!\s*=)/;

/**
 * The supported challenge in a `WWW-Authenticate` header: bearer before basic if it offers both.
 * Undefined if there is none.
 */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const offered = readChallenges(header ?? "");
  for (const { scheme, parameters } of offered) {
    const realm = parameters.get("realm");
    if (scheme === "bearer" && realm !== undefined) {
      return { scheme, realm, service: parameters.get("service") };
    }
  }
  return offered.some(({ scheme }) => scheme === "basic") ? { scheme: "basic" } : undefined;
}

interface Offer {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

function readChallenges(header: string): Offer[] {
  const offers: Offer[] = [];
  let rest = header;
  while (rest !== "") {
    const found = parameter.exec(rest);
    const scheme = found === null ? schemeName.exec(rest) : null;
    const last = offers.at(-1);
    if (found?.[1] !== undefined && last !== undefined) {
      const value = found[2]?.replaceAll(/\\(.)/g, "$1") ?? found[3] ?? "";
      last.parameters.set(found[1].toLowerCase(), value);
      rest = rest.slice(found[0].length);
    } else if (scheme?.[1] !== undefined) {
      offers.push({ scheme: scheme[1].toLowerCase(), parameters: new Map() });
      rest = rest.slice(scheme[0].length);
    } else {
      break;
    }
  }
  return offers;
}
