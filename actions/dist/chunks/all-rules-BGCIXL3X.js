#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{allRules}from"./chunk-3L2YGKQ7.js";import"./chunk-H5NMLGZH.js";import"./chunk-KHPQ2TBU.js";import"./chunk-5R3SJKAM.js";import"./chunk-5YNLWG2F.js";import"./chunk-GRHZYLPD.js";import"./chunk-EGIKBCTV.js";import"./chunk-5UN3MCEA.js";import"./chunk-2HCTEJ32.js";import"./chunk-MO6VTLSU.js";import"./chunk-RWMIH4UP.js";import"./chunk-VKDBHG3M.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{allRules};
