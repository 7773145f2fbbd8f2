#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{sizesOf,verifyCache}from"./chunk-UQP72ADK.js";import"./chunk-WDIDHGND.js";import"./chunk-46AXNL5L.js";import"./chunk-PCE6RM2I.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{sizesOf,verifyCache};
