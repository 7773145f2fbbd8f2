#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parseSize}from"./chunk-DJRPFTLJ.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{parseSize};
