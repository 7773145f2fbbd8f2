import { isIP } from "node:net";
import { UsageError } from "../../errors.ts";

const mostPort = 65_535;

/**
 * Checks a port of EXPOSE, `[ip:][public:]private[/protocol]`, each a number or a range
 * (BuildKit: dockerfile2llb/convert_expose.go). Throws a usage error, without a place.
 */
export function checkPort(text: string): void {
  const parts = text.split(":");
  const container = parts.at(-1) ?? "";
  const host = parts.at(-2) ?? "";
  const ip = parts.slice(0, -2).join(":");
  const slash = container.indexOf("/");
  const protocol = slash < 0 ? "" : container.slice(slash + 1).toLowerCase();
  if (!["", "tcp", "udp", "sctp"].includes(protocol)) {
    throw badPort(text, `${protocol} is not a supported protocol`);
  }
  if (ip !== "" && isIP(ip.replace(/^\[(.*)\]$/, "$1")) === 0) {
    throw badPort(text, `${ip} is not an IP address`);
  }
  const inner = parseRange(slash < 0 ? container : container.slice(0, slash));
  const outer = host === "" ? inner : parseRange(host);
  if (inner === undefined || outer === undefined) {
    throw badPort(text, `expected a number from 0 to ${mostPort}, or a range of such numbers`);
  }
  // Only a single port can be exposed as one of a range of host ports.
  if (inner > 0 && inner !== outer) throw badPort(text, "the two ranges have different lengths");
}

/** How many ports a range has besides the first; undefined if the text is not a range. */
function parseRange(text: string): number | undefined {
  const dash = text.indexOf("-", 1);
  const start = parsePort(dash < 0 ? text : text.slice(0, dash));
  const end = dash < 0 ? start : parsePort(text.slice(dash + 1));
  if (start === undefined || end === undefined || end < start) return undefined;
  return end - start;
}

function parsePort(text: string): number | undefined {
  if (!/^(?:\+?\d+|-0+)$/.test(text)) return undefined;
  const port = Number(text);
  return port <= mostPort ? port : undefined;
}

function badPort(text: string, why: string): UsageError {
  return new UsageError(`EXPOSE has an invalid port ${text}: ${why}`);
}
