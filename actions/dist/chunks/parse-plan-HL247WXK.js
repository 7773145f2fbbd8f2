#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlan}from"./chunk-WJBKCR73.js";import"./chunk-GA4HAR7N.js";import"./chunk-YNDNYBFA.js";import"./chunk-GRHZYLPD.js";import"./chunk-VKDBHG3M.js";import"./chunk-5IHED3KR.js";import"./chunk-MO6VTLSU.js";import"./chunk-RWMIH4UP.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{parsePlan};
