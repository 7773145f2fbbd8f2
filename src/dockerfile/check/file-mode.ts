import { UsageError } from "../../errors.ts";

const mostMode = 0o7777;
/** `strconv.ParseUint` parses 32 bits: a mode with more digits is a symbolic one. */
const octal = /^[0-7]+$/;
/** chmod(1): who, then one or more of an operator and its permissions, separated by commas. */
const symbolic = /^[augo]*(?:[-+=][rstwXxugo]*)+(?:,[augo]*(?:[-+=][rstwXxugo]*)+)*$/;

/**
 * Checks the value of `--chmod`, octal or, since BuildKit 0.18, symbolic (BuildKit:
 * dockerfile2llb/convert_copy.go and tonistiigi/dchapes-mode). Throws a usage error, without a
 * place.
 */
export function checkMode(keyword: string, text: string): void {
  if (text === "" || symbolic.test(text)) return;
  if (octal.test(text) && Number.parseInt(text, 8) <= mostMode) return;
  throw new UsageError(`${keyword} --chmod=${text} is not a file mode`, {
    hint: "use an octal number up to 7777, such as 0755, or a symbolic mode, such as u=rwX,go=rX",
  });
}
