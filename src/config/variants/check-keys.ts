import { parseAttributes } from "../../csv.ts";
import { UsageError } from "../../errors.ts";
import { eitherOf } from "../../nearest.ts";

/*
 * What the values of a variant's keys must look like. Each check throws a usage error that names
 * the value and what is allowed.
 */

export function checkSuffix(suffix: string): void {
  if (/^[A-Za-z0-9._-]*$/.test(suffix)) return;
  throw new UsageError(`the suffix "${suffix}" cannot be part of a tag`, {
    hint: "use letters, digits, _, . and -",
  });
}

export function checkLabel(name: string): void {
  if (name === "quay.expires-after") {
    throw new UsageError(`the label ${name} would make Quay delete published images`, {
      hint: "Quay applies the labels of an image to its index, too, so the entire index would expire: remove the label",
    });
  }
  if (name === "" || /[\s=]/.test(name))
    throw new UsageError(`"${name}" is not a valid label name`);
}

/** Never quotes a value: it may be the secret. */
export function checkSecret(text: string): void {
  const hint = "refer to the secret: id=npm,env=NPM_TOKEN or id=key,src=key.pem";
  const attributes = parseAttributes(text);
  const known = ["id", "src", "source", "env", "type"];
  const unknown = [...attributes.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) {
    // What precedes the first "=" of a secret looks like an attribute, too.
    const isName = attributes.has("id") && /^[a-z]{1,12}$/.test(unknown);
    throw new UsageError(
      isName
        ? `unknown attribute ${unknown}: a secret must be a reference`
        : "a secret must be a reference",
      { hint },
    );
  }
  if ((attributes.get("id") ?? "") === "") throw new UsageError("this secret has no id", { hint });
  const type = attributes.get("type");
  if (type !== undefined && type !== "env" && type !== "file") {
    throw new UsageError("the type of a secret must be env or file", { hint });
  }
  const env = attributes.get("env");
  if (env !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(env)) {
    throw new UsageError("the env of this secret is not a valid environment variable name", {
      hint,
    });
  }
  if (env !== undefined && (attributes.has("src") || attributes.has("source"))) {
    throw new UsageError("this secret has both env and src", { hint });
  }
}

export function checkSsh(text: string): void {
  if (!/^[A-Za-z0-9_.-]+(?:=.+)?$/.test(text) || text.includes("PRIVATE KEY")) {
    throw new UsageError("this is not a reference to an ssh agent or key", {
      hint: "use default, or ID=PATH with the path of a socket or key",
    });
  }
}

export function checkGlob(text: string): void {
  const path = text.replace(/^!/, "");
  if (path === "" || path.startsWith("/") || path.split("/").includes("..")) {
    throw new UsageError(`"${text}" is not a glob within the context`);
  }
}

/** Throws a usage error for globs of `inputs` that leave out every file. */
export function checkInputs(globs: readonly string[]): void {
  const written = globs.map((glob) => glob.trim());
  const counting = written.slice(written.findLastIndex((glob) => all.has(glob)) + 1);
  if (written.length === 0 || counting.some((glob) => !glob.startsWith("!"))) return;
  throw new UsageError("inputs excludes every file", {
    hint: 'begin with the files to include, such as "**" for all files; the last matching glob decides',
  });
}

/** Each leaves out whatever globs before it name. */
const all = new Set(["!*", "!**", "!**/*"]);

export function checkUlimit(text: string): void {
  if (!/^[a-z]+=-?\d+(?::-?\d+)?$/.test(text)) {
    throw new UsageError(`"${text}" is not a valid ulimit`, {
      hint: "use a value such as nofile=1024:2048",
    });
  }
}

const entitlements = ["network.host", "security.insecure", "device"];

export function checkEntitlement(text: string): void {
  if (!entitlements.includes(text.replace(/^device=.+$/, "device"))) {
    throw new UsageError(`unknown entitlement "${text}"`, {
      hint: `use ${eitherOf(entitlements)}`,
    });
  }
}

export function checkAddedHost(text: string): void {
  if (!/^[A-Za-z0-9_.-]+[:=](?:[0-9.]+|\[?[0-9A-Fa-f:.]+\]?|host-gateway)$/.test(text)) {
    throw new UsageError(`"${text}" is not a valid host entry`, {
      hint: "use name:address, such as db:10.0.0.7",
    });
  }
}

/** Others could not be written into a mount of BuildKit's, as they are. */
export function checkMountName(name: string): void {
  if (isMountName(name)) return;
  throw new UsageError(`"${name}" is not the id or the target of a cache mount`, {
    hint: "use the id of a RUN --mount=type=cache, or its target, such as /root/.cache/ccache",
  });
}

export function isMountName(name: string): boolean {
  return /^[^\s"'`$\\,=]+$/.test(name);
}

export function checkSize(text: string): void {
  if (!/^\d+(?:\.\d+)?\s*(?:[kmgt]i?b?|b)?$/i.test(text)) {
    throw new UsageError(`"${text}" is not a valid size`, {
      hint: "use a size such as 64m or 2gb",
    });
  }
}
