#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{paint}from"./chunk-DC2G643Q.js";import{harmless,harmlessColoured}from"./chunk-62VJYGLT.js";function harmlessOutput(stdout,stderr,coloured=!1,colouredErr=!1){return{out:text=>stdout(paint(harmless(text),coloured)),outColoured:text=>stdout(coloured?harmlessColoured(text):harmless(text)),err:text=>stderr(paint(harmless(text),colouredErr)),draw:stderr}}function warn(io,text){let line=harmless(text);io.warn===void 0?io.err(`warning: ${line}
`):io.warn(line)}export{harmlessOutput,warn};
