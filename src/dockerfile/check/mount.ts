import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import { cleanPath } from "../expand/pattern.ts";
import { isMemorySize, parseGoBool, parseUint32 } from "./go-values.ts";

/** A field of `--mount`: its key in lower case, and its value if it has one. */
export type Field = readonly [key: string, value: string | undefined];

const types = ["bind", "cache", "tmpfs", "secret", "ssh"];
const sharings = ["shared", "private", "locked"];
const keys = (
  "type from source target readonly id sharing required size mode uid gid src dst destination " +
  "ro rw readwrite env"
).split(" ");

/**
 * The fields of a flag's value, which is one CSV record (tonistiigi/go-csvvalue). Throws a usage
 * error, without a place, for mismatched quotes and for an empty value.
 */
export function splitFields(flag: string, text: string): readonly Field[] {
  if (text === "") throw new UsageError(`RUN ${flag} is empty`);
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^",]*)(?:,|$)/g) ?? [];
  if (fields.join("") !== text) {
    throw new UsageError(`RUN ${flag}=${text} has mismatched quotes`, {
      hint: "put quotes around the entire field, and double any quotes inside it",
    });
  }
  // An expression that matches up to the end matches the empty text there once more.
  const written = text.endsWith(",") ? fields : fields.slice(0, lastOf(fields));
  return written.map((field) => {
    const bare = field.replace(/,$/, "");
    const plain = bare.startsWith('"') ? bare.slice(1, -1).replaceAll('""', '"') : bare;
    const equals = plain.indexOf("=");
    return equals < 0
      ? [plain.toLowerCase(), undefined]
      : [plain.slice(0, equals).toLowerCase(), plain.slice(equals + 1)];
  });
}

function lastOf(fields: readonly string[]): number {
  return fields.at(-1) === "" && fields.length > 1 ? fields.length - 1 : fields.length;
}

/** The parts of a mount that the checks need. */
interface Mount {
  type: string;
  from: string;
  source: string;
  target: string;
  id: string;
  sharing: string;
  /** Which of `mode`, `uid` and `gid` are set. */
  readonly owner: string[];
}

/**
 * Checks a mount of RUN with its values expanded (BuildKit: instructions/commands_runmount.go and
 * dockerfile2llb/convert_runmount.go). An undefined value is not known here and is not checked.
 * `workdir` is undefined if only the base image sets it. Throws a usage error, without a place.
 */
export function checkMount(
  text: string,
  valueOf: (written: string) => string | undefined,
  workdir: string | undefined,
): void {
  const mount: Mount = {
    type: "bind",
    from: "",
    source: "",
    target: "",
    id: "",
    sharing: "",
    owner: [],
  };
  for (const [key, written] of splitFields("--mount", text)) {
    if (written === undefined) {
      takeBare(key, mount);
      continue;
    }
    const value = valueOf(written);
    // What the mount is may depend on this value.
    if (value === undefined) return;
    takeField(key, value, mount);
  }
  checkWhole(mount, workdir);
}

/** Checks `--device` of RUN (instructions/commands_rundevice.go). */
export function checkDevice(text: string): void {
  let name = "";
  for (const [key, value] of splitFields("--device", text)) {
    if (key === "required" && (value === undefined || parseGoBool(value) !== undefined)) continue;
    if (key === "required") throw badValue("--device", key, value ?? "");
    if (key === "name" && value !== undefined) {
      if (name !== "") throw new UsageError(`RUN --device=${text} specifies two device names`);
      name = value;
    } else if (name === "") name = value === undefined ? key : `${key}=${value}`;
    else throw new UsageError(`RUN --device does not support the "${key}" option`);
  }
}

function takeBare(key: string, mount: Mount): void {
  if (["readonly", "ro", "readwrite", "rw"].includes(key)) return;
  if (key !== "required") {
    throw new UsageError(`RUN --mount needs a value for "${key}"`, { hint: `use ${key}=…` });
  }
  onlyFor(["secret", "ssh"], key, mount);
}

function takeField(key: string, value: string, mount: Mount): void {
  switch (key) {
    case "type":
      mount.type = oneOf(key, value, types);
      return;
    case "from":
      mount.from = value;
      return;
    case "source":
    case "src":
      mount.source = value;
      return;
    case "target":
    case "dst":
    case "destination":
      mount.target = value;
      return;
    case "readonly":
    case "ro":
    case "readwrite":
    case "rw":
      if (parseGoBool(value) === undefined) throw badValue("--mount", key, value);
      return;
    case "required":
      onlyFor(["secret", "ssh"], key, mount);
      if (parseGoBool(value) === undefined) throw badValue("--mount", key, value);
      return;
    case "size":
      onlyFor(["tmpfs"], key, mount);
      if (!isMemorySize(value)) throw badValue("--mount", key, value);
      return;
    case "id":
      mount.id = value;
      return;
    case "sharing":
      mount.sharing = oneOf(key, value, sharings);
      return;
    case "mode":
    case "uid":
    case "gid":
      if (parseUint32(value, key === "mode" ? 8 : 10) === undefined) {
        throw badValue("--mount", key, value);
      }
      mount.owner.push(key);
      return;
    case "env":
      return;
    default: {
      const near = nearest(key, keys);
      const hint =
        near === undefined ? `expected one of ${keys.join(", ")}` : `did you mean ${near}?`;
      throw new UsageError(`RUN --mount does not support the "${key}" option`, { hint });
    }
  }
}

function checkWhole(mount: Mount, workdir: string | undefined): void {
  const { type, from, source, target, id, sharing } = mount;
  const [owner] = mount.owner;
  if (owner !== undefined && (type === "bind" || type === "tmpfs")) {
    throw new UsageError(`mounts of type ${type} do not support the ${owner} option`);
  }
  if (sharing !== "" && type !== "cache") {
    throw new UsageError(`mounts of type ${type} do not support the sharing option`);
  }
  if (type === "secret") {
    if (from !== "") throw new UsageError("mounts of type secret do not support the from option");
    if (source === "" && target === "" && id === "") {
      throw new UsageError("mounts of type secret need an id or a target");
    }
    if (source !== "" && id !== "") {
      throw new UsageError("mounts of type secret cannot use both source and id");
    }
    return;
  }
  if (type === "ssh") {
    if (source !== "") throw new UsageError("mounts of type ssh do not support the source option");
    return;
  }
  const relative = workdir === undefined ? undefined : cleanPath(`/${workdir}/${target}`);
  if ((target.startsWith("/") ? target : relative) === "/") {
    throw new UsageError(`mounts of type ${type} need a target other than /`, {
      hint: "use target=/path",
    });
  }
}

function onlyFor(allowed: readonly string[], key: string, { type }: Mount): void {
  if (allowed.includes(type)) return;
  throw new UsageError(`mounts of type ${type} do not support the ${key} option`, {
    hint: `${key} works only with type=${allowed.join(" and type=")}, and type must come first`,
  });
}

function oneOf(key: string, value: string, known: readonly string[]): string {
  const found = value.toLowerCase();
  if (known.includes(found)) return found;
  throw new UsageError(`RUN --mount has an invalid ${key}=${value}`, {
    hint: `expected one of ${known.join(", ")}`,
  });
}

function badValue(flag: string, key: string, value: string): UsageError {
  return new UsageError(`RUN ${flag} has an invalid ${key}=${value}`);
}
