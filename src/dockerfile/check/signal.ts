import { UsageError } from "../../errors.ts";

const names = new Set(
  (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT " +
    "STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
  ).split(" "),
);

/**
 * Checks the signal of STOPSIGNAL, a number other than 0 or a name with or without SIG
 * (moby/sys/signal, ParseSignal on Linux). Throws a usage error, without a place.
 */
export function checkSignal(text: string): void {
  if (/^[-+]?\d+$/.test(text) && Number(text) !== 0) return;
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (names.has(name)) return;
  if (/^RTMIN\+(?:[1-9]|1[0-5])$|^RTMAX-(?:[1-9]|1[0-4])$/.test(name)) return;
  throw new UsageError(`STOPSIGNAL has an invalid signal "${text}"`, {
    hint: "use a signal name, such as SIGTERM, or a number",
  });
}
