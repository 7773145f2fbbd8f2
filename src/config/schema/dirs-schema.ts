import * as v from "valibot";
import { key, list, listOrText, text } from "./kinds.ts";
import { mapOf, mapping, waysOf } from "./shape.ts";

const pathsSchema = mapping({
  linux: key(listOrText, "Paths on Linux."),
  macos: key(listOrText, "Paths on macOS."),
  windows: key(listOrText, "Paths on Windows."),
});

const dirSchema = mapping({
  preset: key(
    text,
    "The tool whose cache it is: go, npm, pnpm, yarn, pip, uv, cargo, gradle, maven, homebrew, ccache, sccache or apt. Default: the name of the entry, if it is one of these.",
  ),
  key: key(
    text,
    "The template of its key, with {os}, {arch}, {epoch}, {hash:GLOB,…}, {file:PATH:REGEX} and {env:NAME}. Default: the preset's.",
  ),
  or: key(
    list,
    "Prefixes of other keys: without a cache of the key, the newest with one of them is restored. Default: the preset's, if it has the preset's key.",
  ),
  paths: key(
    waysOf([text, list, pathsSchema]),
    "What is saved: a path, a list, or a map by operating system. Paths may begin with ~/. Default: the preset's.",
  ),
});

/** `dirs`: directory caches, by name. */
export const dirsSchema = mapOf(v.nullable(dirSchema));

export type RawDir = v.InferOutput<typeof dirSchema>;
export type RawDirs = v.InferOutput<typeof dirsSchema>;
