#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{writeGenerated}from"./chunk-YTFSGYAE.js";import"./chunk-GQKQL6HC.js";import"./chunk-YEGJF76U.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{writeGenerated};
