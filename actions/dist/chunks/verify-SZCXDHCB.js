#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{sizesOf,verifyCache}from"./chunk-RPE4RYW4.js";import"./chunk-ID3GRO7V.js";import"./chunk-46AXNL5L.js";import"./chunk-PCE6RM2I.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{sizesOf,verifyCache};
