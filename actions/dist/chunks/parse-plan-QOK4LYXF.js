#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlan}from"./chunk-KO3BQDMQ.js";import"./chunk-GA4HAR7N.js";import"./chunk-3RHHHXCS.js";import"./chunk-GRHZYLPD.js";import"./chunk-JAOTDDPX.js";import"./chunk-MO6VTLSU.js";import"./chunk-RWMIH4UP.js";import"./chunk-EDMDOPDR.js";import"./chunk-VKDBHG3M.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{parsePlan};
