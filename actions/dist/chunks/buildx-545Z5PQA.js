#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{findBuildx}from"./chunk-SQUO5ALQ.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{findBuildx};
