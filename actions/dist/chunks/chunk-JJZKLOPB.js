#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
var version="0.1.0",commit=typeof LAYERKEEP_COMMIT>"u"?void 0:LAYERKEEP_COMMIT;export{version,commit};
