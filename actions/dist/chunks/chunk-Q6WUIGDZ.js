#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{quote}from"./chunk-DE4B57EL.js";function commandLine(command,{config,var:vars},own){let variables=Object.entries(vars).flatMap(([name,value])=>["--var",`${name}=${value}`]),flags=Object.entries({"--config":config,...own}).flatMap(([name,value])=>value===void 0?[]:[name,value]);return[command,...[...flags,...variables].map(quote)].join(" ")}export{commandLine};
