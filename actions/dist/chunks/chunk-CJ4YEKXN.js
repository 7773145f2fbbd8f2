#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{harmless}from"./chunk-HUWE3WTS.js";function harmlessOutput(stdout,stderr){return{out:text=>stdout(harmless(text)),err:text=>stderr(harmless(text)),draw:stderr}}function warn(io,text){let line=harmless(text);io.warn===void 0?io.err(`warning: ${line}
`):io.warn(line)}export{harmlessOutput,warn};
