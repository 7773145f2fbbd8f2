#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{sizesOf,verifyCache}from"./chunk-NAV2SFID.js";import"./chunk-RKUC5KYV.js";import"./chunk-46AXNL5L.js";import"./chunk-PCE6RM2I.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{sizesOf,verifyCache};
