import type { BuildDisplay, DisplayOptions } from "./display.ts";
import { groupedDisplay } from "./grouped-display.ts";
import { jsonDisplay } from "./json-display.ts";
import { renderTrouble } from "../leg-lines.ts";
import { plainDisplay } from "./plain-display.ts";
import { terminalDisplay } from "./terminal-display.ts";

/** The display for a kind of progress. */
export function createBuildDisplay(options: DisplayOptions): BuildDisplay {
  switch (options.mode) {
    case "quiet":
      return quietDisplay(options);
    case "tty":
      return options.terminal === undefined
        ? plainDisplay(options)
        : terminalDisplay(options, options.terminal);
    case "plain":
      return plainDisplay(options);
    case "github":
    case "gitlab":
      return groupedDisplay(options, options.mode);
    case "rawjson":
      return jsonDisplay(options);
  }
}

/** Only what went wrong. */
function quietDisplay({ write }: DisplayOptions): BuildDisplay {
  return { onEvent: (event) => write(renderTrouble(event)), close: () => undefined };
}
